"""What charts of the past are made of, beside load profiles: extremes, totals by day, polls."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, Connection, cast, func, select, type_coerce

from bcm_mqtt.domain.history.circuit_slots import Extremes
from bcm_mqtt.domain.history.day_totals import DayTotal, DayTotals
from bcm_mqtt.domain.history.polled import Polls
from bcm_mqtt.domain.interval.left_hold import INTERVAL_MS, hold_ms
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.store.readings.snapshots import longest_periods, read_snapshots
from bcm_mqtt.store.tables import day_total, interval, pole, snapshot, snapshots_removed


def read_extremes(
    connection: Connection,
    panel: str,
    start: datetime,
    end: datetime,
    poles: Collection[int],
    every_ms: int,
) -> dict[int, Extremes]:
    """Least and greatest readings of the intervals that begin in start <= t < end, by pole.

    Those in the same multiple of `every_ms` are taken together.
    """
    begun: ColumnElement[int]
    if connection.dialect.name == "postgresql":
        begun = cast(func.extract("epoch", interval.c.start) * 1000, BigInteger)
    else:
        begun = type_coerce(interval.c.start, BigInteger)
    together = (begun // every_ms).label("together")
    ids = select(pole.c.number, pole.c.id).where(pole.c.panel == panel, pole.c.number.in_(poles))
    found = {}
    for number, row_id in connection.execute(ids).all():
        of_pole = (
            interval.c.pole == row_id,
            interval.c.start >= start,
            interval.c.start < end,
        )
        if every_ms == INTERVAL_MS:  # each by itself, which need not be sorted
            query = select(together, interval.c.min_milliamps, interval.c.max_milliamps)
        else:
            least_of, greatest_of = interval.c.min_milliamps, interval.c.max_milliamps
            query = select(together, func.min(least_of), func.max(greatest_of)).group_by(together)
        rows = connection.execute(query.where(*of_pole)).all()
        numbers, least, greatest = np.array(list(map(tuple, rows)), np.int64).reshape(-1, 3).T
        found[number] = Extremes(numbers * every_ms, least, greatest)
    return found


def read_day_totals(
    connection: Connection, panel: str, first: date, last: date, poles: Collection[int]
) -> DayTotals:
    """Totals of the local days first <= day <= last."""
    table = day_total.c
    rows = connection.execute(
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
    return {
        (number, day): DayTotal(amount, covered, least, greatest, bool(by_device))
        for number, day, amount, covered, least, greatest, by_device in rows
    }


def read_polls(connection: Connection, panel: str, start: datetime, end: datetime) -> Polls | None:
    """The polls of start <= t < end; None where there is none or some of them were removed."""
    columns = snapshots_removed.c
    removed = select(columns.panel).where(
        columns.panel == panel, columns.since < end, columns.until > start
    )
    if connection.execute(removed).first():
        return None
    count, longest_ms = connection.execute(
        select(func.count(), func.max(snapshot.c.interval_ms)).where(
            snapshot.c.panel == panel, snapshot.c.time >= start, snapshot.c.time < end
        )
    ).one()
    return Polls(count, longest_ms) if count else None


def snapshots_of(
    connection: Connection, panel: str, start: datetime, end: datetime
) -> list[Snapshot]:
    """The snapshots of start <= t < end, and those before it that can stand in it, by time."""
    hold = timedelta(milliseconds=hold_ms(longest_periods(connection).get(panel, 0)))
    return read_snapshots(connection, panel, start - hold, end)
