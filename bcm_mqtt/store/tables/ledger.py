"""The tables of bills and of what people entered about them.

In a ledger of several sites, `seller` is the number series of the seller that issued a bill and
`site` the id of the site that it is of. Both are "" where a database has one site: then they mean
the site whose database it is, and the only series that there is.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from bcm_mqtt.store.tables.database import metadata
from bcm_mqtt.store.types import ExactDecimal, UtcTime


def _of_bill() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["seller", "bill"], ["bill.seller", "bill.number"])


# Nothing is changed in these or deleted: what is withdrawn is so by an entry of its own. Entries
# about intervals are the site's, as the intervals are, wherever its ledger is.
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
    Column("site", Text, primary_key=True, server_default=""),
    Column("month", Text, primary_key=True),
    Column("customer", Text, primary_key=True),
    Column("made", UtcTime, primary_key=True),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

bill = Table(
    "bill",
    metadata,
    Column("seller", Text, primary_key=True, server_default=""),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("month", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("issued", UtcTime, nullable=False),
    Column("supersedes", Integer),
    Column("kwh", ExactDecimal, nullable=False),
    Column("amount", ExactDecimal),
    Column("currency", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("previous_sha256", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("signature", Text),  # bills from before there was a key have none
    Column("site", Text, nullable=False, server_default=""),
    ForeignKeyConstraint(["seller", "supersedes"], ["bill.seller", "bill.number"]),
    UniqueConstraint("seller", "supersedes"),
    UniqueConstraint("site", "month", "customer", "revision"),
)

# Numbers as they are printed, of sellers that have a format for them.
bill_number = Table(
    "bill_number",
    metadata,
    Column("seller", Text, primary_key=True),
    Column("text", Text, primary_key=True),
    Column("bill", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("year", SmallInteger, nullable=False),
    _of_bill(),
)

bill_line = Table(
    "bill_line",
    metadata,
    Column("seller", Text, primary_key=True, server_default=""),
    Column("bill", Integer, primary_key=True, autoincrement=False),
    Column("position", SmallInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("quantity", ExactDecimal, nullable=False),
    Column("unit", Text, nullable=False),
    Column("price", ExactDecimal, nullable=False),
    Column("amount", ExactDecimal, nullable=False),
    Column("determinant", Text, nullable=False),
    _of_bill(),
)

bill_determinant = Table(
    "bill_determinant",
    metadata,
    Column("seller", Text, primary_key=True, server_default=""),
    Column("bill", Integer, primary_key=True, autoincrement=False),
    Column("position", SmallInteger, primary_key=True),
    Column("name", Text, nullable=False),
    Column("quantity", ExactDecimal, nullable=False),
    Column("unit", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("basis", Text, nullable=False),
    _of_bill(),
)

bill_mail = Table(
    "bill_mail",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seller", Text, nullable=False, server_default=""),
    Column("bill", Integer, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("fate", Text, nullable=False),
    Column("why", Text, nullable=False),
    _of_bill(),
)

# Reports of issued bills as they were handed out, by their content. `bill` is null of a report of
# a whole month, `text_sha256` where a format has no text of its own.
bill_file = Table(
    "bill_file",
    metadata,
    Column("site", Text, primary_key=True, server_default=""),
    Column("seller", Text, primary_key=True, server_default=""),
    Column("sha256", Text, primary_key=True),
    Column("month", Text, nullable=False),
    Column("bill", Integer),
    Column("form", Text, nullable=False),
    Column("made", UtcTime, nullable=False),
    Column("text_sha256", Text),
    Column("signature", Text),
    _of_bill(),
)

# The last bill that a month was issued with, as a time-stamp service saw it (RFC 3161).
bill_time_stamp = Table(
    "bill_time_stamp",
    metadata,
    Column("seller", Text, primary_key=True, server_default=""),
    Column("bill", Integer, primary_key=True, autoincrement=False),
    Column("stamped", UtcTime, primary_key=True),
    Column("token", LargeBinary, nullable=False),
    _of_bill(),
)

# What was issued for the site into a home database: in the site's own, so that a home database that
# was restored from an earlier backup is noticed, and gets back what it lacks.
bill_copy = Table(
    "bill_copy",
    metadata,
    Column("seller", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("month", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("previous_sha256", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("site", Text),  # of a bill over several sites: the account's part of the ledger
)

# Invoices of suppliers, such as a utility's, as they were entered: the site's, as what is measured
# is. A revised one is another row.
supplier_invoice = Table(
    "supplier_invoice",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("supplier", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("first_day", Text, nullable=False),
    Column("last_day", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("kwh", ExactDecimal),
    Column("kw", ExactDecimal),
    Column("tax", ExactDecimal, nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made", UtcTime, nullable=False),
    UniqueConstraint("supplier", "number", "revision"),
)

supplier_invoice_component = Table(
    "supplier_invoice_component",
    metadata,
    Column("invoice", Integer, ForeignKey("supplier_invoice.id"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("name", Text, nullable=False),
    Column("amount", ExactDecimal, nullable=False),
    Column("kwh", ExactDecimal),
    Column("kw", ExactDecimal),
)
