"""Marks all intervals to be computed anew from the snapshots."""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from bcm_mqtt.domain.interval.interval import touched_intervals
from bcm_mqtt.domain.time.instants import to_ms
from bcm_mqtt.store.bulk import Row, put
from bcm_mqtt.store.tables import device_interval, dirty_interval, interval, pole, snapshot

_AT_A_TIME = 50_000


def mark_all_dirty(connection: Connection) -> int:
    """Marks every interval that snapshots touch, and what else was computed of their time.

    Intervals from before a panel's first snapshot stay as they are: their snapshots are
    gone, and nothing could be computed of them.

    Returns:
        How many are marked now.
    """
    panels = connection.execute(select(snapshot.c.panel).distinct()).scalars().all()
    for panel in panels:
        put(connection, dirty_interval, list(_touched(connection, panel)), replace=False)
    return connection.execute(select(func.count()).select_from(dirty_interval)).scalar_one()


def _touched(connection: Connection, panel: str) -> Iterator[Row]:
    rows = connection.execute(
        select(snapshot.c.time, snapshot.c.interval_ms)
        .where(snapshot.c.panel == panel)
        .order_by(snapshot.c.time)
        .execution_options(yield_per=_AT_A_TIME)
    )
    starts = set[int]()
    first = None
    for time, interval_ms in rows:
        first = first or time
        starts.update(touched_intervals(to_ms(time), interval_ms))
    for table in (interval, device_interval):
        computed = connection.execute(
            select(table.c.start)
            .distinct()
            .join_from(table, pole)
            .where(pole.c.panel == panel, table.c.start >= first)
        )
        starts.update(map(to_ms, computed.scalars()))
    return ((panel, start) for start in sorted(starts))
