"""Totals by day: sums of a pole's intervals over a local day, for looking at years."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
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
from bcm_mqtt.store.intervals.load_profiles import days_of_panel, make_profiles, mark_dirty
from bcm_mqtt.store.tables import (
    day_total,
    device_interval,
    dirty_day,
    dirty_profile,
    interval,
    pole,
    setting,
)

ZONE_SETTING: Final = "day_zone"
_DAY: Final = timedelta(days=1)


def roll_up_days(connection: Connection, zone: ZoneInfo, limit: int, today: date) -> int:
    """Sums up again as many as `limit` days (UTC) of panels whose intervals have changed.

    Makes the load profiles of those before `today` as well, and those that are missing; later
    ones are still being filled, and until they are over their profiles are read from the
    intervals. All days are summed again once the zone is another one.

    Returns:
        How many days there were to do.
    """
    _use_zone(connection, zone)
    dirty = _take(connection, dirty_day, limit)
    for panel, days in dirty.items():
        local = {day for utc_day in days for day in _local_days(utc_day, zone)}
        _sum_up(connection, panel, sorted(local), zone)
        make_profiles(connection, panel, [day for day in days if day < today])
        mark_dirty(connection, panel, [day for day in days if day >= today])
    done = sum(map(len, dirty.values()))
    due = _take(connection, dirty_profile, limit - done, today)
    for panel, days in due.items():
        make_profiles(connection, panel, days)
    return done + sum(map(len, due.values()))


def _take(
    connection: Connection, table: Table, limit: int, before: date = date.max
) -> dict[str, list[date]]:
    """Clears the marks of the oldest days; the days by panel."""
    marks = (table.c.panel, table.c.day)
    oldest = (
        select(*marks)
        .where(table.c.day < before)
        .order_by(table.c.day, table.c.panel)
        .limit(limit)
        .with_for_update(skip_locked=True)
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


def _sum_up(connection: Connection, panel: str, days: list[date], zone: ZoneInfo) -> None:
    connection.execute(_REMOVAL, {"panel": panel, "days": days})
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
    put(connection, day_total, rows, replace=True)


_REMOVAL: Final = days_of_panel(day_total)
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
        .group_by(table.c.pole)
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
