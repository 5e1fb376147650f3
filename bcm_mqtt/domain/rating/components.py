"""The components of a tariff, in the order of a bill's lines.

A new one is a type and a field in `domain.tariff.rate`, a module here that makes its lines,
and its place in `CHARGES`.
"""

from collections.abc import Callable, Sequence
from typing import Final

from bcm_mqtt.domain.rating.closing_lines import minimum_line, tax_lines
from bcm_mqtt.domain.rating.committed_lines import committed_lines
from bcm_mqtt.domain.rating.demand_lines import demand_lines
from bcm_mqtt.domain.rating.energy_lines import energy_lines
from bcm_mqtt.domain.rating.fee_lines import fee_lines
from bcm_mqtt.domain.rating.lines import BillLine, Rated
from bcm_mqtt.domain.rating.rated_month import RatedMonth

CHARGES: Final[tuple[Callable[[RatedMonth], Rated], ...]] = (
    energy_lines,
    demand_lines,
    committed_lines,
    fee_lines,
)
CLOSING: Final[tuple[Callable[[RatedMonth, Sequence[BillLine]], Rated], ...]] = (
    minimum_line,
    tax_lines,
)
"""Of the lines before them."""


def rated(month: RatedMonth) -> Rated:
    """All lines of a month and their determinants.

    Raises:
        ValueError: a row is of no period of its rate.
    """
    total = Rated()
    for charge in CHARGES:
        total += charge(month)
    for closing in CLOSING:
        total += closing(month, total.lines)
    return total
