"""How large a database is, and how much of each panel's time is in it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bcm_mqtt.domain.interval.coverage import DayCoverage, Gap
from bcm_mqtt.domain.time import BEGINNING
from bcm_mqtt.store import Store
from bcm_mqtt.store.tables import metadata
from unit.builders import NEW_YORK, NOON, QUARTER, polled
from unit.store.test_removing import recorded

HOUR = timedelta(hours=1)
TODAY = NOON.astimezone(NEW_YORK).date()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    opened.database.ensure_schema()
    yield opened
    opened.close()


def test_every_table_has_its_rows_and_its_size(store: Store) -> None:
    recorded(store, polled(NOON, NOON + 40 * QUARTER, list(range(48)), poll_ms=15_000))
    found = store.figures.sizes()
    tables = {table.name: table for table in found.tables}
    assert set(tables) == set(metadata.tables)
    assert (tables["snapshot"].rows, tables["interval"].rows) == (2400, 41 * 48)
    sizes = [table.size or 0 for table in found.tables]
    assert sizes == sorted(sizes, reverse=True)
    assert found.tables[0].name == "snapshot"
    assert 300_000 < sizes[0] < found.size
    assert sum(sizes) <= found.size


def test_an_hour_without_snapshots_is_a_gap(store: Store) -> None:
    recorded(
        store,
        [
            *polled(NOON - 2 * HOUR, NOON, [1000, None], poll_ms=15_000),
            *polled(NOON + HOUR, NOON + 2 * HOUR, [1000, 7], poll_ms=15_000),
        ],
    )
    store.roll_up.days(NEW_YORK)
    (found,) = store.figures.coverage(NEW_YORK, TODAY, NOON + 2 * HOUR)
    # The last reading before noon stands for 22.5 seconds, the last of all for 7.5 too many.
    missing = HOUR - timedelta(seconds=7.5)
    assert found.gaps == (Gap(NOON, NOON + HOUR, missing),)
    both = (3 * HOUR + 2 * timedelta(seconds=7.5) + HOUR + timedelta(seconds=7.5)) / 2
    expected = DayCoverage(TODAY, 4 * HOUR - QUARTER, both, 720)
    assert found.days == (expected,)


def test_coverage_stays_when_snapshots_are_removed(store: Store) -> None:
    recorded(store, polled(NOON, NOON + 4 * QUARTER, [1000], poll_ms=15_000))
    store.roll_up.days(NEW_YORK)
    before = store.figures.coverage(NEW_YORK, TODAY, NOON + HOUR)
    with store.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM snapshot")
    assert store.figures.coverage(NEW_YORK, TODAY, NOON + HOUR) == before
    assert before[0].gaps == ()


def test_an_empty_database_covers_nothing(store: Store) -> None:
    assert store.figures.coverage(NEW_YORK, TODAY, NOON) == []
    assert {table.rows for table in store.figures.sizes().tables} == {0}


BEFORE, AFTER = (BEGINNING, NOON), (NOON, NOON + 9 * HOUR)


def test_a_pole_that_no_source_reads_then_is_no_gap_and_not_missing(store: Store) -> None:
    """Pole 1 is read until noon, pole 2 by another source from then on: all of 3.75 h is there."""
    recorded(
        store,
        [
            *polled(NOON - 2 * HOUR, NOON, [1000], poll_ms=15_000),
            *polled(NOON, NOON + 2 * HOUR, [None, 1000], poll_ms=15_000),
        ],
    )
    store.roll_up.days(NEW_YORK)
    at = NOON + 2 * HOUR
    reads = {"rpp-1a": {1: [BEFORE], 2: [AFTER]}}
    (found,) = store.figures.coverage(NEW_YORK, TODAY, at, reads)
    assert (found.share, found.gaps) == (1, ())
    # Each of them had half of it, which is half of what was expected of poles that are always read.
    (always,) = store.figures.coverage(NEW_YORK, TODAY, at)
    assert always.days[0].covered == (4 * HOUR + timedelta(seconds=15)) / 2


def test_a_failed_read_is_missing_of_poles_that_are_read_then(store: Store) -> None:
    """Of 3.75 h the source of pole 2 fails for an hour: 3 h are there, and what readings hold."""
    recorded(
        store,
        [
            *polled(NOON - 2 * HOUR, NOON, [1000], poll_ms=15_000),
            *polled(NOON, NOON + HOUR, [None, None], poll_ms=15_000),
            *polled(NOON + HOUR, NOON + 2 * HOUR, [None, 1000], poll_ms=15_000),
        ],
    )
    store.roll_up.days(NEW_YORK)
    reads = {"rpp-1a": {1: [BEFORE], 2: [AFTER]}}
    (found,) = store.figures.coverage(NEW_YORK, TODAY, NOON + 2 * HOUR, reads)
    assert found.days[0].covered == 3 * HOUR + timedelta(seconds=15)
    assert [gap.start for gap in found.gaps] == [NOON]


def test_after_the_last_source_has_ended_nothing_is_expected(store: Store) -> None:
    recorded(store, polled(NOON - 2 * HOUR, NOON, [1000, 7], poll_ms=15_000))
    store.roll_up.days(NEW_YORK)
    reads = {"rpp-1a": {1: [BEFORE], 2: [BEFORE]}}
    (found,) = store.figures.coverage(NEW_YORK, TODAY, NOON + 24 * HOUR, reads)
    assert (found.share, found.gaps, len(found.days)) == (1, (), 1)
    (always,) = store.figures.coverage(NEW_YORK, TODAY, NOON + 24 * HOUR)
    assert always.gaps
