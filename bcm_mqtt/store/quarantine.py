"""What arrived and was not stored, with the reason: nothing that was sent is thrown away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from bcm_mqtt.store.tables import quarantine


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


@dataclass(frozen=True, slots=True)
class QuarantinedTopic:
    """What of a topic was not stored.

    Attributes:
        topic: On which it came.
        count: Messages.
        reason: Of one of them.
    """

    topic: str
    count: int
    reason: str


def keep(connection: Connection, items: Sequence[Quarantined]) -> None:
    """Keeps messages, each once however often it comes."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(quarantine).on_conflict_do_nothing(),
        [
            {
                "topic": item.topic,
                "sha256": sha256(item.payload).hexdigest(),
                "received": item.received,
                "reason": item.reason,
                "payload": item.payload,
            }
            for item in items
        ],
    )


def read(connection: Connection) -> list[Quarantined]:
    """All of them, in the order of their coming."""
    rows = connection.execute(
        select(
            quarantine.c.topic, quarantine.c.payload, quarantine.c.received, quarantine.c.reason
        ).order_by(quarantine.c.received, quarantine.c.topic, quarantine.c.sha256)
    )
    return [Quarantined(*row) for row in rows]


def release(connection: Connection, item: Quarantined) -> None:
    """Forgets one, because it is stored now."""
    connection.execute(
        delete(quarantine).where(
            quarantine.c.topic == item.topic,
            quarantine.c.sha256 == sha256(item.payload).hexdigest(),
        )
    )


def count_by_topic(connection: Connection) -> tuple[QuarantinedTopic, ...]:
    """How many there are of each topic, by topic."""
    rows = connection.execute(
        select(quarantine.c.topic, func.count(), func.max(quarantine.c.reason))
        .group_by(quarantine.c.topic)
        .order_by(quarantine.c.topic)
    )
    return tuple(QuarantinedTopic(*row) for row in rows)
