"""Ingest: from payloads to rows, the same for live messages and seeded history."""

import logging
from collections.abc import Iterable

from bcm_mqtt.domain.instants import Clock
from bcm_mqtt.domain.reading import Snapshot
from bcm_mqtt.mqtt.client import Message
from bcm_mqtt.mqtt.payloads import PayloadError, decode_directory, decode_snapshot
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.store import Store

_LOG = logging.getLogger(__name__)


class Ingest:
    """Stores what arrives; what cannot be understood is logged once per topic and passed over."""

    def __init__(self, store: Store, topics: Topics, clock: Clock) -> None:
        """Takes an open store with a checked schema."""
        self._store = store
        self._topics = topics
        self._clock = clock
        self._complained: set[str] = set()

    def messages(self, batch: Iterable[Message]) -> None:
        """Stores a batch of messages; all of it is committed when this returns.

        Raises:
            WorkError: the database failed; nothing of the batch may be acknowledged.
        """
        snapshots = []
        for message in batch:
            panel = self._topics.panel_of(message.topic)
            try:
                if self._topics.is_snapshot(message.topic):
                    snapshots.append(decode_snapshot(message.payload, panel))
                elif message.payload:  # an empty retained payload only clears the topic
                    directory = decode_directory(message.payload, panel)
                    self._store.add_directory(directory, message.payload, self._clock())
            except PayloadError as error:
                self._complain(message.topic, str(error))
        if snapshots:
            self.snapshots(snapshots)

    def snapshots(self, snapshots: list[Snapshot]) -> int:
        """Stores snapshots, each once; returns how many were new."""
        return self._store.add_snapshots(snapshots)

    def _complain(self, topic: str, reason: str) -> None:
        if topic not in self._complained:
            self._complained.add(topic)
            _LOG.warning("%s: payload passed over: %s (said once per topic)", topic, reason)
