"""The outbox's file: SQLite, written by one thread and synced by another.

A commit writes to the log without a sync: what was committed survives the end of this process
(kill -9) at once, and a power cut once the next sync has passed. Nor does the log's start sync,
which a checkpoint has just made needless: all that the log had is in the file and synced before
the log begins again, and what a power cut leaves of two logs is told apart by their salts.
"""

import logging
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Final

from bcm_mqtt.bridge.outbox.contents import Block, Contents, Entry
from bcm_mqtt.bridge.outbox.memory import Memory, as_written, check_tables, clear_errors
from bcm_mqtt.domain.reading.stored import Series
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.files import PRIVATE, identity_of, make, sync_file
from bcm_mqtt.mqtt.payloads import name_of

_LOG = logging.getLogger(__name__)
_SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS series (
        id INTEGER PRIMARY KEY, panel TEXT NOT NULL, source TEXT NOT NULL, UNIQUE (panel, source)
    );
    CREATE TABLE IF NOT EXISTS entry (
        id INTEGER PRIMARY KEY, series INTEGER NOT NULL, time INTEGER NOT NULL,
        missing INTEGER NOT NULL, since_s REAL NOT NULL, payload BLOB NOT NULL
    );
    CREATE TABLE IF NOT EXISTS block (
        id INTEGER PRIMARY KEY, series INTEGER NOT NULL, first INTEGER NOT NULL,
        last INTEGER NOT NULL, snapshots INTEGER NOT NULL, missing INTEGER NOT NULL,
        since_s REAL NOT NULL, size INTEGER NOT NULL, masks BLOB, settled_s REAL
    );
    CREATE TABLE IF NOT EXISTS block_data (id INTEGER PRIMARY KEY, form TEXT NOT NULL, data BLOB);
"""


class OutboxFile:
    """An open file; all of it but `sync` is one thread's."""

    def __init__(self, path: Path, mode: int = PRIVATE) -> None:
        """Opens it, with what the last run left in it; a new one gets a mode.

        Raises:
            DamagedError: it is no outbox, or a damaged one.
            OSError: the disk is full, read-only or failing.
        """
        self.path = path
        self._mode = mode
        path.parent.mkdir(parents=True, exist_ok=True)
        make(path, mode)
        with clear_errors(), ExitStack() as undone:
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            undone.callback(self.close)
            # A checkpoint syncs; `sync` does it in a thread that may wait.
            self._database.execute("PRAGMA synchronous=OFF")
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA wal_autocheckpoint=0")
            self._database.executescript(_SCHEMA)
            check_tables(self._database, _SCHEMA)
            self.memory = Memory(self._database)
            with as_written():
                self._series = self._read_series()
            self._parts = [identity_of(part) for part in _parts(path)]
            undone.pop_all()

    def close(self) -> None:
        """Closes the file."""
        with suppress(sqlite3.Error):
            self._database.close()

    def sync(self) -> None:
        """Makes all that was committed survive a power cut; may be called in another thread.

        Raises:
            OSError: the disk is full or failing.
        """
        if identity_of(self.path) not in {None, self._parts[0]}:  # it would get this one's log
            raise OSError(f"{self.path} was replaced while in use")
        there = f"{self.path.absolute().as_uri()}?mode=rw"  # or it would make one
        with clear_errors(), closing(sqlite3.connect(there, uri=True)) as database:
            database.execute("PRAGMA synchronous=FULL")
            [(_, log, copied)] = database.execute("PRAGMA wal_checkpoint(PASSIVE)")
            if copied < log:  # who reads the file, as a backup does, holds it up unsynced
                sync_file(_parts(self.path)[1])

    def where_it_was(self, now: datetime) -> "OutboxFile":
        """This file; one that somebody has removed is written again, from what is still open.

        One that was put in its place is moved aside, with `now` in its name.

        Raises:
            OSError: it cannot be.
        """
        there = identity_of(self.path)
        if there and there == self._parts[0]:
            return self
        again = self.path.with_suffix(".tmp")
        again.parent.mkdir(parents=True, exist_ok=True)
        again.unlink(missing_ok=True)
        make(again, self._mode)
        with clear_errors(), closing(sqlite3.connect(again)) as copy:
            copy.execute("PRAGMA synchronous=OFF")
            self._database.backup(copy)
        self.close()  # first: whoever closes a file as the last one removes its log by name
        for part, identity in zip(_parts(self.path), self._parts, strict=True):
            if identity and identity_of(part) == identity:  # lest another is read with our log
                part.unlink()
        what = "removed"
        if there:
            what = f"replaced (by what is now {move_aside(self.path, now, 'replaced').name})"
        again.rename(self.path)
        _LOG.warning("outbox: %s was %s while in use: it is written again", self.path, what)
        return OutboxFile(self.path, self._mode)

    def sizes(self) -> tuple[int, int]:
        """Bytes of the file, and how many of them hold something."""
        with clear_errors():
            [(pages,)] = self._database.execute("PRAGMA page_count")
            [(free,)] = self._database.execute("PRAGMA freelist_count")
            [(size,)] = self._database.execute("PRAGMA page_size")
        return pages * size, (pages - free) * size

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction.

        Raises:
            OSError: it was undone: the disk is full or failing.
        """
        with clear_errors():
            self._database.execute("BEGIN")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                    self._series = self._read_series()
                raise

    def read(self, contents: Contents) -> None:
        """Adds all that is there.

        Raises:
            OSError: the disk is failing.
            TypeError, ValueError, LookupError: it has what was never written.
        """
        series = {row_id: of for of, row_id in self._series.items()}
        with clear_errors():
            for row in self._database.execute(
                "SELECT id, series, first, last, snapshots, missing, since_s, size, masks, "
                "settled_s FROM block ORDER BY id"
            ):
                block_id, of, *middle, masks, settled_s = row
                block = Block(block_id, series[of], *middle)
                block.masks = bytearray(masks) if masks else None
                block.settled_s = settled_s
                _check(block.first, block.last, block.missing, block.since_s)
                _check(block.first, block.last, block.size, settled_s or 0.0)
                if len(masks or bytes(block.snapshots)) != block.snapshots:
                    raise ValueError("a mask for each snapshot")
                contents.add_block(block)
            rows = self._database.execute(
                "SELECT id, series, time, missing, since_s FROM entry ORDER BY id"
            )
            for entry_id, of, time, missing, since_s in rows:
                entry = Entry(entry_id, series[of], time, missing, since_s)
                entry.settled_s = None if missing else since_s
                _check(time, time, missing, since_s)
                contents.add_entry(entry)

    def add_entries(self, entries: Iterable[Entry]) -> None:
        """Stores snapshots; within a transaction."""
        rows = [
            (one.id, self._id_of(one.series), one.time, one.missing, one.since_s, one.payload)
            for one in entries
        ]
        self._many("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?)", rows)

    def update_entries(self, entries: Iterable[Entry]) -> None:
        """Stores masks; within a transaction."""
        rows = [(one.missing, one.id) for one in entries]
        self._many("UPDATE entry SET missing = ? WHERE id = ?", rows)

    def remove_entries(self, ids: Iterable[int]) -> None:
        """Within a transaction."""
        self._many("DELETE FROM entry WHERE id = ?", [(one,) for one in ids])

    def add_block(self, block: Block, form: str, data: bytes) -> None:
        """Within a transaction."""
        self._database.execute(
            "INSERT INTO block VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                block.id,
                self._id_of(block.series),
                block.first,
                block.last,
                block.snapshots,
                block.missing,
                block.since_s,
                block.size,
                block.masks,
                block.settled_s,
            ),
        )
        self._database.execute("INSERT INTO block_data VALUES (?, ?, ?)", (block.id, form, data))

    def update_blocks(self, blocks: Iterable[Block]) -> None:
        """Stores masks; within a transaction."""
        rows = [(one.missing, one.masks, one.settled_s, one.id) for one in blocks]
        self._many(
            "UPDATE block SET missing = ?, masks = ?, settled_s = ? WHERE id = ?",
            rows,
        )

    def remove_blocks(self, ids: Iterable[int]) -> None:
        """Within a transaction."""
        rows = [(one,) for one in ids]
        self._many("DELETE FROM block WHERE id = ?", rows)
        self._many("DELETE FROM block_data WHERE id = ?", rows)

    def block_data(self, block: int) -> tuple[str, bytes]:
        """The form and the bytes of a block.

        Raises:
            OSError: the disk is failing.
        """
        with clear_errors():
            row = self._database.execute("SELECT form, data FROM block_data WHERE id = ?", (block,))
            form, data = row.fetchone() or ("", b"")
        return form, data if isinstance(data, bytes) else b""

    def payloads(self, entries: Iterable[Entry]) -> dict[int, bytes]:
        """Of entries that are there as they were written, by id.

        Raises:
            OSError: the disk is failing.
        """
        found = {}
        with clear_errors():
            for entry in entries:
                row = self._database.execute("SELECT payload FROM entry WHERE id = ?", (entry.id,))
                for (payload,) in row:
                    if isinstance(payload, bytes) and _is_of(entry, payload):
                        found[entry.id] = payload
        return found

    def _read_series(self) -> dict[Series, int]:
        rows = self._database.execute("SELECT id, panel, source FROM series")
        return {Series(panel, source): row_id for row_id, panel, source in rows}

    def _id_of(self, series: Series) -> int:
        if series not in self._series:
            insert = "INSERT OR IGNORE INTO series (panel, source) VALUES (?, ?)"
            self._database.execute(insert, series)
            known = "SELECT id FROM series WHERE panel = ? AND source = ?"
            [(self._series[series],)] = self._database.execute(known, series)
        return self._series[series]

    def _many(self, statement: str, rows: Iterable[object]) -> None:
        self._database.executemany(statement, rows)  # type: ignore[arg-type]


def _is_of(entry: Entry, payload: bytes) -> bool:
    name = name_of(payload, entry.series.panel)
    return name is not None and (name.series, to_ms(name.time)) == (entry.series, entry.time)


def _check(first: int, last: int, number: int, at_s: float) -> None:
    """Two times, ms, another number, and a time of the bridge's run, s, are what they are."""
    for time in (first, last):
        from_ms(time)
    if type(number) is not int or number < 0:
        raise ValueError(f"{number!r} is no number of those that are written")
    if not isfinite(at_s):
        raise ValueError("a time that is not finite")


def _parts(path: Path) -> list[Path]:
    """Its own name, those of its log and of the log's index."""
    return [Path(f"{path}{end}") for end in ("", "-wal", "-shm")]


def move_aside(path: Path, now: datetime, why: str = "damaged") -> Path:
    """Renames a file, damaged or as `why` says, and what belongs to it; returns its new name.

    Raises:
        OSError: it cannot be renamed.
    """
    aside = path.with_name(f"{path.name}.{why}-{now:%Y%m%dT%H%M%SZ}")
    for part, new in zip(_parts(path), _parts(aside), strict=True):
        with suppress(FileNotFoundError):
            part.rename(new)
    return aside
