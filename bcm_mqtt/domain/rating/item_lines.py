"""Items of a customer: what was agreed apart from the tariff, once or each month.

Deposits and advance payments are no charges. A deposit is on a line of its own below the taxes,
none of which is on it. An advance is taken off with the tax that its invoice had, so that the tax
of this bill and of that invoice together is the tax on all that was supplied.
"""

from decimal import Decimal

from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine, Determinant, Rated, Trace
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Stretch
from bcm_mqtt.domain.site.customer_item import BilledItem, ItemKind

_PERCENT = Decimal("0.01")


def item_lines(month: RatedMonth) -> Rated:
    """A line for each item of the month; of one that is prorated, for its share of the hours.

    Advance payments are the last, without their taxes.
    """
    charges = [one for one in month.customer.items if one.kind is ItemKind.CHARGE]
    made = sum((_rated(month, one) for one in charges), Rated())
    return sum((_advance(month, one) for one in _of(month, ItemKind.ADVANCE)), made)


def advance_taxes(month: RatedMonth) -> Rated:
    """The taxes of advance payments, each as it was invoiced, taken off."""
    total, currency = Rated(), month.tariff.currency
    for item in _of(month, ItemKind.ADVANCE):
        advance = _advance(month, item)
        for tax in item.taxes:
            share = tax.percent * _PERCENT
            line = BillLine(
                *(f"{item.name}: {tax.name} {tax.percent} %", -item.amount, currency),
                *(share, -money(item.amount * share, currency)),
                kind=LineKind.TAX,
                determinant=advance.determinants[0].name,
            )
            total += Rated((line,)).traced(Trace(taxed=advance.lines))
    return total


def deposit_lines(month: RatedMonth) -> Rated:
    """A line for each deposit that is asked for or given back."""
    total = Rated()
    for item in _of(month, ItemKind.DEPOSIT):
        label = "Deposit" if item.amount >= 0 else "Deposit returned"
        total += _once(month, LineKind.DEPOSIT, item, f"{label}, not taxed: {item.name}")
    return total


def _of(month: RatedMonth, kind: ItemKind) -> list[BilledItem]:
    return [one for one in month.customer.items if one.kind is kind]


def _rated(month: RatedMonth, item: BilledItem) -> Rated:
    kind = LineKind.ITEM if item.taxed else LineKind.UNTAXED_ITEM
    if not item.monthly:
        return _once(month, kind, item, item.name)
    stretch = Stretch(item, item.start, item.end)
    share = month.share_of(month.time_within([(item.start, item.end)], stretch))
    quantity, basis = Decimal(1), ""
    if item.prorate and not share.whole:
        quantity, basis = share.of(quantity), str(share)
    name = f"item/{item.name}"
    return month.charged(*(kind, stretch, name, item.name, quantity, "months", item.amount, basis))


def _advance(month: RatedMonth, item: BilledItem) -> Rated:
    return _once(month, LineKind.ADVANCE, item, f"Less advance payment: {item.name}", -item.amount)


def _once(
    month: RatedMonth, kind: LineKind, item: BilledItem, label: str, price: Decimal | None = None
) -> Rated:
    day = month.at(item.start)[:10]
    name, each = f"item/{item.name}@{day}", item.amount if price is None else price
    line = BillLine(
        *(f"{label}, {day}", Decimal(1), "items", each, money(each, month.tariff.currency)),
        kind=kind,
        determinant=name,
    )
    basis = f"reference {item.reference}" if item.reference else ""
    return Rated((line,), (Determinant(name, Decimal(1), "items", item.start, item.end, basis),))
