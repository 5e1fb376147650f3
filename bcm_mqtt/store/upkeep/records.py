"""Tables as records: rows of plain values, the same whatever the database.

A record of a pole's interval names the panel and the pole's number, not the row that
stands for them, so that records of one database fit into another.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DefaultClause,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
)

from bcm_mqtt.domain.reading.reading import Thousandths
from bcm_mqtt.store import tables
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
    "bill_mail": ("seller", "bill", "recipient", "at", "fate"),
    "question": ("at", "customer", "who", "text"),
    # What is said twice at once follows different entries; the last of a key is never null.
    "audit_entry": ("at", "who", "address", "what", "before", "previous_sha256", "after"),
}
"""Of tables whose rows are numbered, which another database would do otherwise."""
LEFT_OUT: Final = frozenset(
    {
        *("archive_file", "dirty_profile", "load_profile", "password_reset", "pole"),
        *("recorder", "web_session"),
    }
)
"""Tables without a record of their own: poles are named by others, what is in files of the archive
is among the snapshots, profiles are intervals once more, which an export of a part of a day would
contradict, whoever moves logs in again and requests another reset, and what recorders have
committed is of this database alone, as is its name."""


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


SNAPSHOTS: Final = _record_table(tables.snapshot, "time")
"""Of which some may be in the archive."""
RECORD_TABLES: Final = (
    _record_table(tables.setting),
    _record_table(tables.directory_revision),
    _record_table(tables.panel),
    _record_table(tables.circuit_version),
    _record_table(tables.instrument),
    _record_table(tables.snapshots_removed),
    _record_table(tables.poll_period),
    SNAPSHOTS,
    _record_table(tables.interval, "start"),
    _record_table(tables.device_interval, "start"),
    _record_table(tables.electrical_interval, "start"),
    _record_table(tables.register_interval, "start"),
    _record_table(tables.day_total, "day"),
    _record_table(tables.demand_peak, "day"),
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
    _record_table(tables.bill_number),
    _record_table(tables.bill_mail),
    _record_table(tables.bill_file),
    _record_table(tables.bill_time_stamp),
    _record_table(tables.bill_copy),
    _record_table(tables.supplier_invoice),
    _record_table(tables.supplier_invoice_component),
    _record_table(tables.price_import),
    _record_table(tables.price, "start"),
    _record_table(tables.price_used),
    _record_table(tables.circuit_name),
    _record_table(tables.budget),
    _record_table(tables.budget_notice),
    _record_table(tables.question, "at"),
    _record_table(account),
    _record_table(api_token),
    _record_table(audit_entry, "at"),
)
"""In the order in which they can be stored."""
