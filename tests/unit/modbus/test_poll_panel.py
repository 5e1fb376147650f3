"""One poll: a unit that fails costs its own readings only."""

from dataclasses import replace
from typing import cast

import pytest

from bcm_mqtt.modbus import Failure, Line, Poll, ReadError, ReadRequest, poll_panel, read_plan
from bcm_mqtt.profiles import shipped_profiles
from unit.builders import NOON, SetClock
from unit.modbus.one_by_one import OneByOne
from unit.modbus.scripted_gateway import ScriptedGateway

PLAN = read_plan("rpp-1a", shipped_profiles()["bg08"], range(1, 9), 48)
UNIT_3 = (25, 27, 29, 31, 33, 35)


class FakeLine(OneByOne):
    """Each pole reads as many tenths of an amp as its number; units may fail."""

    def __init__(self, failing: dict[int, ReadError] | None = None) -> None:
        self.failing = failing or {}
        self.asked: list[int] = []

    async def read(self, request: ReadRequest) -> list[int]:
        self.asked.append(request.unit)
        if error := self.failing.get(request.unit):
            raise error
        return list(request.poles)


async def polled(line: FakeLine, clock: SetClock | None = None) -> Poll:
    return await poll_panel(cast("Line", line), PLAN, clock or SetClock(), 4711, 15_000)


def current(poll: Poll) -> dict[int, int | None]:
    return dict(enumerate(poll.snapshot.current, start=1))


async def test_a_poll_gives_each_poles_current_in_milliamps() -> None:
    line = FakeLine()
    poll = await polled(line)
    assert current(poll) == {pole: pole * 100 for pole in range(1, 49)}
    assert line.asked == list(range(1, 9))
    assert poll.answered
    assert poll.snapshot.errors == {}
    assert (poll.snapshot.panel, poll.snapshot.seq, poll.snapshot.interval_ms) == (
        "rpp-1a",
        4711,
        15_000,
    )


async def test_the_time_of_a_poll_is_whole_milliseconds() -> None:
    clock = SetClock(NOON.replace(microsecond=123_999))
    assert (await polled(FakeLine(), clock)).snapshot.time == NOON.replace(microsecond=123_000)


@pytest.mark.parametrize("failure", Failure)
async def test_a_unit_that_fails_costs_its_own_poles_only(failure: Failure) -> None:
    poll = await polled(FakeLine({3: ReadError(failure, "no answer in time")}))
    assert current(poll) == {pole: None if pole in UNIT_3 else pole * 100 for pole in range(1, 49)}
    assert poll.snapshot.errors == {3: "no answer in time"}
    assert poll.answered


@pytest.mark.parametrize("failure", Failure)
async def test_of_the_failures_only_an_exception_is_an_answer(failure: Failure) -> None:
    line = FakeLine({unit: ReadError(failure, f"unit {unit}") for unit in range(1, 9)})
    poll = await polled(line)
    assert poll.answered is (failure is Failure.EXCEPTION)
    assert set(poll.snapshot.current) == {None}
    assert poll.snapshot.errors == {unit: f"unit {unit}" for unit in range(1, 9)}
    assert line.asked == list(range(1, 9))  # one that fails does not end the poll


async def test_one_exception_among_silent_units_is_an_answer() -> None:
    failing = {unit: ReadError(Failure.SILENCE, "silent") for unit in range(1, 9)}
    failing[5] = ReadError.exception(2)
    poll = await polled(FakeLine(failing))
    assert poll.answered
    assert poll.snapshot.errors[5] == "exception 2 (illegal data address)"


async def test_a_device_that_needs_a_pause_is_given_it_before_each_request(
    monkeypatch: pytest.MonkeyPatch, line: Line, gateway: ScriptedGateway
) -> None:
    slept = list[tuple[float, int]]()

    async def sleep(seconds: float) -> None:
        if seconds:
            slept.append((seconds, len(gateway.asked)))

    monkeypatch.setattr("bcm_mqtt.modbus.line.asyncio.sleep", sleep)
    await poll_panel(line, replace(PLAN, delay_s=0.05), SetClock(), 1, 1000)
    assert slept == [(0.05, count) for count in range(8)]
    slept.clear()
    await poll_panel(line, PLAN, SetClock(), 1, 1000)
    assert slept == []
