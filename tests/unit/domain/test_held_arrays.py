"""Intervals from arrays are those from single readings, to the bit."""

from collections.abc import Sequence
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.held_arrays import HeldArrays, held_arrays
from bcm_mqtt.domain.interval.interval import INTERVAL_MS, hold_ms, intervals_of
from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.domain.time import from_ms, to_ms

POLES = 3
Poll = tuple[int, int, Thousandths]
"""When it was, the poll period, and its readings."""


def from_arrays(polls: Sequence[Poll], begin: int, end: int) -> HeldArrays:
    times = np.array([time for time, _, _ in polls], np.int64)
    holds = np.array([hold_ms(poll_ms) for _, poll_ms, _ in polls], np.int64)
    read = np.array([[one is not None for one in row] for _, _, row in polls], np.bool_)
    values = np.array([[one or 0 for one in row] for _, _, row in polls], np.int64)
    shape = len(polls), POLES
    return held_arrays(times, times + holds, values.reshape(shape), read.reshape(shape), begin, end)


def from_snapshots(polls: Sequence[Poll], begin: int, end: int) -> list[tuple[int, ...]]:
    snapshots = [
        Snapshot("rpp-1a", from_ms(time), 0, poll_ms, current) for time, poll_ms, current in polls
    ]
    found = [
        one
        for start in range(begin, end, INTERVAL_MS)
        for one in intervals_of(snapshots, from_ms(start))
    ]
    return sorted((one.pole, to_ms(one.start), *astuple(one)[2:]) for one in found)


def rows(arrays: HeldArrays) -> list[tuple[int, ...]]:
    return list(zip(*(column.tolist() for column in arrays.columns()), strict=True))


def test_a_reading_stands_until_the_next_and_is_cut_at_the_quarter_hour() -> None:
    """10 A from 0:00 and 16 A from 0:10, each for at most 10 minutes."""
    polls = [(0, 400_000, (10_000, None, 0)), (600_000, 400_000, (16_000, 5_000, 0))]
    found = rows(from_arrays(polls, 0, 2 * INTERVAL_MS))
    # 6 A x 600 s / sqrt(2) is 2,545,584,412.27 mA ms.
    assert found[:2] == [
        (1, 0, 10_800_000_000, 900_000, 2, 10_000, 16_000, 2_545_584_412, 0),
        (1, 900_000, 4_800_000_000, 300_000, 0, 16_000, 16_000, 0, 0),
    ]
    assert found[2:4] == [
        (2, 0, 1_500_000_000, 300_000, 1, 5_000, 5_000, 0, 0),
        (2, 900_000, 1_500_000_000, 300_000, 0, 5_000, 5_000, 0, 0),
    ]
    assert found[4] == (3, 0, 0, 900_000, 2, 0, 0, 0, 600_000)


amps = st.one_of(st.none(), st.sampled_from([0, 100, 12_300]), st.integers(0, 10**7))
steps = st.one_of(st.sampled_from([1, 15_000, 60_000, 900_000]), st.integers(1, 5_000_000))


@given(
    st.lists(st.tuples(steps, st.integers(1, 3_600_000), st.tuples(*[amps] * POLES)), max_size=40),
    st.integers(0, 3),
    st.integers(0, 6),
)
def test_they_are_those_of_single_readings(
    gaps: list[tuple[int, int, Thousandths]], first: int, count: int
) -> None:
    polls, time = [], 0
    for gap, poll_ms, row in gaps:
        time += gap
        polls.append((time, poll_ms, row))
    begin, end = first * INTERVAL_MS, (first + count) * INTERVAL_MS
    assert rows(from_arrays(polls, begin, end)) == from_snapshots(polls, begin, end)


@given(st.lists(st.integers(0, 10**7), min_size=61, max_size=61), st.sampled_from([15_000, 14_999]))
def test_so_are_those_of_many_polls(column: list[int], poll_ms: int) -> None:
    polls = [
        (at * poll_ms, poll_ms, (value, value // 100 * 100, None))
        for at, value in enumerate(column)
    ]
    end = 2 * INTERVAL_MS
    assert rows(from_arrays(polls, 0, end)) == from_snapshots(polls, 0, end)


@pytest.mark.parametrize("step", [2, 2_000_001, 10**13])
def test_a_deviation_that_floats_leave_open_is_exact(step: int) -> None:
    """Steps up and down again have a whole number as their deviation, where floats may be off."""
    polls = [(at * 60_000, 60_000, (at % 2 * step, 0, 0)) for at in range(13)]
    assert rows(from_arrays(polls, 0, INTERVAL_MS)) == from_snapshots(polls, 0, INTERVAL_MS)
