"""Requests as frames, and the one reply to each: no other is believed.

pymodbus makes the requests. Its reading of replies (3.16) is left aside: it takes a byte
count of 13 for six registers, lets bytes after the last register pass, waits for more
after a wrong header, and on RTU throws away a good frame that follows one with a bad
CRC. What is here knows the request, so it knows every byte of the frame that may answer
it, except for its values.
"""

from struct import Struct, unpack
from typing import Final, Protocol

from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from bcm_mqtt.modbus.failure import Failure, ReadError
from bcm_mqtt.modbus.plan import ReadRequest

_HEADER: Final = Struct(">HHHBB")  # transaction, protocol, length, unit, function code
_EXCEPTION_BIT: Final = 0x80
_LONGEST: Final = 254
_LONGEST_RTU: Final = 256
_STALE: Final = 16
_LAST_TRANSACTION: Final = 0xFFFF
_RTU_OVERHEAD: Final = 5  # unit, function code, byte count or exception code, CRC
_PDUS: Final = {3: ReadHoldingRegistersRequest, 4: ReadInputRegistersRequest}
_DECODER: Final = DecodePDU(is_server=False)  # framers want one; nothing is decoded by it


class Frames(Protocol):
    """How frames are made and told apart on a line.

    Attributes:
        heard: What came since the request and did not answer it, for the message.
    """

    heard: str

    def request(self, request: ReadRequest) -> bytes:
        """The frame to send; from now on only its reply is one."""

    def received(self, data: bytes) -> list[int] | None:
        """The registers of the reply, or None while it is not whole.

        Raises:
            ReadError: an exception, or what cannot be the reply.
        """


class TcpFrames:
    """Modbus TCP: the transaction tells a late reply from the one that is waited for.

    Transactions are counted over all connections of a line, lest a gateway's late reply fits.
    """

    def __init__(self) -> None:
        """Nothing sent yet."""
        self.heard = ""
        self._framer = FramerSocket(_DECODER)
        self._transaction = 0
        self._pending = b""

    def request(self, request: ReadRequest) -> bytes:
        """The frame to send; from now on only its reply is one."""
        self._request, self._pending, self.heard = request, b"", ""
        self._transaction = self._transaction % _LAST_TRANSACTION + 1
        return self._framer.buildFrame(_pdu(request, self._transaction))

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


class RtuFrames:
    """Modbus RTU: looks for the one frame that can answer, whatever noise is around it.

    RTU has neither a length nor a transaction, so nothing is refused early: noise may be
    followed by the answer. A frame that does not come whole costs the timeout.
    """

    def __init__(self) -> None:
        """Nothing sent yet."""
        self.heard = ""
        self._framer = FramerRTU(_DECODER)
        self._pending = b""

    def request(self, request: ReadRequest) -> bytes:
        """The frame to send; from now on only its reply is one."""
        self._expected = request.unit, request.function_code, 2 * request.count
        self._pending, self.heard = b"", ""
        return self._framer.buildFrame(_pdu(request, 0))

    def received(self, data: bytes) -> list[int] | None:
        """The registers of the reply, or None while it is not whole."""
        self._pending += data
        unit, function, size = self._expected
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


def _pdu(request: ReadRequest, transaction: int) -> ModbusPDU:
    return _PDUS[request.function_code](
        dev_id=request.unit,
        transaction_id=transaction,
        address=request.address,
        count=request.count,
    )


def _words(values: bytes) -> list[int]:
    return list(unpack(f">{len(values) // 2}H", values))
