"""Why a read gave no value."""

from enum import Enum

from bcm_mqtt.errors import BcmError

_EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledge",
    6: "device busy",
    10: "gateway path unavailable",
    11: "gateway target did not answer",
}
"""Modbus Application Protocol V1.1b3, section 7."""

_OF_THE_GATEWAY = frozenset({10, 11})


class Failure(Enum):
    """What failed; decides what is backed off.

    What costs a whole timeout counts as silence, whatever was heard meanwhile.
    """

    CONNECTION = "connection"
    """The gateway itself: nothing behind it can be read."""
    SILENCE = "silence"
    """The unit did not answer: others behind the gateway may."""
    GATEWAY = "gateway"
    """The gateway answered in the unit's place: it could not reach it."""
    EXCEPTION = "exception"
    """The unit answered that it will not."""
    REPLY = "reply"
    """Something answered, but it is no reply to the request."""
    BACKED_OFF = "backed off"
    """No request was sent, because the unit was silent before."""


class ReadError(BcmError):
    """A read without a value."""

    def __init__(self, failure: Failure, reason: str) -> None:
        """Keeps the kind of failure and a reason fit for a log line."""
        self.failure = failure
        super().__init__(reason)

    @classmethod
    def exception(cls, code: int) -> "ReadError":
        """The unit or the gateway answered with a Modbus exception."""
        failure = Failure.GATEWAY if code in _OF_THE_GATEWAY else Failure.EXCEPTION
        name = _EXCEPTIONS.get(code, "unknown")
        return cls(failure, f"exception {code} ({name})")
