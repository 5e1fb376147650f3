"""Opening a database: what a URL may be, and settings that make a commit mean what it says."""

import sqlite3
from contextlib import closing
from pathlib import Path
from re import escape

import pytest

from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import Store
from unit.store.rows import rows


@pytest.mark.parametrize(
    "url",
    [
        "",
        "bcm.db",
        "data/bcm.db",
        "mysql://root@localhost/bcm",
        "oracle://x",
        "sqlite",
        "sqlite+nothing:///bcm.db",
        "postgresql+nothing://localhost/bcm",
        "http://localhost/bcm",
        "://",
    ],
)
def test_what_is_no_database_url_is_refused_by_its_key(url: str) -> None:
    with pytest.raises(InputError) as caught:
        Store(url)
    (problem,) = caught.value.problems
    assert str(problem).startswith("database.url: expected sqlite:///data/bcm.db or postgresql")


def test_a_folder_that_cannot_be_made_is_refused_by_the_urls_key(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    store = Store(f"sqlite:///{tmp_path}/file/bcm.db")
    with pytest.raises(InputError) as caught:
        store.database.ensure_schema()
    assert str(caught.value).startswith("database.url: no folder for the database: ")


def test_the_folder_of_a_sqlite_file_is_made(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/new/data/bcm.db")
    store.database.ensure_schema()
    store.close()
    assert (tmp_path / "new" / "data" / "bcm.db").is_file()


def test_what_only_reads_makes_no_database(tmp_path: Path) -> None:
    file = tmp_path / "new" / "bcm.db"
    store = Store(f"sqlite:///{file}")
    said = f"no database at {file}, expected one made by `bcm-mqtt recorder` or `db upgrade`"
    with pytest.raises(WorkError, match=f"^{escape(said)}$"):
        store.database.check_schema()
    assert not file.parent.exists()
    file.parent.mkdir()
    file.touch()  # as a program leaves it that is killed before it makes the tables
    with pytest.raises(WorkError, match=escape(said)):
        store.database.check_schema()
    store.database.ensure_schema()
    store.database.check_schema()
    store.close()


def test_a_database_that_cannot_be_opened_is_the_works_failure(tmp_path: Path) -> None:
    (tmp_path / "bcm.db").mkdir()
    store = Store(f"sqlite:///{tmp_path}/bcm.db")
    with pytest.raises(WorkError, match=r"^database: unable to open database file$"):
        store.database.ensure_schema()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10_000)],
)
def test_a_commit_survives_a_power_cut_and_readers_do_not_wait(
    store: Store, pragma: str, value: object
) -> None:
    assert rows(store, f"PRAGMA {pragma}") == [(value,)]


def test_a_write_takes_the_lock_at_once_and_a_read_takes_none(store: Store, url: str) -> None:
    def others_may_write() -> bool:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                assert str(error) == "database is locked"  # noqa: PT017 - it need not be raised
                return False
            return True

    with store.database.reading() as connection:
        connection.exec_driver_sql("SELECT * FROM snapshot")
        assert others_may_write()
    with store.database.writing():
        assert not others_may_write()
        assert store.figures.info().dirty == 0  # a reader does not wait
    assert others_may_write()


class Stopped(Exception):  # noqa: N818 - it is no error
    """Whatever may come between."""


def test_what_fails_half_way_leaves_nothing_behind(store: Store) -> None:
    def fails() -> None:
        with store.database.writing() as connection:
            connection.exec_driver_sql("INSERT INTO pole (panel, number) VALUES ('rpp-1a', 1)")
            raise Stopped

    with pytest.raises(Stopped):
        fails()
    assert rows(store, "SELECT * FROM pole") == []
