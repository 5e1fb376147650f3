"""The store: snapshots, intervals, days, directories, bills and accounts in SQL.

Owns: the schema (Alembic), every query, SQLAlchemy. Does not own: what an interval or a
directory means (domain).
Invariants: no SQLAlchemy object leaves it; snapshots are never changed; an interval is
computed from snapshots, never added to; what a repository's method did is committed when it
returns, or nothing of it is; a service holds the repositories that it needs, and no others.
"""

from bcm_mqtt.store.accounts import Accounts
from bcm_mqtt.store.complaints import AnswerLostError, RefusedRowsError
from bcm_mqtt.store.database import Database
from bcm_mqtt.store.directories import Directories, Revision
from bcm_mqtt.store.intervals.days import ZONE_SETTING, DayMaker, DueDays, MadeDays
from bcm_mqtt.store.intervals.demand_peaks import PeakKey
from bcm_mqtt.store.intervals.history_writing import HistoryPart, HistoryWriter
from bcm_mqtt.store.intervals.intervals import Intervals
from bcm_mqtt.store.intervals.roll_up import RollUp
from bcm_mqtt.store.ledger.bill_rows import BillEntry, BillRows, NewBill, row_differences, rows_of
from bcm_mqtt.store.ledger.copies import BillCopies
from bcm_mqtt.store.ledger.entries import Entries
from bcm_mqtt.store.ledger.files import HandedOut
from bcm_mqtt.store.ledger.mails import Fates, MailFate, MailRecord, Mails, fates_of, is_waiting
from bcm_mqtt.store.ledger.part import LedgerPart
from bcm_mqtt.store.ledger.prices import UsedPrices
from bcm_mqtt.store.ledger.series import ChainEnd
from bcm_mqtt.store.postgresql import SharedMoment
from bcm_mqtt.store.readings.archive_files import ArchiveFile, FileState
from bcm_mqtt.store.readings.quarantine import (
    DEFAULT_QUARANTINE_LIMIT,
    Quarantined,
    QuarantineLimit,
)
from bcm_mqtt.store.replica import Replica, ReplicaState
from bcm_mqtt.store.schema import knows_schema, newest_schema
from bcm_mqtt.store.sqlite_file import DamagedDatabaseError, DatabaseAwayError
from bcm_mqtt.store.store import (
    BillingStore,
    HistoryStore,
    Ledger,
    RecordingStore,
    Store,
    Tenants,
)
from bcm_mqtt.store.tenants.bill_heads import BillHead, BillHeads
from bcm_mqtt.store.tenants.password_resets import PasswordResets
from bcm_mqtt.store.upkeep.archiving import Archiving, Step
from bcm_mqtt.store.upkeep.figures import (
    DatabaseSize,
    Figures,
    PanelInfo,
    QuarantinedTopic,
    StoreInfo,
    StoreState,
    TableSize,
)
from bcm_mqtt.store.upkeep.record_view import Choice
from bcm_mqtt.store.upkeep.record_writing import Records, Stored
from bcm_mqtt.store.upkeep.records import (
    RECORD_TABLES,
    Field,
    Kind,
    Record,
    RecordTable,
    Value,
)
from bcm_mqtt.store.upkeep.snapshot_removal import Removal
from bcm_mqtt.store.upkeep.upkeep import Upkeep

__all__ = [
    "DEFAULT_QUARANTINE_LIMIT",
    "RECORD_TABLES",
    "ZONE_SETTING",
    "Accounts",
    "AnswerLostError",
    "ArchiveFile",
    "Archiving",
    "BillCopies",
    "BillEntry",
    "BillHead",
    "BillHeads",
    "BillRows",
    "BillingStore",
    "ChainEnd",
    "Choice",
    "DamagedDatabaseError",
    "Database",
    "DatabaseAwayError",
    "DatabaseSize",
    "DayMaker",
    "Directories",
    "DueDays",
    "Entries",
    "Fates",
    "Field",
    "Figures",
    "FileState",
    "HandedOut",
    "HistoryPart",
    "HistoryStore",
    "HistoryWriter",
    "Intervals",
    "Kind",
    "Ledger",
    "LedgerPart",
    "MadeDays",
    "MailFate",
    "MailRecord",
    "Mails",
    "NewBill",
    "PanelInfo",
    "PasswordResets",
    "PeakKey",
    "QuarantineLimit",
    "Quarantined",
    "QuarantinedTopic",
    "Record",
    "RecordTable",
    "RecordingStore",
    "Records",
    "RefusedRowsError",
    "Removal",
    "Replica",
    "ReplicaState",
    "Revision",
    "RollUp",
    "SharedMoment",
    "Step",
    "Store",
    "StoreInfo",
    "StoreState",
    "Stored",
    "TableSize",
    "Tenants",
    "Upkeep",
    "UsedPrices",
    "Value",
    "fates_of",
    "is_waiting",
    "knows_schema",
    "newest_schema",
    "row_differences",
    "rows_of",
]
