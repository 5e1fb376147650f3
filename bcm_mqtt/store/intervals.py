"""Intervals: computed from snapshots for whatever was marked dirty, and read for bills."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection, and_, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from bcm_mqtt.domain.interval import INTERVAL_MS, Interval, intervals_of
from bcm_mqtt.store.snapshots import insert_or_ignore, snapshots_standing
from bcm_mqtt.store.tables import dirty_interval, interval, pole

_LENGTH = timedelta(milliseconds=INTERVAL_MS)
_VALUES = ("milliamp_ms", "covered_ms", "samples", "min_milliamps", "max_milliamps")


def roll_up(connection: Connection, limit: int) -> int:
    """Recomputes up to `limit` dirty intervals of panels, oldest first, and clears their marks.

    Returns:
        How many were recomputed.
    """
    dirty = connection.execute(
        select(dirty_interval.c.panel, dirty_interval.c.start)
        .order_by(dirty_interval.c.start, dirty_interval.c.panel)
        .limit(limit)
    ).all()
    for panel, marks in groupby(sorted(map(tuple, dirty)), key=itemgetter(0)):
        starts = [start for _, start in marks]
        for run in _runs(starts):
            _recompute(connection, panel, run)
        connection.execute(
            delete(dirty_interval).where(
                and_(dirty_interval.c.panel == panel, dirty_interval.c.start.in_(starts))
            )
        )
    return len(dirty)


def read_intervals(
    connection: Connection, panel: str, start: datetime, end: datetime
) -> dict[int, list[Interval]]:
    """The intervals of a panel that overlap start <= t < end, by pole and start."""
    rows = connection.execute(
        select(pole.c.number, interval.c.start, *(interval.c[name] for name in _VALUES))
        .join_from(interval, pole)
        .where(pole.c.panel == panel, interval.c.start > start - _LENGTH, interval.c.start < end)
        .order_by(interval.c.pole, interval.c.start)
    )
    found = defaultdict[int, list[Interval]](list)
    for row in rows:
        found[row[0]].append(Interval(*row))
    return dict(found)


def _runs(starts: list[datetime]) -> Iterator[list[datetime]]:
    """Sorted starts grouped into runs without a gap, which one query can serve."""
    keyed = groupby(enumerate(starts), key=lambda pair: pair[1] - pair[0] * _LENGTH)
    return ([start for _, start in run] for _, run in keyed)


def _recompute(connection: Connection, panel: str, starts: list[datetime]) -> None:
    end = starts[-1] + _LENGTH
    snapshots = snapshots_standing(connection, panel, starts[0], end)
    times = [snapshot.time for snapshot in snapshots]
    # A reading may hold into the next interval, so each is given those of the ones
    # before it that could; the domain takes what stands.
    longest = max((snapshot.interval_ms for snapshot in snapshots), default=0)
    lookback = timedelta(milliseconds=2 * longest)
    rows = []
    poles = _pole_ids(connection, panel, max((len(item.current) for item in snapshots), default=0))
    for start in starts:
        first = bisect_left(times, start - lookback)
        last = bisect_left(times, start + _LENGTH)
        rows += [
            {
                "pole": poles[item.pole],
                "start": item.start,
                **{name: getattr(item, name) for name in _VALUES},
            }
            for item in intervals_of(snapshots[first:last], start)
        ]
    _delete_others(connection, poles.values(), starts, rows)
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        insert = dialect.insert(interval)
        replace = insert.on_conflict_do_update(
            index_elements=["pole", "start"],
            set_={name: insert.excluded[name] for name in _VALUES},
        )
        connection.execute(replace, rows)


def _delete_others(
    connection: Connection,
    poles: Collection[int],
    starts: Sequence[datetime],
    rows: Sequence[Mapping[str, object]],
) -> None:
    """Deletes the intervals that were computed once and are not covered any more.

    A late snapshot ends the hold of the one before it, which may have covered them.
    """
    if len(rows) == len(poles) * len(starts):
        return  # all are covered, as nearly always
    covered = {(row["pole"], row["start"]) for row in rows}
    others = [
        {"other_pole": pole_id, "other_start": start}
        for pole_id in poles
        for start in starts
        if (pole_id, start) not in covered
    ]
    if others:
        connection.execute(
            delete(interval).where(
                interval.c.pole == bindparam("other_pole"),
                interval.c.start == bindparam("other_start"),
            ),
            others,
        )


def _pole_ids(connection: Connection, panel: str, count: int) -> dict[int, int]:
    """Row ids of a panel's poles by number; makes those that are missing."""
    query = select(pole.c.number, pole.c.id).where(pole.c.panel == panel)
    known = {row.number: row.id for row in connection.execute(query)}
    if missing := [number for number in range(1, count + 1) if number not in known]:
        connection.execute(
            insert_or_ignore(connection, pole),
            [{"panel": panel, "number": number} for number in missing],
        )
        known = {row.number: row.id for row in connection.execute(query)}
    return known
