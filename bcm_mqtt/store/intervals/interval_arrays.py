"""Intervals of a panel's poles as arrays.

The database joins the values of a pole's column to one: to fetch a row of each interval takes
several times as long as to read it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

import numpy as np
from sqlalchemy import BigInteger, Column, Connection

from bcm_mqtt.domain.interval.load_profile import UNKNOWN
from bcm_mqtt.domain.interval.slots import Integers
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.store.tables import interval, pole


@dataclass(frozen=True, slots=True)
class IntervalArrays:
    """Intervals by pole and start: one in each place of these arrays.

    Attributes:
        row_id: Of the pole.
        number: Of the pole, from 1.
        start_ms: Since the epoch, a multiple of 15 minutes.
        milliamp_ms: Over the covered time.
        covered_ms: Time for which a reading stood.
        samples: Readings taken.
        least: Of its readings, mA.
        greatest: Of its readings, mA.
        deviation: `Interval.sampling_deviation`, or UNKNOWN.
        steady_ms: `Interval.steady_ms`, or UNKNOWN.
    """

    row_id: Integers
    number: Integers
    start_ms: Integers
    milliamp_ms: Integers
    covered_ms: Integers
    samples: Integers
    least: Integers
    greatest: Integers
    deviation: Integers
    steady_ms: Integers

    @classmethod
    def read(cls, connection: Connection, panel: str, start: datetime, end: datetime) -> Self:
        """Those of a panel that begin in start <= t < end."""
        poles = list(_READERS[connection.dialect.name](connection, panel, start, end))
        if not poles:
            return cls(*(np.zeros(0, np.int64),) * 10)
        lengths = [len(columns[0]) for _, _, columns in poles]
        ids, numbers = (np.repeat([one[at] for one in poles], lengths) for at in range(2))
        each = (_by_start(columns) for _, _, columns in poles)
        return cls(ids, numbers, *map(np.concatenate, zip(*each, strict=True)))


def _by_start(columns: Sequence[Integers]) -> Sequence[Integers]:
    """As the primary key has them, nearly always; no database promises it of what it joins."""
    starts = columns[0]
    if (starts[1:] > starts[:-1]).all():
        return columns
    order = np.argsort(starts)
    return [column[order] for column in columns]


_Pole = tuple[int, int, Sequence[Integers]]
"""Its row id, its number, and the columns of its intervals from `start_ms` on."""

_COLUMNS: Final = tuple(column for column in interval.columns if column.name != "pole")


def _query(joined: Callable[[Column[Any]], str], place: str) -> str:
    """What joins a panel's columns by pole; grouped as the poles' index is, nothing is sorted."""
    return f"""
        SELECT pole.id, pole.number, {", ".join(map(joined, _COLUMNS))}
        FROM {pole.name} JOIN {interval.name} ON interval.pole = pole.id
        WHERE pole.panel = {place} AND interval.start >= {place} AND interval.start < {place}
        GROUP BY pole.number, pole.id
    """


def _known(column: Column[Any]) -> str:
    """Columns that were added are null in intervals of earlier releases."""
    name = f"interval.{column.name}"
    return f"coalesce({name}, {UNKNOWN})" if column.nullable else name


_SQLITE: Final = _query(lambda column: f"group_concat({_known(column)})", "?")


def _of_sqlite(
    connection: Connection, panel: str, start: datetime, end: datetime
) -> Iterator[_Pole]:
    values = (panel, to_ms(start), to_ms(end))
    for row_id, number, *texts in connection.exec_driver_sql(_SQLITE, values):
        yield row_id, number, [np.fromstring(text, np.int64, sep=",") for text in texts]


_MICROSECONDS_FROM: Final = 946_684_800_000
"""PostgreSQL's times are sent as microseconds since 2000; this is its first moment, in ms."""


def _sent(column: Column[Any]) -> str:
    """As the server sends it in binary, one value after the other."""
    if column is interval.c.start:
        send = "timestamptz_send"
    else:
        send = "int8send" if isinstance(column.type, BigInteger) else "int4send"
    return f"string_agg({send}({_known(column)}), ''::bytea)"


_POSTGRESQL: Final = _query(_sent, "%s")
_WIDTHS: Final = tuple(
    ">i8" if _sent(column).startswith(("string_agg(int8", "string_agg(time")) else ">i4"
    for column in _COLUMNS
)


def _of_postgresql(
    connection: Connection, panel: str, start: datetime, end: datetime
) -> Iterator[_Pole]:
    with closing(connection.connection.cursor(binary=True)) as cursor:
        cursor.execute(_POSTGRESQL, (panel, start, end))
        for row_id, number, *written in cursor.fetchall():
            columns = [
                np.frombuffer(values, width).astype(np.int64)
                for values, width in zip(written, _WIDTHS, strict=True)
            ]
            columns[0] = columns[0] // 1000 + _MICROSECONDS_FROM
            yield row_id, number, columns


_READERS: Final = {"sqlite": _of_sqlite, "postgresql": _of_postgresql}
