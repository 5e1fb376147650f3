"""Requests and what is made of replies to them (RFC 3416). There is no request that writes.

A request is encoded once: its id always takes four bytes, so that only those change from poll to
poll.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from bcm_mqtt.snmp import ber
from bcm_mqtt.snmp.failures import MalformedError

FIRST_ID: Final = 0x4000_0000
LAST_ID: Final = 0x7FFF_FFFF
"""Ids that take four bytes."""
TOO_BIG: Final = 1
REFUSED: Final = frozenset({2, 5})
"""Errors of a whole request that one of its values, or their number, may be the cause of."""
_ID_SIZE: Final = 4


class Kind(IntEnum):
    """The tags of the requests that are ever sent."""

    GET = 0xA0
    GET_BULK = 0xA5


_RESPONSE: Final = 0xA2
REPORT: Final = 0xA8
_ERRORS: Final = {
    1: "the reply would be too big",
    2: "it has no such name",
    5: "a general error",
    6: "no access",
    16: "an authorization error",
}
"""Those that a reading can meet (RFC 3416, section 3)."""


@dataclass(frozen=True, slots=True)
class Request:
    """What one request is for.

    Attributes:
        kind: GET brings `names`, GET_BULK what comes after each of them.
        names: Encoded object identifiers.
        single: Of GET_BULK, how many of the first names are for one value each.
        repetitions: Of GET_BULK, how many values each of the others is for.
        expected: Names of the values that it is for, without those of `single`.
    """

    kind: Kind
    names: tuple[bytes, ...]
    single: int = 0
    repetitions: int = 0
    expected: tuple[bytes, ...] = ()
    _rest: bytes = field(init=False, repr=False, compare=False, default=b"")

    def __post_init__(self) -> None:
        """Encodes what stays the same each time."""
        pair = (self.single, self.repetitions) if self.kind is Kind.GET_BULK else (0, 0)
        rest = b"".join(map(ber.integer, pair)) + ber.names_alone(self.names)
        object.__setattr__(self, "_rest", rest)

    @property
    def values(self) -> int:
        """How many values a whole reply has."""
        if self.kind is Kind.GET:
            return len(self.names)
        return self.single + (len(self.names) - self.single) * self.repetitions

    def pdu(self, request_id: int) -> bytes:
        """It as it is sent."""
        named = bytes((ber.INTEGER, _ID_SIZE)) + request_id.to_bytes(_ID_SIZE, "big")
        return ber.encoded(self.kind, named + self._rest)


def get(names: Sequence[bytes]) -> Request:
    """Brings the values of these names."""
    return Request(Kind.GET, tuple(names), expected=tuple(names))


@dataclass(frozen=True, slots=True)
class Reply:
    """What a response says.

    Attributes:
        request_id: Of the request.
        error: Status; 0 is none.
        values: By encoded name; None where the agent has no such value.
        count: Of the values, of which several may be of one name that there is not.
        is_report: Whether it is one of the security model's, in place of a response.
    """

    request_id: int
    error: int
    values: dict[bytes, int | bytes | None]
    count: int = 0
    is_report: bool = False

    @property
    def reason(self) -> str:
        """The error, for people."""
        return _ERRORS.get(self.error, f"error status {self.error}")

    def is_short_of(self, request: Request) -> bool:
        """Whether it was cut short, as GETBULK allows, and not at the end of all there is."""
        is_bulk = request.kind is Kind.GET_BULK
        return is_bulk and self.count < request.values and None not in self.values.values()


def reply_of(data: bytes, at: int) -> Reply:
    """The response or report that begins there.

    Raises:
        MalformedError: it is something else.
    """
    tag, at, end = ber.opened(data, at)
    if tag not in {_RESPONSE, REPORT}:
        raise MalformedError
    request_id, at = ber.number(data, at)
    error, at = ber.number(data, at)
    _, at = ber.number(data, at)
    _, at, last = ber.opened(data, at, ber.SEQUENCE)
    if last != end:
        raise MalformedError
    values, count = ber.variables(data, at, last)
    return Reply(request_id, error, values, count, tag == REPORT)
