"""Tables as records: rows of plain values, the same whatever the database.

A record of a pole's interval names the panel and the pole's number, not the row that
stands for them, so that records of one database fit into another.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final

from sqlalchemy import BigInteger, Date, Integer, LargeBinary, SmallInteger, Table, Text

from bcm_mqtt.domain.reading.reading import Thousandths
from bcm_mqtt.store import tables
from bcm_mqtt.store.accounts import tables as access_tables
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
    """A field of a table's records; an optional one may be None."""

    name: str
    kind: Kind
    optional: bool = False


@dataclass(frozen=True, slots=True)
class RecordTable:
    """A table whose rows are records.

    Attributes:
        name: Of the table.
        fields: In order; those of the key come first.
        key: How many fields tell the records apart.
        span: The field that says when a record is, by which a span of time is chosen; "" of
            tables of which all records are of all times.
    """

    name: str
    fields: tuple[Field, ...]
    key: int
    span: str = ""

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
    "audit_entry": ("at", "who", "address", "what", "before", "after"),
}
"""Of tables whose rows are numbered, which another database would do otherwise."""
LEFT_OUT: Final = frozenset({"pole", "load_profile", "dirty_profile", "web_session"})
"""Tables without a record of their own: poles are named by others, profiles are intervals once
more, which an export of a part of a day would contradict, and whoever moves logs in again."""


def of_poles(table: Table) -> bool:
    """Whether its rows refer to a pole's."""
    return any(key.column is tables.pole.c.id for key in table.foreign_keys)


def _record_table(table: Table, span: str = "") -> RecordTable:
    names = _KEYS.get(table.name) or [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if column.name not in {*names, "id"}]
    fields = [
        Field(column.name, _KINDS[type(column.type)], bool(column.nullable))
        for column in (table.c[name] for name in (*names, *others))
    ]
    if not of_poles(table):
        return RecordTable(table.name, tuple(fields), len(names), span)
    return RecordTable(table.name, (Field("panel", Kind.TEXT), *fields), len(names) + 1, span)


RECORD_TABLES: Final = (
    _record_table(tables.setting),
    _record_table(tables.directory_revision),
    _record_table(tables.panel),
    _record_table(tables.circuit_version),
    _record_table(tables.snapshots_removed),
    _record_table(tables.poll_period),
    _record_table(tables.snapshot, "time"),
    _record_table(tables.interval, "start"),
    _record_table(tables.device_interval, "start"),
    _record_table(tables.day_total, "day"),
    _record_table(tables.dirty_interval, "start"),
    _record_table(tables.dirty_day, "day"),
    _record_table(tables.quarantine, "received"),
    _record_table(tables.interval_edit),
    _record_table(tables.bill_release),
    _record_table(tables.bill),
    _record_table(tables.bill_line),
    _record_table(tables.bill_determinant),
    _record_table(tables.bill_mail),
    _record_table(access_tables.account),
    _record_table(access_tables.api_token),
    _record_table(access_tables.audit_entry, "at"),
)
"""In the order in which they can be stored."""
