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

    Those they hold into, and those that an earlier snapshot held into until they came:
    where polls became faster, that reaches further than their own hold.
    """
    outlasting = _outlasting(connection, panel, items)
    for item in items:
        time_ms = to_ms(item.time)
        own = touched_intervals(time_ms, item.interval_ms)
        yield from own
        for earlier_ms, interval_ms in outlasting:
            if earlier_ms < time_ms:
                held = touched_intervals(earlier_ms, interval_ms)
                yield from (start for start in held if start > own[-1])


def _outlasting(
    connection: Connection, panel: str, items: Sequence[Snapshot]
) -> list[tuple[int, int]]:
    """Times and poll periods (ms) of the snapshots that can stand longer than one of these."""
    longest, shortest = _longest_ms(connection, panel), min(item.interval_ms for item in items)
    if longest <= shortest:  # nearly always: polls were never slower
        return []
    times = [item.time for item in items]
    held_from = min(times) - timedelta(milliseconds=hold_ms(longest))
    rows = connection.execute(
        select(snapshot.c.time, snapshot.c.interval_ms).where(
            snapshot.c.panel == panel,
            snapshot.c.time > held_from,
            snapshot.c.time < max(times),
            snapshot.c.interval_ms > shortest,
        )
    )
    return [(to_ms(row.time), row.interval_ms) for row in rows]


def _longest_ms(connection: Connection, panel: str) -> int:
    """The longest poll period (ms) that a panel ever had; 0 where it has no snapshot."""
    return (
        connection.execute(
            select(snapshot.c.interval_ms)
            .where(snapshot.c.panel == panel)
            .order_by(snapshot.c.interval_ms.desc())
            .limit(1)
        ).scalar()
        or 0
    )


def snapshots_standing(
    connection: Connection, panel: str, start: datetime, end: datetime
) -> list[Snapshot]:
    """The snapshots of a panel whose readings can stand in start <= t < end, by time.

    Those within, and those before that may hold into it. The last before it need not be
    the only one: a pole that it did not read still has an earlier reading.
    """
    hold = timedelta(milliseconds=hold_ms(_longest_ms(connection, panel)))
    return list(_select(connection, panel, start - hold, end))


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
