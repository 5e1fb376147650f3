"""The file of a database: private, never made in the place of another, and named when damaged."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import DamagedDatabaseError, Database, DatabaseAwayError, Store
from unit.builders import NOON, QUARTER, polled


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "bcm.db"


@pytest.fixture
def opened(file: Path) -> Iterator[Store]:
    """A recorder's store with a snapshot a minute."""
    store = recorders_store(file)
    store.arrivals.add(polled(NOON, NOON + 8 * QUARTER, list(range(48)), poll_ms=60_000))
    yield store
    store.close()


def recorders_store(file: Path, mode: int = 0o600) -> Store:
    store = Store(Database(f"sqlite:///{file}", mode))
    try:
        store.database.claim()
        store.database.ensure_schema()
    except BaseException:
        store.close()
        raise
    return store


def snapshots(store: Store) -> int:
    return sum(panel.snapshots for panel in store.figures.info().panels)


def modes(folder: Path) -> dict[str, int]:
    return {one.name: one.stat().st_mode & 0o777 for one in folder.iterdir()}


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o660])
def test_a_new_database_has_its_mode_and_what_sqlite_puts_beside_it_too(
    file: Path, mode: int
) -> None:
    store = recorders_store(file, mode)
    found = modes(file.parent)
    assert found == dict.fromkeys(("bcm.db", "bcm.db-wal", "bcm.db-shm", "bcm.db.recorder"), mode)
    store.close()


def test_a_database_that_is_there_keeps_its_mode(file: Path) -> None:
    recorders_store(file).close()
    file.chmod(0o644)
    store = recorders_store(file)
    assert modes(file.parent)["bcm.db"] == modes(file.parent)["bcm.db-wal"] == 0o644
    store.close()


def damage(file: Path) -> bytes:
    """Garbage in every page but the first."""
    body = bytearray(file.read_bytes())
    for page in range(4096, len(body), 4096):
        body[page : page + 300] = b"garbage" * 43
    file.write_bytes(body)
    return bytes(body)


def test_a_damaged_page_is_named_and_the_file_is_left_as_it_is(opened: Store, file: Path) -> None:
    opened.close()
    body = damage(file)
    store = Store(f"sqlite:///{file}")
    with pytest.raises(DamagedDatabaseError) as caught:
        store.database.ensure_schema()
    with pytest.raises(DatabaseAwayError):
        snapshots(store)
    said = str(caught.value)
    assert said.startswith("the database bcm.db (database.url) is damaged (")
    assert "restore a backup" in said
    assert "\n" not in said
    store.close()
    assert file.read_bytes() == body


def test_a_file_that_is_no_database_is_damaged_and_left(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("a spreadsheet " * 1000)
    with pytest.raises(DamagedDatabaseError, match="file is not a database"):
        recorders_store(file)
    assert file.read_text() == "a spreadsheet " * 1000


def test_a_database_that_is_gone_is_not_made_again_and_one_that_comes_is_used(
    opened: Store, file: Path, tmp_path: Path
) -> None:
    assert snapshots(opened) == 120
    opened.upkeep.back_up(tmp_path / "backup.db", lambda *_: None)
    before = opened.database.file_identity
    for end in ("", "-wal", "-shm"):
        Path(f"{file}{end}").rename(tmp_path / f"aside{end}")
    for work in (lambda: snapshots(opened), opened.database.ensure_schema):
        with pytest.raises(DatabaseAwayError, match="is not there"):
            work()
    assert not file.exists()
    (tmp_path / "backup.db").rename(file)
    assert opened.database.file_identity != before
    opened.database.ensure_schema()
    more = polled(NOON + 8 * QUARTER, NOON + 9 * QUARTER, [5], poll_ms=60_000)
    assert opened.arrivals.add(more) == 15
    assert snapshots(opened) == 135
    other = Store(f"sqlite:///{file}")
    assert snapshots(other) == 135
    other.close()
    aside = Store(f"sqlite:///{tmp_path}/aside")
    assert snapshots(aside) == 120
    aside.close()


def test_a_database_that_lost_all_its_bytes_is_not_taken_for_a_new_one(
    opened: Store, file: Path
) -> None:
    opened.close()
    file.write_bytes(b"")
    for other in (Store(f"sqlite:///{file}"), Store(f"sqlite:///{file}")):
        with pytest.raises(DamagedDatabaseError, match="it had tables, and is empty now"):
            other.database.ensure_schema()
        other.close()
    assert file.read_bytes() == b""


def test_a_database_of_before_is_known_to_have_tables_after_its_next_start(file: Path) -> None:
    recorders_store(file).close()
    Path(f"{file}.recorder").write_text("")  # as earlier releases left it
    recorders_store(file).close()
    file.write_bytes(b"")
    with pytest.raises(DamagedDatabaseError):
        recorders_store(file)


def test_an_empty_file_whose_tables_could_not_be_made_gets_them_later(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **_named: object) -> None:
        raise DatabaseAwayError("database: database or disk is full")

    with monkeypatch.context() as bad:
        bad.setattr("bcm_mqtt.store.schema.ensure", full)
        with pytest.raises(DatabaseAwayError):
            recorders_store(file)
    assert file.stat().st_size == 0
    store = recorders_store(file)
    assert snapshots(store) == 0
    store.close()


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        *((number, DatabaseAwayError) for number in (errno.ENOSPC, errno.EROFS, errno.EIO)),
        (errno.EACCES, InputError),
    ],
)
def test_a_bad_disk_is_waited_for_and_a_wrong_place_is_not(
    file: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    def fails(*_: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr("bcm_mqtt.store.sqlite_file.make", fails)
    with pytest.raises((WorkError, InputError)) as caught:
        recorders_store(file)
    assert isinstance(caught.value, kind)
    assert isinstance(caught.value, DatabaseAwayError) == (kind is DatabaseAwayError)
