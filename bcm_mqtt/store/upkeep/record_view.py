"""The records of a database as it is at one moment, while others write."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import islice
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Text,
    func,
    literal,
    select,
    union,
)

from bcm_mqtt.store import tables
from bcm_mqtt.store.readings.polls import count_polls, polls
from bcm_mqtt.store.readings.receipts import DATABASE_SETTING
from bcm_mqtt.store.schema import RECORDERS_SETTING
from bcm_mqtt.store.upkeep.records import SNAPSHOTS, Kind, Record, RecordTable, of_poles

_AT_A_TIME: Final = 1_000


@dataclass(frozen=True, slots=True)
class Choice:
    """Which records to read.

    Attributes:
        start: Of the first, UTC; None is the beginning.
        end: After the last: start <= t < end; None is the end.
        first_day: Of totals by day.
        end_day: After the last.
        panels: Their ids; None is all of them, and what is of no panel.
    """

    start: datetime | None = None
    end: datetime | None = None
    first_day: date | None = None
    end_day: date | None = None
    panels: frozenset[str] | None = None

    def bounds(self, kind: Kind) -> tuple[datetime | date | None, datetime | date | None]:
        """From when until when, for a field of that kind."""
        return (self.first_day, self.end_day) if kind is Kind.DAY else (self.start, self.end)


class RecordView:
    """A database as it is at one moment, while others write."""

    def __init__(self, connection: Connection) -> None:
        """Takes a connection whose transaction sees one moment."""
        self._connection = connection

    @cached_property
    def panels(self) -> list[str]:
        """All that anything is stored of, in the order of their letters' numbers."""
        columns = (table.c.panel for table in (tables.poll_period, tables.pole, tables.panel))
        ids = self._connection.execute(union(*(select(column) for column in columns)))
        return sorted(ids.scalars())

    def count(self, table: RecordTable, choice: Choice) -> int:
        """How many records there are."""
        if not table.by_panel and choice.panels is not None:
            return 0
        if table is SNAPSHOTS:
            return sum(
                count_polls(self._connection, panel, choice.start, choice.end)
                for panel in self._chosen(choice)
            )
        source = tables.metadata.tables[table.name]
        query = select(func.count()).select_from(source).where(*_within(table, choice))
        if table.by_panel and choice.panels is not None:
            if of_poles(source):
                query = query.join(tables.pole).where(tables.pole.c.panel.in_(choice.panels))
            else:
                query = query.where(source.c.panel.in_(choice.panels))
        return self._connection.execute(query).scalar_one()

    def records(self, table: RecordTable, choice: Choice) -> Iterator[list[Record]]:
        """The records by their keys, some at a time.

        Raises:
            ArchiveError: some are in the archive, and it cannot be read now.
        """
        if table is SNAPSHOTS:
            columns = [field.name for field in table.fields if field.name != "panel"]
            for panel in self._chosen(choice):
                span = choice.start, choice.end
                rows = polls(self._connection, panel, columns, *span, streamed=True)
                while some := [(panel, *row) for row in islice(rows, _AT_A_TIME)]:
                    yield some
            return
        for query in self._queries(table, choice):
            found = self._connection.execute(query.execution_options(yield_per=_AT_A_TIME))
            for part in found.partitions():
                yield [tuple(row) for row in part]

    def _queries(self, table: RecordTable, choice: Choice) -> Iterator[Select[Any]]:
        """One for each panel or pole, which the key's index serves without sorting."""
        source = tables.metadata.tables[table.name]
        names = [field.name for field in table.fields]
        chosen = _within(table, choice)
        if not table.by_panel:
            if choice.panels is None:
                columns = [source.c[name] for name in names]
                yield select(*columns).where(*chosen).order_by(*map(self._by_bytes, columns))
            return
        for panel in self._chosen(choice):
            if not of_poles(source):
                columns = [source.c[name] for name in names]
                of_panel = select(*columns).where(source.c.panel == panel, *chosen)
                yield of_panel.order_by(*source.primary_key)
                continue
            values = [source.c[name] for name in names[2:]]
            poles = select(tables.pole.c.number, tables.pole.c.id).filter_by(panel=panel)
            for number, row_id in self._connection.execute(
                poles.order_by(tables.pole.c.number)
            ).all():
                of_pole = select(literal(panel), literal(number), *values)
                yield of_pole.where(source.c.pole == row_id, *chosen).order_by(values[0])

    def _chosen(self, choice: Choice) -> list[str]:
        """The panels of a choice."""
        return [one for one in self.panels if choice.panels is None or one in choice.panels]

    def _by_bytes(self, column: Column[Any]) -> ColumnElement[Any]:
        """In the same order on every database; PostgreSQL has that of a language, nulls last."""
        if self._connection.dialect.name != "postgresql":
            return column
        ordered = column.collate("C") if isinstance(column.type, Text) else column
        return ordered.nulls_first() if column.nullable else ordered


def _within(table: RecordTable, choice: Choice) -> list[ColumnElement[bool]]:
    if table.name == tables.setting.name:
        return [tables.setting.c.name.not_in((DATABASE_SETTING, RECORDERS_SETTING))]
    if not table.span:
        return []
    column = tables.metadata.tables[table.name].c[table.span]
    kind = next(field.kind for field in table.fields if field.name == table.span)
    start, end = choice.bounds(kind)
    conditions = []
    if start is not None:
        conditions.append(column >= start)
    if end is not None:
        conditions.append(column < end)
    return conditions
