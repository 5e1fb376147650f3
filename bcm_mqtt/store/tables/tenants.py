"""The tables of what tenants enter on their home page, and of resets of passwords."""

from sqlalchemy import Column, ForeignKey, Integer, SmallInteger, Table, Text

from bcm_mqtt.store.tables.database import metadata
from bcm_mqtt.store.types import UtcTime

# The secret itself is in a mail alone. A row is deleted with its use.
password_reset = Table(
    "password_reset",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False),
    Column("expires", UtcTime, nullable=False),
)

# What a customer calls a circuit; `circuit` is its first pole, or the id of a formula.
circuit_name = Table(
    "circuit_name",
    metadata,
    Column("customer", Text, primary_key=True),
    Column("panel", Text, primary_key=True),
    Column("circuit", Text, primary_key=True),
    Column("name", Text, nullable=False),
)

# Decimal numbers of a month as texts, "" for none; `breakers` is 1 where overloads are mailed.
budget = Table(
    "budget",
    metadata,
    Column("customer", Text, primary_key=True),
    Column("kwh", Text, nullable=False),
    Column("money", Text, nullable=False),
    Column("breakers", SmallInteger, nullable=False),
)

budget_notice = Table(
    "budget_notice",
    metadata,
    Column("customer", Text, primary_key=True),
    Column("month", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("percent", SmallInteger, primary_key=True),
    Column("at", UtcTime, nullable=False),
)

# `fate` is that of the mail to the operator; else a row is never changed.
question = Table(
    "question",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("customer", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("figure", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("explanation", Text, nullable=False),
    Column("fate", Text, nullable=False),
    Column("why", Text, nullable=False),
)
