"""Polling: on a grid of time or spread, without drift, whatever a poll takes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.bridge.poll_times import Grid, Spread
from bcm_mqtt.bridge.polling import GatewayPolling
from bcm_mqtt.bridge.sources import PanelPolling
from bcm_mqtt.domain.time import EPOCH, from_ms, whole_ms
from bcm_mqtt.modbus import Line, Poll, ReadRequest, read_plan
from bcm_mqtt.profiles import shipped_profiles
from unit.builders import NOON, SECOND, UNHURRIED, SetClock
from unit.modbus.one_by_one import OneByOne

NONE = timedelta(0)
YEARS = timedelta(days=3653)
STEPS = [sign * step for step in (1, 3600, 86_400, 691_200, 315_619_200) for sign in (-1, 1)]
JUMPS = st.sampled_from(STEPS) | st.floats(-100_000, 100_000)
BG08 = shipped_profiles()["bg08"]


class Enough(Exception):  # noqa: N818 - it is no error
    """Ends the endless polling of a test."""


class SlowLine(OneByOne):
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

    polling = GatewayPolling(cast("Line", line), panels, clock, on_poll, monotonic=clock.monotonic)
    with pytest.raises(Enough):
        await polling.run()
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


@pytest.mark.parametrize("seconds", [15, 900])
@pytest.mark.parametrize("times", ["grid", "spread"])
@pytest.mark.parametrize("step_s", STEPS)
async def test_a_clock_that_is_set_makes_no_pause_longer(
    clock: SetClock, caplog: pytest.LogCaptureFixture, step_s: float, times: str, seconds: float
) -> None:
    one = polling(seconds=seconds, offset=0 if times == "grid" else None)
    at_s: list[float] = []

    def step(polled: int) -> None:
        at_s.append(clock.monotonic())
        if polled == 20:
            clock.set_by(step_s)

    found = await polls(clock, SlowLine(clock), [one], 40, step)
    pauses = [later - earlier for earlier, later in pairwise(at_s)]
    assert one.times
    longest_s = one.times.longest / SECOND
    assert max(pauses) <= longest_s + 0.051
    assert caplog.messages == []
    if times == "grid":
        # The first poll after the step may be off the new grid; the others are on it.
        assert all((poll.snapshot.time - EPOCH) % one.interval == NONE for poll in found[21:])


@UNHURRIED
@given(
    steps=st.lists(st.tuples(st.integers(1, 5), JUMPS), min_size=1, max_size=6),
    seconds=st.sampled_from([1, 5, 15, 300, 900]),
    times=st.sampled_from(["grid", "spread"]),
)
async def test_however_often_the_clock_is_set_no_pause_is_longer(
    steps: list[tuple[int, float]], seconds: float, times: str
) -> None:
    clock = SetClock(NOON + 0.4 * SECOND)
    one = polling(seconds=seconds, offset=0 if times == "grid" else None)
    assert one.times
    ends, total = dict[int, float](), 0
    for polled, step_s in steps:
        total += polled
        ends[total] = step_s
    at_s: list[float] = []

    def step(polled: int) -> None:
        at_s.append(clock.monotonic())
        if step_s := ends.get(polled):
            clock.set_by(step_s if abs(clock.now - NOON) < 3 * YEARS else 0.0)

    async def pause(seconds: float, _end: object) -> None:
        clock.advance(seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bcm_mqtt.bridge.polling.pause", pause)
        await polls(clock, SlowLine(clock), [one], total + 3, step)
    longest_s = one.times.longest / SECOND
    assert all(later - earlier <= longest_s + 0.551 for earlier, later in pairwise(at_s))


async def test_a_clock_that_is_set_while_a_poll_is_waited_for_is_followed_at_once(
    clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set from 12:00 to 12:13 of a grid of 15 min: polled at 12:15, not 15 minutes later."""
    pauses = 0

    async def pause(seconds: float, _end: object) -> None:
        nonlocal pauses
        pauses += 1
        clock.advance(1 if pauses == 1 else seconds)
        if pauses == 1:
            clock.set_by(780)

    monkeypatch.setattr("bcm_mqtt.bridge.polling.pause", pause)
    found = await polls(clock, SlowLine(clock), [polling(seconds=900)], 2)
    assert seconds_of(found) == [900, 1800]
    assert clock.monotonic() == pytest.approx(900 - 780 + 900 - 0.4)


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


async def test_two_bridges_started_at_different_times_poll_at_the_same_instants(
    clock: SetClock,
) -> None:
    first = await polls(clock, SlowLine(clock), [polling()], 2)
    clock.now = NOON + 16.9 * SECOND
    second = await polls(clock, SlowLine(clock), [polling()], 1)

    def instants(found: list[Poll]) -> list[datetime]:
        return [poll.snapshot.time for poll in found]

    assert instants(second) == instants(first)[1:]
