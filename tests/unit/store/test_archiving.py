"""Old snapshots move to the archive, and are read from there as if they were in SQL."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from bcm_mqtt.archive import Archive, ArchiveError
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import Clock, to_ms
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import RECORD_TABLES, Choice, Database, FileState, Record, Store
from bcm_mqtt.store.readings.poll_arrays import read_polls
from bcm_mqtt.store.readings.polls import polls
from bcm_mqtt.store.upkeep import archiving
from unit.archive_polls import DAY, OCTOBER, varied
from unit.builders import QUARTER, polled
from unit.store.rows import execute, rows
from unit.store.test_device_intervals import metered
from unit.store.test_rebuild import everything, rebuild

AFTER = 10 * DAY
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
LATER = datetime(2026, 11, 20, 6, tzinfo=UTC)
SNAPSHOTS = next(table for table in RECORD_TABLES if table.name == "snapshot")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path / "polls"), "dc1", 0o600)


@pytest.fixture
def store(url: str, archive: Archive) -> Iterator[Store]:
    opened = Store(Database(url, archive=archive))
    opened.database.ensure_schema()
    yield opened
    opened.close()


def at(now: datetime) -> Clock:
    return lambda: now


def run(store: Store, now: datetime = LATER) -> list[str]:
    """What was done, in the order of doing."""
    return [step.done for step in store.archiving.run(at(now), AFTER)]


def in_sql(store: Store, panel: str = "a") -> int:
    ((count,),) = rows(store, f"SELECT count(*) FROM snapshot WHERE panel = '{panel}'")
    return int(count)


def all_of(store: Store, choice: Choice | None = None) -> list[Record]:
    """Every stored snapshot with every column."""
    with store.records.at_one_moment() as view:
        return [one for some in view.records(SNAPSHOTS, choice or Choice()) for one in some]


def files(tmp_path: Path) -> list[str]:
    return sorted(str(file.relative_to(tmp_path / "polls")) for file in tmp_path.rglob("*.parquet"))


@pytest.fixture
def filled(store: Store) -> Store:
    """Polls of panel a from 28 October to 20 November, and of panel b on 1 October alone."""
    store.arrivals.add(
        [*varied("a", NOVEMBER - 4 * DAY, LATER), *varied("b", OCTOBER, OCTOBER + DAY)]
    )
    return store


def test_what_moves_comes_back_bit_by_bit(filled: Store) -> None:
    before = all_of(filled)
    assert run(filled).count("moved") == 14 - 1 + 1  # 28 October to 9 November, and b's day
    assert all_of(filled) == before
    assert len(before) > 250


def test_whole_days_move_that_are_old_enough(filled: Store) -> None:
    run(filled)
    oldest = "SELECT min(time) FROM snapshot WHERE panel = 'a'"
    ((oldest_ms,),) = rows(filled, oldest)
    assert 0 <= oldest_ms / 1000 - (LATER - AFTER - 6 * timedelta(hours=1)).timestamp() < 7200
    assert in_sql(filled, "b") == 0


def test_nothing_moves_that_is_not_older_than_the_newest(filled: Store) -> None:
    far = LATER + 3650 * DAY  # a clock that was set
    run(filled, far)
    assert in_sql(filled) > 100


def test_days_of_a_month_that_is_over_become_one_file(filled: Store, tmp_path: Path) -> None:
    before = all_of(filled)
    assert run(filled).count("merged") == 1
    stored = {one.name: one for one in filled.archiving.files() if one.state is FileState.STORED}
    assert [one.panel for one in stored.values()] == ["a"] * 10 + ["b"]
    assert sum("month=10/panel=a" in name for name in stored) == 1
    assert run(filled, LATER + 2 * DAY).count("removed") == 4
    assert files(tmp_path) == sorted(stored)
    assert all_of(filled) == before


def test_a_second_run_finds_nothing_to_do(filled: Store) -> None:
    run(filled)
    assert run(filled) == []


def test_a_late_snapshot_is_read_with_those_of_its_day_and_moves_there(filled: Store) -> None:
    run(filled)
    late = replace(varied("a", NOVEMBER, NOVEMBER + DAY)[0], time=NOVEMBER + timedelta(seconds=7))
    assert filled.arrivals.add([late]) == 1
    with_it = all_of(filled)
    names = [record[:3] for record in with_it]
    assert ("a", late.time, "") in names
    assert names == sorted(names)
    assert run(filled) == ["moved"]
    assert all_of(filled) == with_it


def test_a_late_snapshot_of_a_closed_month_is_merged_into_its_file(filled: Store) -> None:
    run(filled)
    late = replace(varied("a", NOVEMBER, NOVEMBER + DAY)[0], time=NOVEMBER - timedelta(seconds=7))
    filled.arrivals.add([late])
    with_it = all_of(filled)
    assert run(filled) == ["moved", "merged"]
    assert all_of(filled) == with_it


def test_what_is_archived_is_stored_once_however_often_it_comes(filled: Store) -> None:
    run(filled)
    before, left = all_of(filled), in_sql(filled)
    again = varied("a", NOVEMBER - 4 * DAY, LATER)
    assert filled.arrivals.add(again) == 0
    assert in_sql(filled) == left
    assert all_of(filled) == before
    assert filled.arrivals.contradicting(again) == []


def test_another_one_of_an_archived_name_is_a_contradiction(filled: Store) -> None:
    run(filled)
    other = replace(varied("a", NOVEMBER, NOVEMBER + DAY)[0], seq=999)
    archived = next(one for one in varied("a", NOVEMBER - 4 * DAY, LATER) if one.time >= NOVEMBER)
    other = replace(archived, seq=999)
    assert filled.arrivals.add([other]) == 0
    assert filled.arrivals.contradicting([other, archived]) == [other]


def test_readings_are_as_they_were(filled: Store) -> None:
    def seen() -> list[object]:
        readings, span = filled.readings, (NOVEMBER - 2 * DAY, LATER - 9 * DAY)
        return [
            readings.snapshots("a", *span),
            list(readings.times("a", *span)),
            readings.polls("a", *span),
            readings.clock_backs("a", *span),
            readings.latest(),
            filled.upkeep.span_of_snapshots(),
            filled.figures.info().panels,
            filled.figures.state().last,
            all_of(filled, Choice(*span, panels=frozenset(["a"]))),
        ]

    before = seen()
    run(filled)
    assert seen() == before
    with filled.records.at_one_moment() as view:
        assert view.count(SNAPSHOTS, Choice()) == len(all_of(filled))


def test_a_clock_that_ran_back_is_seen_in_the_archive(store: Store) -> None:
    store.arrivals.add(
        [
            Snapshot("a", NOVEMBER + minute * timedelta(minutes=1), number, 15_000, (1,))
            for minute, number in enumerate([5, 6, 3, 7, 4, 8, 1, 2])
        ]
    )
    store.arrivals.add([Snapshot("a", LATER, 99, 15_000, (1,))])
    before = store.readings.clock_backs("a", NOVEMBER, LATER)
    assert before == [(NOVEMBER + timedelta(minutes=2), 2)]
    run(store)
    assert store.readings.clock_backs("a", NOVEMBER, LATER) == before


def energetic(store: Store) -> None:
    """Intervals of all kinds across a border of months, and a present that makes it old."""
    span = NOVEMBER - 4 * QUARTER, NOVEMBER + 4 * QUARTER
    store.arrivals.add([*polled(*span, [1000, None, 7], poll_ms=15_000), *metered(*span)])
    store.arrivals.add([Snapshot(panel, LATER, 1, 15_000, (1,)) for panel in ("rpp-1a", "rpp-1b")])
    while store.roll_up.intervals():
        pass


def test_a_rebuild_from_the_archive_is_the_same_to_the_bit(store: Store) -> None:
    energetic(store)
    before = everything(store)
    assert all(before)
    run(store)
    ((left,),) = rows(store, "SELECT count(*) FROM snapshot")
    assert left == 2
    execute(store, "DELETE FROM interval", "DELETE FROM device_interval")
    rebuild(store)
    assert everything(store) == before


def test_a_late_register_reading_changes_the_archived_interval_after_it(store: Store) -> None:
    """As it does where all is in SQL: the same store, in another order, is the measure."""
    energetic(store)
    late = replace(metered(NOVEMBER, NOVEMBER + QUARTER)[3], time=NOVEMBER + timedelta(seconds=50))
    run(store)
    store.arrivals.add([late])
    while store.roll_up.intervals():
        pass
    after = everything(store)
    rebuild(store)
    assert everything(store) == after


def test_what_came_while_a_day_was_written_keeps_it_in_sql(
    filled: Store, archive: Archive, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    late = replace(varied("b", OCTOBER, OCTOBER + DAY)[0], time=OCTOBER + timedelta(seconds=7))
    real = Archive.sha256

    def meanwhile(self: Archive, name: str) -> tuple[str, int]:
        if "panel=b" in name:
            with closing(Store(Database(url, archive=archive))) as other:
                other.arrivals.add([late])
        return real(self, name)

    with monkeypatch.context() as patched:
        patched.setattr(Archive, "sha256", meanwhile)
        run(filled)
    assert in_sql(filled, "b") == len(varied("b", OCTOBER, OCTOBER + DAY)) + 1
    before = all_of(filled)
    assert "moved" in run(filled)
    assert in_sql(filled, "b") == 0
    assert all_of(filled) == before


@pytest.mark.parametrize("reads", ["row by row", "as arrays"])
def test_what_moves_while_it_is_read_is_read_once(
    filled: Store, archive: Archive, url: str, reads: str
) -> None:
    """PostgreSQL's statements see what was committed before each: the move is between two."""
    other = Store(Database(url, archive=archive))
    moved: list[str] = []

    def move(*_: object) -> None:
        if not moved:
            moved.append("begun")
            moved.extend(run(other))

    span = NOVEMBER, NOVEMBER + DAY
    with filled.database.reading() as connection:
        event.listen(connection, "after_cursor_execute", move)
        if reads == "as arrays":
            times = read_polls(connection, "a", *span).times_ms.tolist()
        else:
            times = [to_ms(time) for (time,) in polls(connection, "a", ("time",), *span)]
    other.close()
    assert "moved" in moved
    with filled.database.reading() as connection:
        assert times == read_polls(connection, "a", *span).times_ms.tolist()
    assert len(times) > 10


def test_only_one_process_moves(filled: Store, archive: Archive, url: str) -> None:
    with closing(Store(Database(url, archive=archive))) as other:
        with other.database.alone("archive") as alone:
            assert alone
            assert run(filled) == []
        assert run(filled)


def test_a_day_of_many_polls_moves_in_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archiving, "_AT_A_TIME", 5)
    store.arrivals.add(varied("a", NOVEMBER, NOVEMBER + 2 * DAY, timedelta(hours=1)))
    store.arrivals.add([Snapshot("a", LATER, 99, 15_000, (1,))])
    before = all_of(store)
    run(store)
    assert in_sql(store) == 1
    assert all_of(store) == before


def test_a_database_whose_archive_nobody_names_is_refused(filled: Store, url: str) -> None:
    run(filled)
    with closing(Store(url)) as without, pytest.raises(WorkError, match=r"database\.archive"):
        without.database.check_schema()


def test_an_archive_that_lost_a_file_says_so(filled: Store, tmp_path: Path) -> None:
    run(filled)
    for file in tmp_path.rglob("*.parquet"):
        file.unlink()
    with pytest.raises(ArchiveError, match=r"panel=a/.*is missing"):
        all_of(filled)
    live = replace(varied("a", NOVEMBER, NOVEMBER + DAY)[0], time=LATER + DAY)
    assert filled.arrivals.add([live]) == 1  # what is live needs no archive
