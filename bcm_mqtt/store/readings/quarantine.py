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

DEFAULT_QUARANTINE_LIMIT = 10_000
REMOVED_SETTING = "quarantine_removed"


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

    def add(self, items: Sequence[Quarantined], limit: int = DEFAULT_QUARANTINE_LIMIT) -> int:
        """Stores messages, each once however often it comes.

        Args:
            items: To store.
            limit: Of all that are stored. Beyond it the oldest of the topic with the most go, so
                that a panel that sends nonsense does not push out what others sent.

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
        ]
        with self._database.writing() as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            connection.execute(dialect.insert(quarantine).on_conflict_do_nothing(), rows)
            removed = _surplus(connection, limit)
            for topic, count in removed.items():
                _remove_oldest(connection, topic, count)
            if removed:
                _add_removed(connection, removed.total())
        return removed.total()

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


def _remove_oldest(connection: Connection, topic: str, count: int) -> None:
    oldest = (
        select(quarantine.c.sha256)
        .where(quarantine.c.topic == topic)
        .order_by(quarantine.c.received, quarantine.c.sha256)
        .limit(count)
    )
    connection.execute(
        delete(quarantine).where(quarantine.c.topic == topic, quarantine.c.sha256.in_(oldest))
    )


def _add_removed(connection: Connection, count: int) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    more = cast(cast(setting.c.value, Integer) + count, Text)  # another recorder may count, too
    connection.execute(
        dialect.insert(setting)
        .values(name=REMOVED_SETTING, value=str(count))
        .on_conflict_do_update(index_elements=[setting.c.name], set_={"value": more})
    )
