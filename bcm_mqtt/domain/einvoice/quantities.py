"""Quantity and price of a line, so that their product is its amount and no price is negative."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bcm_mqtt.domain.einvoice.units import ONE, unit_code
from bcm_mqtt.domain.money import minor_digits, money
from bcm_mqtt.domain.rating.lines import BillLine

MOST_DECIMALS: Final = 8
"""Of a price that is found; one that is stated may have more."""


@dataclass(frozen=True, slots=True)
class Priced:
    """Quantity, unit of UN/ECE Rec 20, and price."""

    quantity: Decimal
    unit: str
    price: Decimal


def priced(line: BillLine, currency: str) -> Priced:
    """How an invoice says a line.

    A price below 0 is a quantity below 0 at that price above 0 (BR-27). A weighted price, which
    stands on the bill rounded, has as many decimals as give the amount; where none do, and of a
    share of other lines, it is one at the amount.

    Raises:
        ValueError: its unit has no code.
    """
    unit = unit_code(line)
    if not line.is_share:
        sign = -1 if line.price < 0 else 1
        for price in _prices(line, currency):
            if price >= 0 and money(sign * line.quantity * price, currency) == line.amount:
                return Priced(sign * line.quantity, unit, price)
    quantity = Decimal(-1 if line.amount < 0 else 1)
    return Priced(quantity, ONE, abs(line.amount))


def _prices(line: BillLine, currency: str) -> list[Decimal]:
    """The price as the bill has it, then the amount by the quantity with more and more decimals."""
    stated = abs(line.price)
    if not line.quantity:
        return [stated]
    exact = abs(line.amount / line.quantity)
    digits = range(minor_digits(currency), MOST_DECIMALS + 1)
    return [stated, *(round(exact, places) for places in digits)]
