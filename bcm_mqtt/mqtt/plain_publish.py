"""Plain messages of QoS 1, taken out of the bytes that have come without paho.

Nearly all that a recorder reads are PUBLISH packets of QoS 1 without properties. paho (2.2) makes
eight objects of each, two of them locks, and looks for whom it is. Whatever is not plain is left
to paho, byte for byte: other packets and QoS, properties, what is malformed or not all there.

Decoding: MQTT 3.1.1 and 5.0, sections 1.5.3 (1.5.4), 2.2.3 (2.1.4) and 3.3.
"""

from functools import lru_cache
from typing import Final, NamedTuple

_QOS_1: Final = 0x32
_DUP_AND_RETAIN: Final = 0x09
_LONGEST_LENGTH: Final = 4
"""Bytes of the length of the rest; more are malformed."""


class PlainPublish(NamedTuple):
    """A message of QoS 1.

    Attributes:
        topic: On which.
        payload: As it came.
        retain: Whether it is a retained one, delivered because of a new subscription.
        mid: Its id, which acknowledges it.
    """

    topic: str
    payload: bytes
    retain: bool
    mid: int


def plain_publishes(data: bytes, at: int, *, version_5: bool) -> tuple[list[PlainPublish], int]:
    """The plain messages that lie one after another.

    Args:
        data: What has come.
        at: Where a packet begins in it, or its end.
        version_5: Whether the connection is of MQTT 5, in which a packet has properties.

    Returns:
        The messages, and where the first packet begins that is not plain, or not whole.
    """
    messages: list[PlainPublish] = []
    end = len(data)
    while at + 1 < end and data[at] & ~_DUP_AND_RETAIN == _QOS_1:
        length, name = data[at + 1], at + 2
        if length > 127:
            length, name = _length(data, at + 1)
        after = name + length
        if after > end or length < 2:
            break
        identifier = name + 2 + (data[name] << 8 | data[name + 1])
        payload = identifier + 2 + version_5
        if identifier == name + 2 or payload > after or (version_5 and data[payload - 1]):
            break
        try:
            topic = _text(data[name + 2 : identifier])
        except UnicodeDecodeError:
            break
        mid = data[identifier] << 8 | data[identifier + 1]
        messages.append(PlainPublish(topic, data[payload:after], bool(data[at] & 1), mid))
        at = after
    return messages, at


def _length(data: bytes, at: int) -> tuple[int, int]:
    """The length of a packet's rest and where that begins; no length if it is not all there."""
    length = 0
    for place, byte in enumerate(data[at : at + _LONGEST_LENGTH]):
        length |= (byte & 127) << 7 * place
        if byte < 128:
            return length, at + place + 1
    return 0, at


@lru_cache(maxsize=1 << 12)
def _text(name: bytes) -> str:
    """A topic: the same text for each of its messages."""
    return name.decode()
