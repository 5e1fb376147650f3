"""The tables of who may use the page."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from bcm_mqtt.store.tables.database import metadata
from bcm_mqtt.store.types import UtcTime

# `customers` is a JSON array of customers' ids, `sites` one of sites'; an empty one is all sites.
account = Table(
    "account",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("customers", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("made", UtcTime, nullable=False),
    Column("language", Text, nullable=False, server_default=""),
    Column("sites", Text, nullable=False, server_default="[]"),
    Column("email", Text, nullable=False, server_default=""),
)

api_token = Table(
    "api_token",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("customers", Text, nullable=False),
    Column("sha256", Text, nullable=False, unique=True),
    Column("made", UtcTime, nullable=False),
    Column("expires", UtcTime),
    Column("last_used", UtcTime),
    Column("sites", Text, nullable=False, server_default="[]"),
)

web_session = Table(
    "web_session",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False),
    Column("begun", UtcTime, nullable=False),
    Column("last_used", UtcTime, nullable=False),
)

# Triggers refuse to change its rows or to delete any. Entries from before there was a chain
# have no hashes. `site` is that of whose page something was changed, in the database of several.
audit_entry = Table(
    "audit_entry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("previous_sha256", Text),
    Column("sha256", Text),
    Column("site", Text, nullable=False, server_default=""),
)
Index("audit_entry_at", audit_entry.c.at)
