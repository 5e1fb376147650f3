"""The disk of a machine: every write can be the last, and what was not synced can be lost.

A kill keeps all that was written: it is the operating system's. A power cut keeps what was
synced; of what was written later it keeps a part that is drawn: of a SQLite file the log up to
any byte, of a file that was renamed the old one, the new one, or a torn one.

It is watched only while a power cut is ahead (`armed`): then the state that is synced is copied
before it is left.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from errno import ENOSPC
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from weakref import WeakSet

from chaos.clockwork import work_takes_time
from chaos.process import PROCESS, Killed, Machine, Process

_REAL_CONNECT = sqlite3.connect
_REAL_FSYNC, _REAL_REPLACE, _REAL_UNLINK = os.fsync, os.replace, os.unlink
_FULL, _NORMAL = 2, 1
_NEEDS_ROOM = {"INSERT", "UPDATE", "DELETE", "CREATE", "COMMIT"}


@dataclass
class Disk:
    """What of a machine's folder is safe.

    Attributes:
        machine: Whose.
        armed: Whether it is watched.
        full: Whether nothing more can be written.
        full_since: When it began, s of the loop.
        syncs: Counted, for the log.
        replaced: Told of each file that another was put in the place of.
    """

    machine: Machine
    armed: bool = False
    full: bool = False
    full_since: float = 0.0
    syncs: int = 0
    replaced: Callable[[Path], None] = lambda _path: None
    _databases: dict[Path, tuple[bytes, bytes]] = field(default_factory=dict)
    _present: dict[Path, tuple[bytes, bytes]] = field(default_factory=dict)
    _files: dict[Path, bytes] = field(default_factory=dict)
    _inodes: dict[int, bytes] = field(default_factory=dict)

    def arm(self) -> None:
        """From here on it is known what is synced; all that is there now is."""
        self.armed = True
        self._databases.clear()
        self._inodes.clear()
        self._files = {file: file.read_bytes() for file in self._plain_files()}

    def left(self, database: Path) -> None:
        """A database is about to get what is not synced."""
        if self.armed and database not in self._databases:
            self._databases[database] = _content(database)

    def reached(self, database: Path) -> None:
        """All of a database is synced."""
        self.syncs += 1
        self._databases.pop(database, None)

    def file_synced(self, path: Path, descriptor: int) -> None:
        """A file, or what names a folder has, is synced."""
        self.syncs += 1
        if not self.armed:
            return
        if path.is_dir():
            for file in self._plain_files():
                inode = file.stat().st_ino
                if file.parent == path and inode in self._inodes:
                    self._files[file] = self._inodes[inode]
        elif path.name.endswith("-wal"):
            self.reached(path.with_name(path.name.removesuffix("-wal")))
        else:
            self._inodes[os.fstat(descriptor).st_ino] = path.read_bytes()

    def stopped(self) -> None:
        """Nothing is written any more; to be called before connections are closed."""
        self._present = {database: _content(database) for database in self._databases}

    def cut(self) -> list[str]:
        """The power is gone: takes away what is drawn of what was not synced; names what."""
        lost = []
        random = self.machine.random
        for database, (content, log) in sorted(self._databases.items()):
            now, log_now = self._present[database]
            is_torn = now == content and random.random() < 0.7
            synced = len(log) if log_now.startswith(log) else 0  # else it has begun again
            torn = log_now[: random.randint(synced, len(log_now))]
            _restore(database, content, torn if is_torn else log)
            lost.append(database.name)
        for file in sorted({*self._files, *self._plain_files()}):
            was = self._files.get(file)
            present = file.read_bytes() if file.exists() else None
            if was == present or (present is not None and random.random() < 0.5):
                if present is None or was == present or file.stat().st_ino in self._inodes:
                    continue
                was = present[: random.randint(0, len(present))]
            lost.append(file.name)
            if was is None:
                file.unlink(missing_ok=True)
            else:
                file.write_bytes(was)
        self.armed = False
        return lost

    def _plain_files(self) -> list[Path]:
        files = (file for file in self.machine.folder.rglob("*") if file.is_file())
        return sorted(file for file in files if not _is_of_database(file))


def _is_of_database(file: Path) -> bool:
    return file.name.endswith((".db", "-wal", "-shm", ".recorder", ".lock", ".tmp", ".new"))


def _content(database: Path) -> tuple[bytes, bytes]:
    log = database.with_name(f"{database.name}-wal")
    return database.read_bytes() if database.exists() else b"", (
        log.read_bytes() if log.exists() else b""
    )


def _restore(database: Path, content: bytes, log: bytes) -> None:
    """As new files: SQLite knows files by their inode, also those that a dead process had open."""
    log_file = database.with_name(f"{database.name}-wal")
    for file in (database, log_file, database.with_name(f"{database.name}-shm")):
        file.unlink(missing_ok=True)
    database.write_bytes(content)
    log_file.write_bytes(log)


class _Cursor(sqlite3.Cursor):
    """Each statement that writes can be the process' last."""

    def execute(self, sql: str, *args: Any) -> Any:
        connection: Any = self.connection
        return connection.doing(sql, lambda: super(_Cursor, self).execute(sql, *args))

    def executemany(self, sql: str, *args: Any) -> Any:
        connection: Any = self.connection
        return connection.doing(sql, lambda: super(_Cursor, self).executemany(sql, *args))


class _Connection(sqlite3.Connection):
    """A connection of a process."""

    process: Process
    path: Path
    _synchronous = -1

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._cursors = WeakSet[sqlite3.Cursor]()

    def doing(self, sql: str, act: Any) -> Any:
        process = self.process
        head = sql.lstrip()[:6].upper()
        if head == "SELECT":
            if not process.alive:
                raise Killed
            return act()
        is_last = process.writing()
        disk = process.machine.disk
        checkpoint = "wal_checkpoint" in sql
        if disk.full and (head in _NEEDS_ROOM or checkpoint):
            raise _full()
        syncs = disk.armed and head != "PRAGMA" and self._syncs()
        if disk.armed and not checkpoint and not syncs:
            disk.left(self.path)
        result = act()
        if (checkpoint and self._syncs(_NORMAL)) or syncs:
            disk.reached(self.path)
        if is_last:
            process.die()
            raise Killed
        return result

    def execute(self, sql: str, *args: Any) -> Any:
        return self.cursor().execute(sql, *args)

    def executemany(self, sql: str, *args: Any) -> Any:
        return self.cursor().executemany(sql, *args)

    def cursor(self, factory: Any = None) -> Any:
        cursor = super().cursor(factory or _Cursor)
        self._cursors.add(cursor)
        return cursor

    def commit(self) -> None:
        if not self.in_transaction:
            return
        work_takes_time()
        self.doing("COMMIT", super().commit)

    def __exit__(self, *of: object) -> Any:
        done = super().__exit__
        if of[0] is None and self.in_transaction:
            return self.doing("COMMIT", lambda: done(*of))
        return done(*of)

    def close(self) -> None:
        if self.close in self.process.closing:
            self.process.closing.remove(self.close)
        if not self.process.alive:  # a cursor that is still referred to would keep the lock
            for cursor in list(self._cursors):
                cursor.close()
        with suppress(sqlite3.Error):
            super().rollback()
        super().close()

    def _syncs(self, least: int = _FULL) -> bool:
        if self._synchronous < 0:
            cursor = super().cursor()
            self._synchronous = cursor.execute("PRAGMA synchronous").fetchone()[0]
        return self._synchronous >= least


def _full() -> sqlite3.Error:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_FULL, "SQLITE_FULL"
    return error


def connect(database: Any, *args: Any, **options: Any) -> Any:
    """Stands for sqlite3.connect."""
    process = PROCESS.get()
    if process is None:
        return _REAL_CONNECT(database, *args, **options)
    if not process.alive:
        raise Killed
    options["check_same_thread"] = False
    connection = _REAL_CONNECT(database, *args, factory=_Connection, **options)
    name = unquote(urlsplit(database).path) if options.get("uri") else str(database)
    connection.process, connection.path = process, Path(name)
    process.closing.append(connection.close)
    return connection


def fsync(descriptor: int) -> None:
    """Stands for os.fsync."""
    process = PROCESS.get()
    if process is None:
        return
    is_last = process.writing()
    path = Path(f"/proc/self/fd/{descriptor}").readlink()
    if not path.is_dir():
        _stamp(process, descriptor)
    disk = process.machine.disk
    if disk.full and not path.is_dir():
        raise OSError(ENOSPC, os.strerror(ENOSPC))
    disk.file_synced(path, descriptor)
    if is_last:
        process.die()
        raise Killed


def replace(source: Any, target: Any, **more: Any) -> None:
    """Stands for os.replace."""
    process = PROCESS.get()
    is_last = process.writing() if process else False
    _REAL_REPLACE(source, target, **more)
    if process:
        process.machine.disk.replaced(Path(target))
    if is_last and process:
        process.die()
        raise Killed


def unlink(path: Any, **more: Any) -> None:
    """Stands for os.unlink."""
    process = PROCESS.get()
    if process and not process.alive:
        raise Killed
    _REAL_UNLINK(path, **more)


def statvfs(_path: Any) -> Any:
    """Stands for os.statvfs: of a disk of a size that never changes."""
    process = PROCESS.get()
    is_full = process is not None and process.machine.disk.full
    blocks = 16_000_000
    free = 0 if is_full else blocks // 2
    return os.statvfs_result((4096, 4096, blocks, free, free, 0, 0, 0, 0, 255))


_STAMPS = [0]


def _stamp(process: Process, descriptor: int) -> None:
    """A file's time is the machine's, and of two writes never the same."""
    _STAMPS[0] += 1
    at_ns = round(process.machine.now().timestamp() * 1e6) * 1000 + _STAMPS[0] % 1000
    os.utime(descriptor, ns=(at_ns, at_ns))


def install() -> None:
    """Puts these in the place of the real ones."""
    sqlite3.connect = sqlite3.dbapi2.connect = connect  # type: ignore[attr-defined]
    os.fsync, os.replace, os.unlink, os.statvfs = fsync, replace, unlink, statvfs
