"""Months of snapshots as partitions on PostgreSQL, made before the first snapshot needs them.

A query of a month then reads that month alone, and a month is dropped at once. Whatever
has no partition of its own yet lies in the default one, so that nothing is ever refused.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from bcm_mqtt.domain.time import Month

_MONTHS_AHEAD = 3
_UTC = ZoneInfo("UTC")
LOCK_WITHIN = "3s"
"""Everybody else waits behind who waits for a lock of the table, the recorder, too."""


def prepare_months(
    connection: Connection, now: datetime, spans: Iterable[tuple[datetime, datetime]] = ()
) -> list[str]:
    """Makes the partitions of this month and the next three, and of what lies in the default.

    Args:
        connection: Within a transaction; on SQLite there is nothing to do.
        now: UTC.
        spans: First and last times of what is to be stored: their months as well.

    Returns:
        Names of the partitions that were made.
    """
    if connection.dialect.name != "postgresql":
        return []
    # Two recorders that start at once would both make them.
    connection.execute(text("LOCK TABLE snapshot IN SHARE UPDATE EXCLUSIVE MODE"))
    there = partitions_there(connection)
    this = Month(now.year, now.month)
    months = {this.shifted(ahead) for ahead in range(_MONTHS_AHEAD + 1)}
    months |= set(_months_in_default(connection))
    for first, last in spans:
        month = Month.of(first, _UTC)
        while month <= Month.of(last, _UTC):
            months.add(month)
            month = month.shifted(1)
    made = []
    for month in sorted(months):
        name = partition_name(month)
        if name not in there:
            _make(connection, name, month)
            made.append(name)
    return made


def drop_empty_partitions(connection: Connection, until: datetime) -> None:
    """Drops those of months that ended before an instant and have no snapshot any more.

    Fails where the table is in use for longer than `LOCK_WITHIN`.

    Args:
        connection: Within a transaction; on SQLite there is nothing to do.
        until: UTC.
    """
    if connection.dialect.name != "postgresql":
        return
    first, last = partition_name(Month(1, 1)), partition_name(Month(until.year, until.month))
    for name in sorted(partitions_there(connection)):
        if first <= name < last and not _has_rows(connection, name):
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WITHIN}'"))
            connection.execute(text("LOCK TABLE ONLY snapshot IN ACCESS EXCLUSIVE MODE"))
            if not _has_rows(connection, name):
                connection.execute(text(f"DROP TABLE {name}"))


def _has_rows(connection: Connection, name: str) -> bool:
    return bool(connection.execute(text(f"SELECT EXISTS (SELECT 1 FROM {name})")).scalar())


def partition_name(month: Month) -> str:
    """The name of the partition of a month (UTC)."""
    return f"snapshot_y{month.year:04}m{month.month:02}"


def partitions_there(connection: Connection) -> set[str]:
    """The names of all partitions."""
    return set(connection.execute(text(_NAMES)).scalars())


_NAMES = """
    SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'snapshot'::regclass
"""


def _months_in_default(connection: Connection) -> Iterator[Month]:
    rows = connection.execute(
        text("SELECT DISTINCT date_trunc('month', time AT TIME ZONE 'UTC') FROM snapshot_default")
    )
    return (Month(start.year, start.month) for start in rows.scalars())


def _make(connection: Connection, name: str, month: Month) -> None:
    """Made aside and attached once it has what the default partition held of its month."""
    start, end = (
        datetime(each.year, each.month, 1, tzinfo=UTC) for each in (month, month.shifted(1))
    )
    span = {"start": start, "end": end}
    moved = f"""
        WITH moved AS (
            DELETE FROM snapshot_default WHERE time >= :start AND time < :end RETURNING *
        )
        INSERT INTO {name} SELECT * FROM moved
    """
    connection.execute(text(f"CREATE TABLE {name} (LIKE snapshot INCLUDING ALL)"))
    connection.execute(text(moved), span)
    bounds = f"FROM ('{start.isoformat()}') TO ('{end.isoformat()}')"
    connection.execute(text(f"ALTER TABLE snapshot ATTACH PARTITION {name} FOR VALUES {bounds}"))
