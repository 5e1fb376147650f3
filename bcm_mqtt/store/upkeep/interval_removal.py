"""Removes intervals of months that nobody bills any more; their totals by day stay."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, select

from bcm_mqtt.store.intervals.load_profiles import forget_profiles
from bcm_mqtt.store.tables import device_interval, interval, pole, snapshot, snapshots_removed
from bcm_mqtt.store.upkeep.snapshot_removal import Removal

_TABLES = (interval, device_interval)


def poles_by_panel(connection: Connection) -> Iterator[tuple[str, int]]:
    """Every pole: its panel and row id."""
    rows = connection.execute(select(pole.c.panel, pole.c.id).order_by(pole.c.panel, pole.c.number))
    return map(tuple, rows)


def span_of_intervals(connection: Connection) -> tuple[datetime, datetime] | None:
    """Starts of the oldest and the newest of all poles."""
    query = select(func.min(interval.c.start), func.max(interval.c.start))
    spans = [
        connection.execute(query.where(interval.c.pole == row_id)).one()
        for _, row_id in poles_by_panel(connection)
    ]
    found = [(first, last) for first, last in spans if first is not None]
    return (min(found)[0], max(last for _, last in found)) if found else None


def remove_of_panel(
    connection: Connection, panel: str, poles: list[int], start: datetime, end: datetime
) -> Removal:
    """Removes a panel's intervals of start <= t < end, once none can be computed again."""
    if not _snapshots_are_gone(connection, panel, start, end):
        return Removal(panel, start, end, 0, "their snapshots are still there")
    rows = 0
    for table in _TABLES:
        of_span = table.c.start >= start, table.c.start < end
        rows += connection.execute(delete(table).where(table.c.pole.in_(poles), *of_span)).rowcount
    forget_profiles(connection, panel, poles, start, end)
    return Removal(panel, start, end, rows)


def _snapshots_are_gone(connection: Connection, panel: str, start: datetime, end: datetime) -> bool:
    """Whether none is there, but for those that intervals later need."""
    there = select(snapshot.c.time).where(
        snapshot.c.panel == panel, snapshot.c.time >= start, snapshot.c.time < end
    )
    removed = select(snapshots_removed.c.since, snapshots_removed.c.until).where(
        snapshots_removed.c.panel == panel,
        snapshots_removed.c.since < end,
        snapshots_removed.c.until > start,
    )
    at = start
    for since, until in connection.execute(removed.order_by(snapshots_removed.c.since)):
        if since <= at:
            at = max(at, until)
    return at >= end or not connection.execute(select(exists(there))).scalar()
