"""The tables of prices by interval: rows are added, and the last import of a time is in force."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, SmallInteger, Table, Text

from bcm_mqtt.store.tables.database import metadata
from bcm_mqtt.store.types import UtcTime

price_import = Table(
    "price_import",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("series", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("prices", Integer, nullable=False),
    Column("corrected", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made", UtcTime, nullable=False),
)

# Billionths of the currency per kWh.
price = Table(
    "price",
    metadata,
    Column("series", Text, primary_key=True),
    Column("start", UtcTime, primary_key=True),
    Column(
        "import_id", Integer, ForeignKey("price_import.id"), primary_key=True, autoincrement=False
    ),
    Column("minutes", SmallInteger, nullable=False),
    Column("nano_per_kwh", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# With the bills, in a ledger of several sites: the same list has the same hash, whoever is billed.
price_used = Table(
    "price_used",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("seen", Text, nullable=False),
    Column("minutes", Text, nullable=False),
)
