"""A copy of a database while somebody writes to it: whole, checked, and of one moment."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import Upkeep
from unit.builders import NOON, QUARTER, SECOND, polled, snapshot
from unit.store.rows import rows


@pytest.fixture
def upkeep(url: str) -> Iterator[Upkeep]:
    opened = Upkeep(url)
    opened.ensure_schema()
    yield opened
    opened.close()


def quiet(_done: int, _of: int) -> None:
    """Progress that nobody looks at."""


def count(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found: int = connection.execute("SELECT count(*) FROM snapshot").fetchone()[0]
        return found


def test_a_backup_is_the_database(upkeep: Upkeep, tmp_path: Path) -> None:
    upkeep.add_snapshots(polled(NOON, NOON + 4 * QUARTER, [1000, 2000], poll_ms=15_000))
    upkeep.roll_up()
    size = upkeep.back_up(tmp_path / "copy.db", quiet)
    assert size == (tmp_path / "copy.db").stat().st_size
    copy = Upkeep(f"sqlite:///{tmp_path}/copy.db")
    copy.ensure_schema()
    for table in ("snapshot", "interval", "dirty_interval", "pole"):
        query = f"SELECT * FROM {table} ORDER BY 1, 2"
        assert rows(copy, query) == rows(upkeep, query)
    copy.close()


def test_a_backup_while_others_write_is_of_one_moment(
    upkeep: Upkeep, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bcm_mqtt.store.upkeep.backup._PAGES_AT_A_TIME", 5)
    upkeep.add_snapshots(polled(NOON, NOON + 30 * QUARTER, list(range(48)), poll_ms=15_000))
    before = upkeep.info().panels[0].snapshots
    wrote, stop = Event(), Event()

    def write() -> None:
        with closing(Upkeep(url)) as other:
            number = 0
            while not stop.is_set():
                number += 1
                item = snapshot(NOON + number * SECOND, [number] * 48, panel_id="rpp-1b")
                other.add_snapshots([item])
                wrote.set()

    parts: list[tuple[int, int]] = []

    def note(done: int, of: int) -> None:
        if not parts:
            thread.start()
        wrote.wait(30)
        wrote.clear()
        parts.append((done, of))

    thread = Thread(target=write)
    upkeep.back_up(tmp_path / "copy.db", note)
    stop.set()
    thread.join()
    assert len(parts) > 10
    assert [done for done, _ in parts] == sorted({done for done, _ in parts})  # never anew
    assert count(tmp_path / "copy.db") == before
    assert sum(panel.snapshots for panel in upkeep.info().panels) > before


def test_a_backup_takes_the_place_of_the_one_before(upkeep: Upkeep, tmp_path: Path) -> None:
    upkeep.back_up(tmp_path / "copy.db", quiet)
    upkeep.add_snapshots([snapshot(NOON, [1])])
    upkeep.back_up(tmp_path / "copy.db", quiet)
    assert count(tmp_path / "copy.db") == 1
    assert [file.name for file in tmp_path.iterdir() if "copy" in file.name] == ["copy.db"]


def test_a_backup_that_fails_leaves_the_one_before(
    upkeep: Upkeep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upkeep.add_snapshots([snapshot(NOON, [1])])
    upkeep.back_up(tmp_path / "copy.db", quiet)

    def damaged(_copy: Path) -> None:
        raise WorkError("the copy is damaged")

    monkeypatch.setattr("bcm_mqtt.store.upkeep.backup._check", damaged)
    upkeep.add_snapshots([snapshot(NOON + SECOND, [1])])
    with pytest.raises(WorkError, match="the copy is damaged"):
        upkeep.back_up(tmp_path / "copy.db", quiet)
    assert count(tmp_path / "copy.db") == 1
    assert [file.name for file in tmp_path.iterdir() if "copy" in file.name] == ["copy.db"]


def test_a_damaged_database_makes_no_backup(upkeep: Upkeep, url: str, tmp_path: Path) -> None:
    upkeep.add_snapshots(polled(NOON, NOON + 30 * QUARTER, list(range(48)), poll_ms=15_000))
    upkeep.close()
    file = Path(url.removeprefix("sqlite:///"))
    content = bytearray(file.read_bytes())
    content[4096 * 30 : 4096 * 60] = b"\x55" * (4096 * 30)
    file.write_bytes(content)
    with pytest.raises(WorkError) as caught:
        upkeep.back_up(tmp_path / "copy.db", quiet)
    assert "damaged" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "copy.db").exists()


def test_the_database_itself_and_what_is_beside_it_is_no_place_for_a_backup(
    upkeep: Upkeep, url: str, tmp_path: Path
) -> None:
    file = Path(url.removeprefix("sqlite:///"))
    (tmp_path / "link.db").symlink_to(file)
    for place in (file, file.with_name(f"{file.name}-wal"), tmp_path / "link.db"):
        with pytest.raises(InputError, match="is the database itself: expected another file"):
            upkeep.back_up(place, quiet)


def test_a_folder_is_no_place_for_a_backup(upkeep: Upkeep, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder: expected the name of a file"):
        upkeep.back_up(tmp_path, quiet)
    with pytest.raises(InputError, match="its folder is not there"):
        upkeep.back_up(tmp_path / "none" / "copy.db", quiet)


def test_no_database_makes_no_backup(tmp_path: Path) -> None:
    with (
        closing(Upkeep(f"sqlite:///{tmp_path}/none.db")) as upkeep,
        pytest.raises(WorkError, match="no backup was made: unable to open database file"),
    ):
        upkeep.back_up(tmp_path / "copy.db", quiet)
    assert not list(tmp_path.iterdir())


def test_compacting_gives_space_back(upkeep: Upkeep, url: str) -> None:
    upkeep.add_snapshots(polled(NOON, NOON + 30 * QUARTER, list(range(48)), poll_ms=15_000))
    file = Path(url.removeprefix("sqlite:///"))

    def size() -> int:
        rows(upkeep, "PRAGMA wal_checkpoint(TRUNCATE)")
        return file.stat().st_size

    before = size()
    with upkeep._write() as connection:
        connection.exec_driver_sql("DELETE FROM snapshot")
    assert size() == before
    upkeep.compact()
    assert size() < before / 2
