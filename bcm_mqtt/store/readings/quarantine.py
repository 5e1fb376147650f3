"""Messages that arrived and were not stored, with the reason; those that had to go are counted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, Integer, Text, cast, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from bcm_mqtt.store.database import Repository
from bcm_mqtt.store.tables import quarantine, setting

_AT_ONCE = 100
_SIZE = (
    func.length(quarantine.c.payload)
    + func.length(quarantine.c.topic)
    + func.length(quarantine.c.reason)
)
REMOVED_SETTING = "quarantine_removed"


@dataclass(frozen=True, slots=True)
class QuarantineLimit:
    """How much is stored at most.

    Attributes:
        messages: How many.
        size: Bytes of their payloads, with topics and reasons.
    """

    messages: int = 10_000
    size: int = 100_000_000


DEFAULT_QUARANTINE_LIMIT = QuarantineLimit()


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message that was not stored.

    Attributes:
        topic: On which it came.
        payload: As it came.
        received: When it first came, UTC.
        reason: Why.
    """

    topic: str
    payload: bytes
    received: datetime
    reason: str


class Quarantine(Repository):
    """Messages that were not stored, each once."""

    def add(
        self, items: Sequence[Quarantined], limit: QuarantineLimit = DEFAULT_QUARANTINE_LIMIT
    ) -> int:
        """Stores messages, each once however often it comes.

        Args:
            items: To store.
            limit: Of all that are stored. Beyond it the oldest of the topic with the most go, so
                that a panel that sends nonsense does not push out what others sent. One that
                would not fit by itself is not stored.

        Returns:
            How many went.
        """
        rows = [
            {
                "topic": item.topic,
                "sha256": sha256(item.payload).hexdigest(),
                "received": item.received,
                "reason": item.reason,
                "payload": item.payload,
            }
            for item in items
            if len(item.payload) + len(item.topic) + len(item.reason) <= limit.size
        ]
        with self._database.writing() as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            if rows:
                connection.execute(dialect.insert(quarantine).on_conflict_do_nothing(), rows)
            removed = len(items) - len(rows)
            for topic, count in _surplus(connection, limit.messages).items():
                removed += _remove_oldest(connection, topic, count)
            removed += _remove_bytes(connection, limit.size)
            if removed:
                _add_removed(connection, removed)
        return removed

    def all(self) -> list[Quarantined]:
        """All of them, in the order of their coming."""
        columns = quarantine.c
        query = select(columns.topic, columns.payload, columns.received, columns.reason)
        with self._database.reading() as connection:
            rows = connection.execute(
                query.order_by(columns.received, columns.topic, columns.sha256)
            )
            return [Quarantined(*row) for row in rows]

    def remove(self, item: Quarantined) -> None:
        """Forgets a message, because it is stored now."""
        with self._database.writing() as connection:
            connection.execute(
                delete(quarantine).where(
                    quarantine.c.topic == item.topic,
                    quarantine.c.sha256 == sha256(item.payload).hexdigest(),
                )
            )


def _surplus(connection: Connection, limit: int) -> Counter[str]:
    """How many of each topic have to go."""
    rows = connection.execute(select(quarantine.c.topic, func.count()).group_by(quarantine.c.topic))
    stored = dict(map(tuple, rows))
    surplus: Counter[str] = Counter()
    for _ in range(sum(stored.values()) - limit):
        most = max(stored, key=lambda topic: (stored[topic], topic))
        stored[most] -= 1
        surplus[most] += 1
    return surplus


def _remove_bytes(connection: Connection, most: int) -> int:
    """Removes until all are within a size; returns how many went."""
    stored = dict(
        map(
            tuple,
            connection.execute(
                select(quarantine.c.topic, func.sum(_SIZE)).group_by(quarantine.c.topic)
            ),
        )
    )
    removed = 0
    while (surplus := sum(stored.values()) - most) > 0:
        largest = max(stored, key=lambda topic: (stored[topic], topic))
        sizes = connection.execute(
            select(_SIZE)
            .where(quarantine.c.topic == largest)
            .order_by(quarantine.c.received, quarantine.c.sha256)
            .limit(_AT_ONCE)
        ).scalars()
        freed, count = 0, 0
        for size in sizes:
            freed, count = freed + size, count + 1
            if freed >= surplus:
                break
        stored[largest] -= freed
        removed += _remove_oldest(connection, largest, count)
    return removed


def _remove_oldest(connection: Connection, topic: str, count: int) -> int:
    """Removes so many of a topic; returns their number."""
    oldest = (
        select(quarantine.c.sha256)
        .where(quarantine.c.topic == topic)
        .order_by(quarantine.c.received, quarantine.c.sha256)
        .limit(count)
    )
    connection.execute(
        delete(quarantine).where(quarantine.c.topic == topic, quarantine.c.sha256.in_(oldest))
    )
    return count


def _add_removed(connection: Connection, count: int) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    more = cast(cast(setting.c.value, Integer) + count, Text)  # another recorder may count, too
    connection.execute(
        dialect.insert(setting)
        .values(name=REMOVED_SETTING, value=str(count))
        .on_conflict_do_update(index_elements=[setting.c.name], set_={"value": more})
    )
