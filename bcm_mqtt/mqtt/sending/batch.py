"""Many packets at once: encoded here and handed to paho as one.

paho's `publish` takes 20 to 30 microseconds a message: an object to wait for, locks, a
wake-up of its thread, a send; `ack` nearly as much. A panel's hundred messages joined cost one
of each, and so do the acknowledgements of hundreds of snapshots. paho
(2.2) has no public way for that, so this uses `_packet_queue`, in which its `publish`
ends, too; a test watches that it stays what it is.

Encoding: MQTT 3.1.1 and 5.0, sections 1.5.3 (1.5.4), 2.2.3 (2.1.4), 3.3 and 3.4.
"""

from collections.abc import Iterable
from functools import lru_cache

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import MessageType, MQTTProtocolVersion

_RETAIN = 1
_NO_PROPERTIES = b"\0"


def queue_values(client: Client, values: Iterable[tuple[str, bytes]], *, retain: bool) -> int:
    """Queues messages of QoS 0, to be written in order by the client's network thread.

    Once they are out, paho calls `on_publish` with minus their count where the id of a
    packet would stand. Like those of `publish`, they are lost if the connection is.

    Args:
        client: Connected.
        values: Topic and payload of each message.
        retain: Whether the broker keeps them.

    Returns:
        How many they are.
    """
    command = MessageType.PUBLISH | (_RETAIN if retain else 0)
    properties = _NO_PROPERTIES if client.protocol == MQTTProtocolVersion.MQTTv5 else b""
    parts: list[bytes] = []
    for topic, payload in values:
        name = _name(topic, properties)
        parts += (_head(command, len(name) + len(payload)), name, payload)
    count = len(parts) // 3
    if count:
        info = MQTTMessageInfo(-count)
        client._packet_queue(command, b"".join(parts), -count, 0, info)  # noqa: SLF001
    return count


def queue_acknowledgements(client: Client, ids: Iterable[int]) -> None:
    """Queues the acknowledgements of messages of QoS 1, by their packet ids."""
    packets = b"".join(_ACKNOWLEDGED + identifier.to_bytes(2) for identifier in ids)
    if packets:
        client._packet_queue(MessageType.PUBACK, packets, 0, 1)  # noqa: SLF001


_ACKNOWLEDGED = bytes((MessageType.PUBACK, 2))


@lru_cache(maxsize=1 << 14)
def _name(topic: str, properties: bytes) -> bytes:
    """A topic with its length before and the properties after it: the same at each value."""
    name = topic.encode()
    return len(name).to_bytes(2) + name + properties


@lru_cache(maxsize=1 << 10)
def _head(command: int, length: int) -> bytes:
    """The fixed header: the command, then the length of the rest, 7 bits to a byte."""
    if length <= 127:  # of nearly all values
        return bytes((command, length))
    head = bytearray((command,))
    while length > 127:
        head.append(0x80 | length & 0x7F)
        length >>= 7
    head.append(length)
    return bytes(head)
