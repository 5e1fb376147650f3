"""Intervals of energy registers as they are stored, and read for bills."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain

import numpy as np
from sqlalchemy import Connection, func, select

from bcm_mqtt.domain.interval.device_interval import LONGEST_STEP_MS
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.register_interval import RegisterInterval, RegisterPast
from bcm_mqtt.domain.reading.reading import Thousandths
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.store.bulk import Row
from bcm_mqtt.store.tables import pole, register_interval
from bcm_mqtt.store.types import array_text

_LENGTH = timedelta(milliseconds=INTERVAL_MS)
_FURTHEST = timedelta(milliseconds=LONGEST_STEP_MS)


def register_rows(
    ids: Mapping[int, int], items: Iterable[RegisterInterval], dialect: str
) -> Iterator[Row]:
    """Rows of intervals; `ids` has the row id of each pole."""
    for item in items:
        start = to_ms(item.start)
        numbers = (
            number
            for level in item.levels
            for number in (
                level.first_ms - start,
                level.last_ms - start,
                level.watt_hours,
                level.changes,
            )
        )
        yield ids[item.pole], start, array_text(tuple(numbers), dialect)


def read_registers(
    connection: Connection, panel: str, start: datetime, end: datetime
) -> dict[int, RegisterPast]:
    """What a panel's registers showed in start <= t < end, by pole.

    With the last interval before and the first one after, of each, in which it was read: a step
    reaches from one to the other.
    """
    # Most panels measure current alone: of their poles nothing more is asked.
    any_read = select(register_interval.c.pole).where(register_interval.c.pole == pole.c.id)
    poles = (
        select(pole.c.number, pole.c.id)
        .where(pole.c.panel == panel, any_read.exists())
        .order_by(pole.c.number)
    )
    by_pole = {}
    for number, row_id in connection.execute(poles).all():
        if rows := _rows(connection, row_id, start, end):
            by_pole[number] = _past(rows)
    return by_pole


def _rows(
    connection: Connection, row_id: int, start: datetime, end: datetime
) -> list[tuple[int, Thousandths]]:
    """Starts (ms) and levels of a pole, with one interval before and one after."""
    table, begin = register_interval.c, start - _LENGTH
    of_pole = table.pole == row_id
    before = select(func.max(table.start)).where(
        of_pole, table.start <= begin, table.start > begin - _FURTHEST
    )
    after = select(func.min(table.start)).where(
        of_pole, table.start >= end, table.start < end + _FURTHEST
    )
    first = connection.execute(before).scalar() or start
    last = connection.execute(after).scalar() or end
    rows = connection.execute(
        select(table.start, table.levels)
        .where(of_pole, table.start >= first, table.start <= last)
        .order_by(table.start)
    )
    return [(to_ms(began), levels) for began, levels in rows]


def _past(rows: list[tuple[int, Thousandths]]) -> RegisterPast:
    counts = [len(levels) // 4 for _, levels in rows]
    starts = np.repeat(np.array([start for start, _ in rows], np.int64), counts)
    flat = np.fromiter(chain.from_iterable(levels for _, levels in rows), np.int64)
    levels = flat.reshape(-1, 4)
    levels[:, :2] += starts[:, None]
    return RegisterPast(starts, levels)
