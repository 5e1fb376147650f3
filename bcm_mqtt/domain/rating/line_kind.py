"""What a line of a bill prices."""

from enum import StrEnum
from typing import Final


class LineKind(StrEnum):
    """What a line prices; the order is that of a bill."""

    ENERGY = "energy"
    ALLOCATION = "allocation"
    RIDER = "rider"
    DEMAND = "demand"
    COMMITTED = "committed"
    REACTIVE = "reactive"
    FEE = "fee"
    SURCHARGE = "surcharge"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    ITEM = "item"
    UNTAXED_ITEM = "untaxed_item"
    ADVANCE = "advance"  # what an invoice before this one has charged, taken off
    TAX = "tax"
    DEPOSIT = "deposit"  # held and given back: no revenue, and never taxed
    ROUNDING = "rounding"


NEVER_TAXED: Final = frozenset({LineKind.UNTAXED_ITEM, LineKind.ADVANCE, LineKind.DEPOSIT})
"""On which a tariff has no tax."""
