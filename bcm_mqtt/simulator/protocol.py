"""What a meter answers to a Modbus request: registers 501 to 506, and an exception to all else."""

import struct
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Final

HEADER: Final = struct.Struct(">HHHB")
"""The MBAP header: transaction id, protocol id, length from the unit id on, unit id."""

PROTOCOL_ID: Final = 0
EXCEPTION_BIT: Final = 0x80
MOST_BODY_BYTES: Final = 253
MOST_REGISTERS: Final = 125

FIRST_REGISTER: Final = 501
"""As a wire address: the number that stands in the request."""

_READ: Final = struct.Struct(">BHH")
_READ_HOLDING: Final = 3
_READ_INPUT: Final = 4


class ExceptionCode(IntEnum):
    """Why a request was refused; names and numbers of the Modbus specification."""

    ILLEGAL_FUNCTION = 0x01
    ILLEGAL_ADDRESS = 0x02
    ILLEGAL_VALUE = 0x03
    NO_RESPONSE = 0x0B


def answer(pdu: bytes, registers: Callable[[], Sequence[int]]) -> bytes:
    """Return the answer to a request, both from the function code on.

    Function, form, count and address are checked in this order, as the specification gives.

    Args:
        pdu: The request.
        registers: Gives the values of the registers from 501 on.
    """
    function = pdu[0]
    if function not in {_READ_HOLDING, _READ_INPUT}:
        return _refusal(function, ExceptionCode.ILLEGAL_FUNCTION)
    if len(pdu) != _READ.size:
        return _refusal(function, ExceptionCode.ILLEGAL_VALUE)
    _, address, count = _READ.unpack(pdu)
    if not 1 <= count <= MOST_REGISTERS:
        return _refusal(function, ExceptionCode.ILLEGAL_VALUE)
    values = registers()
    first = address - FIRST_REGISTER
    if first < 0 or first + count > len(values):
        return _refusal(function, ExceptionCode.ILLEGAL_ADDRESS)
    return struct.pack(f">BB{count}H", function, 2 * count, *values[first : first + count])


def _refusal(function: int, code: ExceptionCode) -> bytes:
    """Return an exception answer."""
    return bytes((function | EXCEPTION_BIT, code))
