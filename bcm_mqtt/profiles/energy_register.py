"""What the rules for energy registers must know of one: its step, and where it begins again.

A register rolls over at what a source states (`capacity`), else at a power of ten, as a display of
so many digits does, or at the power of two that its bits allow.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from bcm_mqtt.domain.reading.quantity import MOST_THOUSANDTHS
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.reading.register_step import RegisterScale
from bcm_mqtt.profiles.measure import Measure

_SMALLEST_DISPLAY: Final = 10**6
"""Wh that a register which rolls over at a power of ten can count at least: a thousand kWh."""
_LARGEST_STEP: Final = 1_000
"""Wh that are taken for a step where the device states it when it is read. Where it is more, the
time for which the register stood allows it."""
_EXPONENTS: Final = tuple(Decimal(10) ** power for power in range(-5, 1))
"""What multiplies where a device states it when it is read, as far as meters of breakers go."""


def register_scale(measure: Measure) -> RegisterScale:
    """How the registers of a quantity count.

    Args:
        measure: Of an energy, in kWh.
    """
    factors: tuple[Decimal, ...] = (Decimal(1),)
    if measure.factor:
        factors = tuple(factor for _, factor in measure.factor.values) or _EXPONENTS
    counts = [measure.scale * PER_UNIT * factor for factor in factors]
    bits = measure.type.significand_bits
    step = max((count for count in counts if count <= _LARGEST_STEP), default=min(counts))
    return RegisterScale(
        step_watt_hours=1.0 if bits else max(1.0, float(step)),
        capacities_watt_hours=tuple(
            sorted({most for count in counts for most in _capacities(measure, count)})
        ),
        float_bits=bits,
        count_watt_hours=float(step),
    )


def _capacities(measure: Measure, count: Decimal) -> Iterator[int]:
    """In Wh, of a register whose count is worth so many."""
    if measure.capacity is not None:
        yield round(measure.capacity * count)
        return
    highest = Decimal(MOST_THOUSANDTHS)
    if not measure.type.significand_bits:
        bits = 16 * measure.type.registers - measure.type.signed
        highest = min(highest, 2**bits * count)
        if highest < MOST_THOUSANDTHS:
            yield round(highest)
    displayed = count
    while displayed <= highest:
        if displayed >= _SMALLEST_DISPLAY:
            yield round(displayed)
        displayed *= 10
