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


class Failure(Enum):
    """What failed; decides what is backed off."""

    CONNECTION = "connection"
    """The gateway itself: nothing behind it can be read."""
    SILENCE = "silence"
    """The unit did not answer: others behind the gateway may."""
    EXCEPTION = "exception"
    """The unit answered that it will not."""
    REPLY = "reply"
    """Something answered, but not what was asked."""
    BACKED_OFF = "backed off"
    """Not asked this time, because it was silent before."""


class ReadError(BcmError):
    """A read without a value."""

    def __init__(self, failure: Failure, reason: str) -> None:
        """Keeps the kind of failure and a reason fit for a log line."""
        self.failure = failure
        super().__init__(reason)

    @classmethod
    def exception(cls, code: int) -> "ReadError":
        """The unit or the gateway answered with a Modbus exception."""
        # 0x0B is the gateway's word for a silent unit, so it counts as silence.
        failure = Failure.SILENCE if code == 11 else Failure.EXCEPTION
        name = _EXCEPTIONS.get(code, "unknown")
        return cls(failure, f"exception {code} ({name})")
