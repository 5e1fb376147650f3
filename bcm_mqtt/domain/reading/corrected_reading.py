"""A snapshot as it would be with the right ratio and direction of the current transformers.

See `domain.interval.corrected`, which does the same for what is stored.
"""

from cmath import rect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from math import radians
from typing import Any, Final

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.domain.reading.register_step import RegisterExchange
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument, exchanges, in_force
from bcm_mqtt.domain.time import BEGINNING

_CORRECTED: Final = {
    Quantity.CURRENT: (True, False),
    Quantity.POWER: (True, True),
    Quantity.REACTIVE_POWER: (True, True),
    Quantity.APPARENT_POWER: (True, False),
    Quantity.POWER_FACTOR: (False, True),
}
"""Whether by the multiplier, whether by the sign; registers stay as they show."""


@dataclass(frozen=True, slots=True)
class PanelCorrection:
    """What corrects a panel's readings in a time: start <= t < end.

    Attributes:
        instruments: Of which it was made.
        start: UTC.
        end: UTC; None where no row begins later.
        multipliers: By pole, of those with another than 1.
        reversed_poles: Whose power has the opposite sign.
        shifts: Degrees by which their power is turned, of those with another than 0.
        exchanges: Of their meters, by pole, as far as both readings of one are known; all that
            were ever dated.
    """

    instruments: tuple[Instrument, ...]
    start: datetime
    end: datetime | None
    multipliers: Mapping[int, Fraction] = field(default_factory=dict)
    reversed_poles: frozenset[int] = frozenset()
    shifts: Mapping[int, int] = field(default_factory=dict)
    exchanges: Mapping[int, Sequence[RegisterExchange]] = field(default_factory=dict)

    @classmethod
    def at(cls, directory: Directory, time: datetime) -> "PanelCorrection":
        """The one in force at an instant."""
        rows = directory.instruments
        times = sorted({row.valid_from for row in rows})
        start = max((at for at in times if at <= time), default=BEGINNING)
        end = next((at for at in times if at > time), None)
        poles = {pole for row in rows for pole in row.poles}
        held = {pole: row for pole in poles if (row := in_force(rows, pole, time))}
        known = {
            pole: [RegisterExchange.of(one) for one in exchanges(rows, pole) if one.resolved]
            for pole in poles
        }
        return cls(
            rows,
            start,
            end,
            {pole: row.multiplier for pole, row in held.items() if row.multiplier != 1},
            frozenset(pole for pole, row in held.items() if row.sign < 0),
            {pole: row.voltage_shift for pole, row in held.items() if row.voltage_shift},
            {pole: listed for pole, listed in known.items() if listed},
        )

    def holds(self, directory: Directory, time: datetime) -> bool:
        """Whether it is still the one in force."""
        return (
            self.instruments is directory.instruments
            and self.start <= time
            and (self.end is None or time < self.end)
        )

    def corrected(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with current and power as they are."""
        if not self.multipliers and not self.reversed_poles and not self.shifts:
            return snapshot
        snapshot = self._turned(snapshot)
        corrected: dict[str, Any] = {
            quantity.value: self._scaled(values, by_ratio=by_ratio, by_sign=by_sign)
            for quantity, (by_ratio, by_sign) in _CORRECTED.items()
            if (values := snapshot.values(quantity))
        }
        return replace(snapshot, **corrected)

    def _turned(self, snapshot: Snapshot) -> Snapshot:
        """With power and reactive power, as one phasor, turned; None without either."""
        if not self.shifts or snapshot.power is None:
            return snapshot
        power, reactive = list(snapshot.power), list(snapshot.reactive_power or ())
        reactive += [None] * (len(power) - len(reactive))
        for pole, shift in self.shifts.items():
            if pole <= len(power):
                real, imaginary = power[pole - 1], reactive[pole - 1]
                power[pole - 1] = reactive[pole - 1] = None
                if real is not None and imaginary is not None:
                    phasor = complex(real, imaginary) * rect(1, radians(shift))
                    power[pole - 1], reactive[pole - 1] = round(phasor.real), round(phasor.imag)
        turned = None if snapshot.reactive_power is None else tuple(reactive)
        return replace(snapshot, power=tuple(power), reactive_power=turned)

    def _scaled(self, values: Thousandths, *, by_ratio: bool, by_sign: bool) -> Thousandths:
        scaled = list(values)
        for pole in self.multipliers.keys() | self.reversed_poles:
            if pole <= len(scaled) and (value := scaled[pole - 1]) is not None:
                ratio = self.multipliers.get(pole, 1) if by_ratio else 1
                sign = -1 if by_sign and pole in self.reversed_poles else 1
                scaled[pole - 1] = round(value * ratio) * sign
        return tuple(scaled)


class Corrections:
    """The correction of one panel, made again only when another one comes into force."""

    def __init__(self) -> None:
        """Knows none yet."""
        self._held: PanelCorrection | None = None

    def at(self, directory: Directory, time: datetime) -> PanelCorrection:
        """The one in force at an instant."""
        if self._held is None or not self._held.holds(directory, time):
            self._held = PanelCorrection.at(directory, time)
        return self._held

    def corrected(self, directory: Directory, snapshot: Snapshot) -> Snapshot:
        """A snapshot of the panel by the correction of its time."""
        return self.at(directory, snapshot.time).corrected(snapshot)
