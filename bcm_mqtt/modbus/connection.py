"""Requests as frames, the one reply to each or why there is none, and the connection.

pymodbus makes the requests. Its reading of replies (3.16) is left aside: it takes a byte
count of 13 for six registers, lets bytes after the last register pass, waits for more
after a wrong header, and on RTU throws away a good frame that follows one with a bad
CRC. What is here knows the request, so it knows every byte of the frame that may answer
it, except for its values.
"""

import asyncio
from abc import ABC, abstractmethod
from enum import Enum
from struct import Struct, unpack
from typing import Final, cast

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

    def __init__(self, failure: Failure, reason: str) -> None:
        """Takes the kind of failure and a reason fit for a log line."""
        self.failure = failure
        super().__init__(reason)

    @classmethod
    def exception(cls, code: int) -> "ReadError":
        """The unit or the gateway answered with a Modbus exception."""
        failure = Failure.GATEWAY if code in _OF_THE_GATEWAY else Failure.EXCEPTION
        name = _EXCEPTIONS.get(code, "unknown")
        return cls(failure, f"exception {code} ({name})")


_HEADER: Final = Struct(">HHHBB")  # transaction, protocol, length, unit, function code
_EXCEPTION_BIT: Final = 0x80
_LONGEST: Final = 254
_LONGEST_RTU: Final = 256
_STALE: Final = 16
_LAST_TRANSACTION: Final = 0xFFFF
_RTU_OVERHEAD: Final = 5  # unit, function code, byte count or exception code, CRC
_LOST: Final = "connection lost"
_PDUS: Final = {3: ReadHoldingRegistersRequest, 4: ReadInputRegistersRequest}
_DECODER: Final = DecodePDU(is_server=False)  # framers want one; nothing is decoded by it


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

    def request(self, request: ReadRequest) -> bytes:
        """The frame to send; from now on only its reply is one."""
        self._request, self._pending, self.heard = request, b"", ""
        self._transaction = self._transaction % _LAST_TRANSACTION + 1
        pdu = _PDUS[request.function_code](
            dev_id=request.unit,
            transaction_id=self._transaction,
            address=request.address,
            count=request.count,
        )
        return self._framer.buildFrame(pdu)

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

    def received(self, data: bytes) -> list[int] | None:
        """The registers of the reply, or None while it is not whole."""
        self._pending += data
        while len(self._pending) >= _HEADER.size:
            transaction, protocol, length, unit, function = _HEADER.unpack_from(self._pending)
            if protocol or not 2 < length <= _LONGEST:
                raise ReadError(Failure.REPLY, "something that is not Modbus TCP")
            end = 6 + length
            if len(self._pending) < end:
                break
            body, self._pending = self._pending[_HEADER.size : end], self._pending[end:]
            if transaction == self._transaction:
                return self._registers(unit, function, body)
            self.heard = f"reply to transaction {transaction}, expected {self._transaction}"
            # Only one that was sent before can be late; it is passed over, not believed.
            if not transaction or not 0 < self._transaction - transaction <= _STALE:
                raise ReadError(Failure.REPLY, self.heard)
        if self._pending:
            self.heard = f"{len(self._pending)} bytes of a reply"
        return None

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


class Connection(asyncio.Protocol):
    """Carries one request at a time; what comes while none waits is thrown away.

    After anything but an answer it is dropped: a reply that comes too late goes with it.
    """

    def __init__(self, frames: Frames) -> None:
        """Not open yet: asyncio, or what opens a serial port, says when it is.

        Args:
            frames: Of the line, which outlives its connections.
        """
        self._frames = frames
        self._transport: asyncio.Transport | None = None
        self._reply: asyncio.Future[list[int]] | None = None
        self.is_open = False

    async def read(self, request: ReadRequest, timeout: float) -> list[int]:  # noqa: ASYNC109 - of this one future, by one timer
        """The registers of a request; it is sent once.

        Raises:
            ReadError: what came, or did not come within `timeout` seconds, is no value.
        """
        if not self.is_open:  # a serial port may be gone since the last read
            raise ReadError(Failure.CONNECTION, _LOST)
        loop = asyncio.get_running_loop()
        self._reply = loop.create_future()
        timer = loop.call_later(timeout, self.reply_is_overdue)
        try:
            cast("asyncio.Transport", self._transport).write(self._frames.request(request))
            return await self._reply
        except OSError:
            self.drop()
            raise ReadError(Failure.CONNECTION, _LOST) from None
        except ReadError as error:
            if error.failure not in {Failure.EXCEPTION, Failure.GATEWAY}:
                self.drop()
            raise
        except BaseException:
            self.drop()
            raise
        finally:
            timer.cancel()
            self._reply = None

    def drop(self) -> None:
        """Ends it and the request that waits at once, without sending what is still unsent."""
        self.is_open = False
        self._fail(ReadError(Failure.CONNECTION, _LOST))  # of a serial port nothing else says so
        if self._transport:
            self._transport.abort()

    def reply_is_overdue(self) -> None:
        """Ends the request that waits: its time is over."""
        heard = f", only {self._frames.heard}" if self._frames.heard else ""
        self._fail(ReadError(Failure.SILENCE, f"no answer in time{heard}"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open; of a serial port it is said twice."""
        if self._transport is None:
            self._transport = cast("asyncio.Transport", transport)
            self.is_open = True

    def data_received(self, data: bytes) -> None:
        """Takes a part of a reply, a whole one, or noise."""
        if self._reply is None or self._reply.done():
            return
        try:
            registers = self._frames.received(data)
        except ReadError as error:
            self._fail(error)
        else:
            if registers is not None:
                self._reply.set_result(registers)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Ends the request that waits at once, instead of at its timeout."""
        self.is_open = False
        self._fail(ReadError(Failure.CONNECTION, _LOST))

    def _fail(self, error: ReadError) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(error)
