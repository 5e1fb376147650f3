"""The outbox: each snapshot is on disk from before it is published until the broker has it.

SQLite in WAL mode without a sync per commit: a row survives the end of this process
(kill -9) at once, and a power cut once the next sync has passed, at the latest
`SYNC_EVERY_S` later. A sync per snapshot would hold the polls for as long as a disk
takes, which can be a quarter of a second.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bcm_mqtt.config import OutboxSettings
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.errors import WorkError

SYNC_EVERY_S = 1.0
_PAGE = 4096


@dataclass(frozen=True, slots=True)
class Stored:
    """A message in the outbox; ids ascend in the order of storing."""

    id: int
    topic: str
    payload: bytes


class Outbox:
    """A queue on disk; used by one thread, except for `sync`."""

    def __init__(self, file: Path, limits: OutboxSettings | None = None) -> None:
        """Opens the outbox, with what the last run left in it.

        Raises:
            WorkError: the file cannot be used.
        """
        self.file = file
        self._limits = limits or OutboxSettings()
        self.dropped = 0
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(file, isolation_level=None)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            # A checkpoint syncs; `sync` does it in a thread that may wait.
            self._database.execute("PRAGMA wal_autocheckpoint=0")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY AUTOINCREMENT, "
                "time INTEGER NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL)"
            )
            pages = self._limits.max_size // _PAGE
            self._database.execute(f"PRAGMA max_page_count={pages}")
            [(count,)] = self._database.execute("SELECT count(*) FROM message")
            self._count = int(count)
        except (OSError, sqlite3.Error) as error:
            raise WorkError(f"outbox {file}: {error}") from error

    def __len__(self) -> int:
        """Messages that the broker has not acknowledged."""
        return self._count

    def put(self, topic: str, payload: bytes, time: datetime) -> int:
        """Stores a message; returns its id.

        Raises:
            OSError: the disk is full or failing; the message is not stored.
        """
        try:
            return self._insert(topic, payload, time)
        except sqlite3.OperationalError as error:
            if "full" not in str(error) or not self._drop_oldest():
                raise OSError(str(error)) from error
            return self._insert(topic, payload, time)

    def remove(self, ids: Iterable[int]) -> None:
        """Forgets messages that the broker has acknowledged.

        A removal that fails is harmless: the message is sent again, and the recorder
        knows it by panel and time.
        """
        doomed = [(id_,) for id_ in ids]
        with self._database:
            self._database.execute("BEGIN")
            self._database.executemany("DELETE FROM message WHERE id = ?", doomed)
        self._count -= len(doomed)

    def newest(self) -> int:
        """Id of the newest message; 0 when there is none."""
        [(found,)] = self._database.execute("SELECT max(id) FROM message")
        return int(found or 0)

    def after(self, id_: int, limit: int) -> list[Stored]:
        """The oldest messages with a greater id, in order."""
        rows = self._database.execute(
            "SELECT id, topic, payload FROM message WHERE id > ? ORDER BY id LIMIT ?", (id_, limit)
        )
        return [Stored(*row) for row in rows]

    def expire(self, now: datetime) -> None:
        """Drops, and counts, what is older than the limit."""
        oldest = to_ms(now - self._limits.max_age)
        found = self._database.execute("DELETE FROM message WHERE time < ?", (oldest,)).rowcount
        self._count -= found
        self.dropped += found

    def sync(self) -> None:
        """Makes all that was stored survive a power cut; may be called in another thread.

        Raises:
            OSError: the disk is full or failing.
        """
        try:
            with closing(sqlite3.connect(self.file)) as database:
                database.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as error:
            raise OSError(str(error)) from error

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def _insert(self, topic: str, payload: bytes, time: datetime) -> int:
        cursor = self._database.execute(
            "INSERT INTO message (time, topic, payload) VALUES (?, ?, ?)",
            (to_ms(time), topic, payload),
        )
        self._count += 1
        return cursor.lastrowid or 0

    def _drop_oldest(self) -> bool:
        """Makes room: a hundredth of what is there, counted."""
        some = max(1, self._count // 100)
        found = self._database.execute(
            "DELETE FROM message WHERE id IN (SELECT id FROM message ORDER BY id LIMIT ?)", (some,)
        ).rowcount
        self._count -= found
        self.dropped += found
        return found > 0
