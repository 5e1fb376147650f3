"""Requests as frames, and the one reply to each or why there is none.

pymodbus makes the requests. Its reading of replies (3.16) is left aside: it takes a byte
count of 13 for six registers, lets bytes after the last register pass, waits for more
after a wrong header, and on RTU throws away a good frame that follows one with a bad
CRC. What is here knows the request, so it knows every byte of the frame that may answer
it, except for its values.
"""

from abc import ABC, abstractmethod
from enum import Enum
from struct import Struct, unpack
from typing import Final

from pymodbus.framer import FramerBase, FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from bcm_mqtt.errors import BcmError
from bcm_mqtt.modbus.plan import ReadRequest

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

    def __init__(self, failure: Failure, reason: str, code: int = 0) -> None:
        """Takes the kind of failure, a reason fit for a log line and an exception's code."""
        self.failure = failure
        self.code = code
        super().__init__(reason)

    @classmethod
    def exception(cls, code: int) -> "ReadError":
        """The unit or the gateway answered with a Modbus exception."""
        failure = Failure.GATEWAY if code in _OF_THE_GATEWAY else Failure.EXCEPTION
        name = _EXCEPTIONS.get(code, "unknown")
        return cls(failure, f"exception {code} ({name})", code)


_HEADER: Final = Struct(">HHHBB")  # transaction, protocol, length, unit, function code
_EXCEPTION_BIT: Final = 0x80
_LONGEST: Final = 254
_LONGEST_RTU: Final = 256
_STALE: Final = 16
_STRIDE: Final = 3
_LAST_TRANSACTION: Final = 0xFFFF
_RTU_OVERHEAD: Final = 5  # unit, function code, byte count or exception code, CRC
_PDUS: Final = {3: ReadHoldingRegistersRequest, 4: ReadInputRegistersRequest}
_DECODER: Final = DecodePDU(is_server=False)  # framers want one; nothing is decoded by it


class _Made:
    """What is the same each time that a request is sent.

    Attributes:
        frame: The request's; of Modbus TCP without its transaction.
        head: Of its reply by Modbus TCP, from the transaction to the registers.
        words: The registers.
        size: Of the reply, bytes.
    """

    __slots__ = ("frame", "head", "size", "words")

    def __init__(self, frame: bytes, request: ReadRequest) -> None:
        size = 2 * request.count
        self.frame = frame
        self.head = _HEADER.pack(0, 0, 3 + size, request.unit, request.function_code)[2:] + bytes(
            (size,)
        )
        self.words = Struct(f">{request.count}H")
        self.size = _HEADER.size + 1 + size


class Frames(ABC):
    """How frames are made and delimited on a line; it outlives the line's connections.

    Attributes:
        heard: What came since the request and did not answer it, for the message.
    """

    _framer: FramerBase
    _request: ReadRequest
    _transaction = 0
    _pending = b""
    heard = ""

    def __init__(self) -> None:
        """No request yet."""
        self._made: dict[ReadRequest, _Made] = {}

    def request(self, request: ReadRequest) -> bytes:
        """The frame to send; from now on only its reply is one."""
        self._request, self._pending, self.heard = request, b"", ""
        self._transaction = self._following()
        made = self._made.get(request)
        if made is None:
            made = self._made[request] = self._make(request)
        return self._numbered(made)

    def _make(self, request: ReadRequest) -> "_Made":
        pdu = _PDUS[request.function_code](
            dev_id=request.unit, address=request.address, count=request.count
        )
        return _Made(self._framer.buildFrame(pdu), request)

    def _numbered(self, made: "_Made") -> bytes:
        """The frame with the transaction in it, where frames have one."""
        return made.frame

    def _following(self) -> int:
        """The next transaction, never 0."""
        return self._transaction % _LAST_TRANSACTION + 1

    @abstractmethod
    def received(self, data: bytes) -> list[int] | None:
        """The registers of the reply, or None while it is not whole.

        Raises:
            ReadError: an exception, or what cannot be the reply.
        """


class TcpFrames(Frames):
    """Modbus TCP: the transaction distinguishes a late reply from the expected one.

    Transactions are counted over all connections of a line, lest a gateway's late reply fits.
    """

    _framer = FramerSocket(_DECODER)

    _expected: _Made
    _head = b""

    def _numbered(self, made: _Made) -> bytes:
        number = self._transaction.to_bytes(2)
        self._expected, self._head = made, number + made.head
        return number + made.frame[2:]

    def received(self, data: bytes) -> list[int] | None:
        """The registers of the reply, or None while it is not whole."""
        expected = self._expected
        if not self._pending and len(data) == expected.size and data.startswith(self._head):
            return list(expected.words.unpack_from(data, _HEADER.size + 1))
        self._pending += data
        while len(self._pending) >= _HEADER.size:
            transaction, protocol, length, unit, function = _HEADER.unpack_from(self._pending)
            if protocol or not 2 < length <= _LONGEST:
                raise ReadError(Failure.REPLY, "something that is not Modbus TCP")
            end = 6 + length
            if len(self._pending) < end:
                break
            body, self._pending = self._pending[_HEADER.size : end], self._pending[end:]
            registers = self._answer(transaction, unit, function, body)
            if registers is not None:
                return registers
        if self._pending:
            self.heard = f"{len(self._pending)} bytes of a reply"
        return None

    def _answer(self, transaction: int, unit: int, function: int, body: bytes) -> list[int] | None:
        """The registers of a whole reply, or None where it is to be passed over."""
        if transaction == self._transaction:
            return self._registers(unit, function, body)
        self.heard = f"reply to transaction {transaction}, expected {self._transaction}"
        # Only one that was sent before can be late; it is passed over, not believed.
        if not transaction or not 0 < self._transaction - transaction <= _STALE:
            hint = "" if transaction not in self._careless() else "; see transaction_ids: lenient"
            raise ReadError(Failure.REPLY, self.heard + hint)
        return None

    def _careless(self) -> tuple[int, int]:
        """What gateways that do not copy the transaction are known to answer with."""
        return 0, self._transaction + 1

    def _registers(self, unit: int, function: int, body: bytes) -> list[int]:
        request = self._request
        expected = (request.unit, request.function_code)
        if (unit, function) == expected:
            size = 2 * request.count
            if len(body) == 1 + size and body[0] == size:
                return _words(body[1:])
            reason = f"{len(body) - 1} bytes of registers, expected {size}"
        elif (unit, function) == (request.unit, request.function_code | _EXCEPTION_BIT):
            if len(body) == 1:
                raise ReadError.exception(body[0])
            reason = f"exception of {len(body)} bytes, expected 1"
        else:
            reason = f"reply for (unit, function) {(unit, function)}, expected {expected}"
        raise ReadError(Failure.REPLY, reason)


class LenientFrames(TcpFrames):
    """Modbus TCP of a gateway that answers with transaction + 1, or with 0.

    Transactions are counted in steps of 3, so that a late reply of one that adds 1 is still
    told from the expected one. Of one that answers with 0, it is told as on RTU, by unit, function
    and length alone. As on RTU, nothing is refused early: what does not fit may be late,
    and be followed by the answer.
    """

    def _following(self) -> int:
        return self._transaction % (_LAST_TRANSACTION - _STRIDE) + _STRIDE

    def _answer(self, transaction: int, unit: int, function: int, body: bytes) -> list[int] | None:
        if transaction not in {self._transaction, *self._careless()}:
            self.heard = f"reply to transaction {transaction}, expected {self._transaction}"
            return None
        try:
            return self._registers(unit, function, body)
        except ReadError as error:
            if error.failure is not Failure.REPLY:
                raise
            self.heard = str(error)
            return None


class RtuFrames(Frames):
    """Modbus RTU: looks for the one frame that can answer, whatever noise is around it.

    RTU has neither a length nor a transaction, so nothing is refused early: noise may be
    followed by the answer. A frame that does not come whole costs the timeout.
    """

    _framer = FramerRTU(_DECODER)

    def received(self, data: bytes) -> list[int] | None:
        """The registers of the reply, or None while it is not whole."""
        self._pending += data
        unit, function = self._request.unit, self._request.function_code
        size = 2 * self._request.count
        if frame := self._frame(bytes((unit, function, size)), size + _RTU_OVERHEAD):
            return _words(frame[3:-2])
        if frame := self._frame(bytes((unit, function | _EXCEPTION_BIT)), _RTU_OVERHEAD):
            raise ReadError.exception(frame[2])
        self.heard = (
            f"{len(self._pending)} bytes without a whole frame of the unit (noise or a bad CRC)"
        )
        self._pending = self._pending[-_LONGEST_RTU:]  # the rest of a frame may come
        return None

    def _frame(self, head: bytes, size: int) -> bytes | None:
        """The first frame with this beginning, size and a right CRC."""
        start = self._pending.find(head)
        while 0 <= start <= len(self._pending) - size:
            frame = self._pending[start : start + size]
            if FramerRTU.check_CRC(frame[:-2], int.from_bytes(frame[-2:], "big")):
                return frame
            start = self._pending.find(head, start + 1)
        return None


def _words(values: bytes) -> list[int]:
    return list(unpack(f">{len(values) // 2}H", values))
