"""Items of a customer: what was agreed apart from the tariff, once or each month."""

from decimal import Decimal

from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine, Determinant, Rated
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Stretch
from bcm_mqtt.domain.site.customer_item import BilledItem


def item_lines(month: RatedMonth) -> Rated:
    """A line for each item of the month; of one that is prorated, for its share of the month."""
    return sum((_rated(month, one) for one in month.customer.items), Rated())


def _rated(month: RatedMonth, item: BilledItem) -> Rated:
    kind = LineKind.ITEM if item.taxed else LineKind.UNTAXED_ITEM
    if not item.monthly:
        return _once(month, kind, item)
    stretch = Stretch(item, item.start, item.end)
    share = month.share_of(month.time_within([(item.start, item.end)], stretch))
    quantity, basis = Decimal(1), ""
    if item.prorate and not share.whole:
        quantity, basis = share.of(quantity), str(share)
    name = f"item/{item.name}"
    return month.charged(*(kind, stretch, name, item.name, quantity, "months", item.amount, basis))


def _once(month: RatedMonth, kind: LineKind, item: BilledItem) -> Rated:
    day = month.at(item.start)[:10]
    name, amount = f"item/{item.name}@{day}", money(item.amount, month.tariff.currency)
    line = BillLine(
        *(f"{item.name}, {day}", Decimal(1), "items", item.amount, amount),
        kind=kind,
        determinant=name,
    )
    return Rated((line,), (Determinant(name, Decimal(1), "items", item.start, item.end),))
