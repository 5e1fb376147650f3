"""The meters of a BG08: eight devices of six channels that share a panel's 48 poles.

The first four unit ids carry the odd poles and the last four the even ones, six poles each from
the top of the panel. Each answers requests for registers 501 to 506, and anything else with an
exception. This is written from the meter's printed register map and not from the profile the
bridge reads, so that a mistake in either shows.
"""

import struct
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Final

from bcm_mqtt.simulator.panel import SimulatedPanel

UNITS_PER_PANEL: Final = 8
CHANNELS_PER_UNIT: Final = 6

_UNITS_PER_SIDE: Final = UNITS_PER_PANEL // 2

Registers = Callable[[], list[int]]
"""The six register values of one meter, now."""


def unit_poles(unit: int) -> tuple[int, ...]:
    """Return the poles of registers 501 to 506 of a unit, given as 0 to 7 within its panel."""
    side, row = divmod(unit, _UNITS_PER_SIDE)
    first = 1 + side + row * 2 * CHANNELS_PER_UNIT
    return tuple(range(first, first + 2 * CHANNELS_PER_UNIT, 2))


def panel_units(
    panel: SimulatedPanel, first_unit_id: int, clock: Callable[[], datetime]
) -> dict[int, Registers]:
    """Return the eight units of a panel for `SimulatedGateway`.

    The readings change once a second and are computed once for all eight units.

    Args:
        panel: What the meters measure.
        first_unit_id: Unit id of the meter at the top of the odd side.
        clock: Gives the time now, aware.
    """
    known_second: datetime | None = None
    known_tenths: list[int] = []

    def tenths() -> list[int]:
        nonlocal known_second, known_tenths
        second = clock().replace(microsecond=0)
        if second != known_second:
            known_second, known_tenths = second, panel.tenths(second)
        return known_tenths

    def registers_of(unit: int) -> Registers:
        part = slice(unit_poles(unit)[0] - 1, unit_poles(unit)[-1], 2)
        return lambda: tenths()[part]

    return {first_unit_id + unit: registers_of(unit) for unit in range(UNITS_PER_PANEL)}


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
