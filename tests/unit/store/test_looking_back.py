"""What charts are made of, read from the database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bcm_mqtt.domain.history.polled import Polls
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, QUARTER, polled, snapshot

START = datetime(2026, 6, 1, 4, tzinfo=UTC)
"""Midnight in New York."""
HOUR = timedelta(hours=1)
QUARTER_MS, HOUR_MS = 900_000, 3_600_000


@pytest.fixture
def filled(store: Store) -> Store:
    """A day whose second hour has 20 A, and the others 10, polled every five minutes."""
    for first, end, amps in ((0, 1, 10), (1, 2, 20), (2, 24, 10)):
        span = START + first * HOUR, START + end * HOUR
        store.arrivals.add(polled(*span, [amps * 1000, None, 1], poll_ms=300_000))
    while store.roll_up.intervals():
        pass
    while store.roll_up.days(NEW_YORK):
        pass
    return store


def test_extremes_of_each_interval(filled: Store) -> None:
    found = filled.intervals.extremes("rpp-1a", START, START + 2 * HOUR, [1, 2], QUARTER_MS)
    assert found[2].starts_ms.size == 0
    # The last reading of the first hour does not reach into the second.
    assert sorted(zip(found[1].least.tolist(), found[1].greatest.tolist(), strict=True)) == (
        [(10_000, 10_000)] * 4 + [(20_000, 20_000)] * 4
    )


def test_extremes_of_hours_are_taken_together(filled: Store) -> None:
    after = START + HOUR + QUARTER
    found = filled.intervals.extremes("rpp-1a", after - HOUR, after, [1, 3], HOUR_MS)
    assert found[1].starts_ms.size == 2
    by_start = dict(zip(found[1].starts_ms.tolist(), found[1].greatest.tolist(), strict=True))
    assert [by_start[start] for start in sorted(by_start)] == [10_000, 20_000]
    assert found[3].least.tolist() == [1, 1]


def test_day_totals_of_local_days(filled: Store) -> None:
    found = filled.intervals.day_totals("rpp-1a", date(2026, 6, 1), date(2026, 6, 1), [1, 2])
    assert list(found) == [(1, date(2026, 6, 1))]
    total = found[1, date(2026, 6, 1)]
    assert total.milliamp_ms == (23 * 10_000 + 20_000) * HOUR_MS
    assert (total.least, total.greatest, total.by_device) == (10_000, 20_000, False)


def test_polls_are_counted_with_their_longest_period(filled: Store) -> None:
    filled.arrivals.add([snapshot(START + timedelta(seconds=7), [1], poll_ms=15_000)])
    assert filled.readings.polls("rpp-1a", START, START + HOUR) == Polls(13, 300_000)
    assert filled.readings.polls("rpp-1a", START - HOUR, START) is None
    assert filled.readings.polls("rpp-9", START, START + HOUR) is None


def test_snapshots_come_with_those_that_stand_into_the_time(filled: Store) -> None:
    found = filled.readings.snapshots("rpp-1a", START + HOUR, START + 2 * HOUR)
    assert [one.time for one in found] == [
        START + HOUR + number * timedelta(minutes=5) for number in range(-1, 12)
    ]
