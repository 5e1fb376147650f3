"""What is past its retention goes from the archive, too, and is not missed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bcm_mqtt.archive import Archive
from bcm_mqtt.domain.interval.retention import MonthSpan
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.store import Database, FileState, Store
from unit.builders import QUARTER, polled
from unit.store.rows import rows
from unit.store.test_archiving import (
    LATER,
    NOVEMBER,
    all_of,
    energetic,
    files,
    run,
)
from unit.store.test_device_intervals import metered
from unit.store.test_rebuild import everything, rebuild
from unit.store.test_removing import OCTOBER

DAY = timedelta(days=1)


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    archive = Archive(str(tmp_path / "polls"), "dc1", 0o600)
    opened = Store(Database(url, archive=archive))
    opened.database.ensure_schema()
    yield opened
    opened.close()


def remove(store: Store, span: MonthSpan = OCTOBER) -> tuple[int, list[str]]:
    """How many snapshots went, and why others did not."""
    steps = list(store.upkeep.remove_snapshots([span], LATER + 30 * DAY))
    return sum(step.rows for step in steps), [step.waits for step in steps if step.waits]


def test_a_file_goes_whole_and_intervals_stay(store: Store, tmp_path: Path) -> None:
    energetic(store)
    before = everything(store)
    run(store)
    there = len(all_of(store))
    # The last reading of the register stays, because what it counts next is the difference to it.
    assert remove(store) == (2 * 240 - 1, [])
    assert len(all_of(store)) == there - (2 * 240 - 1)
    assert everything(store) == before
    rebuild(store)
    assert everything(store) == before
    assert remove(store) == (0, [])
    assert run(store, LATER + 31 * DAY) == ["removed", "removed"]
    assert not [name for name in files(tmp_path) if "month=10" in name]
    assert len(all_of(store)) == there - (2 * 240 - 1)  # and the reading moves nowhere


def test_a_file_of_which_some_may_not_go_stays_whole(store: Store) -> None:
    energetic(store)
    run(store)
    there = all_of(store)
    assert remove(store, replace(OCTOBER, end=OCTOBER.end - QUARTER)) == (0, [])
    assert all_of(store) == there


def test_a_file_waits_for_intervals_that_are_not_computed(store: Store) -> None:
    energetic(store)
    run(store)
    late = replace(metered(NOVEMBER - QUARTER, NOVEMBER)[1], time=NOVEMBER - timedelta(seconds=50))
    store.arrivals.add([late])
    run(store)
    removed, waits = remove(store)
    assert removed == 240  # of the other panel
    assert waits == ["intervals wait to be computed"]
    while store.roll_up.intervals():
        pass
    assert remove(store) == (240, [])


def test_a_late_snapshot_of_a_removed_time_changes_nothing(store: Store) -> None:
    energetic(store)
    run(store)
    remove(store)
    before = everything(store)
    late = polled(NOVEMBER - QUARTER, NOVEMBER, [9_000], poll_ms=15_000)[1]
    store.arrivals.add([replace(late, time=late.time + timedelta(seconds=1))])
    while store.roll_up.intervals():
        pass
    assert everything(store) == before
    run(store)
    assert remove(store)[0] == 1


def test_late_snapshots_wait_in_sql_for_the_file_that_stays(store: Store) -> None:
    """The file of October has one of its last day, which may not go yet."""
    store.arrivals.add(polled(NOVEMBER - QUARTER, NOVEMBER, [1000], poll_ms=15_000))
    store.arrivals.add([Snapshot("rpp-1a", LATER, 1, 15_000, (1,))])
    while store.roll_up.intervals():
        pass
    run(store)
    late = polled(NOVEMBER - QUARTER, NOVEMBER, [9_000], poll_ms=15_000)[1]
    store.arrivals.add([replace(late, time=late.time + timedelta(seconds=1))])
    while store.roll_up.intervals():
        pass
    span = replace(OCTOBER, end=NOVEMBER - timedelta(minutes=1))
    there = all_of(store)
    assert remove(store, span) == (0, [])
    assert all_of(store) == there
    assert rows(store, "SELECT count(*) FROM snapshots_removed") == [(0,)]
    assert {one.state for one in store.archiving.files()} == {FileState.STORED}


def test_intervals_stay_as_long_as_their_snapshots_are_archived(store: Store) -> None:
    energetic(store)
    run(store)
    steps = list(store.upkeep.remove_intervals([OCTOBER]))
    assert sum(step.rows for step in steps) == 0
    assert {step.waits for step in steps} == {"their snapshots are still there"}
    remove(store)
    assert sum(step.rows for step in store.upkeep.remove_intervals([OCTOBER])) > 0
