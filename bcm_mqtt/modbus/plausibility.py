"""Whether the values of a reading can be: what tells one map of a meter's registers from another.

Registers read with the wrong map make numbers, too, but rarely 230 V, a power that fits
its current and an energy that does not fall. Limits are wide: what they refuse is no
measured value, what they let pass may be one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import PER_UNIT, Thousandths

Values = Mapping[Quantity, Thousandths]
"""Thousandths of the unit by pole, as a Decoding gives them."""

_LOWEST_VOLTS: Final = 50
_HIGHEST_VOLTS: Final = 700
_HIGHEST_AMPS: Final = 10_000
_LOWEST_HERTZ: Final = 10
_HIGHEST_HERTZ: Final = 500
_NOISE_AMPS: Final = 1
"""Below 0, what an open input of a meter with signed currents may show."""
_POWER_MARGIN: Final = 1.2
_NOISE_WATTS: Final = 25
"""Of a current too small to be shown."""
_WORTH: Final = {
    Quantity.VOLTAGE: 3,
    Quantity.FREQUENCY: 2,
    Quantity.POWER: 2,
    Quantity.CURRENT: 1,
    Quantity.ENERGY: 1,
}
"""As evidence: a voltage and a frequency have few values that can be right."""


@dataclass(frozen=True, slots=True)
class Plausibility:
    """What speaks for and against a reading.

    Attributes:
        implausible: What cannot be, each with the first value of its kind; empty if nothing.
        evidence: How much speaks for it, 0 where every value is 0 or missing.
    """

    implausible: tuple[str, ...]
    evidence: int


def plausibility(first: Values, second: Values) -> Plausibility:
    """Judges two readings of the same registers, one soon after the other.

    Args:
        first: The values, None where a device says that it has none.
        second: The same a moment later, for what must not fall.
    """
    implausible = [
        reason
        for reasons in (
            _implausible_voltage(first),
            _implausible_frequency(first),
            _implausible_current(first),
            _implausible_power(first),
            _implausible_energy(first, second),
        )
        if (reason := next(reasons, None))
    ]
    return Plausibility(tuple(implausible), 0 if implausible else _evidence(first))


def _evidence(values: Values) -> int:
    return sum(_WORTH.get(quantity, 0) for quantity, known in values.items() if any(known))


def _implausible_voltage(values: Values) -> Iterator[str]:
    for volts in _of(values, Quantity.VOLTAGE):
        # A phase that is not connected has 0 V.
        if volts and not _LOWEST_VOLTS <= volts <= _HIGHEST_VOLTS:
            yield f"a voltage of {volts:.7g} V"


def _implausible_frequency(values: Values) -> Iterator[str]:
    for hertz in _of(values, Quantity.FREQUENCY):
        if hertz and not _LOWEST_HERTZ <= hertz <= _HIGHEST_HERTZ:
            yield f"a frequency of {hertz:.7g} Hz"


def _implausible_current(values: Values) -> Iterator[str]:
    for amps in _of(values, Quantity.CURRENT):
        if amps is not None and not -_NOISE_AMPS <= amps <= _HIGHEST_AMPS:
            yield f"a current of {amps:.7g} A"


def _implausible_power(values: Values) -> Iterator[str]:
    powers = _of(values, Quantity.POWER)
    unknown = [None] * len(powers)
    currents = _of(values, Quantity.CURRENT) or unknown
    voltages = _of(values, Quantity.VOLTAGE) or unknown
    for watts, amps, volts in zip(powers, currents, voltages, strict=False):
        if watts is None or amps is None:
            continue
        most = _POWER_MARGIN * (volts or _HIGHEST_VOLTS) * max(0, amps) + _NOISE_WATTS
        if abs(watts) > most:
            yield f"a power of {watts:.7g} W at {amps:.7g} A"


def _implausible_energy(first: Values, second: Values) -> Iterator[str]:
    for before, after in zip(
        _of(first, Quantity.ENERGY), _of(second, Quantity.ENERGY), strict=True
    ):
        if before is not None and before < 0:
            yield f"an energy of {before:.7g} kWh"
        if before is not None and after is not None and after < before:
            yield f"an energy that fell from {before:.7g} to {after:.7g} kWh"


def _of(values: Values, quantity: Quantity) -> Sequence[float | None]:
    return [None if value is None else value / PER_UNIT for value in values.get(quantity, ())]
