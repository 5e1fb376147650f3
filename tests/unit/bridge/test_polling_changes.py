"""A gateway's panels change while it is polled: the others miss nothing."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import cast

from bcm_mqtt.bridge.gateways import ended
from bcm_mqtt.bridge.polling import GatewayPolling
from bcm_mqtt.bridge.sources import PanelPolling
from bcm_mqtt.modbus import Line, Poll, ReadRequest, read_plan
from bcm_mqtt.profiles import shipped_profiles
from unit.builders import NOON, SECOND, SetClock
from unit.modbus.one_by_one import OneByOne

BG08 = shipped_profiles()["bg08"]


class NotingLine(OneByOne):
    """Answers at once and notes that it was closed."""

    def __init__(self) -> None:
        self.reads = 0
        self.closed = 0

    async def read(self, request: ReadRequest) -> list[int]:
        self.reads += 1
        await asyncio.sleep(0)
        return [0] * request.count

    def close(self) -> None:
        self.closed += 1


def panel(name: str, seconds: float = 15) -> PanelPolling:
    return PanelPolling(read_plan(name, BG08, [1] * 8, 1), timedelta(seconds=seconds))


class Running:
    """A gateway that is polled on a clock that only this moves."""

    def __init__(self, *panels: PanelPolling) -> None:
        self.clock = SetClock(NOON + 0.4 * SECOND)
        self.line = NotingLine()
        self.found: list[Poll] = []
        self.polling = GatewayPolling(
            cast("Line", self.line),
            panels,
            self.clock,
            self.found.append,
            monotonic=self.clock.monotonic,
        )
        self.task = asyncio.create_task(self.polling.run())

    async def at(self, seconds: float) -> list[str]:
        """The panels polled by then, seconds after noon."""
        before = len(self.found)
        self.clock.now = NOON + seconds * SECOND
        self.polling._changed.set()  # as if the sleep were over
        for _ in range(50):
            await asyncio.sleep(0)
        return [poll.snapshot.panel for poll in self.found[before:]]


async def test_a_panel_is_polled_at_once_when_asked_and_keeps_its_grid() -> None:
    running = Running(panel("a"))
    [asked] = running.polling.poll_now("a")
    assert await running.at(3) == ["a"]
    assert (await asked).snapshot.time == NOON + 3 * SECOND
    assert await running.at(14.9) == []
    assert await running.at(15) == ["a"]
    assert [poll.snapshot.seq for poll in running.found] == [1, 2]
    await ended(running.task)


async def test_what_is_asked_twice_is_polled_once() -> None:
    running = Running(panel("a"))
    assert running.polling.poll_now("a")[0] is running.polling.poll_now("a")[0]
    assert await running.at(1) == ["a"]
    await ended(running.task)


async def test_a_panel_that_stays_keeps_its_next_poll_and_its_number() -> None:
    running = Running(panel("a"), panel("b", 5))
    assert await running.at(5) == ["b"]
    running.polling.change(cast("Line", running.line), [panel("a"), panel("b", 5), panel("c")])
    assert await running.at(10) == ["b"]
    assert sorted(await running.at(15)) == ["a", "b", "c"]
    assert [poll.snapshot.seq for poll in running.found if poll.snapshot.panel == "b"] == [1, 2, 3]
    await ended(running.task)


async def test_another_interval_begins_on_its_own_grid() -> None:
    running = Running(panel("a", 15))
    running.polling.change(cast("Line", running.line), [panel("a", 2)])
    assert await running.at(2) == ["a"]
    assert await running.at(4) == ["a"]
    await ended(running.task)


async def test_a_panel_that_is_taken_away_is_not_polled_and_who_asked_is_told() -> None:
    running = Running(panel("a"), panel("b"))
    [asked] = running.polling.poll_now("b")
    running.polling.change(cast("Line", running.line), [panel("a")])
    assert asked.cancelled()
    assert await running.at(15) == ["a"]
    await ended(running.task)


async def test_without_panels_nothing_is_polled_until_there_is_one() -> None:
    running = Running()
    assert await running.at(16) == []
    running.polling.change(cast("Line", running.line), [panel("a")])
    assert await running.at(30) == ["a"]
    await ended(running.task)


async def test_another_line_is_used_from_the_next_poll_on_and_the_old_one_is_closed() -> None:
    running = Running(panel("a"))
    assert await running.at(15) == ["a"]
    other = NotingLine()
    running.polling.change(cast("Line", other), [panel("a")])
    assert running.line.closed == 0
    assert await running.at(30) == ["a"]
    assert (running.line.closed, other.closed) == (1, 0)
    assert (running.line.reads, other.reads) == (1, 1)
    await ended(running.task)


async def test_one_source_ends_and_another_begins_at_a_date() -> None:
    until, since = NOON + 30 * SECOND, NOON + 30 * SECOND
    plan = read_plan("a", BG08, [1] * 8, 1)
    old = PanelPolling(replace(plan, source="old"), 15 * SECOND, until=until)
    new = PanelPolling(replace(plan, source="new"), 15 * SECOND, since=since)
    running = Running(old, new)
    for seconds in (15, 30, 45):
        await running.at(seconds)
    assert [(poll.snapshot.source, poll.snapshot.seq) for poll in running.found] == [
        ("old", 1),
        ("new", 1),
        ("new", 2),
    ]
    (asked,) = running.polling.poll_now("a")
    await running.at(46)
    assert (await asked).snapshot.source == "new"
    await ended(running.task)
