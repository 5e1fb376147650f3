"""paho's client, reading what has come at once instead of a few bytes at a time.

paho (2.2) asks the system four or five times for each packet: whether something is there, for
its first byte, for each byte of its length, for the rest. That is half of what a message costs,
and each time its thread may have to wait for the interpreter's lock. It has no public way for
another, so this overrides `_sock_recv`, through which all of it is read; a test watches that.

Where a packet begins, plain messages are taken out of what has come before paho sees them.
"""

from collections.abc import Callable, Sequence
from typing import Final

from paho.mqtt.client import Client
from paho.mqtt.client import time_func as paho_time
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion

from bcm_mqtt.mqtt.plain_publish import PlainPublish, plain_publishes
from bcm_mqtt.mqtt.sending.batch import queue_acknowledgements

_AT_ONCE: Final = 1 << 16


class ReadAheadClient(Client):
    """Used by paho's network thread alone."""

    on_plain: Callable[[Sequence[PlainPublish]], None] | None = None
    """Takes plain messages, in their order and all that have come, in place of `on_message`.

    It must not raise. Callbacks of single filters (`message_callback_add`) get none of them.
    """

    on_turn: Callable[[], None] | None = None
    """Called now and then, each second at the least; it must not raise."""

    begins: Callable[[], tuple[str, int]] | None = None
    """Gives host and port at each attempt to connect, where there are several."""

    largest: int | None = None
    """Of packets, bytes: a larger one ends the connection, whatever the broker was told."""

    _ahead = b""
    _at = 0
    _only_ahead = False
    _begins = False

    def reconnect(self) -> MQTTErrorCode:
        """What came over the last connection is no part of the next one."""
        self._ahead, self._at = b"", 0
        if self.begins:
            self._host, self._port = self.begins()
        return super().reconnect()

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Reads what is there, and all packets in it: nothing may be left to wait for `select`."""
        result = super().loop_read(max_packets)
        self._only_ahead = True  # or a broker that always has more would be all that is served
        try:
            while result == MQTTErrorCode.MQTT_ERR_SUCCESS and self._at < len(self._ahead):
                result = super().loop_read(max_packets)
        finally:
            self._only_ahead = False
        return result

    def loop_misc(self) -> MQTTErrorCode:
        """What is to do now and then."""
        if self.on_turn:
            self.on_turn()
        return super().loop_misc()

    def _packet_read(self) -> MQTTErrorCode:
        self._begins = self._in_packet["command"] == 0
        return super()._packet_read()

    def _sock_recv(self, bufsize: int) -> bytes:
        begins, self._begins = self._begins, False
        if self.largest is not None and bufsize > self.largest:
            message = f"a packet of {bufsize:,} bytes, more than {self.largest:,}, is not read"
            raise ConnectionError(message)
        if self._at >= len(self._ahead):
            if self._only_ahead:
                raise BlockingIOError
            self._ahead, self._at = super()._sock_recv(max(bufsize, _AT_ONCE)), 0
        if begins and self.on_plain and self._take_plain(self.on_plain):
            raise BlockingIOError  # nothing is left for paho
        chunk = self._ahead[self._at : self._at + bufsize]
        self._at += len(chunk)
        return chunk

    def _take_plain(self, take: Callable[[Sequence[PlainPublish]], None]) -> bool:
        """Takes the plain messages that come first; returns whether nothing else has come."""
        version_5 = self.protocol == MQTTProtocolVersion.MQTTv5
        messages, self._at = plain_publishes(self._ahead, self._at, version_5=version_5)
        if not messages:
            return False
        with self._msgtime_mutex:  # by which it knows that the broker lives
            self._last_bytes_received = paho_time()
        with self._in_callback_mutex:  # as around each of its callbacks
            take(messages)
        if not self._manual_ack:
            queue_acknowledgements(self, [message.mid for message in messages])
        return self._at >= len(self._ahead)
