"""Money: amounts in a currency's minor unit, and the rounding of exact figures.

Owns: rounding to a decimal step, the minor units of currencies.
Does not own: what anything costs (`tariff`, `rating`).
Invariants: an amount is a Decimal; a figure is rounded once, half up, from the exact value.
"""

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


_MINOR_UNITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""Exponents that are not 2, of ISO 4217 as published on 2026-01-01; a test holds them to its table.

They stand here, and not in a library that is updated, because issued bills are checked with them.
"""


def minor_digits(currency: str) -> int:
    """Decimals of the currency's minor unit (ISO 4217)."""
    return _MINOR_UNITS.get(currency, 2)


def money(amount: Decimal, currency: str) -> Decimal:
    """Rounded half up to the currency's minor unit (ISO 4217)."""
    return rounded(Fraction(amount), Decimal(1).scaleb(-minor_digits(currency)))


def in_full(price: Decimal, currency: str) -> Decimal:
    """A price with its own decimals, and at least those of the currency: 11.50 and 0.1185."""
    own = -int(price.normalize().as_tuple().exponent)
    return price.quantize(Decimal(1).scaleb(-max(own, minor_digits(currency))))
