"""A simulated panel: its circuits, the readings at any instant, and the meters of a BG08.

Current is in integer tenths of an ampere, the resolution and the register value of the meter.
A history and a single reading come from the same code, so that a seeded past and the live panel
fit together without a seam.

A BG08 is eight devices of six channels that share a panel's 48 poles. The first four unit ids
carry the odd poles and the last four the even ones, six poles each from the top of the panel.
Each answers requests for registers 501 to 506, and anything else with an exception. This is
written from the meter's printed register map and not from the profile the bridge reads, so that
a mistake in either shows.
"""

import struct
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Final, Literal

from bcm_mqtt.simulator.loads import Load
from bcm_mqtt.simulator.waveform import between, circuit_key

POLES: Final = 48
"""Pole positions of a panel with eight six-channel meters."""

HIGHEST_REGISTER: Final = 65_535

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_SNAPSHOTS_AT_ONCE: Final = 240  # an hour of 15 s polls: long columns are cheap, memory is not
_LEG_BALANCE: Final = 100  # three-phase legs differ by up to this, in parts of 10,000

Connection = Literal["1P", "2P", "3P"]
_POLE_COUNT: Final[dict[Connection, int]] = {"1P": 1, "2P": 2, "3P": 3}


@dataclass(frozen=True, slots=True)
class SimulatedCircuit:
    """One breaker and what hangs on it.

    Attributes:
        poles: Its pole positions, ascending, all on one side of the panel.
        description: As on the panel's door; it starts with the customer's id. Empty for a spare.
        rating_amps: Rating of the breaker.
        connection: "1P" line-neutral, "2P" line-line, "3P" three-phase wye.
        load: What draws the current of each conductor.
        power_factor: For the directory; the meters know current only.
    """

    poles: tuple[int, ...]
    description: str
    rating_amps: int
    connection: Connection
    load: Load
    power_factor: Decimal = Decimal("1.0")

    def __post_init__(self) -> None:
        """Refuse poles that no breaker of this connection takes."""
        first = self.poles[0] if self.poles else 0
        expected = tuple(first + 2 * leg for leg in range(_POLE_COUNT[self.connection]))
        if self.poles != expected or not 1 <= first <= self.poles[-1] <= POLES:
            raise ValueError(f"a {self.connection} breaker cannot take poles {self.poles}")

    def columns(self, key: int, seconds: Sequence[int]) -> list[list[int]]:
        """Return the tenths of an ampere of each pole at each of ascending instants."""
        column = self.load.milliamps(key, seconds)
        if self.connection == "3P":
            return [_tenths(column, balance) for balance in _leg_balances(key)]
        # The same current flows through both poles of a line-line load.
        return [_tenths(column, 10_000)] * len(self.poles)


@dataclass(frozen=True, slots=True)
class SimulatedPanel:
    """A panel of 48 poles whose every reading follows from seed, panel id, pole and time.

    Attributes:
        panel_id: Id of the panel.
        circuits: Its breakers; poles without one read 0.
        seed: Makes panels with equal ids differ.
        utc_offset: Standard time of the site, for the daily shape. Loads ignore summer time.
    """

    panel_id: str
    circuits: tuple[SimulatedCircuit, ...]
    seed: int = 0
    utc_offset: timedelta = timedelta(hours=-5)

    def __post_init__(self) -> None:
        """Refuse two breakers on one pole."""
        poles = [pole for circuit in self.circuits for pole in circuit.poles]
        twice = sorted({pole for pole in poles if poles.count(pole) > 1})
        if twice:
            raise ValueError(f"panel {self.panel_id}: several breakers on poles {twice}")

    def tenths(self, at: datetime) -> list[int]:
        """Return the 48 readings at an instant, in tenths of an ampere; index 0 is pole 1."""
        return [column[0] for column in self._columns([self._second(at)])]

    def history(
        self, start: datetime, end: datetime, step: timedelta
    ) -> Iterator[tuple[datetime, list[int]]]:
        """Yield (instant in UTC, the 48 readings) from `start` up to but not including `end`.

        Each equals `tenths` of that instant, at a small part of its cost.

        Args:
            start: First instant; it must be aware.
            end: Bound of the instants; it must be aware.
            step: Distance of the instants, above zero.
        """
        self._second(start)
        self._second(end)
        # In UTC, or a sum of local times would jump where summer time begins.
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        if step <= timedelta(0):
            raise ValueError(f"the step of a history must be above zero, not {step}")
        return self._rows(start, -((start - end) // step), step)

    def _rows(
        self, start: datetime, count: int, step: timedelta
    ) -> Iterator[tuple[datetime, list[int]]]:
        """Yield `count` instants and their readings."""
        for first in range(0, count, _SNAPSHOTS_AT_ONCE):
            numbers = range(first, min(first + _SNAPSHOTS_AT_ONCE, count))
            instants = [start + number * step for number in numbers]
            columns = self._columns([self._second(at) for at in instants])
            for at, row in zip(instants, zip(*columns, strict=True), strict=True):
                yield at, list(row)

    def _columns(self, seconds: Sequence[int]) -> list[list[int]]:
        """Return the column of readings of each of the 48 poles."""
        columns = [[0] * len(seconds)] * POLES
        for circuit in self.circuits:
            key = circuit_key(self.seed, self.panel_id, circuit.poles[0])
            for pole, column in zip(circuit.poles, circuit.columns(key, seconds), strict=True):
                columns[pole - 1] = column
        return columns

    def _second(self, at: datetime) -> int:
        """Return the whole second of the site's standard time that an instant lies in."""
        if at.tzinfo is None:
            raise ValueError(f"an instant must carry its time zone: {at}")
        return (at - _EPOCH + self.utc_offset) // _SECOND


def _leg_balances(key: int) -> tuple[int, int, int]:
    """Return the shares of the three legs, in parts of 10,000 of the mean; they sum to 30,000."""
    first = between(-_LEG_BALANCE, _LEG_BALANCE, key, 101)
    second = between(-_LEG_BALANCE, _LEG_BALANCE, key, 102) // 2
    return (10_000 + first, 10_000 + second - first // 2, 10_000 - second - (first - first // 2))


def _tenths(milliamps: Sequence[int], share: int) -> list[int]:
    """Return a share, in parts of 10,000, of milliamps as rounded register values."""
    return [
        tenths
        if 0 <= (tenths := (value * share + 500_000) // 1_000_000) <= HIGHEST_REGISTER
        else (0 if tenths < 0 else HIGHEST_REGISTER)
        for value in milliamps
    ]


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

    Args:
        pdu: The request.
        registers: Gives the values of the registers from 501 on.
    """
    return _answer(pdu, registers, FIRST_REGISTER, frozenset({_READ_HOLDING, _READ_INPUT}))


def input_registers(pdu: bytes, registers: Callable[[], Sequence[int]]) -> bytes:
    """Return the answer of a meter that has input registers from address 0 on, and no others."""
    return _answer(pdu, registers, 0, frozenset({_READ_INPUT}))


def _answer(
    pdu: bytes,
    registers: Callable[[], Sequence[int]],
    first_register: int,
    functions: frozenset[int],
) -> bytes:
    """Function, form, count and address are checked in this order, as the specification gives."""
    request = read_request(pdu, functions)
    if isinstance(request, bytes):
        return request
    function, address, count = request
    values = registers()
    first = address - first_register
    if first < 0 or first + count > len(values):
        return refusal(function, ExceptionCode.ILLEGAL_ADDRESS)
    return struct.pack(f">BB{count}H", function, 2 * count, *values[first : first + count])


def read_request(pdu: bytes, functions: Collection[int]) -> tuple[int, int, int] | bytes:
    """Function code, first address and count of a request to read; or the answer that refuses it.

    Args:
        pdu: The request, from the function code on.
        functions: That the meter knows.
    """
    function = pdu[0]
    if function not in functions:
        return refusal(function, ExceptionCode.ILLEGAL_FUNCTION)
    if len(pdu) != _READ.size:
        return refusal(function, ExceptionCode.ILLEGAL_VALUE)
    _, address, count = _READ.unpack(pdu)
    if not 1 <= count <= MOST_REGISTERS:
        return refusal(function, ExceptionCode.ILLEGAL_VALUE)
    return function, address, count


def refusal(function: int, code: ExceptionCode) -> bytes:
    """Return an exception answer."""
    return bytes((function | EXCEPTION_BIT, code))
