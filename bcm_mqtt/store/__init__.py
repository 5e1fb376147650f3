"""The store: snapshots, intervals, days, directories, bills and accounts in SQL.

Owns: the schema (Alembic), every query, SQLAlchemy. Does not own: what an interval or a
directory means (domain).
Invariants: no SQLAlchemy object leaves it; snapshots are never changed; an interval is
computed from snapshots, never added to; whatever a method did is committed when it
returns, or nothing of it is.
"""

from bcm_mqtt.store.accounts.access import AccessStore
from bcm_mqtt.store.database import DatabaseAwayError, RefusedRowsError
from bcm_mqtt.store.directories import Revision
from bcm_mqtt.store.intervals.days import ZONE_SETTING
from bcm_mqtt.store.ledger.bills import (
    BillEntry,
    BillRows,
    ChainEnd,
    NewBill,
    row_differences,
    rows_of,
)
from bcm_mqtt.store.ledger.mails import Fates, MailFate, MailRecord, fates_of, is_waiting
from bcm_mqtt.store.readings.quarantine import DEFAULT_QUARANTINE_LIMIT, Quarantined
from bcm_mqtt.store.store import Store
from bcm_mqtt.store.upkeep.info import StoreInfo
from bcm_mqtt.store.upkeep.record_reading import Choice
from bcm_mqtt.store.upkeep.record_writing import Stored
from bcm_mqtt.store.upkeep.records import RECORD_TABLES, Field, Kind, Record, RecordTable, Value
from bcm_mqtt.store.upkeep.sizes import DatabaseSize, TableSize
from bcm_mqtt.store.upkeep.snapshot_removal import Removal
from bcm_mqtt.store.upkeep.state import StoreState
from bcm_mqtt.store.upkeep.upkeep import Upkeep

__all__ = [
    "DEFAULT_QUARANTINE_LIMIT",
    "RECORD_TABLES",
    "ZONE_SETTING",
    "AccessStore",
    "BillEntry",
    "BillRows",
    "ChainEnd",
    "Choice",
    "DatabaseAwayError",
    "DatabaseSize",
    "Fates",
    "Field",
    "Kind",
    "MailFate",
    "MailRecord",
    "NewBill",
    "Quarantined",
    "Record",
    "RecordTable",
    "RefusedRowsError",
    "Removal",
    "Revision",
    "Store",
    "StoreInfo",
    "StoreState",
    "Stored",
    "TableSize",
    "Upkeep",
    "Value",
    "fates_of",
    "is_waiting",
    "row_differences",
    "rows_of",
]
