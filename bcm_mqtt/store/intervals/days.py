"""Totals by day: sums of a pole's intervals over a local day, for looking at years."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, Table, delete, func, insert, select, tuple_, update

from bcm_mqtt.domain.time import MILLISECOND, midnight
from bcm_mqtt.store.bulk import Row, put
from bcm_mqtt.store.intervals.load_profiles import make_profiles
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


def roll_up_days(connection: Connection, zone: ZoneInfo, limit: int) -> int:
    """Sums up again as many as `limit` days (UTC) of panels whose intervals have changed.

    Makes their load profiles as well, and those that are missing. All days are summed again
    once the zone is another one.

    Returns:
        How many days there were to do.
    """
    _use_zone(connection, zone)
    dirty = _take(connection, dirty_day, limit)
    for panel, days in dirty.items():
        local = {day for utc_day in days for day in _local_days(utc_day, zone)}
        _sum_up(connection, panel, sorted(local), zone)
        make_profiles(connection, panel, days)
    done = sum(map(len, dirty.values()))
    due = _take(connection, dirty_profile, limit - done)
    for panel, days in due.items():
        make_profiles(connection, panel, days)
    return done + sum(map(len, due.values()))


def _take(connection: Connection, table: Table, limit: int) -> dict[str, list[date]]:
    """Clears the marks of the oldest days; the days by panel."""
    marks = (table.c.panel, table.c.day)
    oldest = (
        select(*marks)
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
    poles = select(pole.c.id).where(pole.c.panel == panel)
    connection.execute(
        delete(day_total).where(day_total.c.pole.in_(poles), day_total.c.day.in_(days))
    )
    rows: list[Row] = []
    for day in days:
        span = midnight(day, zone), midnight(day + _DAY, zone)
        currents = _sums(connection, _currents(panel, *span))
        devices = _sums(connection, _devices(panel, *span))
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


_Sums = tuple[int | None, ...]
_NO_CURRENT: Final[_Sums] = (None, 0, 0, None, None)
_NO_DEVICE: Final[_Sums] = (None, 0, None, 0, 0, 0)


def _currents(panel: str, start: datetime, end: datetime) -> Select[Any]:
    return (
        select(
            interval.c.pole,
            func.sum(interval.c.milliamp_ms),
            func.sum(interval.c.covered_ms),
            func.sum(interval.c.samples),
            func.min(interval.c.min_milliamps),
            func.max(interval.c.max_milliamps),
        )
        .join_from(interval, pole)
        .where(pole.c.panel == panel, interval.c.start >= start, interval.c.start < end)
        .group_by(interval.c.pole)
    )


def _devices(panel: str, start: datetime, end: datetime) -> Select[Any]:
    table = device_interval.c
    summed = (
        *(table.milliwatt_ms, table.power_ms, table.watt_hours),
        *(table.energy_ms, table.register_falls, table.register_jumps),
    )
    return (
        select(table.pole, *map(func.sum, summed))
        .join_from(device_interval, pole)
        .where(pole.c.panel == panel, table.start >= start, table.start < end)
        .group_by(table.pole)
    )


def _sums(connection: Connection, query: Select[Any]) -> dict[int, _Sums]:
    """By row id of the pole; PostgreSQL adds up as numeric, which are integers here."""
    return {
        row[0]: tuple(None if value is None else int(value) for value in row[1:])
        for row in connection.execute(query)
    }
