"""The tables of bills and of what people entered about them."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from bcm_mqtt.store.tables.database import metadata
from bcm_mqtt.store.types import ExactDecimal, UtcTime

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
    Column("flag", Text),
    Column("row", Text),
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
    Column("signature", Text),  # bills from before there was a key have none
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

# Reports of issued bills as they were handed out, by their content. `bill` is null of a report of
# a whole month, `text_sha256` where a format has no text of its own.
bill_file = Table(
    "bill_file",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("month", Text, nullable=False),
    Column("bill", Integer, ForeignKey("bill.number")),
    Column("form", Text, nullable=False),
    Column("made", UtcTime, nullable=False),
    Column("text_sha256", Text),
    Column("signature", Text),
)

# The last bill that a month was issued with, as a time-stamp service saw it (RFC 3161).
bill_time_stamp = Table(
    "bill_time_stamp",
    metadata,
    Column("bill", Integer, ForeignKey("bill.number"), primary_key=True),
    Column("stamped", UtcTime, primary_key=True),
    Column("token", LargeBinary, nullable=False),
)
