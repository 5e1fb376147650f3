"""The MQTT client: paho with its network thread or an event loop, safe to leave alone for years.

What paho does unasked and is undone here: an exception in a callback ends its thread for
good; MQTT 5 starts with a clean session that forgets what was queued; the first
connection that fails is not tried again unless it is made asynchronously.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import count
from threading import Event
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from bcm_mqtt.mqtt.broker import RECEIVE_MAXIMUM, Broker, Course, log_in, session_options
from bcm_mqtt.mqtt.downs import Downs
from bcm_mqtt.mqtt.driven import Driven, Threaded
from bcm_mqtt.mqtt.message import Message
from bcm_mqtt.mqtt.plain_publish import PlainPublish
from bcm_mqtt.mqtt.read_ahead import ReadAheadClient
from bcm_mqtt.mqtt.reasons import TOO_LARGE
from bcm_mqtt.mqtt.sending.asked import Asked
from bcm_mqtt.mqtt.sending.batch import queue_acknowledgements, queue_values
from bcm_mqtt.mqtt.sending.packet import Limit, read_every_reason, taken_back
from bcm_mqtt.mqtt.sending.retained import Retained

__all__ = ["RECEIVE_MAXIMUM", "Broker", "Message", "MqttClient"]

_LOG = logging.getLogger(__name__)
_KEEPALIVE_S = 30
_KEEPALIVE_OF_SEVERAL_S = 10  # one that is silent is soon left for another
_CONNECTIONS = count(1)  # of all clients, so that a message is known to be of one of them
_MOST_PENDING = 4000
_DRAIN_CHECK_S = 0.01
_ENDS_WITHIN_S = 5.0
read_every_reason()


class MqttClient:
    """One connection to the broker that comes back by itself; of several, to one that answers."""

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        *,
        on_connect: Callable[[], None] = lambda: None,
        on_message: Callable[[Message], None] = lambda _: None,
        on_published: Callable[[int, int], None] = lambda _mid, _reason: None,
        keep_session: bool = False,
        manual_ack: bool = False,
        logs_connections: bool = True,
        keepalive_s: int = _KEEPALIVE_S,
        largest: int | None = None,
    ) -> None:
        """Does not connect yet: see `start`.

        Args:
            broker: To connect to.
            client_id: Under which the broker keeps a session.
            on_connect: Called in the network thread, or the loop's, after every connection.
            on_message: Called there for every message.
            on_published: Called there with the packet id of every message of
                `publish` that is out, and the reason code: QoS 1 acknowledged by the broker,
                QoS 0 written to it. MQTT 3.1.1 has no reason but 0. A packet that is larger than
                the broker takes is not sent: its reason is TOO_LARGE, before `publish` returns.
            keep_session: Whether the broker queues messages while this client is away.
            manual_ack: Whether a message counts as received only after `acknowledge`.
            logs_connections: Whether the log says of each how it is: up, refused, away, lost.
            keepalive_s: A broker that is silent for up to twice as long is taken to be away.
            largest: Of the packets that are read, bytes, where others decide what they send.
        """
        self._broker, self._keepalive_s = broker, keepalive_s
        self.course = Course(broker)  # at which of several it is, or tries
        self._on_connect, self._on_message = on_connect, on_message
        self._on_published, self._manual_ack = on_published, manual_ack
        self._handed_over = self._out = self._connection = 0
        version_5, self._keep_session = broker.protocol == "5", keep_session
        self._limit = Limit(client_id, broker.max_packet_size, version_5=version_5)
        self._downs = Downs(client_id, broker, is_logged=logs_connections)
        self._retained = Retained(partial(self.publish, qos=1, retain=True))
        self.ready = Event()
        self._client = ReadAheadClient(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5 if version_5 else MQTTProtocolVersion.MQTTv311,
            clean_session=None if version_5 else not keep_session,
            manual_ack=manual_ack,
            transport=broker.transport,
        )
        self._largest = self._client.largest = largest
        self._client.max_queued_messages_set(0)
        self._client.reconnect_delay_set(min_delay=1, max_delay=2)
        log_in(self._client, broker)
        self._asked = Asked(self._client, self._downs.place)
        if broker.others:
            self._keepalive_s = min(keepalive_s, _KEEPALIVE_OF_SEVERAL_S)
            self._client.begins = partial(self.course.begin, self._downs.place_at)
        self._driver: Driven | Threaded = Threaded(self._client)
        self._take_callbacks()

    def _take_callbacks(self) -> None:
        self._client.on_connect = self._connected
        self._client.on_connect_fail = self._failed
        self._client.on_disconnect = self._disconnected
        self._client.on_message = self._arrived
        self._client.on_plain = self._plain_arrived
        self._client.on_publish = self._published

    def will(self, topic: str, payload: str) -> None:
        """What the broker publishes, retained, when this client is gone without a word."""
        self._client.will_set(topic, payload, qos=1, retain=True)

    def start(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        """Connects, in a network thread; a broker that is not there yet is waited for.

        With a running loop, and called in it, the loop does the thread's work.
        """
        options = session_options(self._broker, keep=self._keep_session, largest=self._largest)
        place = self._broker.host, self._broker.port
        self._client.connect_async(*place, keepalive=self._keepalive_s, **options)
        self._driver = Driven(self._client, loop) if loop else self._driver
        self._driver.start()

    def stop(self) -> None:
        """Disconnects in good order; the last will is not sent. A resolver is not waited for."""
        self._driver.stop(_ENDS_WITHIN_S)

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted the connection and it stands."""
        return bool(self._client.is_connected())

    def change_to(self, number: int) -> None:
        """Leaves its broker in good order for another of them; only with a running loop."""
        self.course.choose(number)
        self._client.disconnect()

    def fits(self, topic: str, payload: bytes | str) -> bool:
        """Whether the broker takes a message of this size, as far as it says so (MQTT 5)."""
        return self._limit.takes(topic, payload)

    def forget(self, *topics: str) -> None:
        """Sends nothing again of what waits for topics; to be called at a connection."""
        taken_back(self._client, lambda one: one.topic in topics)

    def publish(
        self,
        topic: str,
        payload: bytes | str,
        *,
        qos: int,
        retain: bool,
        expires_s: int | None = None,
    ) -> int:
        """Publishes; QoS 1 is queued in memory while the broker is away, QoS 0 is dropped.

        With MQTT 5 the broker holds it `expires_s` at the most for who is away.

        Returns:
            The packet id that `on_published` will be called with.
        """
        if not self.fits(topic, payload):
            return self._limit.refuse(topic, payload, self._on_published)
        properties = None
        if expires_s is not None and self._broker.protocol == "5":
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.MessageExpiryInterval = expires_s
        self._handed_over += 1
        return self._client.publish(topic, payload, qos, retain, properties).mid

    def retain(self, topic: str, payload: bytes | str) -> None:
        """Publishes state, of which there may be much: see `Retained`. Only with a running loop."""
        self._retained.put(topic, payload)

    def publish_values(self, values: Iterable[tuple[str, bytes]], *, retain: bool) -> None:
        """Publishes many messages at once with QoS 0; dropped while the broker is away.

        Args:
            values: Topic and payload of each.
            retain: Whether the broker keeps them.
        """
        if self.connected:
            self._handed_over += queue_values(
                self._client, self._limit.fitting(values), retain=retain
            )

    async def drained(self) -> None:
        """Waits while more is on its way than the broker takes, so that memory stays bounded."""
        if self._handed_over - self._out > _MOST_PENDING:
            # Looked at now and then: the network thread counts, and need not wake this one.
            while self.connected and self._handed_over - self._out > _MOST_PENDING // 2:  # noqa: ASYNC110
                await asyncio.sleep(_DRAIN_CHECK_S)

    def publish_and_wait(self, topic: str, payload: bytes | str, *, timeout: float) -> bool:
        """Publishes retained with QoS 1 and waits until the broker has it."""
        if not self.fits(topic, payload):
            self._limit.refuse(topic, payload)
            return False
        info = self._client.publish(topic, payload, qos=1, retain=True)
        try:
            info.wait_for_publish(timeout)
        except (RuntimeError, ValueError):
            return False
        return info.is_published()

    def subscribe(self, *filters: str) -> None:
        """Subscribes with QoS 1; what the broker refuses is asked for again."""
        self._asked.ask(filters, 1)

    def subscribe_live(self, *filters: str) -> None:
        """The same with QoS 0, of which the broker queues nothing; both belong in `on_connect`."""
        self._asked.ask(filters, 0)

    def unsubscribe(self, *filters: str) -> None:
        """Ends what a session that the broker kept may still subscribe to."""
        for name in filters:
            self._client.unsubscribe(name)

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Acknowledges messages that are safe here to the broker (manual_ack).

        One of an earlier connection comes again: its id may by now be that of another, unsafe one.
        """
        ours = (one for one in messages if one.connection == self._connection and one.qos)
        queue_acknowledgements(self._client, [one.mid for one in ours])

    def _connected(
        self, client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, properties: Any
    ) -> None:
        if reason.is_failure:
            self._downs.refused(reason)
            return
        self._downs.connected()
        self._connection = next(_CONNECTIONS)
        self._asked.connected()
        self._out = self._handed_over  # QoS 0 that was under way is lost, not pending
        self._limit.connected(properties)
        # paho would send again what an earlier connection left, and lose this one by it.
        self._limit.withdraw(client, self._on_published)
        self._safely(self._on_connect)
        self._retained.connected()
        self.ready.set()

    def _failed(self, _client: Client, _data: Any) -> None:
        # paho calls this while it handles the failure.
        self._downs.not_reached(sys.exc_info()[1])

    def _disconnected(
        self, _client: Client, _data: Any, _flags: DisconnectFlags, reason: ReasonCode, _props: Any
    ) -> None:
        self.ready.clear()
        if reason.is_failure:
            self._downs.lost(reason)

    def _published(
        self, client: Client, _data: Any, mid: int, reason: ReasonCode, _props: Any
    ) -> None:
        if mid < 0:  # minus the count of what `publish_values` queued at once
            self._out -= mid
            return
        self._out += 1
        if reason.value == TOO_LARGE:
            self._limit.refused(client, mid)
        self._retained.published(mid)
        self._safely(lambda: self._on_published(mid, reason.value))

    def _arrived(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        try:
            arrived = Message.of(message, self._connection)
        except UnicodeDecodeError as error:  # of which paho's thread would end
            _LOG.warning(
                "%s: a message is dropped, its topic is no text: %s", self._downs.place, error
            )
            if self._manual_ack and message.qos:
                queue_acknowledgements(client, [message.mid])  # else it would come for ever
            return
        self._safely(lambda: self._on_message(arrived))

    def _plain_arrived(self, messages: Sequence[PlainPublish]) -> None:
        connection = self._connection
        for topic, payload, retain, mid in messages:
            message = Message(topic, payload, retain, mid, 1, connection)
            self._safely(partial(self._on_message, message))

    def _safely(self, callback: Callable[[], None]) -> None:
        """An exception in a callback would end paho's thread without a word."""
        try:
            callback()
        except Exception:
            _LOG.exception("%s: a callback failed", self._downs.place)
