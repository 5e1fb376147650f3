"""Removes months of snapshots on PostgreSQL: a partition is dropped at once.

Rows that were deleted one by one would leave their space to be cleaned up. So a month
stays until all of its partition may go, which is a month of UTC.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select, table, text

from bcm_mqtt.domain.interval.retention import MonthSpan
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store.readings.partitions import partition_name, partitions_there
from bcm_mqtt.store.readings.snapshots import make_final
from bcm_mqtt.store.upkeep.snapshot_removal import (
    WAITING,
    Removal,
    count_snapshots,
    intervals_wait,
    last_register_readings,
    last_touched,
    panels_with_snapshots,
    what_waits,
)

_UTC = ZoneInfo("UTC")
_LOCK_WITHIN = "3s"
"""Everybody else waits behind who waits for this lock, the recorder, too."""


def removable_partitions(
    connection: Connection, spans: Sequence[MonthSpan], now: datetime
) -> list[Month]:
    """Those of months that are over, all of whose snapshots are of spans that may go."""
    if not spans:
        return []
    there = partitions_there(connection)
    month, last = (Month.of(at, _UTC) for at in (spans[0].start, spans[-1].end))
    removable = []
    while month <= last and (bounds := month.bounds(_UTC))[1] <= now:
        if partition_name(month) in there and not any(
            count_snapshots(connection, *piece) for piece in _without(bounds, spans)
        ):
            removable.append(month)
        month = month.shifted(1)
    return removable


def _without(
    whole: tuple[datetime, datetime], spans: Iterable[MonthSpan]
) -> Iterator[tuple[datetime, datetime]]:
    """What is left of a time without spans, which come in order."""
    at, end = whole
    for span in spans:
        if at < span.start < end:
            yield at, span.start
        at = max(at, min(span.end, end))
    if at < end:
        yield at, end


def drop_partition(connection: Connection, month: Month) -> Removal:
    """Drops a month's partition; what later intervals need of it stays.

    Args:
        connection: Within a transaction.
        month: Of UTC.
    """
    name = partition_name(month)
    start, end = month.bounds(_UTC)
    if name not in partitions_there(connection):  # another recorder was faster
        return Removal(name, start, end, 0)
    touched = dict[str, datetime]()
    kept: list[dict[str, object]] = []
    for panel in panels_with_snapshots(connection):
        if until := last_touched(connection, panel, start, end):
            if waits := what_waits(connection, panel, start, until):
                return Removal(name, start, end, 0, f"{panel}: {waits}")
            touched[panel] = until
            times = last_register_readings(connection, panel, start, end)
            kept += [{"panel": panel, "time": time} for time in times]
    every = select(func.count()).select_from(table(name))
    rows = connection.execute(every).scalar_one() - len(kept)
    if not rows:
        return Removal(name, start, end, 0)
    # From here on nothing is stored; what was stored meanwhile has marked its intervals.
    connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_WITHIN}'"))
    connection.execute(text("LOCK TABLE ONLY snapshot IN ACCESS EXCLUSIVE MODE"))
    # Nor is anything computed: who has taken marks and is about to read the snapshots
    # waits for us, so that we must not wait.
    connection.execute(text("LOCK TABLE dirty_interval IN EXCLUSIVE MODE NOWAIT"))
    if intervals_wait(connection, start, end):
        return Removal(name, start, end, 0, WAITING)
    connection.execute(text(f"CREATE TEMPORARY TABLE kept (LIKE {name}) ON COMMIT DROP"))
    if kept:
        of = f"FROM {name} WHERE panel = :panel AND time = :time"
        connection.execute(text(f"INSERT INTO kept SELECT * {of}"), kept)
    connection.execute(text(f"DROP TABLE {name}"))
    connection.execute(text("INSERT INTO snapshot SELECT * FROM kept"))
    for panel, until in touched.items():
        make_final(connection, panel, start, until)
    return Removal(name, start, end, rows)
