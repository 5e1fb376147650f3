"""What the recorder says of what it has stored, so that bridges need keep it no longer.

A bridge that hears nothing of a snapshot sends it again; so what is said may get lost, and
whoever is not there when it is said need not be told again.
"""

import logging
from collections.abc import Collection
from uuid import uuid4

from bcm_mqtt.domain.reading.stored import Name, ranges_of
from bcm_mqtt.mqtt.client import MqttClient
from bcm_mqtt.mqtt.payloads import (
    RecorderPresence,
    RecorderState,
    StoredReport,
    encode_recorder_state,
    encode_stored,
)
from bcm_mqtt.mqtt.reasons import is_refusal
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.store import RecordingStore

_LOG = logging.getLogger(__name__)


class Reporting:
    """The state of a recorder, and its receipts; used by its thread but where it says otherwise."""

    def __init__(
        self, client: MqttClient, topics: Topics, store: RecordingStore, name: str
    ) -> None:
        """Leaves a last will; to be made before the client starts."""
        self._client = client
        self._topics = topics
        self._store = store
        self._name = name
        self._state = RecorderState(name, RecorderPresence.OFFLINE, boot=_new_boot())
        self._refused = False
        client.will(topics.recorder_state(name), self._payload(self._state).decode())

    def begin(self) -> None:
        """Reads what the database has, before anything is stored in it, and says so.

        Each time as one that has started: bridges compare it with what they heard before.

        Raises:
            WorkError: the database failed.
        """
        receipts = self._store.receipts
        self._state = RecorderState(
            self._name,
            RecorderPresence.ONLINE,
            receipts.database_id(),
            _new_boot(),
            receipts.commits(self._name),
            receipts.newest(),
        )
        self.announce()

    def announce(self) -> None:
        """Says that it runs, once it knows its database; after each connection, in any thread."""
        if self._state.database and self._client.connected:
            self._publish(self._state)

    def stored(self, names: Collection[Name]) -> None:
        """Says what is committed now.

        Raises:
            WorkError: the database failed; nothing is said.
        """
        if not names:
            return
        report = StoredReport(
            self._name,
            self._state.database,
            self._store.receipts.commits(self._name),
            ranges_of(names),
        )
        self._client.publish(
            self._topics.stored(self._name), encode_stored(report), qos=1, retain=False
        )

    def published(self, reason: int) -> None:
        """The broker has answered; runs in the network thread."""
        if is_refusal(reason) and not self._refused:
            self._refused = True
            _LOG.warning(
                "the broker refuses %s: bridges keep snapshots only until the broker has them; "
                "give this user the right to publish there (docs/broker.md)",
                self._topics.stored(self._name),
            )

    def end(self) -> None:
        """Says good-bye, in good order."""
        if self._state.database and self._client.connected:
            gone = RecorderState(
                self._name, RecorderPresence.OFFLINE, self._state.database, self._state.boot
            )
            self._client.publish_and_wait(
                self._topics.recorder_state(self._name), self._payload(gone), timeout=2.0
            )

    def _publish(self, state: RecorderState) -> None:
        topic = self._topics.recorder_state(self._name)
        self._client.publish(topic, self._payload(state), qos=1, retain=True)

    @staticmethod
    def _payload(state: RecorderState) -> bytes:
        return encode_recorder_state(state)


def _new_boot() -> str:
    return uuid4().hex[:12]
