"""The largest remainder: an amount in whole minor units, by exact shares."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from bcm_mqtt.domain.money import minor_digits

LANDLORD = ""
"""Whose part it is that no customer has: sorts before every customer's id."""

Shares = Mapping[str, Fraction]
"""Exact shares by customer's id, of `LANDLORD` too; their sum is 1."""


def divided(amount: Decimal, shares: Shares, currency: str) -> dict[str, Decimal]:
    """The parts of an amount by customer, in the currency's minor unit; their sum is the amount.

    Each part is its exact share cut to the minor unit; what is left over goes, a unit each, to
    the largest remainders (Hamilton's method). Equal ones are in the order of customers' ids, so
    that the landlord, who has none, bears the odd unit. A credit is divided as a charge is.

    Raises:
        ValueError: the amount is not in whole minor units, or the shares' sum is not 1.
    """
    unit = Decimal(1).scaleb(-minor_digits(currency))
    units = abs(Fraction(amount)) / Fraction(unit)
    if units.denominator != 1:
        message = f"expected an amount in steps of {unit} {currency}, not {amount}"
        raise ValueError(message)
    if (total := sum(shares.values())) != 1:
        message = f"expected shares whose sum is 1, not {total}"
        raise ValueError(message)
    exact = {who: units * share for who, share in sorted(shares.items())}
    parts = {who: part.numerator // part.denominator for who, part in exact.items()}
    left = units.numerator - sum(parts.values())
    by_remainder = sorted(exact, key=lambda who: parts[who] - exact[who])  # stable: ties by id
    for who in by_remainder[:left]:
        parts[who] += 1
    sign = -1 if amount < 0 else 1
    return {who: sign * part * unit for who, part in parts.items()}


def left_over(amount: Decimal, shares: Shares, currency: str) -> int:
    """How many minor units the cut parts of an amount leave for the largest remainders."""
    units = abs(Fraction(amount)) * 10 ** minor_digits(currency)
    return int(units - sum(units * share // 1 for share in shares.values()))
