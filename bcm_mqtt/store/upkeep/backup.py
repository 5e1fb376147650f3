"""Copies a SQLite database while others write to it."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.files import PRIVATE, make, mode_for, sync_folder
from bcm_mqtt.store.database import no_database

_PAGES_AT_A_TIME = 2000


def copy_sqlite(
    source: str, file: Path, progress: Callable[[int, int], None], mode: int = PRIVATE
) -> int:
    """Makes a copy of a database as it is now, checks it, and puts it in its place in one step.

    Args:
        source: File of the database.
        file: Of the copy; one that is there is replaced once the new one has been checked.
        progress: Called with pages done and pages in all.
        mode: Of a new copy; one that is replaced keeps its own.

    Returns:
        Its size in bytes.

    Raises:
        InputError: `file` is the database itself, or no place for a file.
        WorkError: the copy failed or is damaged; what was at `file` is as it was.
    """
    _check_place(Path(source), file)
    if not Path(source).exists():
        raise no_database(source)
    unfinished = file.with_name(f".{file.name}.new")
    try:
        _clear(unfinished)
        make(unfinished, mode_for(file, mode))
        _copy(source, unfinished, progress)
        _check(unfinished)
        with unfinished.open("rb+") as written:
            os.fsync(written.fileno())
        unfinished.replace(file)
        sync_folder(file.parent)
        return file.stat().st_size
    except sqlite3.Error as error:
        raise WorkError(f"{file}: no backup was made: {error}") from None
    except OSError as error:
        raise WorkError(f"{file}: no backup was made: {error.strerror}") from None
    finally:
        with suppress(OSError):
            _clear(unfinished)


def _check_place(source: Path, file: Path) -> None:
    if file.is_dir() or not file.parent.is_dir():
        why = "is a folder" if file.is_dir() else "its folder is not there"
        raise InputError.of(f"{why}: expected the name of a file", source=str(file))
    parts = {source.with_name(source.name + suffix) for suffix in ("", "-wal", "-shm")}
    if file.resolve() in {path.resolve() for path in parts}:
        raise InputError.of("is the database itself: expected another file", source=str(file))


def _copy(source: str, target: Path, progress: Callable[[int, int], None]) -> None:
    uri = f"{Path(source).absolute().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as read,
        closing(sqlite3.connect(target)) as write,
    ):
        # One transaction: the copy is of one moment, and what is written meanwhile does
        # not make it begin again.
        read.execute("BEGIN")
        read.execute("SELECT count(*) FROM sqlite_master").fetchone()
        write.execute("PRAGMA synchronous=OFF")  # it is put on disk once it is whole
        read.backup(
            write,
            pages=_PAGES_AT_A_TIME,
            progress=lambda _status, left, of: progress(of - left, of),
            sleep=0,
        )


def _check(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection:
        (outcome,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if outcome != "ok":
        what = outcome.splitlines()[-1]
        raise WorkError(f"the copy is damaged, and so may be the database: {what}")


def _clear(unfinished: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        unfinished.with_name(unfinished.name + suffix).unlink(missing_ok=True)
