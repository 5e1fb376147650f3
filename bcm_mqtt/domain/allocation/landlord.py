"""What the landlord's part of a component is for."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

from bcm_mqtt.domain.allocation.allocating import CAP, AllocatedComponent
from bcm_mqtt.domain.allocation.largest_remainder import LANDLORD, divided

ABOVE_CAP: Final = "above the cap"
REST: Final = "what the average cost leaves"


def landlords_parts(one: AllocatedComponent, currency: str) -> dict[str, Decimal]:
    """The landlord's part of a component by what it is for; their sum is the part.

    Returns:
        By a word of `rules.LANDLORDS`, `ABOVE_CAP` or `REST`; cents as by `divided`.
    """
    part = one.parts.get(LANDLORD, Decimal(0))
    if not one.bases:
        return {ABOVE_CAP if one.name == CAP else REST: part}
    exact = dict[str, Fraction]()
    for basis in one.bases:
        whole = basis.whole
        for what, quantity in basis.landlord.items():
            exact[what] = exact.get(what, Fraction(0)) + basis.weight * quantity / whole
    return _in_units(part, {what: share for what, share in exact.items() if share}, currency)


def _in_units(part: Decimal, exact: Mapping[str, Fraction], currency: str) -> dict[str, Decimal]:
    total = sum(exact.values(), Fraction(0))
    if not total:
        return {}
    parts = divided(part, {what: share / total for what, share in exact.items()}, currency)
    return {what: parts[what] for what in exact}
