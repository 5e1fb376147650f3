"""Snapshots in and out, and the intervals they make dirty."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from bcm_mqtt.domain.instants import from_ms, to_ms
from bcm_mqtt.domain.interval import hold_ms, touched_intervals
from bcm_mqtt.domain.reading import Snapshot
from bcm_mqtt.store.tables import dirty_interval, snapshot


def insert_or_ignore(connection: Connection, table: Table) -> Any:
    """An INSERT that passes over rows whose key is there already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def insert_snapshots(connection: Connection, snapshots: Sequence[Snapshot]) -> int:
    """Stores snapshots once each and marks the intervals they can change.

    A snapshot is identified by panel and time: a second delivery changes nothing.

    Returns:
        How many were new.
    """
    if not snapshots:
        return 0
    result = connection.execute(
        insert_or_ignore(connection, snapshot),
        [
            {
                "panel": item.panel,
                "time": item.time,
                "seq": item.seq,
                "interval_ms": item.interval_ms,
                "current": item.current,
                "power": item.power,
                "energy": item.energy,
                "voltage": item.voltage,
                "errors": json.dumps(dict(item.errors)) if item.errors else None,
            }
            for item in snapshots
        ],
    )
    touched = {
        (panel, start)
        for panel in {item.panel for item in snapshots}
        for start in _touched(
            connection, panel, [item for item in snapshots if item.panel == panel]
        )
    }
    connection.execute(
        insert_or_ignore(connection, dirty_interval),
        [{"panel": panel, "start": from_ms(start)} for panel, start in sorted(touched)],
    )
    return result.rowcount


def _touched(connection: Connection, panel: str, items: Sequence[Snapshot]) -> Iterator[int]:
    """Starts (ms) of the intervals that new snapshots of a panel can change.

    Those they hold into, and those that the snapshot before each held into until it
    came: where polls became faster, that reaches further than its own hold.
    """
    ordered = sorted(items, key=lambda item: item.time)
    before = _last_before(connection, panel, ordered[0].time)
    for item in ordered:
        own = touched_intervals(to_ms(item.time), item.interval_ms)
        yield from own
        if before:
            cut_short = touched_intervals(*before)
            yield from (start for start in cut_short if start >= own.start)
        before = (to_ms(item.time), item.interval_ms)


def _last_before(connection: Connection, panel: str, at: datetime) -> tuple[int, int] | None:
    """Time (ms) and poll period (ms) of a panel's last snapshot before an instant."""
    row = connection.execute(
        select(snapshot.c.time, snapshot.c.interval_ms)
        .where(snapshot.c.panel == panel, snapshot.c.time < at)
        .order_by(snapshot.c.time.desc())
        .limit(1)
    ).first()
    return (to_ms(row.time), row.interval_ms) if row else None


def snapshots_standing(
    connection: Connection, panel: str, start: datetime, end: datetime
) -> list[Snapshot]:
    """The snapshots of a panel whose readings can stand in start <= t < end, by time.

    Those within, and those before whose hold (1.5 of the last poll period before the
    start) reaches into it.
    """
    before = _last_before(connection, panel, start)
    held_from = start - timedelta(milliseconds=hold_ms(before[1])) if before else start
    return list(_select(connection, panel, held_from, end))


def _select(
    connection: Connection, panel: str, start: datetime, end: datetime
) -> Iterator[Snapshot]:
    # Intervals need times and currents only; the other columns would double the cost.
    rows = connection.execute(
        select(snapshot.c.time, snapshot.c.seq, snapshot.c.interval_ms, snapshot.c.current)
        .where(snapshot.c.panel == panel, snapshot.c.time >= start, snapshot.c.time < end)
        .order_by(snapshot.c.time)
    )
    return (
        Snapshot(panel, time, seq, interval_ms, current) for time, seq, interval_ms, current in rows
    )
