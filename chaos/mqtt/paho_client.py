"""Stands for paho's client in bcm_mqtt.mqtt.client: the same calls, the simulated broker.

As paho it queues QoS 1 in memory while the broker is away and sends it again on each
connection, has 20 in flight, drops QoS 0, and calls back from a "network thread": here a call
of the loop, in the process to which the client belongs.
"""

from collections.abc import Callable
from contextlib import nullcontext
from contextvars import copy_context
from functools import lru_cache
from typing import Any

from paho.mqtt.client import ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import MessageType
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from chaos.clockwork import running
from chaos.mqtt.broker import KEEPALIVE_S, Published
from chaos.mqtt.link import LINKS
from chaos.mqtt.outgoing import Info, Outgoing, unpacked
from chaos.mqtt.settings import Settings, as_bytes
from chaos.mqtt.wire import Wire
from chaos.process import PROCESS, Process


class SimulatedPaho(Settings):
    """A client of a process."""

    def __init__(
        self,
        callback_api_version: Any = None,
        client_id: str = "",
        clean_session: bool | None = None,
        userdata: Any = None,
        protocol: Any = None,
        manual_ack: bool = False,
        **_: Any,
    ) -> None:
        del callback_api_version, userdata
        process = PROCESS.get()
        if process is None:
            raise RuntimeError("a client belongs to a process")
        self.protocol = protocol
        self._id = client_id
        self._process: Process = process
        self._context = copy_context()
        self._link = LINKS[process.machine.name]
        self._loop = running()
        super().__init__(clean_session)
        self._manual_ack = manual_ack
        self._wire: Wire | None = None
        self._connected = self._wanted = False
        self._mid = 0
        self._out = Outgoing()
        self._out_messages, self._out_message_mutex = self._out.waiting, nullcontext()
        self.on_connect: Any = None
        self.on_connect_fail: Any = None
        self.on_disconnect: Any = None
        self.on_message: Any = None
        self.on_publish: Any = None
        self.on_subscribe: Any = None
        process.connections.append(self._killed)
        self._link.clients.append(self)

    def loop_start(self) -> None:
        """Connects, again and again."""
        self._wanted = True
        self._later(0.001, self._try)

    def disconnect(self, *_: Any, **__: Any) -> None:
        """In good order: what was handed over before it goes out before it."""
        self._wanted = False
        if self._wire and self._connected:
            wire, broker = self._wire, self._link.broker
            wire.up(lambda: (broker.disconnect(self._id, self, in_order=True), wire.close()))
        self._connected = False

    def loop_stop(self) -> None:
        """Ends the thread."""
        self._wanted = False

    # What is done with it.

    def is_connected(self) -> bool:
        """Whether it thinks so."""
        return self._connected

    def publish(
        self,
        topic: str,
        payload: Any = None,
        qos: int = 0,
        retain: bool = False,
        properties: Any = None,
    ) -> Info:
        """As paho does."""
        self._mid = self._mid % 65535 + 1
        info = Info(self._mid)
        if not self._process.alive:
            return info
        expiry = getattr(properties, "MessageExpiryInterval", None)
        expires = None if expiry is None else self._loop.now + expiry
        message = Published(topic, as_bytes(payload), qos, retain, expires)
        if qos == 0:
            if self._connected and self._wire:
                broker = self._link.broker
                self._wire.up(lambda: broker.publish(self._id, message))
                self._later(0.0, lambda: self._is_out(info))
            else:
                info.rc = 4
            return info
        self._out.add(info, message)
        if not self._connected:
            info.rc = 4
        self._fill()
        return info

    def subscribe(self, topic: str | list[tuple[str, int]], qos: int = 0) -> tuple[int, int | None]:
        """One filter or several."""
        filters = [(topic, qos)] if isinstance(topic, str) else list(topic)
        if not self._wire:
            return 4, None
        self._mid = mid = self._mid % 65535 + 1
        wire, broker = self._wire, self._link.broker

        def take() -> None:
            if broker.up:
                broker.subscribe(self._id, filters)
                granted = [_reason(0) for _ in filters]
                wire.down(lambda: self._call(self.on_subscribe, mid, granted, None))

        wire.up(take)
        return 0, mid

    def unsubscribe(self, topic: Any, *_: Any) -> None:
        """One filter or several."""
        filters = [topic] if isinstance(topic, str) else list(topic)
        if self._wire:
            broker = self._link.broker
            self._wire.up(lambda: broker.unsubscribe(self._id, filters))

    def ack(self, mid: int, qos: int) -> None:
        """With `manual_ack`: the message is safe here."""
        if qos and self._wire and self._process.alive:
            broker = self._link.broker
            self._wire.up(lambda: broker.acknowledged(self._id, self, mid))

    def _packet_queue(
        self, command: int, packet: bytes, mid: int, qos: int, info: Any = None
    ) -> None:
        """Many packets as one, see mqtt/sending/batch.py: messages of QoS 0, or their receipts."""
        if command == MessageType.PUBACK:
            for at in range(2, len(packet), 4):
                self.ack(int.from_bytes(packet[at : at + 2]), qos)
            return
        if self._connected and self._wire and self._process.alive:
            messages = list(unpacked(command, packet, version_5=self.protocol == 5))
            broker = self._link.broker
            self._wire.up(lambda: [broker.publish(self._id, one) for one in messages])
            info.mid = mid
            self._later(0.0, lambda: self._call(self.on_publish, mid, _reason(0), None))

    # The broker's side (Peer).

    def deliver(self, mid: int, message: Published) -> None:
        """The broker sends a message."""
        if self._wire:
            self._wire.down(lambda: self._arrived(mid, message))

    def closed(self) -> None:
        """The broker ends the connection."""
        wire = self._wire
        if wire:
            wire.close()
            self._later(0.001, lambda: self._gone(wire))

    # The network.

    def lost(self) -> None:
        """The connection is cut, and both ends notice."""
        if wire := self._wire:
            wire.close()
            self._link.broker.disconnect(self._id, self, in_order=False)
            self._gone(wire)

    def frozen(self) -> None:
        """The connection is dead, and each end notices after the keepalive."""
        if wire := self._wire:
            wire.close()
            broker = self._link.broker

            def notice() -> None:
                if self._wire is wire:
                    broker.disconnect(self._id, self, in_order=False)
                    self._gone(wire)

            self._loop.call_later(KEEPALIVE_S, notice)

    def _killed(self) -> None:
        self._wanted = False
        if self in self._link.clients:
            self._link.clients.remove(self)
        if wire := self._wire:
            self._wire, self._connected = None, False
            wire.close()
            self._link.broker.disconnect(self._id, self, in_order=False)

    def _try(self) -> None:
        if not self._wanted or self._wire:
            return
        broker = self._link.broker
        if not (broker.up and self._link.up):
            self._call(self.on_connect_fail)
            self._later(max(2.0, self._loop.grain_s), self._try)
            return
        wire = self._wire = Wire(self._loop, self._link.latency_s)

        def accept() -> None:
            if not broker.up:
                self._gone(wire)
                return
            broker.connect(
                self._id,
                self,
                clean=self._clean,
                expiry_s=self._expiry_s,
                window=self._receive,
                will=self._will,
            )
            wire.down(lambda: self._accepted(wire))

        wire.up(accept)

    def _accepted(self, wire: Wire) -> None:
        if self._wire is not wire:
            return
        self._connected = True
        self._out.connected()
        self._call(self.on_connect, ConnectFlags(session_present=False), _reason(0), None)
        self._fill()
        wire.up(lambda: self._link.broker.connected(self._id))

    def _gone(self, wire: Wire) -> None:
        if self._wire is not wire:
            return
        self._wire = None
        was, self._connected = self._connected, False
        if was:
            flags = DisconnectFlags(is_disconnect_packet_from_server=False)
            self._call(self.on_disconnect, flags, _lost(), None)
        if self._wanted:
            self._later(1.0, self._try)

    def _fill(self) -> None:
        if not (self._connected and self._wire):
            return
        wire = self._wire
        self._out.fill(lambda mid, message: self._send(wire, mid, message))

    def _send(self, wire: Wire, mid: int, message: Published) -> None:
        broker = self._link.broker

        def take() -> None:
            if broker.up:
                reason = broker.publish(self._id, message)
                wire.down(lambda: self._acknowledged(mid, reason))

        wire.up(take)

    def _acknowledged(self, mid: int, reason: int) -> None:
        if self._out.acknowledged(mid):
            self._call(self.on_publish, mid, _reason(reason), None)
            self._fill()

    def _is_out(self, info: Info) -> None:
        info.done()
        self._call(self.on_publish, info.mid, _reason(0), None)

    def _arrived(self, mid: int, message: Published) -> None:
        arrived = MQTTMessage(mid, message.topic.encode())
        arrived.payload, arrived.qos = message.payload, message.qos
        arrived.retain, arrived.dup = message.retain, message.dup
        self._call(self.on_message, arrived)
        if not self._manual_ack:
            self.ack(mid, message.qos)

    def _call(self, callback: Any, *args: Any) -> None:
        if callback and self._process.alive:
            self._context.run(callback, self, None, *args)

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        self._loop.call_later(seconds, lambda: act() if self._process.alive else None)


@lru_cache
def _reason(code: int) -> Any:
    name = "No matching subscribers" if code else "Success"
    return ReasonCode(PacketTypes.PUBACK, name)


@lru_cache
def _lost() -> Any:
    return ReasonCode(PacketTypes.DISCONNECT, "Keep alive timeout")
