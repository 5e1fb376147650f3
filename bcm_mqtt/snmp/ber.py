"""The part of ASN.1's Basic Encoding Rules that SNMP is made of (RFC 3417, section 8).

Object identifiers stay as they are encoded: replies are matched to what was requested byte by
byte, and no identifier of a reply is ever written out.
"""

from collections.abc import Iterable
from typing import Final

from bcm_mqtt.snmp.failures import MalformedError

INTEGER: Final = 0x02
OCTETS: Final = 0x04
NULL: Final = 0x05
OID: Final = 0x06
SEQUENCE: Final = 0x30
COUNTER32: Final = 0x41
GAUGE32: Final = 0x42
TICKS: Final = 0x43
COUNTER64: Final = 0x46
_LONG: Final = 0x80
_UNSIGNED: Final = frozenset({COUNTER32, GAUGE32, TICKS, COUNTER64})
_MOST_LENGTH: Final = 4


def encoded(tag: int, content: bytes) -> bytes:
    """One value with its tag and length."""
    length = len(content)
    if length < _LONG:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, _LONG | size)) + length.to_bytes(size, "big") + content


def integer(value: int) -> bytes:
    """A whole number in as few bytes as it takes."""
    return encoded(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(text: str) -> bytes:
    """The content of an object identifier such as `1.3.6.1.2.1.1.3.0`."""
    first, second, *rest = map(int, text.split("."))
    return b"".join(_arc(arc) for arc in (40 * first + second, *rest))


def oid_text(content: bytes) -> str:
    """An object identifier as people write it."""
    arcs, arc = list[int](), 0
    for byte in content:
        arc = arc << 7 | byte & 0x7F
        if byte < _LONG:
            arcs.append(arc)
            arc = 0
    if not arcs:
        return ""
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def _arc(arc: int) -> bytes:
    septets = [arc & 0x7F]
    while arc := arc >> 7:
        septets.append(_LONG | arc & 0x7F)
    return bytes(reversed(septets))


def names_alone(names: Iterable[bytes]) -> bytes:
    """A list of variables without values, as requests have it."""
    empty = encoded(NULL, b"")
    variables = (encoded(SEQUENCE, encoded(OID, name) + empty) for name in names)
    return encoded(SEQUENCE, b"".join(variables))


def opened(data: bytes, at: int, expected: int | None = None) -> tuple[int, int, int]:
    """Tag of the value that begins there, and where its content begins and ends.

    Raises:
        MalformedError: it is cut short, or has another tag than the one expected.
    """
    try:
        tag, length = data[at], data[at + 1]
    except IndexError:
        raise MalformedError from None
    begins = at + 2
    if length >= _LONG:
        size = length - _LONG
        if not 0 < size <= _MOST_LENGTH:
            raise MalformedError
        length = int.from_bytes(data[begins : begins + size], "big")
        begins += size
    ends = begins + length
    if ends > len(data) or (expected is not None and tag != expected):
        raise MalformedError
    return tag, begins, ends


def taken(data: bytes, at: int, tag: int) -> tuple[bytes, int]:
    """The content of the value that begins there, which has this tag, and where it ends."""
    _, begins, ends = opened(data, at, tag)
    return data[begins:ends], ends


def number(data: bytes, at: int) -> tuple[int, int]:
    """The whole number that begins there, and where it ends."""
    content, ends = taken(data, at, INTEGER)
    return int.from_bytes(content, "big", signed=True), ends


def value_of(tag: int, content: bytes) -> int | bytes | None:
    """A variable's value: a number, bytes, or None where the agent has none (RFC 3416)."""
    if tag == INTEGER:
        return int.from_bytes(content, "big", signed=True)
    if tag in _UNSIGNED:
        return int.from_bytes(content, "big")
    return content if tag in {OCTETS, OID} else None


def variables(data: bytes, at: int, end: int) -> tuple[dict[bytes, int | bytes | None], int]:
    """The variables of a list, by their encoded names, and how many there are."""
    found: dict[bytes, int | bytes | None] = {}
    count = 0
    while at < end:
        _, at, ends = opened(data, at, SEQUENCE)
        name, after = taken(data, at, OID)
        tag, begins, last = opened(data, after)
        if last != ends:
            raise MalformedError
        found[name] = value_of(tag, data[begins:last])
        at = ends
        count += 1
    if at != end:
        raise MalformedError
    return found, count
