"""The recorder: subscribes to snapshots and directories and stores them in SQL.

Owns: batching, acknowledging after the commit, when intervals are recomputed,
when old rows move to the archive or are removed.
Does not own: SQL (store), payloads (mqtt), what an interval is (domain); it holds no books.
Invariant: a message is acknowledged to the broker only after the transaction that
stored it has been committed, so a recorder that is killed at any moment loses nothing.
"""

from bcm_mqtt.recorder.ingest import Ingest
from bcm_mqtt.recorder.moving import Moving
from bcm_mqtt.recorder.part import Part
from bcm_mqtt.recorder.pruning import Pruning, plan, removals
from bcm_mqtt.recorder.service import Recorder

__all__ = ["Ingest", "Moving", "Part", "Pruning", "Recorder", "plan", "removals"]
