"""What a line of a bill prices."""

from enum import StrEnum


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
    TAX = "tax"
    ROUNDING = "rounding"
