"""Intervals from snapshots: what a reading stands for, against a naive second account of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import isqrt
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.interval import (
    INTERVAL_MS,
    Interval,
    hold_ms,
    interval_start_ms,
    intervals_of,
    touched_intervals,
)
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import from_ms, to_ms
from unit.domain.examples import NOON, QUARTER, UNHURRIED, polled, snapshot

MS = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)
GRID_MS = 2_500
"""Polls of 5, 15 and 60 s hold for whole multiples of it."""


def counted(readings: list[Snapshot], pole: int, start: datetime, step_ms: int) -> Interval | None:
    """The interval of one pole, counted step by step as DOMAIN's sentence says it."""
    begin = to_ms(start)
    held = sorted(
        (to_ms(one.time), value, to_ms(one.time) + 1.5 * one.interval_ms)
        for one in readings
        if (value := one.current[pole - 1]) is not None
    )
    samples = sum(begin <= time < begin + INTERVAL_MS for time, _, _ in held)
    missed = between_readings(held, begin)
    amount, covered, stood = 0, 0, []
    for ms in range(begin, begin + INTERVAL_MS, step_ms):
        while len(held) > 1 and held[1][0] <= ms:
            del held[0]
        if held and held[0][0] <= ms and ms + step_ms <= held[0][2]:
            amount += held[0][1] * step_ms
            covered += step_ms
            stood.append(held[0][1])
    if not covered:
        return None
    return Interval(pole, start, amount, covered, samples, min(stood), max(stood), *missed)


def between_readings(held: Sequence[tuple[int, int, float]], begin: int) -> tuple[int, int]:
    """Deviation of what the readings of an interval miss, and how long they are the same."""
    moved, steady = [], 0
    for (time, value, until), (following, after, _) in pairwise(held):
        if begin <= following < begin + INTERVAL_MS and (time >= begin or until > begin):
            length = int(min(until, following) - time)
            moved.append((after - value) * length)
            steady += length * (after == value)
    squares = sum(one * one for one in moved)
    followed = sum(one * other for one, other in pairwise(moved))
    first = moved[0] ** 2 if moved else 0  # as if half of it had been undone by one before it
    return isqrt(max(squares, squares - 10 * followed + 5 * first) // 12), steady


@st.composite
def series(draw: st.DrawFn) -> list[Snapshot]:
    """Two poles, read at most once per grid step from 2 min before NOON on, with losses."""
    found = []
    for step in draw(st.sets(st.integers(-48, 380), max_size=60)):
        milliamps = [draw(st.none() | st.integers(0, 80_000)) for _ in (1, 2)]
        poll_ms = draw(st.sampled_from([5_000, 15_000, 60_000]))
        found.append(snapshot(NOON + step * GRID_MS * MS, milliamps, poll_ms=poll_ms))
    return found


@UNHURRIED
@given(series())
def test_an_interval_equals_a_naive_account_of_left_hold(readings: list[Snapshot]) -> None:
    found = {interval.pole: interval for interval in intervals_of(readings, NOON)}
    for pole in (1, 2):
        assert found.get(pole) == counted(readings, pole, NOON, GRID_MS)


def test_an_interval_equals_an_account_millisecond_by_millisecond() -> None:
    random = Random(11)
    readings, at = [], NOON - 20 * SECOND
    while at < NOON + QUARTER:
        values = [random.choice([None, random.randrange(80_000)]), random.randrange(80_000)]
        readings.append(snapshot(at, values, poll_ms=15_001))
        at += random.choice([15_001, 14_987, 22_501, 22_502, 61_003]) * MS
    assert intervals_of(readings, NOON) == [counted(readings, pole, NOON, 1) for pole in (1, 2)]


@UNHURRIED
@given(series(), st.randoms(use_true_random=False))
def test_order_and_duplication_of_snapshots_never_change_an_interval(
    readings: list[Snapshot], random: Random
) -> None:
    arrived = [*readings, *(random.choices(readings, k=len(readings)) if readings else [])]
    random.shuffle(arrived)
    assert intervals_of(arrived, NOON) == intervals_of(readings, NOON)


@UNHURRIED
@given(series())
def test_covered_time_is_never_above_the_interval_and_bounds_the_energy(
    readings: list[Snapshot],
) -> None:
    for interval in intervals_of(readings, NOON):
        assert 0 < interval.covered_ms <= INTERVAL_MS
        low, high = interval.min_milliamps, interval.max_milliamps
        assert low * interval.covered_ms <= interval.milliamp_ms <= high * interval.covered_ms


@UNHURRIED
@given(series())
def test_snapshots_after_the_interval_do_not_matter(readings: list[Snapshot]) -> None:
    until = [one for one in readings if one.time < NOON + QUARTER]
    assert intervals_of(until, NOON) == intervals_of(readings, NOON)


@UNHURRIED
@given(series(), st.integers(-48, 380), st.none() | st.integers(0, 80_000))
def test_a_late_snapshot_changes_only_the_intervals_that_it_is_said_to_touch(
    readings: list[Snapshot], step: int, milliamps: int | None
) -> None:
    steady = [replace(one, interval_ms=60_000) for one in readings]
    late = snapshot(NOON + step * GRID_MS * MS, [milliamps, 1], poll_ms=60_000)
    others = [one for one in steady if one.time != late.time]
    touched = touched_intervals(to_ms(late.time), late.interval_ms)
    for start in (NOON - QUARTER, NOON, NOON + QUARTER, NOON + 2 * QUARTER):
        if to_ms(start) not in touched:
            assert intervals_of([*others, late], start) == intervals_of(others, start)


def test_a_constant_current_gives_milliamps_times_milliseconds() -> None:
    readings = polled(NOON - QUARTER, NOON + 2 * QUARTER, 10_000)
    assert intervals_of(readings, NOON) == [
        Interval(1, NOON, 9_000_000_000, 900_000, 60, 10_000, 10_000, 0, 900_000)
    ]


def test_a_reading_is_split_at_the_interval_edge() -> None:
    reading = [snapshot(NOON - 5 * SECOND, [1_000])]
    assert intervals_of(reading, NOON - QUARTER) == [
        Interval(1, NOON - QUARTER, 5_000_000, 5_000, 1, 1_000, 1_000, 0, 0)
    ]
    after = Interval(1, NOON, 17_500_000, 17_500, 0, 1_000, 1_000, 0, 0)
    assert intervals_of(reading, NOON) == [after]


def test_a_reading_stands_for_one_and_a_half_polls_and_not_longer() -> None:
    assert hold_ms(15_000) == 22_500
    (interval,) = intervals_of([snapshot(NOON, [1_000])], NOON)
    assert (interval.covered_ms, interval.milliamp_ms) == (22_500, 22_500_000)
    assert not intervals_of([snapshot(NOON - 22_500 * MS, [1_000])], NOON)
    assert intervals_of([snapshot(NOON - 22_499 * MS, [1_000])], NOON)[0].covered_ms == 1


def test_one_missed_poll_leaves_half_a_poll_uncovered() -> None:
    readings = polled(NOON, NOON + QUARTER, 1_000)
    del readings[20]
    (interval,) = intervals_of(readings, NOON)
    assert (interval.covered_ms, interval.samples) == (900_000 - 7_500, 59)


def test_a_missing_reading_is_never_0() -> None:
    readings = [snapshot(NOON, [1_000]), snapshot(NOON + 15 * SECOND, [None])]
    (interval,) = intervals_of(readings, NOON)
    assert (interval.covered_ms, interval.min_milliamps, interval.samples) == (22_500, 1_000, 1)


def test_a_pole_without_any_reading_has_no_interval() -> None:
    assert [one.pole for one in intervals_of([snapshot(NOON, [None, 5])], NOON)] == [2]
    assert not intervals_of([], NOON)


def test_a_reading_of_0_is_a_reading() -> None:
    (interval,) = intervals_of([snapshot(NOON, [0])], NOON)
    assert (interval.milliamp_ms, interval.covered_ms, interval.max_milliamps) == (0, 22_500, 0)


def test_a_panel_that_had_fewer_poles_before_keeps_their_intervals() -> None:
    readings = [snapshot(NOON, [1]), snapshot(NOON + 15 * SECOND, [1, 7])]
    assert [(one.pole, one.covered_ms) for one in intervals_of(readings, NOON)] == [
        (1, 37_500),
        (2, 22_500),
    ]


@UNHURRIED
@given(st.integers(0, 4 * INTERVAL_MS), st.integers(1, 3_600_000))
def test_touched_intervals_are_those_that_the_hold_reaches(offset: int, poll_ms: int) -> None:
    time = to_ms(NOON) + offset
    touched = touched_intervals(time, poll_ms)
    assert touched[0] == interval_start_ms(time)
    assert touched[-1] == interval_start_ms(time + hold_ms(poll_ms) - 1)
    assert from_ms(touched[0]) <= from_ms(time) < from_ms(touched[0]) + QUARTER


def test_a_hold_that_ends_at_an_edge_does_not_touch_the_next_interval() -> None:
    edge = to_ms(NOON)
    assert list(touched_intervals(edge - 22_500, 15_000)) == [edge - INTERVAL_MS]
    assert list(touched_intervals(edge - 22_499, 15_000)) == [edge - INTERVAL_MS, edge]
    assert list(touched_intervals(edge, 15_000)) == [edge]
