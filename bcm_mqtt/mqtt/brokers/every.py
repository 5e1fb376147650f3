"""Connections to all brokers of a site at once: for whoever must hear a bridge wherever it is."""

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from threading import Event
from typing import Any

from bcm_mqtt.mqtt.brokers.whereabouts import Whereabouts
from bcm_mqtt.mqtt.client import Broker, Message, MqttClient


class EveryBroker:
    """One connection to each broker; what is published goes to each that is connected."""

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        *,
        on_connect: Callable[[MqttClient], None],
        on_message: Callable[[Message], None],
        whereabouts: Whereabouts | None = None,
        **options: Any,  # noqa: ANN401 - those of `MqttClient`
    ) -> None:
        """Does not connect yet: see `start`.

        Args:
            broker: One, or several.
            client_id: At each of them.
            on_connect: Called in a network thread, with the connection that has begun.
            on_message: Called in the network threads, one at a time of each.
            whereabouts: What counts of several; None where everything does.
            options: Of each connection: see `MqttClient`.
        """
        each = broker.each
        self._whereabouts = whereabouts if len(each) > 1 else None
        self._on_message = on_message
        self._acknowledges = bool(options.get("manual_ack"))
        self.connections = tuple(
            MqttClient(
                one,
                client_id,
                on_connect=partial(self._connected, number),
                on_message=partial(self._arrived, number) if self._whereabouts else on_message,
                **options,
            )
            for number, one in enumerate(each)
        )
        self._on_connect = on_connect

    def will(self, topic: str, payload: str) -> None:
        """What each broker publishes, retained, when this client is gone without a word."""
        for one in self.connections:
            one.will(topic, payload)

    def start(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        """Connects to all; those that are not there yet are waited for."""
        for one in self.connections:
            one.start(loop)

    def stop(self) -> None:
        """Disconnects in good order."""
        for one in self.connections:
            one.stop()

    @property
    def connected(self) -> bool:
        """Whether any broker is."""
        return any(one.connected for one in self.connections)

    @property
    def ready(self) -> Event:
        """Set while any connection is subscribed; to be asked for again each time."""
        return next(
            (one.ready for one in self.connections if one.ready.is_set()), self._first.ready
        )

    @property
    def health(self) -> str:
        """In a line: which brokers are connected."""
        if len(self.connections) == 1:
            return f"broker {_state(self._first)}"
        return ", ".join(
            f"broker {one.course.broker.place} {_state(one)}" for one in self.connections
        )

    def at(self, bridge: str) -> MqttClient:
        """The connection to the broker at which a bridge is, as far as that is known."""
        number = self._whereabouts.of(bridge) if self._whereabouts else None
        return self.connections[number] if number is not None else self._there[0]

    def ask_where_moved(self, *filters: str) -> None:
        """Asks for what is retained where a bridge has come to be; to be called now and then."""
        for number in self._whereabouts.asked() if self._whereabouts else ():
            self.connections[number].subscribe(*filters)

    def fits(self, topic: str, payload: bytes | str) -> bool:
        """Whether all that are connected take a message of this size, as far as they say so."""
        return all(one.fits(topic, payload) for one in self._there)

    def publish(
        self,
        topic: str,
        payload: bytes | str,
        *,
        qos: int,
        retain: bool,
        **options: Any,  # noqa: ANN401
    ) -> None:
        """Publishes at each that is connected."""
        for one in self._there:
            one.publish(topic, payload, qos=qos, retain=retain, **options)

    def publish_and_wait(self, topic: str, payload: bytes | str, *, timeout: float) -> bool:
        """Publishes retained at each that is connected, in turn; whether all have it."""
        done = [one.publish_and_wait(topic, payload, timeout=timeout) for one in self._there]
        return all(done)

    def subscribe(self, *filters: str) -> None:
        """Subscribes at each that is connected."""
        for one in self._there:
            one.subscribe(*filters)

    def acknowledge(self, messages: Collection[Message]) -> None:
        """Acknowledges messages to the brokers that they came from (manual_ack)."""
        for one in self.connections:
            one.acknowledge(messages)

    @property
    def _first(self) -> MqttClient:
        return self.connections[0]

    @property
    def _there(self) -> list[MqttClient]:
        """Those that are connected; one alone queues what it can while it is away."""
        if len(self.connections) == 1:
            return [self._first]
        return [one for one in self.connections if one.connected] or [self._first]

    def _connected(self, number: int) -> None:
        self._on_connect(self.connections[number])

    def _arrived(self, number: int, message: Message) -> None:
        if self._whereabouts and self._whereabouts.is_stale(number, message):
            if self._acknowledges:
                self.connections[number].acknowledge([message])
            return
        self._on_message(message)


def _state(connection: MqttClient) -> str:
    return "connected" if connection.ready.is_set() else "away"
