"""Removes snapshots that are no longer needed, some at a time or a partition at once.

What may go by its age is for the domain to say (retention). This module makes sure that the
intervals are there and stay: snapshots go only once all that is computed of them has been
computed, and what they say to later intervals stays.

On PostgreSQL a month's partition is dropped at once, because rows that were deleted one by one
would leave their space to be cleaned up. So a month stays until all of its partition may go,
which is a month of UTC.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, exists, func, select, table, text

from bcm_mqtt.domain.interval.interval import INTERVAL_MS, hold_ms, interval_start_ms
from bcm_mqtt.domain.interval.retention import MonthSpan
from bcm_mqtt.domain.time import MILLISECOND, Month, from_ms, to_ms
from bcm_mqtt.store.readings.partitions import LOCK_WITHIN, partition_name, partitions_there
from bcm_mqtt.store.readings.polls import count_polls, polls
from bcm_mqtt.store.readings.snapshots import longest_periods, make_final, read_snapshots
from bcm_mqtt.store.tables import (
    device_interval,
    dirty_interval,
    interval,
    pole,
    poll_period,
    snapshot,
)

WAITING = "intervals wait to be computed"
_QUARTER = timedelta(milliseconds=INTERVAL_MS)


@dataclass(frozen=True, slots=True)
class Removal:
    """What one step did, or could not do.

    Attributes:
        what: A panel, or a partition.
        start: UTC.
        end: UTC: start <= t < end.
        rows: How many were removed.
        waits: Why none was, or "".
    """

    what: str
    start: datetime
    end: datetime
    rows: int
    waits: str = ""


def panels_with_snapshots(connection: Connection) -> list[str]:
    """Their ids; without reading the snapshots, which are many."""
    query = select(poll_period.c.panel).distinct().order_by(poll_period.c.panel)
    return list(connection.execute(query).scalars())


def count_snapshots(connection: Connection, start: datetime, end: datetime) -> int:
    """How many there are of start <= t < end."""
    panels = panels_with_snapshots(connection)
    return sum(count_polls(connection, panel, start, end) for panel in panels)


def remove_some(
    connection: Connection, panel: str, span: tuple[datetime, datetime], begin: datetime, limit: int
) -> Removal:
    """Removes about `limit` snapshots of a panel.

    Args:
        connection: Within a transaction.
        panel: Its id.
        span: What may go.
        begin: Where in the span the last step ended.
        limit: How many at most, but for those that earlier steps left.

    Returns:
        What was done of begin <= t < end.
    """
    since = span[0]
    end = connection.execute(
        select(snapshot.c.time)
        .where(snapshot.c.panel == panel, snapshot.c.time >= begin, snapshot.c.time < span[1])
        .order_by(snapshot.c.time)
        .offset(limit)
        .limit(1)
    ).scalar()
    end = end or span[1]
    until = last_touched(connection, panel, since, end)
    if until is None:
        return Removal(panel, begin, end, 0)
    if waits := what_waits(connection, panel, since, until):
        return Removal(panel, begin, end, 0, waits)
    readings = last_register_readings(connection, panel, since, end)
    rows = connection.execute(
        delete(snapshot).where(
            snapshot.c.panel == panel,
            snapshot.c.time >= since,
            snapshot.c.time < end,
            snapshot.c.time.not_in(readings),
        )
    ).rowcount
    if rows:
        make_final(connection, panel, start_of(since), until)
    return Removal(panel, begin, end, rows)


def last_touched(
    connection: Connection, panel: str, since: datetime, end: datetime
) -> datetime | None:
    """The end of the last interval that a panel's snapshots of since <= t < end reach into."""
    times = polls(connection, panel, ("time",), since, end, newest_first=True, streamed=True)
    with closing(times):
        last = next(times, None)
    if last is None:
        return None
    hold = timedelta(milliseconds=hold_ms(longest_periods(connection)[panel]))
    return start_of(last[0] + hold - MILLISECOND) + _QUARTER


def what_waits(connection: Connection, panel: str, since: datetime, until: datetime) -> str:
    """Why the intervals of since <= t < until are not yet all computed; "" where they are."""
    if intervals_wait(connection, since, until, panel):
        return WAITING
    # Every snapshot marks its intervals, so this is so only where somebody removed marks.
    if not _are_intervals(connection, panel, since, until) and any(
        value is not None
        for one in read_snapshots(connection, panel, since, until)
        for value in (*one.current, *(one.power or ()))
    ):
        return "there are no intervals: see bcm-mqtt db rollup --rebuild"
    return ""


def intervals_wait(
    connection: Connection, since: datetime, until: datetime, panel: str | None = None
) -> bool:
    """Whether intervals of since <= t < until of a panel, or any, are marked to be computed."""
    marked = select(dirty_interval.c.start).where(
        dirty_interval.c.start > since - _QUARTER, dirty_interval.c.start < until
    )
    if panel is not None:
        marked = marked.where(dirty_interval.c.panel == panel)
    return bool(connection.execute(select(exists(marked))).scalar())


def _are_intervals(connection: Connection, panel: str, since: datetime, until: datetime) -> bool:
    poles = select(pole.c.id).where(pole.c.panel == panel)
    return any(
        connection.execute(
            select(
                exists(
                    select(table.c.start).where(
                        table.c.pole.in_(poles),
                        table.c.start > since - _QUARTER,
                        table.c.start < until,
                    )
                )
            )
        ).scalar()
        for table in (interval, device_interval)
    )


def last_register_readings(
    connection: Connection, panel: str, since: datetime, end: datetime
) -> set[datetime]:
    """Times of the snapshots that have some pole's last register reading of a span.

    What the register counts from there on is the difference to it. There is one such
    snapshot, or a few where meters fell silent.
    """
    poles = select(pole.c.id).where(pole.c.panel == panel)
    metered = select(device_interval.c.pole).where(device_interval.c.pole.in_(poles))
    if not connection.execute(select(exists(metered))).scalar():
        return set()
    times = set()
    missing: set[int] | None = None
    rows = polls(
        connection,
        panel,
        ("time", "energy"),
        since,
        end,
        having="energy",
        newest_first=True,
        streamed=True,
    )
    with closing(rows):
        for time, energy in rows:
            if missing is None:
                missing = set(range(len(energy)))
            if read := {
                pole for pole in missing if pole < len(energy) and energy[pole] is not None
            }:
                times.add(time)
                missing -= read
            if not missing:
                break
    return times


def start_of(at: datetime) -> datetime:
    """Of the interval that an instant is in."""
    return from_ms(interval_start_ms(to_ms(at)))


_UTC = ZoneInfo("UTC")


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
            count_snapshots(connection, *piece) for piece in without_spans(bounds, spans)
        ):
            removable.append(month)
        month = month.shifted(1)
    return removable


def without_spans(
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
    readings: list[dict[str, object]] = []
    for panel in panels_with_snapshots(connection):
        if until := last_touched(connection, panel, start, end):
            if waits := what_waits(connection, panel, start, until):
                return Removal(name, start, end, 0, f"{panel}: {waits}")
            touched[panel] = until
            times = last_register_readings(connection, panel, start, end)
            readings += [{"panel": panel, "time": time} for time in times]
    every = select(func.count()).select_from(table(name))
    rows = connection.execute(every).scalar_one() - len(readings)
    if not rows:
        return Removal(name, start, end, 0)
    # From here on nothing is stored; what was stored meanwhile has marked its intervals.
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WITHIN}'"))
    connection.execute(text("LOCK TABLE ONLY snapshot IN ACCESS EXCLUSIVE MODE"))
    # Nor is anything computed: who has taken marks and is about to read the snapshots
    # waits for us, so that we must not wait.
    connection.execute(text("LOCK TABLE dirty_interval IN EXCLUSIVE MODE NOWAIT"))
    if intervals_wait(connection, start, end):
        return Removal(name, start, end, 0, WAITING)
    connection.execute(text(f"CREATE TEMPORARY TABLE counted (LIKE {name}) ON COMMIT DROP"))
    if readings:
        of = f"FROM {name} WHERE panel = :panel AND time = :time"
        connection.execute(text(f"INSERT INTO counted SELECT * {of}"), readings)
    connection.execute(text(f"DROP TABLE {name}"))
    connection.execute(text("INSERT INTO snapshot SELECT * FROM counted"))
    for panel, until in touched.items():
        make_final(connection, panel, start, until)
    return Removal(name, start, end, rows)
