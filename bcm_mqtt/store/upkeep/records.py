"""Tables as records: rows of plain values, the same whatever the database.

A record of a pole's interval names the panel and the pole's number, not the row that
stands for them, so that records of one database fit into another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import cached_property
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    DefaultClause,
    Integer,
    LargeBinary,
    Select,
    SmallInteger,
    Table,
    Text,
    func,
    literal,
    select,
    union,
)

from bcm_mqtt.domain.reading.reading import Thousandths
from bcm_mqtt.store import tables
from bcm_mqtt.store.readings.receipts import DATABASE_SETTING
from bcm_mqtt.store.tables import account, api_token, audit_entry
from bcm_mqtt.store.types import ExactDecimal, ThousandthsArray, UtcTime

Value = int | str | datetime | date | bytes | Thousandths | None
Record = tuple[Value, ...]


class Kind(Enum):
    """What values a field has."""

    NUMBER = "number"
    TEXT = "text"
    TIME = "time"
    DAY = "day"
    ARRAY = "array"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a table's records; an optional one may be None.

    Attributes:
        name: Of its column.
        kind: Of its values.
        optional: Whether it may be None.
        default: Where an export of an earlier release lacks it; None where none may.
    """

    name: str
    kind: Kind
    optional: bool = False
    default: str | None = None

    @property
    def may_be_missing(self) -> bool:
        """Whether a file may lack its column."""
        return self.optional or self.default is not None


@dataclass(frozen=True, slots=True)
class RecordTable:
    """A table whose rows are records.

    Attributes:
        name: Of the table.
        fields: In order; those of the key come first.
        key: How many fields identify a record.
        span: The field that says when a record is, by which a span of time is chosen; "" of
            tables of which all records are of all times.
    """

    name: str
    fields: tuple[Field, ...]
    key: int
    span: str = ""

    @property
    def last_key(self) -> int:
        """Which field of the key differs between neighbours: the time, or else the last."""
        names = [field.name for field in self.fields[: self.key]]
        by_time = self.by_panel and self.span in names
        return names.index(self.span) if by_time else self.key - 1

    @property
    def by_panel(self) -> bool:
        """Whether a record is of a panel, which its first field names."""
        return self.fields[0].name == "panel"


_KINDS: Final = {
    BigInteger: Kind.NUMBER,
    Integer: Kind.NUMBER,
    SmallInteger: Kind.NUMBER,
    Text: Kind.TEXT,
    UtcTime: Kind.TIME,
    Date: Kind.DAY,
    ThousandthsArray: Kind.ARRAY,
    LargeBinary: Kind.BYTES,
    ExactDecimal: Kind.TEXT,
}
_KEYS: Final = {
    "directory_revision": ("panel", "received", "sha256"),
    "bill_mail": ("bill", "recipient", "at", "fate"),
    # What is said twice at once follows different entries; the last of a key is never null.
    "audit_entry": ("at", "who", "address", "what", "before", "previous_sha256", "after"),
}
"""Of tables whose rows are numbered, which another database would do otherwise."""
LEFT_OUT: Final = frozenset({"pole", "load_profile", "dirty_profile", "web_session", "recorder"})
"""Tables without a record of their own: poles are named by others, profiles are intervals once
more, which an export of a part of a day would contradict, whoever moves logs in again, and what
recorders have committed is of this database alone, as is its name."""


def of_poles(table: Table) -> bool:
    """Whether its rows refer to a pole's."""
    return any(key.column is tables.pole.c.id for key in table.foreign_keys)


def _record_table(table: Table, span: str = "") -> RecordTable:
    names = _KEYS.get(table.name) or [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if column.name not in {*names, "id"}]
    fields = [
        Field(column.name, _KINDS[type(column.type)], bool(column.nullable), _default(column))
        for column in (table.c[name] for name in (*names, *others))
    ]
    if not of_poles(table):
        return RecordTable(table.name, tuple(fields), len(names), span)
    return RecordTable(table.name, (Field("panel", Kind.TEXT), *fields), len(names) + 1, span)


def _default(column: Column[Any]) -> str | None:
    """Of a text that was added to the table later."""
    default = column.server_default
    if not isinstance(column.type, Text) or not isinstance(default, DefaultClause):
        return None
    return str(default.arg)


RECORD_TABLES: Final = (
    _record_table(tables.setting),
    _record_table(tables.directory_revision),
    _record_table(tables.panel),
    _record_table(tables.circuit_version),
    _record_table(tables.instrument),
    _record_table(tables.snapshots_removed),
    _record_table(tables.poll_period),
    _record_table(tables.snapshot, "time"),
    _record_table(tables.interval, "start"),
    _record_table(tables.device_interval, "start"),
    _record_table(tables.electrical_interval, "start"),
    _record_table(tables.register_interval, "start"),
    _record_table(tables.day_total, "day"),
    _record_table(tables.dirty_interval, "start"),
    _record_table(tables.dirty_day, "day"),
    _record_table(tables.clock_fault, "since"),
    _record_table(tables.lost_span, "since"),
    _record_table(tables.quarantine, "received"),
    _record_table(tables.alarm_event, "changed"),
    _record_table(tables.commissioning_result),
    _record_table(tables.interval_edit),
    _record_table(tables.bill_release),
    _record_table(tables.bill),
    _record_table(tables.bill_line),
    _record_table(tables.bill_determinant),
    _record_table(tables.bill_mail),
    _record_table(tables.bill_file),
    _record_table(tables.bill_time_stamp),
    _record_table(account),
    _record_table(api_token),
    _record_table(audit_entry, "at"),
)
"""In the order in which they can be stored."""

_AT_A_TIME = 1000


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
        source = tables.metadata.tables[table.name]
        query = select(func.count()).select_from(source).where(*_within(table, choice))
        if table.by_panel and choice.panels is not None:
            if of_poles(source):
                query = query.join(tables.pole).where(tables.pole.c.panel.in_(choice.panels))
            else:
                query = query.where(source.c.panel.in_(choice.panels))
        return self._connection.execute(query).scalar_one()

    def records(self, table: RecordTable, choice: Choice) -> Iterator[list[Record]]:
        """The records by their keys, some at a time."""
        for query in self._queries(table, choice):
            rows = self._connection.execute(query.execution_options(yield_per=_AT_A_TIME))
            for some in rows.partitions():
                yield [tuple(row) for row in some]

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
        for panel in self.panels:
            if choice.panels is not None and panel not in choice.panels:
                continue
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

    def _by_bytes(self, column: Column[Any]) -> ColumnElement[Any]:
        """In the same order on every database; PostgreSQL has that of a language, nulls last."""
        if self._connection.dialect.name != "postgresql":
            return column
        ordered = column.collate("C") if isinstance(column.type, Text) else column
        return ordered.nulls_first() if column.nullable else ordered


def _within(table: RecordTable, choice: Choice) -> list[ColumnElement[bool]]:
    if table.name == tables.setting.name:
        return [tables.setting.c.name != DATABASE_SETTING]
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
