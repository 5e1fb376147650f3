"""The file of a SQLite database: made with a mode, claimed by one recorder, and never mistaken.

SQLite takes a file of no bytes for a new database, makes one where there is none, and writes on
into a file that somebody has moved away. Each of these would put an empty database, or none, in
the place of one with bills.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, EIO, ENOSPC, EROFS
from pathlib import Path
from typing import Final, TextIO

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.files import make, mode_for

_BAD_DISK: Final = frozenset({EDQUOT, EIO, ENOSPC, EROFS})
_PROCESS, _HAS_TABLES = 20, b"has tables"
"""In the recorder's lock: characters of its process' number, and what follows them."""
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class DatabaseAwayError(WorkError):
    """The database does not answer now but may later: it is down, locked, full or read-only."""


class DamagedDatabaseError(DatabaseAwayError):
    """Its file is damaged; it may be replaced while others wait."""

    def __init__(self, file: Path, reason: str) -> None:
        """Says what to do; the page shows it, so the file is named without its folders."""
        super().__init__(
            f"the database {file.name} (database.url) is damaged ({reason}): nothing is stored "
            "in it, and bridges keep their readings; restore a backup, or recover it: see "
            "'A damaged database' in docs/operations.md"
        )


def is_damage(error: BaseException | None) -> bool:
    """Whether SQLite says that the file is not what was written."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in _DAMAGE


class SqliteFile:
    """A file, of which connections need not be open."""

    def __init__(self, path: Path, mode: int) -> None:
        """Does not touch it yet; a new one gets the mode, and so does what SQLite puts beside."""
        self.path = path
        self._mode = mode
        self._claimed = Path(f"{path}.recorder")
        self._claim: TextIO | None = None
        self._claims = False
        self._was_there = False

    def watch(self, engine: Engine) -> None:
        """Has connections neither make the file nor outlive it."""

        def connect(*_: object) -> None:
            if not self.path.exists():
                raise sqlite3.OperationalError(f"{self.path.name} is not there")

        def connected(_connection: object, entry: ConnectionPoolEntry) -> None:
            entry.info["file"] = self.identity()

        def checked_out(_connection: object, entry: ConnectionPoolEntry, _proxy: object) -> None:
            if entry.info["file"] != self.identity():
                raise DisconnectionError(f"{self.path} is another file now")

        event.listen(engine, "do_connect", connect)
        event.listen(engine, "connect", connected)
        event.listen(engine, "checkout", checked_out)

    def identity(self) -> tuple[int, int]:
        """What another file in its place does not have; zeros where there is none."""
        try:
            status = self.path.stat()
        except OSError:
            return 0, 0
        return status.st_dev, status.st_ino

    def make(self) -> None:
        """Makes the file and its folder where they are not there, before tables are made.

        Claims it, too, where that was asked for and the disk did not allow it.

        Raises:
            WorkError: another recorder has it.
            InputError: there is no place for it.
            DatabaseAwayError: the disk does not allow it now, or the file was there already.
            DamagedDatabaseError: it had tables, and has no bytes now.
        """
        if self._was_there and not self.path.exists():
            raise DatabaseAwayError(f"database: {self.path.name} is not there any more")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            make(self.path, self._mode)
            is_empty = self.path.stat().st_size == 0
        except OSError as error:
            if error.errno in _BAD_DISK:
                raise DatabaseAwayError(f"database: {self.path.name}: {error.strerror}") from None
            message = f"no folder for the database: {error}"
            raise InputError.of(message, key="database.url") from None
        if self._claims and not self._claim:
            self._lock()
        if is_empty and self._had_tables():
            raise DamagedDatabaseError(self.path, "it had tables, and is empty now")

    def made(self) -> None:
        """It has tables: whoever has claimed it notes so."""
        self._was_there = True
        if self._claim and not self._had_tables():
            try:
                os.pwrite(self._claim.fileno(), _HAS_TABLES, _PROCESS)
            except OSError as error:
                raise DatabaseAwayError(f"{self._claimed}: {error.strerror}") from None

    def claim(self) -> None:
        """Makes this process its only recorder; see `Database.claim`.

        Raises:
            WorkError: another recorder has it, or the lock cannot be made.
            DatabaseAwayError: the disk does not allow it now; `make` tries again.
        """
        self._claims = True
        self.make()

    def _lock(self) -> None:
        try:
            make(self._claimed, mode_for(self.path, self._mode))
            # Not truncated: until the lock is had, it names another process.
            file = self._claimed.open("r+", encoding="ascii")
        except OSError as error:
            kind = DatabaseAwayError if error.errno in _BAD_DISK else WorkError
            raise kind(f"{self._claimed}: cannot be made: {error.strerror}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            process = file.read(_PROCESS).strip() or "unknown"
            file.close()
            message = (
                f"another recorder is writing to {self.path}: process {process}: stop it, or give "
                "this one a database of its own"
            )
            raise WorkError(message) from None
        with suppress(OSError):  # a full disk
            os.pwrite(file.fileno(), f"{os.getpid():<{_PROCESS}}".encode(), 0)
        self._claim = file

    def release(self) -> None:
        """Gives back the claim."""
        if self._claim:
            self._claim.close()
            self._claim = None

    @contextmanager
    def alone(self, work: str) -> Iterator[bool]:
        """See `Database.alone`; the lock is a file beside it, which stays.

        Raises:
            WorkError: the lock cannot be made.
        """
        place = Path(f"{self.path}.{work}")
        try:
            make(place, mode_for(self.path, self._mode))
            file = place.open("r+b")
        except OSError as error:
            raise WorkError(f"{place}: cannot be made: {error.strerror}") from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
            else:
                yield True

    def _had_tables(self) -> bool:
        """What the lock says; those of earlier releases say nothing of it."""
        try:
            return self._claimed.read_bytes()[_PROCESS:] == _HAS_TABLES
        except OSError:
            return False
