"""Framers that believe no reply but the one to the request that waits.

pymodbus' own (3.16) take a byte count of 13 for six registers, let bytes after the last
register pass, raise inside the event loop at a function code they do not know (asyncio
then logs a traceback and drops the connection), wait for more after a wrong header, and
on RTU throw away a good frame that follows one with a bad CRC. These know the request,
so they know every byte of the frame that may answer it, except for its values.
"""

from collections.abc import Callable
from struct import Struct
from typing import Final

from pymodbus.framer import FramerRTU
from pymodbus.framer.socket import FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.register_message import ReadHoldingRegistersResponse, ReadInputRegistersResponse

from bcm_mqtt.modbus.plan import ReadRequest

Refuse = Callable[[str], None]
"""Told why a reply is no answer; the request that waits then fails at once."""

_HEADER: Final = Struct(">HHHBB")  # transaction, protocol, length, unit, function code
_EXCEPTION_BIT: Final = 0x80
_LONGEST: Final = 254
_LONGEST_RTU: Final = 256
_STALE: Final = 16
_RTU_EXCEPTION_BYTES: Final = 5
_RTU_OVERHEAD: Final = 5  # unit, function code, byte count, CRC


class _Awaiting:
    """What both framers know of the request that waits; no reply is one before the first.

    Attributes:
        heard: What came since the request and did not answer it, for the message.
    """

    _request: ReadRequest | None = None
    heard = ""

    def expect(self, request: ReadRequest) -> None:
        """From now on only this request's reply is one."""
        self._request = request
        self.heard = ""


class StrictTcpFramer(_Awaiting, FramerSocket):
    """Modbus TCP: the transaction tells a late reply from the one that is waited for."""

    def __init__(self, refuse: Refuse) -> None:
        """Takes no reply before the first `expect`."""
        super().__init__(DecodePDU(False))  # noqa: FBT003 - pymodbus has it so
        self._refuse = refuse

    def handleFrame(  # noqa: N802 - pymodbus calls it so
        self,
        data: bytes,
        exp_devid: int,  # noqa: ARG002 - the request says it
        exp_tid: int,
    ) -> tuple[int, ModbusPDU | None]:
        """The reply, or None while there is none; never raises."""
        used = 0
        while len(data) - used >= _HEADER.size:
            transaction, protocol, length, unit, function = _HEADER.unpack_from(data, used)
            if protocol or not 2 < length <= _LONGEST:
                self._refuse("something that is not Modbus TCP")
                return len(data), None
            end = used + 6 + length
            if len(data) < end:
                break
            body, used = data[used + _HEADER.size : end], end
            if transaction == exp_tid:
                return used, self._reply(transaction, unit, function, body)
            self.heard = f"reply to transaction {transaction}, expected {exp_tid}"
            # Only one that was sent before can be late; it is passed over, not believed.
            if not transaction or not 0 < exp_tid - transaction <= _STALE:
                self._refuse(self.heard)
                return len(data), None
        if len(data) > used:
            self.heard = f"{len(data) - used} bytes of a reply"
        return used, None

    def _reply(self, transaction: int, unit: int, function: int, body: bytes) -> ModbusPDU | None:
        request = self._request
        if request is None:
            return None
        asked = (request.unit, request.function_code)
        if (unit, function) == asked:
            if len(body) != 1 + 2 * request.count or body[0] != 2 * request.count:
                self._refuse(f"{len(body) - 1} bytes of registers, expected {2 * request.count}")
                return None
            return _registers(request, transaction, body[1:])
        if (unit, function) == (request.unit, request.function_code | _EXCEPTION_BIT):
            if len(body) == 1:
                return ExceptionResponse(request.function_code, body[0], unit, transaction)
            self._refuse(f"exception of {len(body)} bytes, expected 1")
            return None
        self._refuse(f"reply for (unit, function) {(unit, function)}, expected {asked}")
        return None


class StrictRtuFramer(_Awaiting, FramerRTU):
    """Modbus RTU: looks for the one frame that can answer, whatever noise is around it.

    RTU has neither a length nor a transaction, so nothing is refused early: noise may be
    followed by the answer. A frame that does not come whole costs the timeout.
    """

    def __init__(self, refuse: Refuse) -> None:  # noqa: ARG002 - made like the other one
        """Takes no reply before the first `expect`."""
        super().__init__(DecodePDU(False))  # noqa: FBT003 - pymodbus has it so

    def handleFrame(  # noqa: N802 - pymodbus calls it so
        self,
        data: bytes,
        exp_devid: int,  # noqa: ARG002 - the request says it
        exp_tid: int,  # noqa: ARG002 - RTU has none
    ) -> tuple[int, ModbusPDU | None]:
        """The reply, or None while there is none; never raises."""
        if (request := self._request) is None:
            return len(data), None
        if found := self._registers_in(data, request) or self._exception_in(data, request):
            return len(data), found
        self.heard = f"{len(data)} bytes without a whole frame of the unit (noise or a bad CRC)"
        # The rest may come; the next request begins with an empty buffer.
        return max(0, len(data) - _LONGEST_RTU), None

    def _registers_in(self, data: bytes, request: ReadRequest) -> ModbusPDU | None:
        head = bytes((request.unit, request.function_code, 2 * request.count))
        start = self._frame(data, head, 2 * request.count + _RTU_OVERHEAD)
        if start is None:
            return None
        values = data[start + 3 : start + 3 + 2 * request.count]
        return _registers(request, 0, values)

    def _exception_in(self, data: bytes, request: ReadRequest) -> ModbusPDU | None:
        head = bytes((request.unit, request.function_code | _EXCEPTION_BIT))
        start = self._frame(data, head, _RTU_EXCEPTION_BYTES)
        if start is None:
            return None
        return ExceptionResponse(request.function_code, data[start + 2], request.unit, 0)

    @classmethod
    def _frame(cls, data: bytes, head: bytes, size: int) -> int | None:
        """Where a frame with this beginning, size and a right CRC starts."""
        start = data.find(head)
        while 0 <= start <= len(data) - size:
            end = start + size
            if cls.check_CRC(data[start : end - 2], int.from_bytes(data[end - 2 : end], "big")):
                return start
            start = data.find(head, start + 1)
        return None


def _registers(request: ReadRequest, transaction: int, values: bytes) -> ModbusPDU:
    reply = (
        ReadHoldingRegistersResponse if request.function_code == 3 else ReadInputRegistersResponse
    )
    return reply(
        dev_id=request.unit,
        transaction_id=transaction,
        registers=Struct(f">{request.count}H").unpack(values),
    )
