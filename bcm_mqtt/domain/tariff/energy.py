"""Energy: one price, prices by tiers, or one for each time-of-use period."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Tier:
    """A part of a month's energy.

    Attributes:
        price: Of a kWh.
        up_to: kWh of a whole month, from none on, where the tier ends; None for the last.
    """

    price: Decimal
    up_to: Decimal | None = None


Price: TypeAlias = Decimal | tuple[Tier, ...]
"""Of energy: for every kWh the same, or by tiers."""


def tiers_of(price: Price) -> tuple[Tier, ...]:
    """A price as tiers; the same for every kWh is one."""
    return (Tier(price),) if isinstance(price, Decimal) else price


@dataclass(frozen=True, slots=True)
class PeriodPrice:
    """The energy price of one time-of-use period."""

    period: str
    price: Price


Energy: TypeAlias = Price | tuple[PeriodPrice, ...]
"""One price at all hours, or one for each period."""
