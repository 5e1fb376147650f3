"""The components of a tariff in the order of a bill's lines, and those that close a bill.

A new one is a type in `domain.tariff` and a field of its `RateVersion`, a module here that makes
its lines, and its place in `CHARGES`. The minimum charge and taxes are made of the lines above.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.demand_lines import committed_lines, demand_lines
from bcm_mqtt.domain.rating.energy_lines import energy_lines
from bcm_mqtt.domain.rating.fee_lines import fee_lines
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine, Rated, Trace
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Stretch

_PERCENT = Decimal("0.01")


def minimum_line(month: RatedMonth, before: Rated) -> Rated:
    """What is missing to the minimum of the month, if anything is."""
    currency = month.tariff.currency
    least, parts = Decimal(0), []
    for stretch in month.stretches(lambda rate: rate.minimum):
        share = month.share(stretch)
        if not share.time:
            continue
        minimum = stretch.charge
        least += share.of(minimum.amount) if minimum.prorate else minimum.amount
        parted = minimum.prorate and not share.whole
        amount = money(minimum.amount, currency)
        parts.append(f"{amount} x {share}" if parted else f"{amount}")
        if not minimum.prorate:
            break
    charged = _sum(before.lines)
    missing = money(least, currency) - charged
    if missing <= 0:
        return Rated()
    basis = f"{' + '.join(parts)}, less {charged} of the lines above"
    return month.charged(
        LineKind.MINIMUM,
        Stretch("minimum", month.start, month.end),
        "minimum",
        f"Minimum charge of {money(least, currency)}",
        Decimal(1),
        "months",
        missing,
        basis,
    )


def tax_lines(month: RatedMonth, before: Rated) -> Rated:
    """A line for each tax of the rate that holds when the month ends, on the rounded lines."""
    lines = [line for line in before.lines if month.is_taxed(line, before.determinants)]
    if month.is_exempt:
        return Rated()
    currency = month.tariff.currency
    total = Rated()
    for tax in month.rates[-1].rate.taxes:
        taxed = tuple(line for line in lines if not tax.on or line.kind in tax.on)
        line = BillLine(
            label=f"{tax.name} {tax.percent} %",
            quantity=_sum(taxed),
            unit=currency,
            price=tax.percent * _PERCENT,
            amount=money(_sum(taxed) * tax.percent * _PERCENT, currency),
            kind=LineKind.TAX,
        )
        total += Rated((line,)).traced(Trace(taxed=taxed))
    return total


def _sum(lines: Sequence[BillLine]) -> Decimal:
    return sum((line.amount for line in lines), Decimal(0))


CHARGES: Final[tuple[Callable[[RatedMonth], Rated], ...]] = (
    energy_lines,
    demand_lines,
    committed_lines,
    fee_lines,
)
CLOSING: Final[tuple[Callable[[RatedMonth, Rated], Rated], ...]] = (
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
        total += closing(month, total)
    return total
