"""Discovery goes in steps, each device once and in its order; what is repeated comes after it."""

import asyncio

import pytest

from bcm_mqtt.bridge.announcing.steps import STEP, Steps
from bcm_mqtt.bridge.gateways import ended

MESSAGES = [(f"device/{number}", b"%d" % number) for number in range(3 * STEP)]


class Sent:
    """Steps, and what went."""

    def __init__(self) -> None:
        self.new: list[tuple[str, bytes]] = []
        self.again: list[tuple[str, bytes]] = []
        self.steps = Steps(
            lambda topic, payload: self.new.append((topic, payload)),
            lambda topic, payload: self.again.append((topic, payload)),
        )

    def go(self, times: int = 10) -> None:
        for _ in range(times):
            self.steps.go()


@pytest.fixture
def sent() -> Sent:
    return Sent()


def test_the_first_step_goes_at_once_and_the_others_follow_in_their_order(sent: Sent) -> None:
    sent.steps.put(MESSAGES)
    assert sent.new == MESSAGES[:STEP]
    sent.go(1)
    assert sent.new == MESSAGES[: 2 * STEP]
    sent.go()
    assert sent.new == MESSAGES


def test_a_device_that_changes_while_it_waits_goes_once_as_it_is_now(sent: Sent) -> None:
    sent.steps.put(MESSAGES)
    sent.steps.put([("device/20", b"changed")])
    assert len(sent.new) == STEP  # others are under way
    sent.go()
    assert dict(sent.new) == {**dict(MESSAGES), "device/20": b"changed"}
    assert len(sent.new) == len(MESSAGES)


def test_a_device_that_is_removed_while_it_waits_does_not_go(sent: Sent) -> None:
    sent.steps.put(MESSAGES)
    sent.steps.drop("device/20")
    sent.go()
    assert "device/20" not in dict(sent.new)


def test_what_is_repeated_comes_after_what_is_new(sent: Sent) -> None:
    sent.steps.repeat(iter(MESSAGES[:3]))
    sent.steps.put(MESSAGES)
    sent.go()
    assert (sent.new, sent.again) == (MESSAGES, MESSAGES[:3])


def test_a_new_connection_begins_anew(sent: Sent) -> None:
    sent.steps.repeat(iter(MESSAGES[:3]))
    sent.steps.put(MESSAGES)
    sent.steps.clear()
    sent.steps.put(MESSAGES[:1])
    assert sent.new == [*MESSAGES[:STEP], MESSAGES[0]]
    sent.steps.put(MESSAGES[-1:])
    sent.go()
    assert sent.again == []


async def test_it_goes_on_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bcm_mqtt.bridge.announcing.steps.EVERY_S", 0.001)
    there = asyncio.Event()
    steps = Steps(
        lambda topic, _: there.set() if topic == MESSAGES[-1][0] else None, lambda *_: None
    )
    running = asyncio.create_task(steps.run())
    steps.put(MESSAGES)
    await asyncio.wait_for(there.wait(), 30)
    await ended(running)
