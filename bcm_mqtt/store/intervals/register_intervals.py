"""Intervals of energy registers as they are stored, and read for bills."""

from collections import defaultdict
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
    table = register_interval.c
    before = (
        select(func.max(table.start))
        .where(table.pole == pole.c.id, table.start <= start - _LENGTH)
        .where(table.start > start - _FURTHEST)
        .scalar_subquery()
    )
    after = (
        select(func.min(table.start))
        .where(table.pole == pole.c.id, table.start >= end, table.start < end + _FURTHEST)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(pole.c.number, table.start, table.levels)
        .join_from(register_interval, pole)
        .where(
            pole.c.panel == panel,
            table.start >= func.coalesce(before, start - _LENGTH + timedelta(milliseconds=1)),
            table.start <= func.coalesce(after, end - timedelta(milliseconds=1)),
        )
        .order_by(register_interval.c.pole, register_interval.c.start)
    )
    by_pole = defaultdict[int, list[tuple[int, Thousandths]]](list)
    for number, began, levels in rows:
        by_pole[number].append((to_ms(began), levels))
    return {number: _past(read) for number, read in by_pole.items()}


def _past(rows: list[tuple[int, Thousandths]]) -> RegisterPast:
    counts = [len(levels) // 4 for _, levels in rows]
    starts = np.repeat(np.array([start for start, _ in rows], np.int64), counts)
    flat = np.fromiter(chain.from_iterable(levels for _, levels in rows), np.int64)
    levels = flat.reshape(-1, 4)
    levels[:, :2] += starts[:, None]
    return RegisterPast(starts, levels)
