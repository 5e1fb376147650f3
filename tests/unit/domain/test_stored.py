"""Ranges of stored snapshots: each is in one of them, and nothing else can be."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.stored import Name, Range, Series, ranges_of
from unit.builders import NOON, SECOND, UNHURRIED

A, B, OTHER = Series("rpp-1a"), Series("rpp-1b"), Series("rpp-1a", "b")


def name(second: float, seq: int, series: Series = A) -> Name:
    return Name(series, NOON + second * SECOND, seq)


def test_a_run_of_polls_is_one_range_however_they_came() -> None:
    names = [name(15, 2), name(0, 1), name(30, 3), name(15, 2)]
    assert ranges_of(names) == {A: [Range(NOON, NOON + 30 * SECOND, 3)]}


def test_a_poll_that_is_missing_ends_a_range() -> None:
    names = [name(0, 1), name(15, 2), name(45, 4)]
    assert ranges_of(names) == {
        A: [Range(NOON, NOON + 15 * SECOND, 2), Range(NOON + 45 * SECOND, NOON + 45 * SECOND, 1)]
    }


def test_panels_and_sources_are_apart() -> None:
    found = ranges_of([name(0, 1), name(1, 2, B), name(0, 1, OTHER)])
    assert set(found) == {A, B, OTHER}
    assert all([one.snapshots for one in ranges] == [1] for ranges in found.values())


def test_a_clock_that_ran_back_ends_a_range() -> None:
    names = [name(0, 1), name(15, 2), name(5, 3), name(20, 4)]
    assert [one.snapshots for one in ranges_of(names)[A]] == [2, 2]


@UNHURRIED
@given(st.sets(st.integers(1, 60)), st.sets(st.integers(1, 60)))
def test_what_was_polled_and_is_not_stored_is_in_no_range(
    stored: set[int], missing: set[int]
) -> None:
    """Of one run of a bridge, whose numbers rise with time."""
    missing -= stored
    ranges = ranges_of(name(seq * 1.5, seq) for seq in stored).get(A, [])
    assert sum(one.snapshots for one in ranges) == len(stored)

    def covered(seq: int) -> bool:
        at = NOON + timedelta(seconds=seq * 1.5)
        return any(first <= at <= last for first, last, _ in ranges)

    assert all(covered(seq) for seq in stored)
    assert not any(covered(seq) for seq in missing)
