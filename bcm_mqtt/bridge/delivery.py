"""Delivery: snapshots to the broker through an outbox on disk, live ones first.

A snapshot is stored, published, and forgotten when the broker has acknowledged it. What
could not be published waits in the outbox and is sent in order once the broker is back,
a window at a time, so that live snapshots go out between.

The outbox is SQLite in WAL mode without a sync per commit: a row survives the end of this
process (kill -9) at once, and a power cut once the next sync has passed, at the latest
`_SYNC_EVERY_S` later. A sync per snapshot would hold the polls for as long as a disk takes,
which can be a quarter of a second.
"""

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bcm_mqtt.config import OutboxSettings
from bcm_mqtt.domain.time.instants import Clock, to_ms
from bcm_mqtt.errors import WorkError
from bcm_mqtt.mqtt.client import MqttClient

_LOG = logging.getLogger(__name__)
_WINDOW = 500
_SETTLE_EVERY_S = 0.1
_SETTLE_AT = 100
_SYNC_EVERY_S = 1.0
_EXPIRE_EVERY_S = 60.0
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
        [(id_,)] = self._database.execute("SELECT max(id) FROM message")
        return int(id_ or 0)

    def after(self, id_: int, limit: int) -> list[Stored]:
        """The oldest messages with a greater id, in order."""
        rows = self._database.execute(
            "SELECT id, topic, payload FROM message WHERE id > ? ORDER BY id LIMIT ?", (id_, limit)
        )
        return [Stored(*row) for row in rows]

    def expire(self, now: datetime) -> None:
        """Drops, and counts, what is older than the limit."""
        oldest = to_ms(now - self._limits.max_age)
        self._dropped(self._database.execute("DELETE FROM message WHERE time < ?", (oldest,)))

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
        deleted = self._database.execute(
            "DELETE FROM message WHERE id IN (SELECT id FROM message ORDER BY id LIMIT ?)", (some,)
        )
        return self._dropped(deleted) > 0

    def _dropped(self, deleted: sqlite3.Cursor) -> int:
        self._count -= deleted.rowcount
        self.dropped += deleted.rowcount
        return deleted.rowcount


class Delivery:
    """Publishes snapshots with QoS 1, each from the outbox; used by the event loop's thread."""

    def __init__(self, client: MqttClient, outbox: Outbox, clock: Clock) -> None:
        """Takes the client whose `on_published` is `published`."""
        self._client = client
        self._outbox = outbox
        self._clock = clock
        self._in_flight: dict[int, int] = {}  # outbox id by packet id
        self._acknowledged: deque[int] = deque()  # packet ids; the network thread appends
        # What the last run left is older than anything live: it is replayed from the start.
        self._replayed = 0
        self._newest_of_backlog = outbox.newest()
        self.disk_fails = False
        """Whether snapshots are published without being safe on disk."""

    @property
    def waiting(self) -> int:
        """Snapshots that the broker does not have yet."""
        return len(self._outbox)

    @property
    def dropped(self) -> int:
        """Snapshots that were dropped because of the outbox's limits."""
        return self._outbox.dropped

    def published(self, packet_id: int) -> None:
        """The broker has a message; called in the network thread for every message."""
        self._acknowledged.append(packet_id)

    def send(self, topic: str, payload: bytes, time: datetime) -> None:
        """Stores and publishes a snapshot."""
        try:
            stored = self._outbox.put(topic, payload, time)
        except OSError as error:
            if not self.disk_fails:
                _LOG.error("outbox: %s: snapshots are published without it", error)
            self.disk_fails = True
            self._client.publish(topic, payload, qos=1, retain=False)
            return
        if self.disk_fails:
            _LOG.info("outbox: works again")
        self.disk_fails = False
        if self._client.connected:
            self._publish(stored, topic, payload)
        else:
            self._newest_of_backlog = stored
        if len(self._acknowledged) >= _SETTLE_AT:
            self._settle()

    async def run(self) -> None:
        """Forgets what was acknowledged, replays the backlog, syncs the disk; for ever."""
        loop = asyncio.get_running_loop()
        next_sync = next_expiry = loop.time()
        while True:
            self._settle()
            self._replay()
            if loop.time() >= next_expiry:
                self._outbox.expire(self._clock())
                next_expiry = loop.time() + _EXPIRE_EVERY_S
            if loop.time() >= next_sync:
                next_sync = loop.time() + _SYNC_EVERY_S
                try:
                    await asyncio.to_thread(self._outbox.sync)
                except OSError as error:
                    _LOG.error("outbox: not synced to disk: %s", error)
            await asyncio.sleep(_SETTLE_EVERY_S)

    def close(self) -> None:
        """Forgets what was acknowledged until now; the rest stays for the next run."""
        self._settle()
        self._outbox.close()

    def _publish(self, stored: int, topic: str, payload: bytes) -> None:
        packet_id = self._client.publish(topic, payload, qos=1, retain=False)
        self._in_flight[packet_id] = stored

    def _settle(self) -> None:
        """Runs in the thread that publishes, so every packet id is known by now."""
        done = []
        while self._acknowledged:
            stored = self._in_flight.pop(self._acknowledged.popleft(), None)
            if stored is not None:  # else it was no snapshot
                done.append(stored)
        if done:
            self._outbox.remove(done)

    def _replay(self) -> None:
        room = _WINDOW - len(self._in_flight)
        if self._replayed >= self._newest_of_backlog or not self._client.connected or room <= 0:
            return
        in_flight = set(self._in_flight.values())
        backlog = self._outbox.after(self._replayed, room)
        for stored in backlog:
            # A later one was published when it was live, or is about to be.
            if stored.id <= self._newest_of_backlog and stored.id not in in_flight:
                self._publish(stored.id, stored.topic, stored.payload)
        self._replayed = backlog[-1].id if len(backlog) == room else self._newest_of_backlog
