"""How large a packet may be: a broker says so when it takes a connection (MQTT 5, 3.2.2.3.6).

What is larger would end the connection, and with QoS 1 the next one, too. Over MQTT 3.1.1 no
broker says anything: there it is the configuration's.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from bcm_mqtt.mqtt.reasons import TOO_LARGE

_LOG = logging.getLogger(__name__)
_LEARNED_FOR_S = 600.0
"""Afterwards it is tried again: somebody may have raised the broker's limit."""
_FIRST_OWN_ID = 1 << 16
"""Ids of packets that are not sent; those of MQTT have 16 bits."""
_LONGEST_HEAD = 10
"""Bytes of a packet beside its topic's name and its payload, at the most."""
_LONGEST_CHARACTER = 4
"""Bytes in UTF-8."""


def packet_size(topic: str, payload: bytes | bytearray | str, *, version_5: bool) -> int:
    """Bytes of a message of QoS 1 on the wire (MQTT 5 and 3.1.1, sections 2.1 and 3.3)."""
    body = 2 + len(topic.encode()) + 2 + version_5 + _length(payload)
    return 1 + max(1, (body.bit_length() + 6) // 7) + body


def read_every_reason() -> None:
    """Has paho read the reason with which Mosquitto 2.0 refuses a message that is too large.

    The standard has it for the end of connections only, not for acknowledgements (MQTT 5,
    3.4.2.1); paho (2.2) takes such a packet as malformed and ends the connection, again and again.
    """
    read = ReasonCode.unpack

    def unpack(self: ReasonCode, buffer: bytes | bytearray) -> int:
        if self.packetType == PacketTypes.PUBACK and buffer[0] == TOO_LARGE:
            self.value = TOO_LARGE
            return 1
        return read(self, buffer)

    ReasonCode.unpack = unpack  # type: ignore[method-assign]


class Limit:
    """The largest packet of a connection; used by the thread that publishes and the network's."""

    def __init__(self, client_id: str, configured: int | None, *, version_5: bool) -> None:
        """Knows the configured limit, bytes, if there is one."""
        self._client_id = client_id
        self._configured = configured
        self._version_5 = version_5
        self._stated: int | None = None
        self._learned: int | None = None
        self._learned_s = 0.0
        self._reported: set[str] = set()
        self._own_id = _FIRST_OWN_ID

    def connected(self, properties: object) -> None:
        """Takes what the broker said when it took the connection."""
        self._stated = getattr(properties, "MaximumPacketSize", None)
        if self._learned is None:  # else the connection may have ended for it
            self._reported.clear()

    @property
    def _most(self) -> int | None:
        learned = self._learned if time.monotonic() - self._learned_s < _LEARNED_FOR_S else None
        limits = [limit for limit in (self._stated, self._configured, learned) if limit]
        return min(limits, default=None)

    def refused(self, client: Client, packet_id: int) -> None:
        """Learns from a refusal; Mosquitto 2.0 may end the connection with each.

        Args:
            client: Whose message it was.
            packet_id: Of a message for which the broker said TOO_LARGE.
        """
        message = client._out_messages.get(packet_id)  # noqa: SLF001 - until the callback returns
        if message is not None:
            size = packet_size(message.topic, message.payload, version_5=self._version_5)
            self._learned = min(self._most or size, size - 1)
            self._learned_s = time.monotonic()
            self._report(message.topic, message.payload)

    def takes(self, topic: str, payload: bytes | bytearray | str) -> bool:
        """Whether the broker takes a message."""
        most = self._most
        return most is None or packet_size(topic, payload, version_5=self._version_5) <= most

    def fitting(self, values: Iterable[tuple[str, bytes]]) -> Iterable[tuple[str, bytes]]:
        """Those of many messages that the broker takes; without a limit none is measured."""
        most = self._most
        return values if most is None else self._of_at_most(most, values)

    def _of_at_most(
        self, most: int, values: Iterable[tuple[str, bytes]]
    ) -> Iterator[tuple[str, bytes]]:
        for topic, payload in values:
            # Most are so short that their exact size does not matter.
            longest = _LONGEST_HEAD + _LONGEST_CHARACTER * len(topic) + len(payload)
            if longest <= most or packet_size(topic, payload, version_5=self._version_5) <= most:
                yield topic, payload
            else:
                self._report(topic, payload)

    def refuse(
        self,
        topic: str,
        payload: bytes | bytearray | str,
        on_published: Callable[[int, int], None] = lambda _id, _reason: None,
    ) -> int:
        """Says that a message is too large, to the log once a topic.

        Returns:
            The id by which it was said.
        """
        self._report(topic, payload)
        self._own_id += 1
        on_published(self._own_id, TOO_LARGE)
        return self._own_id

    def withdraw(self, client: Client, on_published: Callable[[int, int], None]) -> None:
        """Takes back what is too large of the messages that paho is about to send again."""
        if self._most is None:
            return
        large = taken_back(client, lambda one: not self.takes(one.topic, one.payload))
        for message in large:
            self._report(message.topic, message.payload)
            on_published(message.mid, TOO_LARGE)

    def _report(self, topic: str, payload: bytes | bytearray | str) -> None:
        if topic not in self._reported:
            self._reported.add(topic)
            _LOG.error(
                "%s: a message of %s bytes on %s is not published: the broker takes packets of at "
                "most %s bytes; raise its maximum packet size",
                self._client_id,
                f"{_length(payload):,}",
                topic,
                f"{self._most or 0:,}",
            )


def _length(payload: bytes | bytearray | str) -> int:
    return len(payload.encode() if isinstance(payload, str) else payload)


def taken_back(client: Client, unwanted: Callable[[MQTTMessage], bool]) -> list[MQTTMessage]:
    """Takes back some of the messages that paho is about to send again, at a new connection.

    paho (2.2) has no public way to take back some of them only: `_out_messages` is what
    its `drop_out_messages` empties; a test watches that it stays what it is.
    """
    with client._out_message_mutex:  # noqa: SLF001
        waiting = client._out_messages  # noqa: SLF001
        found = [one for one in waiting.values() if unwanted(one)]
        for message in found:
            del waiting[message.mid]
    return found
