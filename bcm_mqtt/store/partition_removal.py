"""Removes months of snapshots on PostgreSQL: a partition is dropped at once.

Rows that were deleted one by one would leave their space to be cleaned up. So a month
stays until all of its partition may go, which is a month of UTC.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select, table, text

from bcm_mqtt.domain.month import Month
from bcm_mqtt.domain.retention import MonthSpan
from bcm_mqtt.store.partitions import partition_name, partitions_there
from bcm_mqtt.store.removed_spans import make_final
from bcm_mqtt.store.snapshot_removal import (
    WAITING,
    Removal,
    intervals_wait,
    last_register_readings,
    last_touched,
    panels_with_snapshots,
    what_waits,
)

_UTC = ZoneInfo("UTC")
_LOCK_WITHIN = "3s"
"""Everybody else waits behind who waits for this lock, the recorder, too."""


def removable_partitions(connection: Connection, spans: Iterable[MonthSpan]) -> Iterator[Month]:
    """Those that lie in spans of time that may go."""
    there = partitions_there(connection)
    joined: list[tuple[datetime, datetime]] = []
    for span in spans:
        if joined and joined[-1][1] == span.start:
            joined.append((joined.pop()[0], span.end))
        else:
            joined.append((span.start, span.end))
    for start, end in joined:
        month = Month.of(start, _UTC)
        while (bounds := month.bounds(_UTC))[1] <= end:
            if start <= bounds[0] and partition_name(month) in there:
                yield month
            month = month.shifted(1)


def drop_partition(connection: Connection, month: Month) -> Removal:
    """Drops a month's partition; what later intervals need of it stays.

    Args:
        connection: Within a transaction.
        month: Of UTC.
    """
    name = partition_name(month)
    start, end = month.bounds(_UTC)
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
