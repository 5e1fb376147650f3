"""The store: snapshots, intervals, days and directories in SQL.

Owns: the schema (Alembic), every query, SQLAlchemy. Does not own: what an interval or a
directory means (domain).
Invariants: no SQLAlchemy object leaves it; snapshots are never changed; an interval is
computed from snapshots, never added to; whatever a method did is committed when it
returns, or nothing of it is.
"""

from bcm_mqtt.store.directories import Revision
from bcm_mqtt.store.info import StoreInfo
from bcm_mqtt.store.quarantine import Quarantined
from bcm_mqtt.store.store import DatabaseAwayError, RefusedRowsError, Store

__all__ = [
    "DatabaseAwayError",
    "Quarantined",
    "RefusedRowsError",
    "Revision",
    "Store",
    "StoreInfo",
]
