"""Suppliers' invoices of a month as texts: what bills have of each, and the landlord's part."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bcm_mqtt.billing.pages.words import money
from bcm_mqtt.domain.allocation.divided_invoice import (
    OUTDATED,
    BilledComponent,
    DividedInvoice,
    billed_components,
)
from bcm_mqtt.domain.allocation.landlord import ABOVE_CAP, REST
from bcm_mqtt.domain.allocation.rules import LEFT, OWN_USE, UNALLOCATED, UNMEASURED
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.money import in_full
from bcm_mqtt.languages import N_, _, day, translated

_OTHERS: Final = {
    UNALLOCATED: N_("vacant and common"),
    OWN_USE: N_("own use"),
    UNMEASURED: N_("not measured"),
    LEFT: N_("what areas and shares leave"),
    ABOVE_CAP: N_("above the cap"),
    REST: N_("what the average cost leaves"),
    OUTDATED: N_("bills to be revised"),
}


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """A component, or all of them.

    Attributes:
        name: Of the component.
        amount: Of the invoice.
        customers: What bills have.
        landlord: The rest.
        others: What that is for, with its amount.
    """

    name: str
    amount: str
    customers: str
    landlord: str
    others: str


@dataclass(frozen=True, slots=True)
class InvoiceTable:
    """An invoice of the month; the last row is their sum."""

    title: str
    rows: tuple[InvoiceRow, ...]
    total: InvoiceRow


def components_of(site: SiteMonth, divided: DividedInvoice) -> list[BilledComponent]:
    """The components of an invoice with what the bills of a month have of them."""
    parts = ((bill.customer.id, one) for bill in site.bills for one in bill.invoices)
    return list(billed_components(divided, parts))


def invoice_tables(site: SiteMonth) -> tuple[InvoiceTable, ...]:
    """Of each invoice that bills of the month charge."""
    return tuple(_table(site, one) for one in site.divided)


def _table(site: SiteMonth, divided: DividedInvoice) -> InvoiceTable:
    invoice = divided.allocation.invoice
    title = _(
        "Invoice %(number)s of %(supplier)s, %(first)s to %(last)s",
        number=invoice.number,
        supplier=invoice.supplier,
        first=day(invoice.start),
        last=day(invoice.last_day),
    )
    found = components_of(site, divided)
    rows = tuple(_row(one, invoice.currency) for one in found)
    return InvoiceTable(title, rows, _row(_sum(found), invoice.currency))


def _sum(components: Sequence[BilledComponent]) -> BilledComponent:
    amount = sum((one.amount for one in components), Decimal(0))
    billed, others = defaultdict[str, Decimal](Decimal), defaultdict[str, Decimal](Decimal)
    for one in components:
        for who, part in one.billed.items():
            billed[who] += part
        for what, part in one.others.items():
            others[what] += part
    return BilledComponent(_("Total"), amount, billed, others)


def _row(one: BilledComponent, currency: str) -> InvoiceRow:
    amount, customers, landlord = (
        money(in_full(each, currency), currency)
        for each in (one.amount, one.customers, one.landlord)
    )
    return InvoiceRow(
        one.name, amount, customers, landlord, "; ".join(_others(one.others, currency))
    )


def _others(others: Mapping[str, Decimal], currency: str) -> Iterator[str]:
    for what, part in others.items():
        words = translated(_OTHERS[what]) if what in _OTHERS else what
        yield f"{words} {money(part, currency)}"
