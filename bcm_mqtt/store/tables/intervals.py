"""The tables of what is computed from readings, and of what is to be computed again."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.store.tables.database import metadata
from bcm_mqtt.store.types import ThousandthsArray, UtcTime

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

electrical_interval = Table(
    "electrical_interval",
    metadata,
    Column("pole", Integer, ForeignKey("pole.id"), primary_key=True),
    Column("start", UtcTime, primary_key=True),
    Column("millivolt_ms", BigInteger),
    Column("voltage_ms", Integer, nullable=False),
    Column("power_factor_ms", BigInteger),
    Column("power_factor_covered_ms", Integer, nullable=False),
    Column("millivar_ms", BigInteger),
    Column("reactive_ms", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Four numbers of each level: when it was first and last read, in ms after the start; Wh; changes.
register_interval = Table(
    "register_interval",
    metadata,
    Column("pole", Integer, ForeignKey("pole.id"), primary_key=True),
    Column("start", UtcTime, primary_key=True),
    Column("levels", ThousandthsArray(big=True), nullable=False),
    sqlite_with_rowid=False,
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
