"""What the recorder says of what it has stored, so that bridges need keep it no longer.

A bridge that hears nothing of a snapshot sends it again; so what is said may get lost, and
whoever is not there when it is said need not be told again.
"""

import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Final
from uuid import uuid4

from bcm_mqtt.domain.reading.stored import Name, ranges_of
from bcm_mqtt.mqtt.brokers import EveryBroker
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
_AT_ONCE_S: Final = 10.0
_CONNECTIONS: Final = 3
_SILENT_S: Final = 900.0
_NEVER_S: Final = float("-inf")


class Reporting:
    """The state of a recorder, and its receipts; used by its thread but where it says otherwise."""

    def __init__(
        self,
        client: EveryBroker,
        topics: Topics,
        store: RecordingStore,
        name: str,
        database_name: str = "",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Leaves a last will; to be made before the client starts.

        Args:
            client: Of the recorder: every broker gets all that is said.
            topics: Below which base.
            store: What is reported of.
            name: Of the recorder.
            database_name: Tells a database that began as a copy of the first from it.
            monotonic: A clock that never jumps, s.
        """
        self._client = client
        self._topics = topics
        self._store = store
        self._name = name
        self._database_name = database_name
        self._state = RecorderState(name, RecorderPresence.OFFLINE, boot=_new_boot())
        self._monotonic = monotonic
        self._silent_until_s = _NEVER_S
        self._connected_s: dict[MqttClient, float] = {}
        self._lost_at_once: dict[MqttClient, int] = {}  # connections in a row
        self._warned = False
        client.will(topics.recorder_state(name), self._payload(self._state).decode())

    def begin(self) -> None:
        """Reads what the database has, before anything is stored in it, and says so.

        Each time as one that has started: bridges compare it with what they heard before.

        Raises:
            WorkError: the database failed.
        """
        receipts = self._store.receipts
        database = receipts.database_id()
        if self._database_name:
            database = f"{database}:{self._database_name}"
        self._state = RecorderState(
            self._name,
            RecorderPresence.ONLINE,
            database,
            _new_boot(),
            receipts.commits(self._name),
            receipts.newest(),
        )
        self._announce()

    def connected(self, client: MqttClient) -> None:
        """Says that it runs, at each connection and over it; in any thread.

        Where the rights are those of an earlier release, Mosquitto ends the connection of who
        publishes here: then nothing is said for a while, or no connection would last.
        """
        now_s = self._monotonic()
        at_once = now_s - self._connected_s.get(client, _NEVER_S) < _AT_ONCE_S
        self._connected_s[client] = now_s
        if self._may_say:
            lost = self._lost_at_once.get(client, 0) + 1 if at_once else 0
            self._lost_at_once[client] = lost
            if lost >= _CONNECTIONS:
                self._be_silent()
            else:
                self._publish_state(client)
        if self._is_silent:  # else what was said before ends a connection each
            client.forget(self._topics.recorder_state(self._name), self._topics.stored(self._name))

    def _announce(self) -> None:
        """Says its state on a connection that stands, which is thus not counted once more."""
        if self._may_say:
            self._publish_state(self._client)

    @property
    def _is_silent(self) -> bool:
        return self._monotonic() < self._silent_until_s

    @property
    def _may_say(self) -> bool:
        """Whether there is something to say, somebody to say it to, and no refusal of late."""
        return bool(self._state.database) and self._client.connected and not self._is_silent

    def problem(self, text: str) -> None:
        """Says why it stores nothing of some for now, or with "" that it does."""
        if text == self._state.problem:
            return
        self._state = replace(self._state, problem=text)
        self._announce()

    def _publish_state(self, client: MqttClient | EveryBroker) -> None:
        topic = self._topics.recorder_state(self._name)
        client.publish(topic, self._payload(self._state), qos=1, retain=True)

    def stored(self, names: Collection[Name]) -> None:
        """Says what is committed now.

        Raises:
            WorkError: the database failed; nothing is said.
        """
        if not names or self._is_silent:
            return
        if self._silent_until_s > _NEVER_S:  # perhaps there is a right by now
            self._silent_until_s = _NEVER_S
            self._announce()
        self._say_stored(sorted(names), self._store.receipts.commits(self._name))

    def _say_stored(self, names: Sequence[Name], commits: int) -> None:
        """In halves where the broker takes no packet of that size."""
        topic = self._topics.stored(self._name)
        report = StoredReport(self._name, self._state.database, commits, ranges_of(names))
        payload = encode_stored(report)
        if len(names) > 1 and not self._client.fits(topic, payload):
            middle = len(names) // 2
            self._say_stored(names[:middle], commits)
            self._say_stored(names[middle:], commits)
        else:
            self._client.publish(topic, payload, qos=1, retain=False)

    def published(self, reason: int) -> None:
        """The broker has answered; runs in the network thread."""
        if is_refusal(reason):
            self._be_silent()

    def _be_silent(self) -> None:
        self._silent_until_s = self._monotonic() + _SILENT_S
        self._lost_at_once.clear()
        if not self._warned:
            self._warned = True
            _LOG.warning(
                "the broker refuses %s: bridges keep snapshots only until the broker has them; "
                "give this user the right to publish there (docs/broker.md)",
                self._topics.stored(self._name),
            )

    def end(self) -> None:
        """Says good-bye, in good order."""
        if self._may_say:
            gone = RecorderState(
                self._name, RecorderPresence.OFFLINE, self._state.database, self._state.boot
            )
            self._client.publish_and_wait(
                self._topics.recorder_state(self._name), self._payload(gone), timeout=2.0
            )

    @staticmethod
    def _payload(state: RecorderState) -> bytes:
        return encode_recorder_state(state)


def _new_boot() -> str:
    return uuid4().hex[:12]
