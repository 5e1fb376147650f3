"""`poll_interval: 0s`: as fast as it goes, with the period as it was measured."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest

from bcm_mqtt.bridge.poll_times import MeasuredPeriod
from bcm_mqtt.bridge.polling import GatewayPolling
from bcm_mqtt.bridge.sources import PanelPolling
from bcm_mqtt.modbus import Failure, Line, Poll, ReadError, ReadRequest, read_plan
from bcm_mqtt.profiles import shipped_profiles
from unit.builders import NOON, SECOND, SetClock
from unit.modbus.one_by_one import OneByOne

BG08 = shipped_profiles()["bg08"]
MS = timedelta(milliseconds=1)


class Enough(Exception):  # noqa: N818 - it is no error
    """Ends the endless polling of a test."""


class TimedLine(OneByOne):
    """Takes a time that the clock shows; the time of each read is asked for."""

    def __init__(self, clock: SetClock, took: Callable[[], float | None]) -> None:
        self.clock, self.took = clock, took

    async def read(self, request: ReadRequest) -> list[int]:
        took = self.took()
        if took is None:
            raise ReadError(Failure.CONNECTION, "gateway is not reachable")
        self.clock.advance(took)
        return [0] * request.count


def free(panel: str = "rpp-1a", seconds: float = 0) -> PanelPolling:
    return PanelPolling(read_plan(panel, BG08, [1] * 8, 1), timedelta(seconds=seconds))


async def polls(
    monkeypatch: pytest.MonkeyPatch,
    panels: list[PanelPolling],
    count: int,
    took: Callable[[], float | None],
) -> list[Poll]:
    """The first polls, on a clock that only reads and sleeping move."""
    clock, found = SetClock(NOON + 0.4 * SECOND), list[Poll]()

    async def pause(seconds: float, _end: object) -> None:
        clock.advance(seconds)

    def on_poll(poll: Poll) -> None:
        found.append(poll)
        if len(found) == count:
            raise Enough

    monkeypatch.setattr("bcm_mqtt.bridge.polling.pause", pause)
    line = cast("Line", TimedLine(clock, took))
    polling = GatewayPolling(line, panels, clock, on_poll, monotonic=clock.monotonic)
    with pytest.raises(Enough):
        await polling.run()
    return found


async def test_one_poll_follows_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await polls(monkeypatch, [free()], 5, lambda: 0.3)
    times = [poll.snapshot.time - NOON for poll in found]
    assert times == [400 * MS, 700 * MS, 1000 * MS, 1300 * MS, 1600 * MS]
    assert [poll.snapshot.interval_ms for poll in found] == [100, 300, 300, 300, 300]


async def test_what_a_poll_gave_is_told_while_the_line_is_busy_with_the_next() -> None:
    happened: list[str] = []

    class BusyLine(OneByOne):
        """Answers when the loop has nothing else to do."""

        async def read(self, request: ReadRequest) -> list[int]:
            happened.append("asked")
            await asyncio.sleep(0.01)
            happened.append("answered")
            return [0] * request.count

    def on_poll(poll: Poll) -> None:
        happened.append(f"told {poll.snapshot.seq}")
        if poll.snapshot.seq == 2:
            raise Enough

    with pytest.raises(Enough):
        await GatewayPolling(cast("Line", BusyLine()), [free()], SetClock(), on_poll).run()
    assert happened == [
        *("asked", "answered"),
        *("asked", "told 1", "answered"),
        *("asked", "told 2", "answered"),
    ]


async def test_panels_take_turns_with_those_on_the_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    panels = [free("rpp-1a"), free("rpp-1b"), free("rpp-2a", seconds=1)]
    found = await polls(monkeypatch, panels, 40, lambda: 0.1)
    turns = [poll.snapshot.panel for poll in found]
    assert turns[:3] == ["rpp-1a", "rpp-1b", "rpp-1a"]
    assert turns.count("rpp-2a") == 4
    assert abs(turns.count("rpp-1a") - turns.count("rpp-1b")) <= 1


async def test_a_line_that_fails_for_free_is_not_asked_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = await polls(monkeypatch, [free()], 11, lambda: None)
    assert found[-1].snapshot.time - found[0].snapshot.time == SECOND


def test_the_period_is_the_longest_of_the_last_minute_or_two() -> None:
    period, now = MeasuredPeriod(), NOON
    found = []
    for index in range(2000):
        found.append(period.at(now) / MS)
        now += (600 if index == 100 else 120) * MS
    assert found[:100] == [100, *[120] * 99]
    assert found[101:501] == [600] * 400  # 48 s
    assert found[-900:] == [120] * 900


def test_the_period_is_never_below_what_may_be_configured() -> None:
    period = MeasuredPeriod()
    assert {period.at(NOON + index * MS) for index in range(0, 5000, 5)} == {100 * MS}


@pytest.mark.parametrize("leap", [-3600, 3600])
def test_a_clock_that_is_set_is_no_period(leap: int) -> None:
    period = MeasuredPeriod()
    for index in range(10):
        period.at(NOON + index * 200 * MS)
    assert period.at(NOON + leap * SECOND) == 200 * MS
    assert period.at(NOON + leap * SECOND + 200 * MS) == 200 * MS
