"""The table of energy registers by interval; like those of `tables`."""

from sqlalchemy import Column, ForeignKey, Integer, Table

from bcm_mqtt.store.tables import metadata
from bcm_mqtt.store.types import ThousandthsArray, UtcTime

# Four numbers of each level: when it was first and last read, in ms after the start; Wh; changes.
register_interval = Table(
    "register_interval",
    metadata,
    Column("pole", Integer, ForeignKey("pole.id"), primary_key=True),
    Column("start", UtcTime, primary_key=True),
    Column("levels", ThousandthsArray(big=True), nullable=False),
    sqlite_with_rowid=False,
)
