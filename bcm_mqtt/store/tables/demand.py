"""The table of demand in windows finer than quarter hours, made while polls are stored."""

from sqlalchemy import BigInteger, Column, Date, SmallInteger, Table, Text

from bcm_mqtt.store.tables.database import metadata
from bcm_mqtt.store.types import UtcTime

# `measured` is 1 where all of the window was measured.
demand_peak = Table(
    "demand_peak",
    metadata,
    Column("customer", Text, primary_key=True),
    Column("measure", Text, primary_key=True),
    Column("zone", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("microwatt_hours", BigInteger, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("measured", SmallInteger, nullable=False),
    Column("load", Text, nullable=False),
    sqlite_with_rowid=False,
)
