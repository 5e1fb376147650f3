"""What the pages of suppliers' invoices show."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from bcm_mqtt.billing.invoices.site_invoices import ProposedInvoice
from bcm_mqtt.billing.pages.month_invoices import InvoiceTable, invoice_tables
from bcm_mqtt.billing.pages.words import money, number, time
from bcm_mqtt.domain.allocation.entered import EnteredInvoice, newest
from bcm_mqtt.domain.allocation.invoice import Invoice
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.money import in_full
from bcm_mqtt.domain.time import Month
from bcm_mqtt.languages import _, day
from bcm_mqtt.web.billing.check_api import LARGEST_FILE
from bcm_mqtt.web.ports import Ports


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice in the list, its last revision."""

    supplier: str
    number: str
    href: str
    period: str
    kwh: str
    net: str
    tax: str
    per_kwh: str
    revision: int


@dataclass(frozen=True, slots=True)
class InvoicesView:
    """All invoices, the last period first; `largest` is the most bytes of a file."""

    site: str
    rows: tuple[InvoiceRow, ...]
    largest: int


@dataclass(frozen=True, slots=True)
class RevisionView:
    """An invoice as it was entered once: its components and its tax."""

    title: str
    entered: str
    reason: str
    rows: tuple[tuple[str, str, str, str], ...]
    total: str


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice.

    Attributes:
        site: Its name.
        title: Which it is.
        month: Of whose bills it is; "" where it is of none.
        divided: What bills have of it; None where the month has not been processed.
        revisions: The last first.
    """

    site: str
    title: str
    month: str
    divided: InvoiceTable | None
    revisions: tuple[RevisionView, ...]


def invoices_view(site: str, entered: Sequence[EnteredInvoice]) -> InvoicesView:
    """The list of all that were entered."""
    return InvoicesView(site, tuple(map(_row, reversed(newest(entered)))), LARGEST_FILE)


def _row(one: EnteredInvoice) -> InvoiceRow:
    said = one.invoice
    named = urlencode({"supplier": said.supplier, "number": said.number})
    return InvoiceRow(
        said.supplier,
        said.number,
        f"invoices/one?{named}",
        period_of(said),
        "" if said.kwh is None else number(said.kwh),
        money(in_full(said.net, said.currency), said.currency),
        money(in_full(said.tax, said.currency), said.currency),
        "" if said.per_kwh is None else money(said.per_kwh, said.currency),
        one.revision,
    )


def period_of(invoice: Invoice) -> str:
    """`2026-03-01 to 2026-03-31`."""
    return _("%(first)s to %(last)s", first=day(invoice.start), last=day(invoice.last_day))


def month_of_invoice(invoice: Invoice) -> Month | None:
    """The calendar month that it is of; None of another period."""
    month = Month(invoice.start.year, invoice.start.month)
    whole = month.first_day, month.shifted(1).first_day
    return month if (invoice.start, invoice.end) == whole else None


def invoice_view(
    ports: Ports, revisions: Sequence[EnteredInvoice], site: SiteMonth | None
) -> InvoiceView:
    """An invoice with its revisions.

    Args:
        ports: For the zone and the name of the site.
        revisions: In the order of their coming, at least one.
        site: The month of its bills, where it was processed.
    """
    last = revisions[-1].invoice
    title = _("Invoice %(number)s of %(supplier)s", number=last.number, supplier=last.supplier)
    month = month_of_invoice(last)
    tables = zip(site.divided, invoice_tables(site), strict=True) if site else ()
    divided = next(
        (table for of, table in tables if of.key[1:] == (last.supplier, last.number)), None
    )
    shown = tuple(_revision(one, ports) for one in reversed(revisions))
    return InvoiceView(ports.live.name, title, str(month) if month else "", divided, shown)


def _revision(one: EnteredInvoice, ports: Ports) -> RevisionView:
    said = one.invoice
    parts = [(part.name, part.amount, part.kwh, part.kw) for part in said.components]
    rows = tuple(
        (
            name,
            money(in_full(amount, said.currency), said.currency),
            "" if kwh is None else number(kwh),
            "" if kw is None else number(kw),
        )
        for name, amount, kwh, kw in (*parts, (_("tax"), said.tax, said.kwh, said.kw))
    )
    return RevisionView(
        _("Revision %(number)s, %(period)s", number=one.revision, period=period_of(said)),
        _(
            "entered by %(name)s, %(time)s",
            name=one.entry.author,
            time=time(one.entry.made, ports.zone),
        ),
        one.entry.reason,
        rows,
        money(in_full(said.gross, said.currency), said.currency),
    )


def proposal_sentences(proposed: Sequence[ProposedInvoice]) -> list[str]:
    """What entering a file would do, a sentence for each invoice and each bill."""
    found = list[str]()
    for one in proposed:
        said = one.invoice
        named = {"number": said.number, "supplier": said.supplier, "period": period_of(said)}
        amount = money(in_full(said.gross, said.currency), said.currency)
        if not one.revision:
            text = _("Invoice %(number)s of %(supplier)s is there as the file has it.", **named)
        elif one.revision == 1:
            text = _(
                "Invoice %(number)s of %(supplier)s, %(period)s, %(amount)s is new.",
                amount=amount,
                **named,
            )
        else:
            text = _(
                "Invoice %(number)s of %(supplier)s, %(period)s, %(amount)s becomes revision "
                "%(revision)s.",
                amount=amount,
                revision=one.revision,
                **named,
            )
        found.append(text)
        found += [
            _(
                "Bill %(number)s of %(customer)s for %(month)s will differ until it is revised.",
                number=bill.number,
                customer=bill.customer,
                month=str(bill.month),
            )
            for bill in one.touched
        ]
    return list(dict.fromkeys(found))
