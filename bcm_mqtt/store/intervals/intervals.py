"""Intervals and totals by day as they are read, for bills and charts."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import ColumnElement, Connection, func, select

from bcm_mqtt.domain.history.circuit_slots import Extremes
from bcm_mqtt.domain.history.day_totals import DayTotal, DayTotals
from bcm_mqtt.domain.interval.device_interval import LONGEST_STEP_MS, DeviceInterval
from bcm_mqtt.domain.interval.electrical_interval import ElectricalInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS, Interval
from bcm_mqtt.domain.interval.load_profile import LoadProfile
from bcm_mqtt.domain.interval.register_interval import RegisterPast
from bcm_mqtt.store.database import Repository
from bcm_mqtt.store.intervals.load_profiles import read_profile
from bcm_mqtt.store.intervals.register_intervals import read_registers
from bcm_mqtt.store.tables import (
    day_total,
    device_interval,
    dirty_interval,
    electrical_interval,
    interval,
    pole,
)
from bcm_mqtt.store.types import ms_of

_LENGTH = timedelta(milliseconds=INTERVAL_MS)
_LATEST = timedelta(milliseconds=LONGEST_STEP_MS) + _LENGTH


class Intervals(Repository):
    """The intervals of all panels and what is summed up of them; nothing is written."""

    def pole_intervals(
        self, panel: str, start: datetime, end: datetime
    ) -> dict[int, list[Interval]]:
        """The intervals of a panel that overlap start <= t < end, by pole and start."""
        columns = [column for column in interval.columns if column.name not in {"pole", "start"}]
        began = interval.c.start
        query = (
            select(pole.c.number, began, *columns)
            .join_from(interval, pole)
            .where(pole.c.panel == panel, began > start - _LENGTH, began < end)
            .order_by(interval.c.pole, began)
        )
        by_pole = defaultdict[int, list[Interval]](list)
        with self._database.reading() as connection:
            for row in connection.execute(query):
                by_pole[row[0]].append(Interval(*row))
        return dict(by_pole)

    def device_intervals(
        self, panel: str, start: datetime, end: datetime
    ) -> dict[int, list[DeviceInterval]]:
        """What devices measured of start <= t < end, by pole and start.

        Those that overlap it, and those after it whose registers had not been read for so
        long that their energy is partly of this time.
        """
        began = device_interval.c.start
        late = device_interval.c.energy_ms > INTERVAL_MS
        with self._database.reading() as connection:
            measured = _device_intervals(connection, panel, began > start - _LENGTH, began < end)
            later = _device_intervals(connection, panel, late, began >= end, began < end + _LATEST)
        for number, items in later.items():
            if reaching := [item for item in items if _since(item) < end]:
                measured[number] += reaching
        return dict(measured)

    def is_measured(self, panel: str, start: datetime, end: datetime) -> bool:
        """Whether `device_intervals` of the time may have anything."""
        began = device_interval.c.start
        query = (
            select(pole.c.number)
            .join_from(device_interval, pole)
            .where(pole.c.panel == panel, began > start - _LENGTH, began < end + _LATEST)
            .limit(1)
        )
        with self._database.reading() as connection:
            return connection.execute(query).first() is not None

    def electrical_intervals(
        self, panel: str, start: datetime, end: datetime, poles: Collection[int] | None = None
    ) -> dict[int, list[ElectricalInterval]]:
        """Voltage, power factor and reactive power of start <= t < end, by pole and start.

        Of poles whose device measures any of them, or of some of these.
        """
        table = electrical_interval.c
        columns = [column for column in table if column.name != "pole"]
        query = (
            select(pole.c.number, *columns)
            .join_from(electrical_interval, pole)
            .where(pole.c.panel == panel, table.start > start - _LENGTH, table.start < end)
            .order_by(table.pole, table.start)
        )
        if poles is not None:
            query = query.where(pole.c.number.in_(poles))
        by_pole = defaultdict[int, list[ElectricalInterval]](list)
        with self._database.reading() as connection:
            for row in connection.execute(query):
                by_pole[row[0]].append(ElectricalInterval(*row))
        return dict(by_pole)

    def registers(self, panel: str, start: datetime, end: datetime) -> dict[int, RegisterPast]:
        """What a panel's energy registers showed in start <= t < end, by pole.

        With the last interval before and the first one after, of each, in which it was read.
        """
        with self._database.reading() as connection:
            return read_registers(connection, panel, start, end)

    def load_profile(
        self, panel: str, start: datetime, end: datetime, poles: Collection[int] | None = None
    ) -> LoadProfile:
        """The intervals of a panel as arrays, of the days (UTC) that overlap start <= t < end.

        Args:
            panel: Its id.
            start: UTC.
            end: UTC.
            poles: Their numbers, or None for all.
        """
        with self._database.reading_one_moment() as connection:
            return read_profile(connection, panel, start, end, poles)

    def first_intervals(self, panel: str) -> dict[int, datetime]:
        """Start of the first interval of each of a panel's poles that has any."""
        first = select(func.min(interval.c.start)).where(interval.c.pole == pole.c.id)
        query = select(pole.c.number, first.scalar_subquery()).where(pole.c.panel == panel)
        with self._database.reading() as connection:
            rows = connection.execute(query)
            return {number: at for number, at in rows if at is not None}

    def count_dirty(self, start: datetime, end: datetime) -> int:
        """Intervals of panels that overlap start <= t < end and wait to be computed."""
        began = dirty_interval.c.start
        query = select(func.count()).where(began > start - _LENGTH, began < end)
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()

    def extremes(
        self, panel: str, start: datetime, end: datetime, poles: Collection[int], every_ms: int
    ) -> dict[int, Extremes]:
        """Least and greatest readings of the intervals that begin in start <= t < end, by pole.

        Those in the same multiple of `every_ms` are taken together.
        """
        columns = interval.c
        ids = select(pole.c.number, pole.c.id).where(
            pole.c.panel == panel, pole.c.number.in_(poles)
        )
        by_pole = {}
        with self._database.reading() as connection:
            together = _multiple(connection, every_ms)
            if every_ms == INTERVAL_MS:  # each by itself, which need not be sorted
                query = select(together, columns.min_milliamps, columns.max_milliamps)
            else:
                least_of, greatest_of = columns.min_milliamps, columns.max_milliamps
                query = select(together, func.min(least_of), func.max(greatest_of))
                query = query.group_by(together)
            query = query.where(columns.start >= start, columns.start < end)
            for number, row_id in connection.execute(ids).all():
                rows = connection.execute(query.where(columns.pole == row_id)).all()
                table = np.array(list(map(tuple, rows)), np.int64).reshape(-1, 3)
                multiples, least, greatest = table.T
                by_pole[number] = Extremes(multiples * every_ms, least, greatest)
        return by_pole

    def day_totals(self, panel: str, first: date, last: date, poles: Collection[int]) -> DayTotals:
        """Totals of the local days first <= day <= last."""
        table = day_total.c
        query = (
            select(
                pole.c.number,
                table.day,
                table.milliamp_ms,
                table.covered_ms,
                table.min_milliamps,
                table.max_milliamps,
                (table.power_ms > 0) | (table.energy_ms > 0),
            )
            .join_from(day_total, pole)
            .where(
                pole.c.panel == panel,
                pole.c.number.in_(poles),
                table.day >= first,
                table.day <= last,
                table.milliamp_ms.is_not(None),
            )
        )
        with self._database.reading() as connection:
            return {
                (number, day): DayTotal(amount, covered, least, greatest, bool(by_device))
                for number, day, amount, covered, least, greatest, by_device in connection.execute(
                    query
                )
            }


def _multiple(connection: Connection, every_ms: int) -> ColumnElement[int]:
    """In which multiple of `every_ms` since 1970 an interval begins."""
    begun = ms_of(interval.c.start, connection.dialect.name)
    return (begun // every_ms).label("together")


def _since(item: DeviceInterval) -> datetime:
    """Roughly the time from which its energy counts; the domain knows better."""
    return item.start + _LENGTH - timedelta(milliseconds=item.energy_ms)


def _device_intervals(
    connection: Connection, panel: str, *conditions: ColumnElement[bool]
) -> defaultdict[int, list[DeviceInterval]]:
    columns = [column for column in device_interval.columns if column.name != "pole"]
    rows = connection.execute(
        select(pole.c.number, *columns)
        .join_from(device_interval, pole)
        .where(pole.c.panel == panel, *conditions)
        .order_by(device_interval.c.pole, device_interval.c.start)
    )
    by_pole = defaultdict[int, list[DeviceInterval]](list)
    for row in rows:
        by_pole[row[0]].append(DeviceInterval(*row))
    return by_pole
