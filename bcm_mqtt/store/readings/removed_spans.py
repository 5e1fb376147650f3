"""Spans of time whose snapshots were removed: their intervals are final.

An interval that was computed again of what is left, or of a snapshot that comes late,
would lose what the removed ones had said.
"""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from bcm_mqtt.store.tables import snapshots_removed

Mark = tuple[str, datetime]
"""A panel and the start of an interval."""


def without_removed(connection: Connection, marks: list[Mark]) -> list[Mark]:
    """The marks of intervals that may be computed again."""
    if not marks:
        return marks
    starts = [start for _, start in marks]
    spans = connection.execute(
        select(snapshots_removed).where(
            snapshots_removed.c.since <= max(starts), snapshots_removed.c.until > min(starts)
        )
    ).all()
    return [
        (panel, start)
        for panel, start in marks
        if not any(of == panel and since <= start < until for of, since, until in spans)
    ]


def make_final(connection: Connection, panel: str, since: datetime, until: datetime) -> None:
    """Notes that intervals of a panel that start in since <= t < until are final."""
    key = {"panel": panel, "since": since}
    noted = connection.execute(select(snapshots_removed.c.until).filter_by(**key)).scalar()
    if noted is None:
        connection.execute(insert(snapshots_removed), {**key, "until": until})
    elif noted < until:
        connection.execute(update(snapshots_removed).filter_by(**key), {"until": until})
