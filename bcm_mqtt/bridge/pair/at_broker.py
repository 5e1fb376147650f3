"""A side's own connections to the brokers: its lease, and its outbox while it stands by.

Of several brokers all have the lease, and it is heard from each of them. A side that must not poll
in isolation counts a renewal only once all of them have it: else the two sides could each reach
another one, and both poll.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING, Final

from bcm_mqtt.bridge.pair.lease import Side
from bcm_mqtt.config import PeerSettings, Settings
from bcm_mqtt.mqtt.brokers import EveryBroker
from bcm_mqtt.mqtt.client import Message, MqttClient
from bcm_mqtt.mqtt.payloads import LeaseReport, PayloadError, decode_lease, encode_lease

if TYPE_CHECKING:
    from bcm_mqtt.bridge.pair.standby import Standby

_REMEMBERED: Final = 9
"""Renewals that may still come from another broker."""


class AtBroker:
    """Used by the event loop's thread, which drives its connections."""

    def __init__(
        self,
        settings: Settings,
        side: Side,
        peer: PeerSettings,
        on_report: Callable[[LeaseReport, bool], None],
    ) -> None:
        """Connects once it is started.

        Args:
            settings: Of the site.
            side: Names the connection: the `Bridge` that polls has one of its own.
            peer: A broker that says nothing for up to two of its leases is not reached.
            on_report: Is given each renewal, of either side, and whether it was retained.
        """
        self._topics = settings.mqtt.topics
        self._topic = self._topics.bridge_lease(settings.bridge.id)
        self._on_report = on_report
        broker, name = settings.mqtt.broker, f"bcm-bridge-{settings.bridge.id}-{side}"
        keepalive_s, several = ceil(peer.lease.total_seconds()), bool(broker.others)
        self._lease = EveryBroker(
            *(broker, name),
            on_connect=self._connected,
            on_message=self._message,
            on_published=_noted if several else self._published,
            keepalive_s=keepalive_s,
        )
        self.client = self._lease.connections[0]
        """By which the outbox is sent."""
        if several:
            self.client = MqttClient(
                *(broker, f"{name}-outbox"),
                on_connect=self._outbox_connected,
                on_message=self._message,
                on_published=self._published,
                keepalive_s=keepalive_s,
            )
        self._several = several
        brokers = len(self._lease.connections)
        self._needed = 1 if peer.polls_in_isolation else brokers
        self._boot, self._echoes = "", Counter[int]()
        self.standby: Standby | None = None
        """Is given what concerns an outbox."""

    @property
    def connected(self) -> bool:
        """Whether the broker is reached; of several, as many as have to confirm a lease."""
        return sum(one.connected for one in self._lease.connections) >= self._needed

    def start(self) -> None:
        """Connects; a broker that is not there is waited for."""
        loop = asyncio.get_running_loop()
        self._lease.start(loop)
        if self._several:
            self.client.start(loop)

    def stop(self) -> None:
        """Disconnects."""
        self._lease.stop()
        if self._several:
            self.client.stop()

    def publish(self, report: LeaseReport) -> None:
        """Publishes a renewal where a broker is there: one that had waited would look new."""
        self._boot = report.boot
        self._echoes.pop(report.count - _REMEMBERED, None)
        if self._lease.connected:
            self._lease.publish(self._topic, encode_lease(report), qos=0, retain=True)

    def _connected(self, connection: MqttClient) -> None:
        if connection is self.client:
            self._outbox_connected()
        connection.subscribe_live(self._topic)

    def _outbox_connected(self) -> None:
        self.client.subscribe(*self._topics.every_recorder)
        if self.standby:
            self.standby.connected()

    def _published(self, packet_id: int, reason: int) -> None:
        if self.standby:
            self.standby.published(packet_id, reason)

    def _message(self, message: Message) -> None:
        if message.topic == self._topic:
            with suppress(PayloadError):  # of another program
                report = decode_lease(message.payload)
                if self._counts(report, message):
                    self._on_report(report, message.retain)
        elif self.standby:
            self.standby.take(message)

    def _counts(self, report: LeaseReport, message: Message) -> bool:
        """Whether as many brokers as are needed have a renewal, where it is of this run."""
        if self._needed == 1 or report.boot != self._boot:
            return True
        self._echoes[report.count] += not message.retain
        return self._echoes[report.count] == self._needed


def _noted(_packet_id: int, _reason: int) -> None:
    """Packet ids of a lease say nothing of an outbox that has another connection."""
