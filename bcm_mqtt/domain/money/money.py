"""Money: amounts in a currency's minor unit."""

from decimal import Decimal
from fractions import Fraction

from bcm_mqtt.domain.money.rounding import rounded

_MINOR_UNITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""ISO 4217 exponents that are not 2."""


def money(amount: Decimal, currency: str) -> Decimal:
    """Rounded half up to the currency's minor unit (ISO 4217)."""
    return rounded(Fraction(amount), Decimal(1).scaleb(-_MINOR_UNITS.get(currency, 2)))
