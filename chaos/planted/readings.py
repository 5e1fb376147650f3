"""Faults in what carries readings: the line, the outbox, its delivery, the recorder."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from chaos.planted.fault import Patches, Planted


def _acknowledged_before_stored() -> Patches:
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


def _outbox_not_synced() -> Patches:
    from bcm_mqtt.bridge.outbox import Outbox  # noqa: PLC0415

    return [(Outbox, "sync", lambda _self: None)]


def _outbox_forgets_at_publish() -> Patches:
    from bcm_mqtt.bridge.outbox.outbox import Outbox  # noqa: PLC0415

    turn = Outbox.turn

    def forgetting(self: Any, work: Any, monotonic_s: float) -> None:
        turn(self, work, monotonic_s)
        self._contents.clear(0xFF, monotonic_s)

    return [(Outbox, "turn", forgetting)]


def _no_replay() -> Patches:
    from bcm_mqtt.bridge.outbox.outbox import Outbox  # noqa: PLC0415

    return [(Outbox, "again", lambda *_args: [])]


def _replays_have_another_time() -> Patches:
    return _stamped_again(timedelta(milliseconds=1))


def _stamped_again(later_by: timedelta) -> Patches:
    from bcm_mqtt.bridge.outbox.outbox import Outbox  # noqa: PLC0415
    from bcm_mqtt.mqtt.payloads import decode_snapshot, encode_snapshot  # noqa: PLC0415

    again = Outbox.again

    def later(self: Any, *of: Any) -> list[Any]:
        due = []
        for one in again(self, *of):
            snapshot = decode_snapshot(one.payload, one.series.panel)
            stamped = replace(snapshot, time=snapshot.time + later_by)
            due.append(one._replace(payload=encode_snapshot(stamped)))
        return due

    return [(Outbox, "again", later)]


def _losses_not_named() -> Patches:
    from bcm_mqtt.bridge.outbox.losses import Losses  # noqa: PLC0415

    return [(Losses, "add", lambda *_args: None)]


def _losses_named_twice() -> Patches:
    from bcm_mqtt.bridge.outbox.losses import Losses  # noqa: PLC0415

    add = Losses.add

    def twice(self: Any, series: Any, first_ms: int, last_ms: int, count: int, cause: str) -> None:
        add(self, series, first_ms, last_ms, 2 * count, cause)

    return [(Losses, "add", twice)]


def _receipts_not_believed() -> Patches:
    """What recorders have stored is given up as lost when it is old."""
    from bcm_mqtt.bridge.outbox.contents import Contents  # noqa: PLC0415

    return [(Contents, "stored", lambda *_args: [])]


def _database_not_synced() -> Patches:
    from bcm_mqtt.store import database  # noqa: PLC0415

    pragmas = tuple(one.replace("synchronous=FULL", "synchronous=OFF") for one in database._PRAGMAS)
    return [(database, "_PRAGMAS", pragmas)]


def _any_transaction_answers() -> Patches:
    from bcm_mqtt.modbus.frames import TcpFrames  # noqa: PLC0415

    received = TcpFrames.received

    def trusting(self: Any, data: bytes) -> Any:
        return received(self, self._transaction.to_bytes(2) + data[2:])

    return [(TcpFrames, "received", trusting)]


def _a_loss_is_counted_once() -> Patches:
    """A span that grows keeps its count."""
    from bcm_mqtt.bridge.outbox.losses import Losses  # noqa: PLC0415

    add = Losses.add

    def once(self: Any, series: Any, first_ms: int, last_ms: int, count: int, cause: str) -> None:
        known = any((span.panel, span.source) == series for span in self.spans)
        add(self, series, first_ms, last_ms, 0 if known else count, cause)

    return [(Losses, "add", once)]


def _replays_are_stamped_in_local_time() -> Patches:
    """East of Greenwich, where no recorder takes it."""
    return _stamped_again(timedelta(hours=5))


_LOST = "reading lost without a cause: "
READINGS = {
    "acknowledged-before-stored": Planted(_acknowledged_before_stored, (_LOST,)),
    "outbox-not-synced": Planted(_outbox_not_synced, (_LOST,)),
    "outbox-forgets-at-publish": Planted(_outbox_forgets_at_publish, (_LOST,)),
    "no-replay": Planted(_no_replay, (_LOST,)),
    "replays-have-another-time": Planted(
        _replays_have_another_time, ("stored, and no meter gave it",)
    ),
    "replays-are-stamped-in-local-time": Planted(
        _replays_are_stamped_in_local_time, ("quarantined: ",)
    ),
    "losses-not-named": Planted(_losses_not_named, (_LOST,)),
    "a-loss-is-counted-once": Planted(_a_loss_is_counted_once, (" snapshots are lost, ",)),
    "losses-named-twice": Planted(_losses_named_twice, (" are named as lost, ",)),
    "receipts-not-believed": Planted(_receipts_not_believed, (" are named as lost, ",)),
    "database-not-synced": Planted(_database_not_synced, (_LOST,)),
    "any-transaction-answers": Planted(_any_transaction_answers, (_LOST,)),
}
