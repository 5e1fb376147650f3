"""Meters that answer by a description: which register of which unit holds what of which pole.

A description is data of whoever has one, such as a profile. Other than the BG08 and the SDM630
here, such meters prove nothing of the description: they show what a device of it would.
"""

import math
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from bcm_mqtt.simulator.panel import POLES, ExceptionCode, SimulatedPanel, read_request, refusal
from bcm_mqtt.simulator.waveform import circuit_key, drift

Coding = Literal["unsigned", "signed", "float"]
_FLOATS: Final = {2: ">f", 4: ">d"}
_LINE_TO_LINE: Final = math.sqrt(3) / 2
"""Of a load between two lines, the power of one pole by its voltage and current."""
_HERTZ: Final = 60.0
_DRIFT_MINUTES: Final = 20


@dataclass(frozen=True, slots=True)
class Field:
    """One quantity of one pole in consecutive registers of a meter.

    Attributes:
        pole: Pole position on the panel.
        quantity: Its name: `current` in A, `voltage` in V, `power` in W, `reactive_power` in var,
            `apparent_power` in VA, `power_factor`, `energy` in kWh, `frequency` in Hz.
        unit: Number of the meter within its panel, from 0.
        function_code: 3 or 4.
        address: Of the first register, as on the wire.
        words: How many registers.
        coding: Of the number in them.
        low_first: Whether the first register is the lowest.
        per_count: What one count is, in the quantity's unit.
    """

    pole: int
    quantity: str
    unit: int
    function_code: int
    address: int
    words: int
    coding: Coding
    low_first: bool
    per_count: float

    def pattern(self, value: float) -> int:
        """The bits of a value, all registers as one number; the nearest that there is."""
        bits = 16 * self.words
        if self.coding == "float":
            return int.from_bytes(struct.pack(_FLOATS[self.words], value / self.per_count))
        count = math.floor(value / self.per_count + 0.5)
        if self.coding == "signed":
            most = (1 << bits - 1) - 1
            return max(-most, min(count, most)) % (1 << bits)
        return max(0, min(count, (1 << bits) - 1))

    def shown(self, value: float) -> float:
        """The value that those bits stand for."""
        pattern, bits = self.pattern(value), 16 * self.words
        if self.coding == "float":
            (number,) = struct.unpack(_FLOATS[self.words], pattern.to_bytes(bits // 8))
            return float(number) * self.per_count
        if self.coding == "signed" and pattern >> bits - 1:
            pattern -= 1 << bits
        return pattern * self.per_count

    def registers(self, value: float) -> dict[int, int]:
        """Its registers, by address."""
        pattern = self.pattern(value)
        order = range(self.words) if self.low_first else range(self.words - 1, -1, -1)
        return {
            self.address + place: pattern >> 16 * word & 0xFFFF for place, word in enumerate(order)
        }


@dataclass(frozen=True, slots=True)
class Fixed:
    """Registers that never change: what a device is, and how its numbers are scaled."""

    unit: int
    function_code: int
    address: int
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MeterKind:
    """The meters of one panel.

    Attributes:
        name: Of the profile that reads them.
        unit_count: Meters, each with a unit id.
        fields: What they give.
        fixed: What else they answer.
    """

    name: str
    unit_count: int
    fields: tuple[Field, ...]
    fixed: tuple[Fixed, ...] = ()

    @property
    def poles(self) -> tuple[int, ...]:
        """Those that they measure, ascending."""
        return tuple(sorted({one.pole for one in self.fields}))


Values = Mapping[str, Sequence[float | None]]
"""By quantity and pole, index 0 is pole 1; None where it is not measured."""


@dataclass(slots=True)
class DescribedPanel:
    """A panel as such meters measure it; their energy registers count from the first instant on.

    Attributes:
        panel: What is measured.
        kind: The meters.
        volts: Line to neutral, nominal.
    """

    panel: SimulatedPanel
    kind: MeterKind
    volts: float = 120.0
    _kwh: list[float] = field(init=False, default_factory=lambda: [0.0] * POLES)
    _last: tuple[datetime, list[float]] | None = field(init=False, default=None)
    _factors: list[tuple[float, float]] = field(init=False)
    """By pole: how much of V x A is power, by the load and by the way it is connected."""

    def __post_init__(self) -> None:
        """Notes what each breaker is."""
        self._factors = [(1.0, 1.0)] * POLES
        for circuit in self.panel.circuits:
            share = _LINE_TO_LINE if circuit.connection == "2P" else 1.0
            for pole in circuit.poles:
                self._factors[pole - 1] = float(circuit.power_factor), share

    def history(
        self, start: datetime, end: datetime, step: timedelta
    ) -> Iterator[tuple[datetime, Values]]:
        """What the meters show from `start` up to but not including `end`."""
        for at, tenths in self.panel.history(start, end, step):
            yield at, self._shown(self._measured(at, tenths))

    def units(
        self, first_unit_id: int, clock: Callable[[], datetime]
    ) -> dict[int, "DescribedMeter"]:
        """The meters for `SimulatedGateway`, by unit id."""
        known: tuple[datetime, dict[str, list[float]]] | None = None

        def now() -> dict[str, list[float]]:
            nonlocal known
            second = clock().replace(microsecond=0)
            if known is None or known[0] != second:
                known = second, self._measured(second, self.panel.tenths(second))
            return known[1]

        return {
            first_unit_id + unit: DescribedMeter(self.kind, unit, now)
            for unit in range(self.kind.unit_count)
        }

    def _measured(self, at: datetime, tenths: Sequence[int]) -> dict[str, list[float]]:
        """Every quantity of every pole at an instant, which is not before the last one."""
        minute = int(at.timestamp()) // 60
        phases = [
            self.volts
            * (1 + drift(circuit_key(self.panel.seed, phase, 0), minute, _DRIFT_MINUTES) / 100_000)
            for phase in "ABC"
        ]
        amps = [value / 10 for value in tenths]
        volts = [phases[pole // 2 % 3] for pole in range(POLES)]
        factors = [factor * share for factor, share in self._factors]
        apparent = [v * a for v, a in zip(volts, amps, strict=True)]
        power = [va * factor for va, factor in zip(apparent, factors, strict=True)]
        self._count(at, power)
        return {
            "current": amps,
            "voltage": volts,
            "power": power,
            "apparent_power": apparent,
            "reactive_power": [
                math.sqrt(max(0.0, va * va - w * w)) for va, w in zip(apparent, power, strict=True)
            ],
            "power_factor": factors,
            "energy": [*self._kwh],
            "frequency": [_HERTZ] * POLES,
        }

    def _count(self, at: datetime, power: list[float]) -> None:
        """Lets the energy registers go on: the power went evenly from the last to this one."""
        if self._last is not None:
            hours = max(timedelta(0), at - self._last[0]) / timedelta(hours=1)
            for pole, (before, after) in enumerate(zip(self._last[1], power, strict=True)):
                self._kwh[pole] += (before + after) / 2 * hours / 1000
        self._last = at, power

    def _shown(self, values: Mapping[str, Sequence[float]]) -> Values:
        shown: dict[str, list[float | None]] = {}
        poles = self.kind.poles[-1]
        for one in self.kind.fields:
            column = shown.setdefault(one.quantity, [None] * poles)
            column[one.pole - 1] = one.shown(values[one.quantity][one.pole - 1])
        return shown


class DescribedMeter:
    """One meter on a line of `SimulatedGateway`."""

    def __init__(
        self, kind: MeterKind, unit: int, values: Callable[[], Mapping[str, Sequence[float]]]
    ) -> None:
        """Takes its number within the panel, and what gives the panel's values now."""
        self._fields = [one for one in kind.fields if one.unit == unit]
        self._values = values
        self._fixed: dict[int, dict[int, int]] = {}
        for one in kind.fixed:
            if one.unit == unit:
                table = self._fixed.setdefault(one.function_code, {})
                table |= dict(enumerate(one.words, one.address))
        self._codes = {one.function_code for one in self._fields} | {*self._fixed}

    def answer(self, pdu: bytes) -> bytes:
        """Return the answer to a request, both from the function code on.

        Registers between those of the description read 0; those before and after are refused.
        """
        request = read_request(pdu, self._codes)
        if isinstance(request, bytes):
            return request
        function, address, count = request
        table = dict(self._fixed.get(function, {}))
        values = self._values()
        for one in self._fields:
            if one.function_code == function:
                table |= one.registers(values[one.quantity][one.pole - 1])
        if address < min(table) or address + count - 1 > max(table):
            return refusal(function, ExceptionCode.ILLEGAL_ADDRESS)
        words = [table.get(address + place, 0) for place in range(count)]
        return struct.pack(f">BB{count}H", function, 2 * count, *words)
