"""Totals by day: sums of a pole's intervals over a local day, for looking at years."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)

from bcm_mqtt.domain.time import MILLISECOND, midnight
from bcm_mqtt.store.bulk import Row, put
from bcm_mqtt.store.database import Database
from bcm_mqtt.store.intervals.load_profiles import mark_dirty, profile_rows
from bcm_mqtt.store.tables import (
    day_total,
    device_interval,
    dirty_day,
    dirty_profile,
    interval,
    load_profile,
    pole,
    setting,
)

ZONE_SETTING: Final = "day_zone"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DueDays:
    """Days of one panel that are to be made.

    Attributes:
        panel: Its id.
        zone: Of local days.
        totals: Local days to sum up.
        profiles: Days of UTC whose load profiles are to be made.
    """

    panel: str
    zone: ZoneInfo
    totals: tuple[date, ...]
    profiles: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class MadeDays:
    """What is stored of due days: rows of `day_total` and of `load_profile`."""

    totals: Sequence[Row]
    profiles: Sequence[Row]


Making = Callable[[Sequence[DueDays]], Iterable[MadeDays]]
"""Makes days of panels, in their order, from what other transactions have stored of intervals."""


def make_days(connection: Connection, due: DueDays) -> MadeDays:
    """Makes them; stores nothing."""
    totals = _totals(connection, due.panel, due.totals, due.zone)
    return MadeDays(totals, profile_rows(connection, due.panel, due.profiles))


class DayMaker:
    """Makes days by a connection of its own, in this process or in a worker's."""

    def __init__(self, url: str) -> None:
        """Takes the URL of a database with a checked schema."""
        self._database = Database(url)

    def done(self, due: DueDays, _parent: object = None) -> MadeDays:
        """The days of one panel.

        Raises:
            WorkError: the database failed.
        """
        with self._database.reading_one_moment() as connection:
            return make_days(connection, due)

    def rest(self) -> None:
        """Closes the connection: nothing is left to do."""
        self._database.close()


def roll_up_days(
    connection: Connection, zone: ZoneInfo, limit: int, today: date, making: Making | None = None
) -> int:
    """Sums up again as many as `limit` days (UTC) of panels whose intervals have changed.

    Makes the load profiles of those before `today` as well, and those that are missing; later
    ones are still being filled, and until they are over their profiles are read from the
    intervals. All days are summed again once the zone is another one.

    Whoever makes the days may read them by another connection: on SQLite nothing is written
    meanwhile, and on PostgreSQL an interval that is written meanwhile marks its day again.

    Returns:
        How many days there were to do.
    """
    _use_zone(connection, zone)
    due = list[DueDays]()
    dirty = _take(connection, dirty_day, limit)
    for panel, days in dirty.items():
        local = {day for utc_day in days for day in _local_days(utc_day, zone)}
        over = tuple(day for day in days if day < today)
        mark_dirty(connection, panel, days[len(over) :])
        due.append(DueDays(panel, zone, tuple(sorted(local)), over))
    done = sum(map(len, dirty.values()))
    missing = _take(connection, dirty_profile, limit - done, today)
    due += (DueDays(panel, zone, (), tuple(days)) for panel, days in missing.items())
    made = making(due) if making else (make_days(connection, one) for one in due)
    for one, rows in zip(due, made, strict=True):
        _store(connection, one, rows)
    return done + sum(map(len, missing.values()))


def _store(connection: Connection, due: DueDays, made: MadeDays) -> None:
    for table, removal, days, rows in (
        (day_total, _REMOVAL, due.totals, made.totals),
        (load_profile, _PROFILE_REMOVAL, due.profiles, made.profiles),
    ):
        connection.execute(removal, {"panel": due.panel, "days": days})
        put(connection, table, rows, replace=True)


def count_days(connection: Connection, today: date) -> int:
    """How many days of panels before `today` are due."""
    counts = (
        select(func.count()).select_from(table).where(table.c.day < today)
        for table in (dirty_day, dirty_profile)
    )
    return sum(connection.execute(count).scalar_one() for count in counts)


def _take(
    connection: Connection, table: Table, limit: int, before: date = date.max
) -> dict[str, list[date]]:
    """Clears marks: of panels with the oldest ones first, all that a panel has; days by panel."""
    marks = (table.c.panel, table.c.day)
    marked = table.c.day < before
    first = func.min(table.c.day).label("first")
    panels = select(table.c.panel, first).where(marked).group_by(table.c.panel).subquery()
    oldest = (
        select(*marks)
        .join(panels, panels.c.panel == table.c.panel)
        .where(marked)
        .order_by(panels.c.first, *marks)
        .limit(limit)
        .with_for_update(skip_locked=True, of=table)
    )
    taken = delete(table).where(tuple_(*marks).in_(oldest)).returning(*marks)
    rows = sorted(map(tuple, connection.execute(taken)))
    return {panel: [day for _, day in group] for panel, group in groupby(rows, key=itemgetter(0))}


def _use_zone(connection: Connection, zone: ZoneInfo) -> None:
    used = connection.execute(
        select(setting.c.value).where(setting.c.name == ZONE_SETTING)
    ).scalar()
    if used == zone.key:
        return
    if used is None:
        connection.execute(insert(setting), {"name": ZONE_SETTING, "value": zone.key})
    else:
        connection.execute(
            update(setting).where(setting.c.name == ZONE_SETTING), {"value": zone.key}
        )
    connection.execute(delete(day_total))
    for table in (interval, device_interval):
        spans = connection.execute(
            select(pole.c.panel, func.min(table.c.start), func.max(table.c.start))
            .join_from(table, pole)
            .group_by(pole.c.panel)
        ).all()
        days = {(panel, str(day)) for panel, first, last in spans for day in _days(first, last)}
        put(connection, dirty_day, sorted(days), replace=False)


def _days(first: datetime, last: datetime) -> Iterator[date]:
    day = first.date()
    while day <= last.date():
        yield day
        day += _DAY


def _local_days(utc_day: date, zone: ZoneInfo) -> Iterator[date]:
    """The local days that a day in UTC is part of: one, two or, over a jump, three."""
    start = datetime.combine(utc_day, time(), UTC)
    first, last = (at.astimezone(zone).date() for at in (start, start + _DAY - MILLISECOND))
    while first <= last:
        yield first
        first += _DAY


def _totals(connection: Connection, panel: str, days: Iterable[date], zone: ZoneInfo) -> list[Row]:
    rows: list[Row] = []
    for day in days:
        span = midnight(day, zone), midnight(day + _DAY, zone)
        currents = _sums(connection, _CURRENTS, panel, *span)
        devices = _sums(connection, _DEVICES, panel, *span)
        rows += [
            (
                row_id,
                str(day),
                *currents.get(row_id, _NO_CURRENT),
                *devices.get(row_id, _NO_DEVICE),
            )
            for row_id in sorted(currents.keys() | devices.keys())
        ]
    return rows


def _days_of_panel(table: Table) -> Delete:
    """Removes a panel's rows of `days`; made once, because making it costs more than doing it."""
    poles = select(pole.c.id).where(pole.c.panel == bindparam("panel"))
    return delete(table).where(
        table.c.pole.in_(poles), table.c.day.in_(bindparam("days", expanding=True))
    )


_REMOVAL: Final = _days_of_panel(day_total)
_PROFILE_REMOVAL: Final = _days_of_panel(load_profile)
_Sums = tuple[int | None, ...]
_NO_CURRENT: Final[_Sums] = (None, 0, 0, None, None)
_NO_DEVICE: Final[_Sums] = (None, 0, None, 0, 0, 0)


def _summed(table: Table, *sums: ColumnElement[Any]) -> Select[Any]:
    """Made once, because making it costs more than a day of a panel."""
    return (
        select(table.c.pole, *sums)
        .join_from(table, pole)
        .where(
            pole.c.panel == bindparam("panel"),
            table.c.start >= bindparam("since"),
            table.c.start < bindparam("until"),
        )
        .group_by(pole.c.number, table.c.pole)  # as the poles' index is: nothing is sorted
    )


_CURRENTS: Final = _summed(
    interval,
    *map(func.sum, (interval.c.milliamp_ms, interval.c.covered_ms, interval.c.samples)),
    func.min(interval.c.min_milliamps),
    func.max(interval.c.max_milliamps),
)
_DEVICES: Final = _summed(device_interval, *map(func.sum, tuple(device_interval.columns)[2:]))


def _sums(
    connection: Connection, query: Select[Any], panel: str, start: datetime, end: datetime
) -> dict[int, _Sums]:
    """By row id of the pole; PostgreSQL adds up as numeric, which are integers here."""
    rows = connection.execute(query, {"panel": panel, "since": start, "until": end})
    return {
        row_id: tuple(None if value is None else int(value) for value in values)
        for row_id, *values in rows.all()
    }
