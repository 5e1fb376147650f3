"""The components of a tariff in the order of a bill's lines, and those that close a bill.

A new one is a type in `domain.tariff` and a field of its `RateVersion`, a module here that makes
its lines, and its place in `CHARGES`. Those of `CLOSING` are made of the lines above them.
"""

from collections.abc import Callable, Sequence
from typing import Final

from bcm_mqtt.domain.rating.ampere_lines import ampere_lines
from bcm_mqtt.domain.rating.closing_lines import (
    maximum_line,
    minimum_line,
    rounding_line,
    surcharge_lines,
    tax_lines,
    with_vat,
)
from bcm_mqtt.domain.rating.daily_lines import daily_lines
from bcm_mqtt.domain.rating.demand.lines import committed_lines, demand_lines
from bcm_mqtt.domain.rating.demand.load_factor_lines import load_factor_lines
from bcm_mqtt.domain.rating.demand.reactive_lines import reactive_lines
from bcm_mqtt.domain.rating.energy_lines import energy_lines
from bcm_mqtt.domain.rating.fee_lines import fee_lines
from bcm_mqtt.domain.rating.invoiced import allocation_lines
from bcm_mqtt.domain.rating.item_lines import advance_taxes, deposit_lines, item_lines
from bcm_mqtt.domain.rating.lines import BillLine, Rated
from bcm_mqtt.domain.rating.rated_month import RatedMonth
from bcm_mqtt.domain.rating.rider_lines import rider_lines

CHARGES: Final[tuple[Callable[[RatedMonth], Rated], ...]] = (
    energy_lines,
    allocation_lines,
    rider_lines,
    load_factor_lines,
    demand_lines,
    committed_lines,
    reactive_lines,
    daily_lines,
    fee_lines,
    ampere_lines,
)
CLOSING: Final[tuple[Callable[[RatedMonth, Sequence[BillLine]], Rated], ...]] = (
    surcharge_lines,
    minimum_line,
    maximum_line,
)
"""Of the lines before them; items of the customer, taxes and the rounding come after."""


def rated(month: RatedMonth) -> Rated:
    """All lines of a month and their determinants.

    Raises:
        ValueError: a row is of no period of its rate.
    """
    total = charges(month) + item_lines(month)
    taxed = with_vat(total, tax_lines(month, total), month.customer.exemption)
    return taxed + after_taxes(month, taxed.lines)


def after_taxes(month: RatedMonth, lines: Sequence[BillLine]) -> Rated:
    """What comes below the taxes: those of advance payments, deposits, the rounding of all."""
    last = advance_taxes(month) + deposit_lines(month)
    return last + rounding_line(month, [*lines, *last.lines])


def charges(month: RatedMonth) -> Rated:
    """The lines of a month's tariff but taxes; raises as `rated`."""
    total = Rated()
    for charge in CHARGES:
        total += charge(month)
    for closing in CLOSING:
        total += closing(month, total.lines)
    return total
