"""Faults planted in the services: each must be found, or the simulation proves nothing.

Each is the kind of slip that a review passes: a commit moved after the acknowledgement, a sync
left out, a mark in a transaction of its own.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch


@contextmanager
def planting(name: str) -> Iterator[None]:
    """The services with a planted fault, while the context stands; "" plants none."""
    with ExitStack() as stack:
        if name:
            for target, attribute, value in PLANTED[name]():
                stack.enter_context(patch.object(target, attribute, value))
        yield


_Patches = list[tuple[Any, str, Any]]


def _acknowledged_before_stored() -> _Patches:
    """To the broker and to the bridge: either would send it again."""
    from bcm_mqtt.recorder.service import Recorder  # noqa: PLC0415

    def store(self: Any, batch: list[Any]) -> None:
        for message in batch:
            self._client.acknowledge(message)
        names = [name for message in batch if (name := self._ingest._name_of(message))]
        if batch:
            self._persistently(lambda: self._reporting.stored(names))
            self._persistently(lambda: self._ingest.messages(batch))

    return [(Recorder, "_store_batch", store)]


def _outbox_not_synced() -> _Patches:
    from bcm_mqtt.bridge.outbox import Outbox  # noqa: PLC0415

    return [(Outbox, "sync", lambda _self: None)]


def _outbox_forgets_at_publish() -> _Patches:
    from bcm_mqtt.bridge.outbox.outbox import Outbox  # noqa: PLC0415

    turn = Outbox.turn

    def forgetting(self: Any, work: Any, monotonic_s: float) -> None:
        turn(self, work, monotonic_s)
        self._contents.clear(0xFF, monotonic_s)

    return [(Outbox, "turn", forgetting)]


def _no_replay() -> _Patches:
    from bcm_mqtt.bridge.outbox.outbox import Outbox  # noqa: PLC0415

    return [(Outbox, "again", lambda *_args: [])]


def _losses_not_named() -> _Patches:
    from bcm_mqtt.bridge.outbox.losses import Losses  # noqa: PLC0415

    return [(Losses, "add", lambda *_args: None)]


def _losses_named_twice() -> _Patches:
    from bcm_mqtt.bridge.outbox.losses import Losses  # noqa: PLC0415

    add = Losses.add

    def twice(self: Any, series: Any, first_ms: int, last_ms: int, count: int, cause: str) -> None:
        add(self, series, first_ms, last_ms, 2 * count, cause)

    return [(Losses, "add", twice)]


def _receipts_not_believed() -> _Patches:
    """What recorders have stored is given up as lost when it is old."""
    from bcm_mqtt.bridge.outbox.contents import Contents  # noqa: PLC0415

    return [(Contents, "stored", lambda *_args: [])]


def _replays_have_another_time() -> _Patches:
    from bcm_mqtt.bridge.outbox.outbox import Outbox  # noqa: PLC0415
    from bcm_mqtt.mqtt.payloads import decode_snapshot, encode_snapshot  # noqa: PLC0415

    again = Outbox.again

    def later(self: Any, *of: Any) -> list[Any]:
        due = []
        for one in again(self, *of):
            snapshot = decode_snapshot(one.payload, one.series.panel)
            stamped = replace(snapshot, time=snapshot.time + timedelta(milliseconds=1))
            due.append(one._replace(payload=encode_snapshot(stamped)))
        return due

    return [(Outbox, "again", later)]


def _database_not_synced() -> _Patches:
    from bcm_mqtt.store import database  # noqa: PLC0415

    pragmas = tuple(one.replace("synchronous=FULL", "synchronous=OFF") for one in database._PRAGMAS)
    return [(database, "_PRAGMAS", pragmas)]


def _marks_cleared_before_computing() -> _Patches:
    """In a transaction of their own."""
    from bcm_mqtt.store.intervals import roll_up  # noqa: PLC0415

    def intervals(self: Any, limit: int = 1000) -> int:
        with self._database.writing() as connection:
            marked = roll_up._take_marks(connection, limit)
        with self._database.writing() as connection:
            if dirty := roll_up.without_removed(connection, marked):
                roll_up._compute(connection, dirty)
        return len(marked)

    return [(roll_up.RollUp, "intervals", intervals)]


def _late_snapshots_mark_one_interval() -> _Patches:
    from bcm_mqtt.store.readings import snapshots  # noqa: PLC0415

    touched = snapshots.touched_intervals
    return [(snapshots, "touched_intervals", lambda *of: touched(*of)[:1])]


def _energy_published_before_saved() -> _Patches:
    from bcm_mqtt.bridge import energy  # noqa: PLC0415

    return [(energy, "write_whole", lambda *_args, **_more: None)]


def _alarms_not_stored() -> _Patches:
    from bcm_mqtt.bridge.alarms import site  # noqa: PLC0415

    return [(site, "_write", lambda *_args: None)]


def _edit_not_synced() -> _Patches:
    from bcm_mqtt.config.directory import replaced_file  # noqa: PLC0415

    without = SimpleNamespace(**{**vars(os), "fsync": lambda _descriptor: None})
    return [(replaced_file, "os", without)]


def _edits_not_retained() -> _Patches:
    from bcm_mqtt.bridge.announcer import Announcer  # noqa: PLC0415

    retain = Announcer._retain

    def once(self: Any, topic: str, payload: Any) -> None:
        if not (topic.endswith("/directory") and topic in self._published):
            retain(self, topic, payload)

    return [(Announcer, "_retain", once)]


def _deadlines_not_looked_at() -> _Patches:
    from bcm_mqtt.domain.validity import Validity  # noqa: PLC0415
    from bcm_mqtt.mqtt.requests import Requests  # noqa: PLC0415

    return [
        (Validity, "refusal", lambda *_args: None),
        (Requests, "begin", lambda *_args: None),
    ]


def _a_full_disk_ends_the_bridge() -> _Patches:
    from bcm_mqtt.bridge.outbox.disk import Disk  # noqa: PLC0415

    def failed(_self: Any, error: OSError, _now_s: float) -> None:
        raise error

    return [(Disk, "_failed", failed)]


def _polls_follow_the_clock() -> _Patches:
    """One that is set back stops them for as long."""
    from bcm_mqtt.bridge.polling import GatewayPolling  # noqa: PLC0415

    return [(GatewayPolling, "_now", lambda self: self._clock())]


def _any_transaction_answers() -> _Patches:
    from bcm_mqtt.modbus.frames import TcpFrames  # noqa: PLC0415

    received = TcpFrames.received

    def trusting(self: Any, data: bytes) -> Any:
        return received(self, self._transaction.to_bytes(2) + data[2:])

    return [(TcpFrames, "received", trusting)]


def _a_slot_is_not_billed() -> _Patches:
    from bcm_mqtt.billing import month  # noqa: PLC0415

    add = month.add_to

    def short(load: Any, part: Any, cuts: Any) -> None:
        add(load, part, cuts)
        if load.microwatt_hours.any():
            load.microwatt_hours[load.microwatt_hours.argmax()] -= 2_000_000_000

    return [(month, "add_to", short)]


PLANTED: dict[str, Callable[[], _Patches]] = {
    "acknowledged-before-stored": _acknowledged_before_stored,
    "outbox-not-synced": _outbox_not_synced,
    "outbox-forgets-at-publish": _outbox_forgets_at_publish,
    "no-replay": _no_replay,
    "replays-have-another-time": _replays_have_another_time,
    "losses-not-named": _losses_not_named,
    "losses-named-twice": _losses_named_twice,
    "receipts-not-believed": _receipts_not_believed,
    "database-not-synced": _database_not_synced,
    "marks-cleared-before-computing": _marks_cleared_before_computing,
    "late-snapshots-mark-one-interval": _late_snapshots_mark_one_interval,
    "energy-published-before-saved": _energy_published_before_saved,
    "alarms-not-stored": _alarms_not_stored,
    "edit-not-synced": _edit_not_synced,
    "edits-not-retained": _edits_not_retained,
    "deadlines-not-looked-at": _deadlines_not_looked_at,
    "a-full-disk-ends-the-bridge": _a_full_disk_ends_the_bridge,
    "polls-follow-the-clock": _polls_follow_the_clock,
    "any-transaction-answers": _any_transaction_answers,
    "a-slot-is-not-billed": _a_slot_is_not_billed,
}
