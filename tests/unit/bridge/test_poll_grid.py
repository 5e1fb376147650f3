"""Polling: on a grid of time or spread, without drift, whatever a poll takes."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.bridge.poll_times import Grid, Spread
from bcm_mqtt.bridge.polling import GatewayPolling, PanelPolling
from bcm_mqtt.domain.time import EPOCH, from_ms, whole_ms
from bcm_mqtt.modbus import Line, Poll, ReadRequest, read_plan
from bcm_mqtt.profiles import shipped_profiles
from unit.builders import NOON, SECOND, UNHURRIED, SetClock

BG08 = shipped_profiles()["bg08"]


class Enough(Exception):  # noqa: N818 - it is no error
    """Ends the endless polling of a test."""


class SlowLine:
    """Answers after a time that the clock shows."""

    def __init__(self, clock: SetClock, *seconds: float) -> None:
        self.clock = clock
        self.seconds = list(seconds)

    async def read(self, request: ReadRequest) -> list[int]:
        self.clock.advance(self.seconds.pop(0) if self.seconds else 0)
        return [0] * request.count


def polling(panel: str = "rpp-1a", seconds: float = 15, offset: float | None = 0) -> PanelPolling:
    """A panel whose poll is one read; spread without an offset."""
    plan = read_plan(panel, BG08, [1] * 8, 1)
    moved = None if offset is None else timedelta(seconds=offset)
    return PanelPolling(plan, timedelta(seconds=seconds), moved)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """A clock that only sleeping moves."""
    found = SetClock(NOON + 0.4 * SECOND)

    async def pause(seconds: float, _end: object) -> None:
        found.advance(seconds)

    monkeypatch.setattr("bcm_mqtt.bridge.polling.pause", pause)
    return found


async def polls(
    clock: SetClock,
    line: SlowLine,
    panels: list[PanelPolling],
    count: int,
    meanwhile: Callable[[int], None] = lambda _: None,
) -> list[Poll]:
    """The first polls of a gateway."""
    found: list[Poll] = []

    def on_poll(poll: Poll) -> None:
        found.append(poll)
        meanwhile(len(found))
        if len(found) == count:
            raise Enough

    with pytest.raises(Enough):
        await GatewayPolling(cast("Line", line), panels, clock, on_poll).run()
    return found


def seconds_of(found: list[Poll], panel: str = "rpp-1a") -> list[float]:
    """When a panel was polled, in seconds after noon."""
    return [
        (poll.snapshot.time - NOON).total_seconds()
        for poll in found
        if poll.snapshot.panel == panel
    ]


@UNHURRIED
@given(
    ms=st.integers(-(2**40), 2**42),
    interval=st.integers(1, 86_400_000).map(lambda value: timedelta(milliseconds=value)),
)
def test_the_next_instant_on_the_grid_is_the_first_that_is_not_past(
    ms: int, interval: timedelta
) -> None:
    now = from_ms(ms)
    found = Grid(interval).from_on(now)
    assert found - interval < now <= found
    assert (found - EPOCH) % interval == timedelta(0)


def test_an_instant_on_the_grid_is_its_own_next() -> None:
    assert Grid(15 * SECOND).from_on(NOON) == NOON
    assert Grid(15 * SECOND).from_on(NOON + timedelta(microseconds=1)) == NOON + 15 * SECOND


async def test_polls_are_on_the_grid(clock: SetClock) -> None:
    found = await polls(clock, SlowLine(clock), [polling()], 4)
    assert seconds_of(found) == [15, 30, 45, 60]
    assert [poll.snapshot.seq for poll in found] == [1, 2, 3, 4]
    assert {poll.snapshot.interval_ms for poll in found} == {15_000}


async def test_what_a_poll_takes_does_not_shift_the_following_ones(clock: SetClock) -> None:
    found = await polls(clock, SlowLine(clock, *[4.9] * 100), [polling(seconds=5)], 100)
    assert seconds_of(found) == [5.0 * index for index in range(1, 101)]


async def test_panels_of_one_gateway_take_turns_each_on_its_own_grid(clock: SetClock) -> None:
    panels = [polling("rpp-1a", 10), polling("rpp-1b", 15)]
    found = await polls(clock, SlowLine(clock), panels, 5)
    assert seconds_of(found, "rpp-1a") == [10, 20, 30]
    assert seconds_of(found, "rpp-1b") == [15, 30]
    assert [poll.snapshot.seq for poll in found] == [1, 1, 2, 3, 2]


async def test_a_poll_that_is_a_little_late_leaves_none_out(
    clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    found = await polls(clock, SlowLine(clock, 0, 7.5), [polling(seconds=5)], 4)
    assert seconds_of(found) == [5, 10, 17.5, 20]
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("took", "left_out", "following"), [(19, 3, 25), (20, 3, 25), (16, 3, 25), (63, 12, 70)]
)
async def test_polls_that_were_run_over_are_left_out_and_counted(
    clock: SetClock,
    caplog: pytest.LogCaptureFixture,
    took: float,
    left_out: int,
    following: float,
) -> None:
    found = await polls(clock, SlowLine(clock, took), [polling(seconds=5)], 3)
    assert seconds_of(found) == [5, following, following + 5]
    assert caplog.messages == [f"panel rpp-1a: {left_out} polls left out: the line is too slow"]


async def test_a_clock_that_is_set_back_does_not_stop_the_polls(clock: SetClock) -> None:
    def set_back(polled: int) -> None:
        if polled == 2:
            clock.advance(-3600)

    found = await polls(clock, SlowLine(clock), [polling()], 4, set_back)
    assert seconds_of(found) == [15, 30, -3570, -3555]


async def test_a_clock_that_is_set_forward_is_taken_as_polls_left_out(
    clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)

    def set_forward(polled: int) -> None:
        if polled == 1:
            clock.advance(3600)

    found = await polls(clock, SlowLine(clock), [polling()], 3, set_forward)
    assert seconds_of(found) == [15, 3615, 3630]
    assert caplog.messages == ["panel rpp-1a: 239 polls left out: the line is too slow"]


async def test_an_offset_moves_the_polls(clock: SetClock) -> None:
    found = await polls(clock, SlowLine(clock), [polling(offset=4)], 3)
    assert seconds_of(found) == [4, 19, 34]


async def test_spread_polls_are_where_they_are_due(clock: SetClock) -> None:
    spread = polling(offset=None)
    started = clock.now
    found = await polls(clock, SlowLine(clock, *[2.0] * 300), [spread], 300)
    due = [started]
    for _ in found:
        due.append(Spread("rpp-1a", 15 * SECOND).from_on(due[-1] + timedelta.resolution))
    assert [poll.snapshot.time for poll in found] == [whole_ms(at) for at in due[1:]]
    assert [poll.snapshot.seq for poll in found] == list(range(1, 301))
    assert {poll.snapshot.interval_ms for poll in found} == {spread.interval_ms}


async def test_spread_polls_that_were_run_over_are_left_out_and_counted(
    clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    found = await polls(clock, SlowLine(clock, 63), [polling(seconds=5, offset=None)], 2)
    first, second = (poll.snapshot.time for poll in found)
    assert second == whole_ms(Spread("rpp-1a", 5 * SECOND).from_on(first + 63 * SECOND))
    [message] = caplog.messages
    assert message in [
        f"panel rpp-1a: {count} polls left out: the line is too slow" for count in (11, 12, 13)
    ]


async def test_a_clock_that_is_set_back_does_not_stop_spread_polls(clock: SetClock) -> None:
    def set_back(polled: int) -> None:
        if polled == 2:
            clock.advance(-3600)

    found = await polls(clock, SlowLine(clock), [polling(offset=None)], 4, set_back)
    _, second, third, _ = (poll.snapshot.time for poll in found)
    assert second - timedelta(hours=1) <= third <= second - timedelta(hours=1) + 23 * SECOND


async def test_two_bridges_started_at_different_times_poll_at_the_same_instants(
    clock: SetClock,
) -> None:
    first = await polls(clock, SlowLine(clock), [polling()], 2)
    clock.now = NOON + 16.9 * SECOND
    second = await polls(clock, SlowLine(clock), [polling()], 1)

    def instants(found: list[Poll]) -> list[datetime]:
        return [poll.snapshot.time for poll in found]

    assert instants(second) == instants(first)[1:]
