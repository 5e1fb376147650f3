"""Invoices of suppliers: a customer's part of each component, or each kWh at the average cost."""

from datetime import datetime
from decimal import Decimal

from bcm_mqtt.domain.allocation.allocating import AVERAGE
from bcm_mqtt.domain.allocation.invoice_part import ComponentPart, InvoicePart, PartsKnown
from bcm_mqtt.domain.money import in_full, rounded
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import Rated, Trace
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Stretch
from bcm_mqtt.domain.usage.usage import total_kwh
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.domain.vee.quality import Finding

_PERCENT = Decimal("0.0001")


def allocation_lines(month: RatedMonth) -> Rated:
    """A line for each component of each invoice of the month.

    What is charged by an invoice is all of the month's energy: where the tariff charges some of it
    otherwise, nothing is, and a finding holds the bill.
    """
    plans = dict.fromkeys(one.rate.allocation.id for one in month.rates if one.rate.allocation)
    return sum((_of_plan(month, plan) for plan in plans), Rated())


def _of_plan(month: RatedMonth, plan: str) -> Rated:
    if not month.usage:
        return Rated()
    known = month.invoices.get(plan, PartsKnown(missing=f"nothing is known of {plan}"))
    missing = known.missing
    if any(not _is_of(month, row.start, plan) for row in month.usage):
        missing = f"tariff {month.tariff.id} charges by {plan} for a part of the month only"
    currency = month.tariff.currency
    for one in known.parts:
        if one.currency != currency and not missing:
            missing = f"{one.named} is in {one.currency}, tariff {month.tariff.id} in {currency}"
    if not missing:
        return sum((_of_invoice(month, part) for part in known.parts), Rated())
    panel = month.usage[0].panel
    finding = Finding(Flag.INVOICE_MISSING, panel, (), month.start, month.end, missing)
    return Rated(findings=(finding,))


def _is_of(month: RatedMonth, at: datetime, plan: str) -> bool:
    """Whether the rate of a time charges by a plan."""
    holding = next(one.rate for one in month.rates if one.start <= at < one.end)
    return holding.allocation is not None and holding.allocation.id == plan


def _of_invoice(month: RatedMonth, part: InvoicePart) -> Rated:
    """The lines of one invoice, over the whole month."""
    whole = Stretch(part, month.start, month.end)
    lines = (_component(month, whole, one) for one in part.components)
    return sum(lines, Rated(invoices=(part,)))


def _component(month: RatedMonth, whole: Stretch[InvoicePart], one: ComponentPart) -> Rated:
    """A part of a component: once the amount that the division gives, or kWh at their price."""
    part = whole.charge
    name, of, amount = part.determinant(one), f"invoice {part.number}", _shown(part, one.amount)
    quantity, unit, price, trace = Decimal(1), "items", one.part, Trace()
    if one.bases:
        label, percent = f"{one.name}, {of}", rounded(one.share * 100, _PERCENT)
        basis = f"{part.named}: {percent} % of {amount}"
    elif one.name == AVERAGE and part.price is not None:
        label = f"Energy at the average cost, {of}"
        basis = f"{part.named}: {amount} / {part.kwh or 0:,} kWh"
        quantity, unit, price = total_kwh(month.usage), "kWh", part.price
        trace = Trace(usage=tuple(month.usage))
    else:
        label, basis = f"No more than {amount}, {of}", f"{part.named}: at most {amount}"
    charged = (LineKind.ALLOCATION, whole, name, label, quantity, unit, price, basis)
    return month.charged(*charged).traced(trace)


def _shown(part: InvoicePart, amount: Decimal) -> str:
    return f"{in_full(amount, part.currency):,f}"
