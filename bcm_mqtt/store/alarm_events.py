"""The journal of alarms: every change that a bridge published, once, and never changed.

Owns: the rows. Does not own: what they mean (domain.alarms.journal).
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from bcm_mqtt.domain.alarms.journal import AlarmEvent
from bcm_mqtt.domain.reading.alarm import AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.time import whole_ms
from bcm_mqtt.store.database import Repository
from bcm_mqtt.store.tables import alarm_event

_PERCENT = ("loading", "limit")
_MOST_PERMILLE = 2**31 - 1


class AlarmEvents(Repository):
    """Changes of alarms."""

    def add(self, events: Sequence[AlarmEvent]) -> None:
        """Adds changes; one that is there already is passed over."""
        if not events:
            return
        with self._database.writing() as connection:
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            new = dialect.insert(alarm_event).on_conflict_do_nothing()
            connection.execute(new, [_row(event) for event in events])

    def latest(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        panel: str | None = None,
        kind: AlarmKind | None = None,
        most: int | None = None,
    ) -> list[AlarmEvent]:
        """Changes, the latest first.

        Args:
            since: Of since <= changed < until; None is the beginning.
            until: None is the end.
            panel: Of this one; None: of all.
            kind: Of this one; None: of all.
            most: Not more than so many.
        """
        columns = alarm_event.c
        query = select(alarm_event).order_by(columns.changed.desc()).limit(most)
        if since is not None:
            query = query.where(columns.changed >= since)
        if until is not None:
            query = query.where(columns.changed < until)
        if panel is not None:
            query = query.where(columns.panel == panel)
        if kind is not None:
            query = query.where(columns.kind == kind.value)
        with self._database.reading() as connection:
            return [_event(dict(row)) for row in connection.execute(query).mappings()]


def _row(event: AlarmEvent) -> dict[str, object]:
    row = asdict(event) | {"changed": whole_ms(event.changed)}
    for name in _PERCENT:
        percent = row.pop(name)
        row[f"{name}_permille"] = (
            None if percent is None else min(round(percent * 10), _MOST_PERMILLE)
        )
    row["who"] = row.pop("by")
    return row | {name: str(row[name]) for name in ("kind", "state", "severity")}


def _event(row: dict[str, Any]) -> AlarmEvent:
    for name in _PERCENT:
        permille = row.pop(f"{name}_permille")
        row[name] = None if permille is None else permille / 10
    row |= {
        "by": row.pop("who"),
        "kind": AlarmKind(row["kind"]),
        "state": AlarmState(row["state"]),
        "severity": Severity(row["severity"]),
    }
    return AlarmEvent(**row)
