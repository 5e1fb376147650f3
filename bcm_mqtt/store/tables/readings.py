"""The tables of readings as they came, and of what could not be stored or was removed."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, Table, Text

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.store.tables.database import metadata
from bcm_mqtt.store.types import ThousandthsArray, UtcTime

snapshot = Table(
    "snapshot",
    metadata,
    Column("panel", Text, primary_key=True),
    Column("time", UtcTime, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("interval_ms", Integer, nullable=False),
    *(
        Column(item, ThousandthsArray(big=item.wide), nullable=item is not Quantity.CURRENT)
        for item in Quantity
    ),
    Column("errors", Text),
    Column("source", Text, primary_key=True, server_default=""),
    sqlite_with_rowid=False,
    postgresql_partition_by="RANGE (time)",
)

# Which snapshots of a panel are in which file of the archive: first <= time <= last.
# `state` is `writing`, `stored` or `replaced`, since `changed`.
archive_file = Table(
    "archive_file",
    metadata,
    Column("name", Text, primary_key=True),
    Column("panel", Text, nullable=False),
    Column("first", UtcTime, nullable=False),
    Column("last", UtcTime, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("changed", UtcTime, nullable=False),
    Index("archive_file_panel", "panel", "last"),
    sqlite_with_rowid=False,
)

# Snapshots that a bridge had to drop, or never had room for.
lost_span = Table(
    "lost_span",
    metadata,
    Column("panel", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("since", UtcTime, primary_key=True),
    Column("until", UtcTime, nullable=False),
    Column("snapshots", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Column("bridge", Text, nullable=False),
    sqlite_with_rowid=False,
)

# How many commits of snapshots each recorder has made here: what a restored database lacks.
recorder = Table(
    "recorder",
    metadata,
    Column("name", Text, primary_key=True),
    Column("commits", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# How long a reading can stand at most is read every time that intervals are computed.
poll_period = Table(
    "poll_period",
    metadata,
    Column("panel", Text, primary_key=True),
    Column("interval_ms", Integer, primary_key=True),
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

# `since` and `until` by the clock that a bridge's was held against, `stamped_` by the bridge's.
clock_fault = Table(
    "clock_fault",
    metadata,
    Column("panel", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("against", Text, primary_key=True),
    Column("since", UtcTime, primary_key=True),
    Column("until", UtcTime, nullable=False),
    Column("stamped_since", UtcTime, nullable=False),
    Column("stamped_until", UtcTime, nullable=False),
    Column("bridge", Text, nullable=False),
    Column("offset_ms", BigInteger, nullable=False),
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

# A row for each change of an alarm that a bridge published; `pole` is 0 for the main. Rows are
# only added.
alarm_event = Table(
    "alarm_event",
    metadata,
    Column("panel", Text, primary_key=True),
    Column("pole", SmallInteger, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("changed", UtcTime, primary_key=True),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("loading_permille", Integer),
    Column("limit_permille", Integer),
    Column("since", UtcTime),
    Column("until", UtcTime),
    Column("who", Text, nullable=False),
    Index("alarm_event_changed", "changed"),
    sqlite_with_rowid=False,
)

# A row for each time that somebody commissioned a place of a panel: rows are added, and the last
# one holds. `place` is the number of a pole, or `main A`.
commissioning_result = Table(
    "commissioning_result",
    metadata,
    Column("panel", Text, primary_key=True),
    Column("at", UtcTime, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("who", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("answered", Integer),
    Column("step_ma", BigInteger),
    Column("step_mw", BigInteger),
    Column("fault", Text, nullable=False),
    Column("correction", Text, nullable=False),
    Column("our_ma", BigInteger),
    Column("clamp_ma", BigInteger),
    Column("limit_ma", BigInteger),
    Column("clamp", Text, nullable=False),
)
