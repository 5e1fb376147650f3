"""Ingest: from payloads to rows, the same for live messages and seeded history."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from bcm_mqtt.domain.alarms.journal import AlarmEvent
from bcm_mqtt.domain.reading.clock import implausible
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.reading.stored import Name
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.mqtt.client import Message
from bcm_mqtt.mqtt.payloads import (
    PayloadError,
    decode_alarm,
    decode_directory,
    event_of,
    name_of,
)
from bcm_mqtt.mqtt.payloads.snapshots import decode_snapshots
from bcm_mqtt.mqtt.topics import Kind, Subject, Topics
from bcm_mqtt.recorder.clock_trust import ClockTrust
from bcm_mqtt.store import (
    DEFAULT_QUARANTINE_LIMIT,
    Quarantined,
    QuarantineLimit,
    RecordingStore,
    RefusedRowsError,
)

_LOG = logging.getLogger(__name__)
_ANOTHER = "another snapshot of this instant is stored: the panel's clock ran back"

_Arrived = tuple[Snapshot, Message]


class Taken(NamedTuple):
    """What became of a batch.

    Attributes:
        refused: How many messages went to quarantine.
        names: Of its snapshots, which are safe now: stored, or in quarantine.
        held: Messages that are neither, because no clock is believed: not to be acknowledged.
    """

    refused: int
    names: tuple[Name, ...]
    held: tuple[Message, ...] = ()


class Ingest:
    """Stores what arrives; what cannot be is quarantined, and logged once per topic."""

    def __init__(
        self,
        store: RecordingStore,
        topics: Topics,
        clock: Clock,
        quarantine_limit: QuarantineLimit = DEFAULT_QUARANTINE_LIMIT,
        recorder: str = "",
        trust: ClockTrust | None = None,
    ) -> None:
        """Takes an open store with a checked schema, and how much its quarantine may hold.

        The commits of a recorder with a name are counted in the store. Without `trust` the
        clock is believed.
        """
        self._trust = trust
        self._recorder = recorder
        self._store = store
        self._quarantine_limit = quarantine_limit
        self._topics = topics
        self._clock = clock
        self._complained: set[str] = set()
        self._removed = False

    def messages(self, batch: Iterable[Message]) -> Taken:
        """Stores a batch of messages; all of it is committed when this returns.

        Raises:
            WorkError: the database failed; nothing of the batch may be acknowledged.
        """
        arrived: list[_Arrived] = []
        refused: list[tuple[Message, str]] = []
        held: list[Message] = []
        changes: list[tuple[AlarmEvent, Message]] = []
        now = self._now()
        batch = [message for message in batch if message.payload]  # none clears a retained topic
        snapshots = self._snapshots(batch)
        for message in batch:
            panel = self._topics.panel_of(message.topic)
            try:
                if self._topics.is_snapshot(message.topic):
                    snapshot = next(snapshots)
                    if isinstance(snapshot, PayloadError):
                        raise snapshot
                    reason = self._refused(snapshot, now)
                    if reason is None:
                        arrived.append((snapshot, message))
                    elif reason:
                        refused.append((message, reason))
                    else:
                        held.append(message)
                elif (of := self._topics.subject_of(message.topic)) and of.kind is Kind.ALARM:
                    changes += self._change(of, message)
                else:
                    directory = decode_directory(message.payload, panel)
                    self._store.directories.add(directory, message.payload, now)
            except (PayloadError, RefusedRowsError) as error:
                refused.append((message, str(error)))
        refused += self._note_or_refuse(changes)
        if arrived:
            refused += self._store_or_refuse(arrived)
        if refused:
            self._quarantine(refused)
        names = [Name.of(snapshot) for snapshot, _ in arrived]
        unread = (self._name_of(message) for message, _ in refused)
        return Taken(len(refused), (*names, *(name for name in unread if name)), tuple(held))

    def _snapshots(self, batch: Iterable[Message]) -> Iterator[Snapshot | PayloadError]:
        """Of the messages that have one, in their order."""
        topics = self._topics
        return iter(
            decode_snapshots(
                [
                    (message.payload, topics.panel_of(message.topic))
                    for message in batch
                    if topics.is_snapshot(message.topic)
                ]
            )
        )

    def _change(self, of: Subject, message: Message) -> list[tuple[AlarmEvent, Message]]:
        """What a message says of an alarm that has changed."""
        report = decode_alarm(message.payload, of.owner)
        event = event_of(report, of.owner, of.pole, of.alarm)
        return [(event, message)] if event else []

    def _now(self) -> datetime:
        return self._trust.now() if self._trust else self._clock()

    def _refused(self, snapshot: Snapshot, now: datetime) -> str | None:
        if self._trust:
            return self._trust.refused(snapshot, now)
        return implausible(snapshot, now)

    def again(self, items: Iterable[Quarantined]) -> int:
        """Tries quarantined snapshots once more; returns how many are stored now.

        Directories are left: the broker has retained a newer one, or the same.

        Raises:
            WorkError: the database failed.
        """
        stored = 0
        for item in items:
            self._complained.add(item.topic)  # it was said when it came
            message = Message(item.topic, item.payload, retain=False, mid=0, qos=1, connection=0)
            if self._topics.is_snapshot(item.topic) and not self.messages([message]).refused:
                self._store.quarantine.remove(item)
                stored += 1
        return stored

    def _name_of(self, message: Message) -> Name | None:
        if not self._topics.is_snapshot(message.topic):
            return None
        return name_of(message.payload, self._topics.panel_of(message.topic))

    def snapshots(self, snapshots: list[Snapshot]) -> int:
        """Stores snapshots, each once; returns how many were new."""
        return self._store.arrivals.add(snapshots)

    def _store_or_refuse(self, arrived: Sequence[_Arrived]) -> list[tuple[Message, str]]:
        """Stores snapshots; returns those that cannot be, and why."""
        try:
            new = self._store.arrivals.add([snapshot for snapshot, _ in arrived], self._recorder)
        except RefusedRowsError as error:
            if len(arrived) == 1:
                return [(arrived[0][1], str(error))]
            # One bad row must not hold back the others, nor come again for ever.
            return [refused for one in arrived for refused in self._store_or_refuse([one])]
        if new == len(arrived):
            return []
        # Some were there already: delivered twice, or a clock ran back over them.
        others = self._store.arrivals.contradicting([snapshot for snapshot, _ in arrived])
        return [
            (message, _ANOTHER)
            for snapshot, message in arrived
            if any(snapshot is other for other in others)
        ]

    def _note_or_refuse(
        self, changes: Sequence[tuple[AlarmEvent, Message]]
    ) -> list[tuple[Message, str]]:
        """Stores changes of alarms; returns those that cannot be, and why."""
        if not changes:
            return []
        try:
            self._store.alarm_events.add([event for event, _ in changes])
        except RefusedRowsError as error:
            if len(changes) == 1:
                return [(changes[0][1], str(error))]
            return [refused for one in changes for refused in self._note_or_refuse([one])]
        return []

    def _quarantine(self, refused: Sequence[tuple[Message, str]]) -> None:
        now = self._clock()
        removed = self._store.quarantine.add(
            [Quarantined(message.topic, message.payload, now, why) for message, why in refused],
            self._quarantine_limit,
        )
        for message, reason in refused:
            if message.topic not in self._complained:
                self._complained.add(message.topic)
                _LOG.warning(
                    "%s: payload quarantined: %s (said once per topic)", message.topic, reason
                )
        if removed and not self._removed:
            self._removed = True
            _LOG.warning(
                "the quarantine has its limit, %s payloads or %s bytes: the oldest are removed "
                "(said once; db info counts them)",
                f"{self._quarantine_limit.messages:,}",
                f"{self._quarantine_limit.size:,}",
            )
