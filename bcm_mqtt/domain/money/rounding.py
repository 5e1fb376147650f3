"""Rounding once, half up, of exact figures."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

WATT_HOUR: Final = Decimal("0.001")
"""Step of energy in kWh and of demand in kW."""


def rounded(value: Fraction, step: Decimal) -> Decimal:
    """A rational rounded half up (away from 0) to a decimal step, exactly.

    Going through a Decimal quotient would round twice; integers do not.
    """
    steps = value / Fraction(step)
    magnitude = (2 * abs(steps.numerator) + steps.denominator) // (2 * steps.denominator)
    return (magnitude if steps >= 0 else -magnitude) * step
