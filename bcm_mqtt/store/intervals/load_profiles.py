"""Load profiles: a pole's intervals of a day (UTC) in one row, as bills read them.

They are intervals written more densely: what is read is always what the intervals are.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from math import sqrt
from typing import Any

import numpy as np
from sqlalchemy import (
    Connection,
    Text,
    delete,
    select,
    type_coerce,
)

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.load_profile import UNKNOWN, DayFacts, LoadProfile
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Integers, Slots
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.store.bulk import Row, put
from bcm_mqtt.store.intervals.interval_arrays import IntervalArrays
from bcm_mqtt.store.tables import dirty_day, dirty_profile, load_profile, pole

_DAY = timedelta(days=1)
_LENGTH = timedelta(milliseconds=INTERVAL_MS)
_SUMS, _COVERED = np.dtype("<i8"), np.dtype("<i4")


@dataclass(frozen=True, slots=True)
class _PoleDay:
    """A pole's day; `values` are those of the table after its key."""

    pole: int
    number: int
    day: date
    values: tuple[bytes, bytes | None, int, int, int, int]


def profile_rows(connection: Connection, panel: str, days: Iterable[date]) -> list[Row]:
    """A panel's profiles of days as they are stored, from the intervals."""
    made = _of_intervals(connection, panel, days)
    return [(one.pole, str(one.day), *one.values) for one in made]


def mark_dirty(connection: Connection, panel: str, days: Iterable[date]) -> None:
    """Has profiles read from the intervals until they are made again."""
    marks: list[Row] = [(panel, str(day)) for day in sorted(days)]
    put(connection, dirty_profile, marks, replace=False)


def forget_profiles(
    connection: Connection, panel: str, poles: Collection[int], start: datetime, end: datetime
) -> None:
    """Goes along with the removal of intervals of start <= t < end, whose poles are row ids."""
    column = load_profile.c.day
    first, last = start.date(), (end - _LENGTH).date()
    connection.execute(
        delete(load_profile).where(load_profile.c.pole.in_(poles), column >= first, column <= last)
    )
    midnights = {at.date() for at in (start, end) if at.time() != time()}
    mark_dirty(connection, panel, midnights)


def read_profile(
    connection: Connection,
    panel: str,
    start: datetime,
    end: datetime,
    poles: Collection[int] | None = None,
) -> LoadProfile:
    """The intervals of the whole days (UTC) that overlap start <= t < end.

    Args:
        connection: Whose transaction sees one moment.
        panel: Its id.
        start: UTC.
        end: UTC.
        poles: Their numbers, or None for all.
    """
    first, until = start.date(), (end + _DAY - timedelta.resolution).date()
    days = [first + number * _DAY for number in range((until - first).days)]
    rows = _stored(connection, panel, first, until, poles)
    there = {row[1] for row in rows}
    names: dict[date, set[date | str]] = {day: {day, str(day)} for day in days}
    dirty = _dirty_days(connection, panel, first, until)
    stale = [day for day in days if day in dirty or not names[day] & there]
    if stale:
        stale_names = {name for day in stale for name in names[day]}
        rows = [row for row in rows if row[1] not in stale_names]
        made = _of_intervals(connection, panel, stale)
        rows += [
            (one.number, one.day, *one.values)
            for one in made
            if poles is None or one.number in poles
        ]
    slots = Slots(to_ms(_midnight(first)), len(days) * QUARTERS_A_DAY)
    return _profile(slots, names, rows)


def _profile(
    slots: Slots, names: dict[date, set[date | str]], rows: Sequence[Sequence[Any]]
) -> LoadProfile:
    columns = tuple(zip(*rows, strict=True)) or ((),) * 8
    poles = tuple(sorted(set(columns[0])))
    row_of = {number: row for row, number in enumerate(poles)}
    column_of = {name: column for column, day in enumerate(names) for name in names[day]}
    count = len(names)
    # Where each pole's day is among all, one after the other.
    places = np.array(
        [
            row_of[number] * count + column_of[day]
            for number, day in zip(columns[0], columns[1], strict=True)
        ],
        dtype=np.intp,
    )
    cells = len(poles) * count
    sums = _arrays(columns[2], _SUMS)
    # As nearly always: every day of every pole is there, in order.
    if len(places) != cells or (places[1:] < places[:-1]).any():
        scattered = np.zeros((cells, QUARTERS_A_DAY), np.int64)
        scattered[places] = sums
        sums = scattered
    covered = np.zeros((cells, QUARTERS_A_DAY), np.int64)
    covered[places] = INTERVAL_MS
    partly = [at for at, written in enumerate(columns[3]) if written is not None]
    covered[places[partly]] = _arrays([columns[3][at] for at in partly], _COVERED)
    samples = np.zeros(cells, np.int64)
    samples[places] = columns[4]
    variance = np.zeros(cells, np.float64)
    variance[places] = np.square(np.array(columns[5], dtype=np.float64))
    steady = np.zeros(cells, np.int64)
    steady[places] = [UNKNOWN if ms is None else ms for ms in columns[6]]
    steady = np.where(steady == UNKNOWN, covered.sum(axis=1), steady)
    divisors = np.zeros(cells, np.int64)
    divisors[places] = [step or 0 for step in columns[7]]
    shape, days = (len(poles), slots.count), (len(poles), count)
    return LoadProfile(
        slots=slots,
        poles=poles,
        milliamp_ms=sums.reshape(shape),
        covered_ms=covered.reshape(shape),
        samples=samples.reshape(days),
        sampling_variance=variance.reshape(days),
        steady_ms=steady.reshape(days),
        divisors=divisors.reshape(days),
    )


def _arrays(written: Iterable[bytes], dtype: np.dtype[Any]) -> Integers:
    return np.frombuffer(b"".join(written), dtype).reshape(-1, QUARTERS_A_DAY)


def _stored(
    connection: Connection, panel: str, first: date, until: date, poles: Collection[int] | None
) -> list[Sequence[Any]]:
    if connection.dialect.name == "postgresql":
        return _stored_on_postgresql(connection, panel, first, until, poles)
    chosen = [] if poles is None else [pole.c.number.in_(poles)]
    columns = [column for column in load_profile.columns if column.name not in {"pole", "day"}]
    rows = connection.execute(
        # As the driver gives a day, without making a date of each.
        select(pole.c.number, type_coerce(load_profile.c.day, Text), *columns)
        .join_from(load_profile, pole)
        .where(
            pole.c.panel == panel,
            *chosen,
            load_profile.c.day >= first,
            load_profile.c.day < until,
        )
        .order_by(pole.c.number, load_profile.c.day)
    )
    return list(rows.all())


def _stored_on_postgresql(
    connection: Connection, panel: str, first: date, until: date, poles: Collection[int] | None
) -> list[Sequence[Any]]:
    """The same by the driver itself: arrays come as they are, not in twice as many digits."""
    columns = [column.name for column in load_profile.columns if column.name != "pole"]
    query = f"""
        SELECT pole.number, {", ".join(f"load_profile.{name}" for name in columns)}
        FROM load_profile JOIN pole ON pole.id = load_profile.pole
        WHERE pole.panel = %s AND load_profile.day >= %s AND load_profile.day < %s
        {"" if poles is None else "AND pole.number = ANY(%s)"}
        ORDER BY pole.number, load_profile.day
    """
    values = (panel, first, until, *([] if poles is None else [list(poles)]))
    with closing(connection.connection.cursor(binary=True)) as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def _dirty_days(connection: Connection, panel: str, first: date, until: date) -> set[date]:
    return {
        day
        for marks in (dirty_day.c, dirty_profile.c)
        for day in connection.execute(
            select(marks.day).where(marks.panel == panel, marks.day >= first, marks.day < until)
        ).scalars()
    }


def _of_intervals(connection: Connection, panel: str, days: Iterable[date]) -> Iterator[_PoleDay]:
    """A panel's days as its intervals are."""
    for _, run in groupby(enumerate(sorted(days)), key=lambda pair: pair[1] - pair[0] * _DAY):
        following = [day for _, day in run]
        span = _midnight(following[0]), _midnight(following[-1]) + _DAY
        yield from _of_run(connection, panel, *span)


def _of_run(
    connection: Connection, panel: str, start: datetime, end: datetime
) -> Iterator[_PoleDay]:
    read = IntervalArrays.read(connection, panel, start, end)
    if not len(read.start_ms):
        return
    days, slots = np.divmod(read.start_ms // INTERVAL_MS, QUARTERS_A_DAY)
    follows = (read.row_id[1:] == read.row_id[:-1]) & (days[1:] == days[:-1])
    begins = np.append([True], ~follows)
    first = np.flatnonzero(begins)
    shape = len(first), QUARTERS_A_DAY
    sums, covered = np.zeros(shape, _SUMS), np.zeros(shape, _COVERED)
    place = np.cumsum(begins) - 1, slots
    sums[place], covered[place] = read.milliamp_ms, read.covered_ms
    whole = (covered == INTERVAL_MS).all(axis=1).tolist()
    facts = DayFacts.of_days(
        first,
        *(read.covered_ms, read.samples, read.least, read.greatest),
        *(read.deviation, read.steady_ms),
    )
    samples = np.add.reduceat(read.samples, first).tolist()
    of_day = {day: from_ms(day * QUARTERS_A_DAY * INTERVAL_MS).date() for day in set(days.tolist())}
    keys = (part[first].tolist() for part in (read.row_id, read.number, days))
    for at, (row_id, number, day) in enumerate(zip(*keys, strict=True)):
        yield _PoleDay(
            row_id,
            number,
            of_day[day],
            (
                sums[at].tobytes(),
                None if whole[at] else covered[at].tobytes(),
                samples[at],
                round(sqrt(facts[at].sampling_variance)),
                facts[at].steady_ms,
                facts[at].divisor,
            ),
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
