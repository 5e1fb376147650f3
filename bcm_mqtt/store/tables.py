"""The tables as the program uses them; migrations make them, docs/sql.md explains them."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.site.circuit_field import FIELDS, Factor, Whole
from bcm_mqtt.store.types import ExactDecimal, ThousandthsArray, UtcTime

metadata = MetaData()

snapshot = Table(
    "snapshot",
    metadata,
    Column("panel", Text, primary_key=True),
    Column("time", UtcTime, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("interval_ms", Integer, nullable=False),
    Column("current", ThousandthsArray(), nullable=False),
    Column("power", ThousandthsArray(big=True)),
    Column("energy", ThousandthsArray(big=True)),
    Column("voltage", ThousandthsArray()),
    Column("errors", Text),
    sqlite_with_rowid=False,
    postgresql_partition_by="RANGE (time)",
)

# How long a reading can stand at most is read every time that intervals are computed.
poll_period = Table(
    "poll_period",
    metadata,
    Column("panel", Text, primary_key=True),
    Column("interval_ms", Integer, primary_key=True),
    sqlite_with_rowid=False,
)

pole = Table(
    "pole",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("panel", Text, nullable=False),
    Column("number", SmallInteger, nullable=False),
    UniqueConstraint("panel", "number"),
)

interval = Table(
    "interval",
    metadata,
    Column("pole", Integer, ForeignKey("pole.id"), primary_key=True),
    Column("start", UtcTime, primary_key=True),
    Column("milliamp_ms", BigInteger, nullable=False),
    Column("covered_ms", Integer, nullable=False),
    Column("samples", Integer, nullable=False),
    Column("min_milliamps", BigInteger, nullable=False),
    Column("max_milliamps", BigInteger, nullable=False),
    Column("sampling_deviation", BigInteger),
    Column("steady_ms", Integer),
    sqlite_with_rowid=False,
)

device_interval = Table(
    "device_interval",
    metadata,
    Column("pole", Integer, ForeignKey("pole.id"), primary_key=True),
    Column("start", UtcTime, primary_key=True),
    Column("milliwatt_ms", BigInteger),
    Column("power_ms", Integer, nullable=False),
    Column("watt_hours", BigInteger),
    Column("energy_ms", BigInteger, nullable=False),
    Column("register_falls", Integer, nullable=False),
    Column("register_jumps", Integer, nullable=False),
    sqlite_with_rowid=False,
)
_late = device_interval.c.energy_ms > INTERVAL_MS
Index(
    "device_interval_late",
    device_interval.c.pole,
    device_interval.c.start,
    sqlite_where=_late,
    postgresql_where=_late,
)
day_total = Table(
    "day_total",
    metadata,
    Column("pole", Integer, ForeignKey("pole.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("milliamp_ms", BigInteger),
    Column("covered_ms", Integer, nullable=False),
    Column("samples", Integer, nullable=False),
    Column("min_milliamps", BigInteger),
    Column("max_milliamps", BigInteger),
    Column("milliwatt_ms", BigInteger),
    Column("power_ms", Integer, nullable=False),
    Column("watt_hours", BigInteger),
    Column("energy_ms", BigInteger, nullable=False),
    Column("register_falls", Integer, nullable=False),
    Column("register_jumps", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# 96 little-endian integers: 64 bits each of sums, 32 of covered time (null: the whole day).
load_profile = Table(
    "load_profile",
    metadata,
    Column("pole", Integer, ForeignKey("pole.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("milliamp_ms", LargeBinary, nullable=False),
    Column("covered_ms", LargeBinary),
    Column("samples", Integer, nullable=False),
    Column("sampling_deviation", BigInteger, nullable=False),
    Column("steady_ms", Integer),
    Column("divisor", BigInteger),
    sqlite_with_rowid=False,
)

dirty_interval = Table(
    "dirty_interval",
    metadata,
    Column("panel", Text, primary_key=True),
    Column("start", UtcTime, primary_key=True),
    sqlite_with_rowid=False,
)

dirty_day = Table(
    "dirty_day",
    metadata,
    Column("panel", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    sqlite_with_rowid=False,
)

# Days whose profiles alone are not as the intervals are; those of dirty_day are not either.
dirty_profile = Table(
    "dirty_profile",
    metadata,
    Column("panel", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    sqlite_with_rowid=False,
)

# Intervals that start in since <= t < until are never computed again.
snapshots_removed = Table(
    "snapshots_removed",
    metadata,
    Column("panel", Text, primary_key=True),
    Column("since", UtcTime, primary_key=True),
    Column("until", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)

setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("received", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

directory_revision = Table(
    "directory_revision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("panel", Text, nullable=False),
    Column("received", UtcTime, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("payload", Text, nullable=False),
)

panel = Table(
    "panel",
    metadata,
    Column("panel", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("poles", SmallInteger, nullable=False),
    Column("main_rating", Integer),
    Column("power_factor", Text, nullable=False),
    Column("feed", Text, nullable=False),
    Column("redundant_with", Text, nullable=False),
    Column("unmonitored", Text, nullable=False),
    Column("current_step", Text),
)

circuit_version = Table(
    "circuit_version",
    metadata,
    Column("panel", Text, ForeignKey("panel.panel"), primary_key=True),
    Column("first_pole", SmallInteger, primary_key=True),
    Column("valid_from", UtcTime, primary_key=True),
    *(
        Column(
            item.attribute,
            Integer if isinstance(item.kind, Whole) else Text,
            nullable=isinstance(item.kind, Whole | Factor),
        )
        for item in FIELDS
    ),
)

# Nothing is changed in these or deleted: what is withdrawn is so by an entry of its own.
interval_edit = Table(
    "interval_edit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("panel", Text, nullable=False),
    Column("first_pole", SmallInteger, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("action", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made", UtcTime, nullable=False),
    Column("milliwatts", BigInteger),
    Column("withdraws", Integer),
)

bill_release = Table(
    "bill_release",
    metadata,
    Column("month", Text, primary_key=True),
    Column("customer", Text, primary_key=True),
    Column("made", UtcTime, primary_key=True),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

bill = Table(
    "bill",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("month", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("issued", UtcTime, nullable=False),
    Column("supersedes", Integer, ForeignKey("bill.number"), unique=True),
    Column("kwh", ExactDecimal, nullable=False),
    Column("amount", ExactDecimal),
    Column("currency", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("previous_sha256", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    UniqueConstraint("month", "customer", "revision"),
)

bill_line = Table(
    "bill_line",
    metadata,
    Column("bill", Integer, ForeignKey("bill.number"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("quantity", ExactDecimal, nullable=False),
    Column("unit", Text, nullable=False),
    Column("price", ExactDecimal, nullable=False),
    Column("amount", ExactDecimal, nullable=False),
    Column("determinant", Text, nullable=False),
)

bill_determinant = Table(
    "bill_determinant",
    metadata,
    Column("bill", Integer, ForeignKey("bill.number"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("name", Text, nullable=False),
    Column("quantity", ExactDecimal, nullable=False),
    Column("unit", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("basis", Text, nullable=False),
)

bill_mail = Table(
    "bill_mail",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("bill", Integer, ForeignKey("bill.number"), nullable=False),
    Column("recipient", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("fate", Text, nullable=False),
    Column("why", Text, nullable=False),
)
