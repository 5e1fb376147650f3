"""A copy of a database while somebody writes to it: whole, checked, and of one moment."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import Store
from unit.builders import NOON, QUARTER, SECOND, polled, snapshot
from unit.store.rows import rows


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    opened.database.ensure_schema()
    yield opened
    opened.close()


def quiet(_done: int, _of: int) -> None:
    """Progress that nobody looks at."""


def count(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found: int = connection.execute("SELECT count(*) FROM snapshot").fetchone()[0]
        return found


def test_a_backup_is_the_database(store: Store, tmp_path: Path) -> None:
    store.arrivals.add(polled(NOON, NOON + 4 * QUARTER, [1000, 2000], poll_ms=15_000))
    store.roll_up.intervals()
    size = store.upkeep.back_up(tmp_path / "copy.db", quiet)
    assert size == (tmp_path / "copy.db").stat().st_size
    copy = Store(f"sqlite:///{tmp_path}/copy.db")
    copy.database.ensure_schema()
    for table in ("snapshot", "interval", "dirty_interval", "pole"):
        query = f"SELECT * FROM {table} ORDER BY 1, 2"
        assert rows(copy, query) == rows(store, query)
    copy.close()


def test_a_backup_while_others_write_is_of_one_moment(
    store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bcm_mqtt.store.upkeep.backup._PAGES_AT_A_TIME", 5)
    store.arrivals.add(polled(NOON, NOON + 30 * QUARTER, list(range(48)), poll_ms=15_000))
    before = store.figures.info().panels[0].snapshots
    wrote, stop = Event(), Event()

    def write() -> None:
        with closing(Store(url)) as other:
            number = 0
            while not stop.is_set():
                number += 1
                item = snapshot(NOON + number * SECOND, [number] * 48, panel_id="rpp-1b")
                other.arrivals.add([item])
                wrote.set()

    parts: list[tuple[int, int]] = []

    def note(done: int, of: int) -> None:
        if not parts:
            thread.start()
        wrote.wait(30)
        wrote.clear()
        parts.append((done, of))

    thread = Thread(target=write)
    store.upkeep.back_up(tmp_path / "copy.db", note)
    stop.set()
    thread.join()
    assert len(parts) > 10
    assert [done for done, _ in parts] == sorted({done for done, _ in parts})  # never anew
    assert count(tmp_path / "copy.db") == before
    assert sum(panel.snapshots for panel in store.figures.info().panels) > before


def test_a_backup_takes_the_place_of_the_one_before(store: Store, tmp_path: Path) -> None:
    store.upkeep.back_up(tmp_path / "copy.db", quiet)
    store.arrivals.add([snapshot(NOON, [1])])
    store.upkeep.back_up(tmp_path / "copy.db", quiet)
    assert count(tmp_path / "copy.db") == 1
    assert [file.name for file in tmp_path.iterdir() if "copy" in file.name] == ["copy.db"]


def test_a_backup_that_fails_leaves_the_one_before(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.arrivals.add([snapshot(NOON, [1])])
    store.upkeep.back_up(tmp_path / "copy.db", quiet)

    def damaged(_copy: Path) -> None:
        raise WorkError("the copy is damaged")

    monkeypatch.setattr("bcm_mqtt.store.upkeep.backup._check", damaged)
    store.arrivals.add([snapshot(NOON + SECOND, [1])])
    with pytest.raises(WorkError, match="the copy is damaged"):
        store.upkeep.back_up(tmp_path / "copy.db", quiet)
    assert count(tmp_path / "copy.db") == 1
    assert [file.name for file in tmp_path.iterdir() if "copy" in file.name] == ["copy.db"]


def test_a_damaged_database_makes_no_backup(store: Store, url: str, tmp_path: Path) -> None:
    store.arrivals.add(polled(NOON, NOON + 30 * QUARTER, list(range(48)), poll_ms=15_000))
    store.close()
    file = Path(url.removeprefix("sqlite:///"))
    content = bytearray(file.read_bytes())
    content[4096 * 30 : 4096 * 60] = b"\x55" * (4096 * 30)
    file.write_bytes(content)
    with pytest.raises(WorkError) as caught:
        store.upkeep.back_up(tmp_path / "copy.db", quiet)
    assert "damaged" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "copy.db").exists()


def test_the_database_itself_and_what_is_beside_it_is_no_place_for_a_backup(
    store: Store, url: str, tmp_path: Path
) -> None:
    file = Path(url.removeprefix("sqlite:///"))
    (tmp_path / "link.db").symlink_to(file)
    for place in (file, file.with_name(f"{file.name}-wal"), tmp_path / "link.db"):
        with pytest.raises(InputError, match="is the database itself: expected another file"):
            store.upkeep.back_up(place, quiet)


def test_a_folder_is_no_place_for_a_backup(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder: expected the name of a file"):
        store.upkeep.back_up(tmp_path, quiet)
    with pytest.raises(InputError, match="its folder is not there"):
        store.upkeep.back_up(tmp_path / "none" / "copy.db", quiet)


def test_no_database_makes_no_backup(tmp_path: Path) -> None:
    with (
        closing(Store(f"sqlite:///{tmp_path}/none.db")) as store,
        pytest.raises(WorkError, match=r"no database at .*none\.db, expected one made by"),
    ):
        store.upkeep.back_up(tmp_path / "copy.db", quiet)
    assert not list(tmp_path.iterdir())


def test_compacting_gives_space_back(store: Store, url: str) -> None:
    store.arrivals.add(polled(NOON, NOON + 60 * QUARTER, list(range(48)), poll_ms=15_000))
    file = Path(url.removeprefix("sqlite:///"))

    def size() -> int:
        rows(store, "PRAGMA wal_checkpoint(TRUNCATE)")
        return file.stat().st_size

    before = size()
    with store.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM snapshot")
    assert size() == before
    store.upkeep.compact()
    assert size() < before / 2


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_a_new_backup_has_its_mode_and_one_that_is_replaced_keeps_it(
    store: Store, tmp_path: Path, mode: int
) -> None:
    copy = tmp_path / "copy.db"
    store.upkeep.back_up(copy, quiet, mode)
    assert copy.stat().st_mode & 0o777 == mode
    copy.chmod(0o604)
    store.upkeep.back_up(copy, quiet, mode)
    assert copy.stat().st_mode & 0o777 == 0o604
    assert list(tmp_path.glob(".*")) == []
