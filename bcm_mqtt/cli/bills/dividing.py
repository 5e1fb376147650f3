"""`invoice divide`: the parts of an invoice, of each customer and of the landlord."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

import click

from bcm_mqtt.billing.invoices.caps import caps_of
from bcm_mqtt.billing.invoices.measured import MeasuredMonth, measured_of, months_of
from bcm_mqtt.billing.rehearsing.comparing import Question
from bcm_mqtt.cli.billed import billing_of, billing_progress
from bcm_mqtt.cli.output import Cell, Format, format_option, say
from bcm_mqtt.cli.portfolio.choosing import SiteChoice, sites_options
from bcm_mqtt.cli.site import instant_given, now
from bcm_mqtt.cli.stored import open_look
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import Settings
from bcm_mqtt.config.invoices import AllocationFile, read_rules
from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.allocation.allocating import Allocation, InputTax, allocated, capped
from bcm_mqtt.domain.allocation.entered import EnteredInvoice
from bcm_mqtt.domain.allocation.invoice import Invoice
from bcm_mqtt.domain.allocation.largest_remainder import LANDLORD
from bcm_mqtt.domain.bill.bill import BillStatus
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.money import in_full, rounded
from bcm_mqtt.errors import InputError

ONE: Final = "an invoice belongs to a site"
_COLUMNS: Final = ("customer", "component", "of", "share", "amount", "currency")
_SHARE: Final = Decimal("0.0001")
_ALL: Final = "all"


@click.command(epilog="Example: bcm-mqtt invoice divide 4711 --rules allocation.yaml")
@click.argument("number", metavar="NUMBER")
@click.option(
    "--rules",
    "file",
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="How each component is divided.",
)
@click.option("--supplier", metavar="NAME", help="Whose, where two suppliers have that number.")
@click.option(
    "--peak", metavar="TIME", help="Local, in the quarter hour of the site's peak by the invoice."
)
@click.option(
    "--cap", metavar="TARIFF", help="No part is more than its customer's usage costs under this."
)
@sites_options
@format_option
def divide(
    number: str,
    file: Path,
    supplier: str | None,
    peak: str | None,
    cap: str | None,
    choice: SiteChoice,
    form: Format,
) -> int:
    """Divide an invoice among customers and the landlord; nothing is stored.

    It is divided by what the bills of its months would be now. The parts of a component, with
    that of the landlord, are its amount to the cent.
    """
    settings = choice.load().one(ONE)
    said = read_rules(file)
    last = revisions_of(settings, number, supplier)[-1].invoice
    at = instant_given("--peak", peak, settings.site.zone)
    months = months_of(last)
    if months[-1].bounds(settings.site.zone)[1] > now():
        raise InputError.of(f"invoice {number} is of a period that is not over")
    with billing_of(settings) as billing, billing_progress() as show:
        formulas, own_use = bool(billing.terms().formulas), billing.terms().own_use
        sites = [billing.drafts(month, show) for month in months]
        question = Question(months, (cap,)) if cap else None
        known = billing.customers() | billing.terms().customers.keys()
        costs = billing.rehearsal.compare(question, show) if question else []
    known |= {bill.customer.id for site in sites for bill in site.bills}
    _check_customers(said, known, file)
    landlord = said.landlord | own_use
    measured = measured_of(*(list(map(MeasuredMonth.of, sites)), landlord, at), formulas=formulas)
    try:
        found = allocated(last, said.rules, measured)
    except ValueError as error:
        raise InputError.of(f"{file}: {error}") from None
    if cap:
        caps = caps_of(costs, found.invoice.currency, net=said.rules.input_tax is InputTax.DEDUCTED)
        found = capped(found, caps)
    for line in (*_held(sites), *_without(said, last)):
        say(line, err=True)
    print_rows(list(_rows(found, form)), _COLUMNS, form)
    return 0


def revisions_of(settings: Settings, number: str, supplier: str | None) -> Sequence[EnteredInvoice]:
    """All revisions of an invoice, the last one at the end.

    Raises:
        InputError: there is none, or two suppliers have that number.
    """
    with closing(open_look(settings)) as store:
        stored = store.invoices.all()
    found = [one for one in stored if one.invoice.number == number]
    suppliers = sorted({one.invoice.supplier for one in found})
    if supplier is not None:
        found = [one for one in found if one.invoice.supplier == supplier]
    elif len(suppliers) > 1:
        raise InputError.of(f"expected --supplier, one of {', '.join(suppliers)}")
    if not found:
        known = ", ".join(sorted({one.invoice.number for one in stored})) or "none"
        raise InputError.of(f"there is no such invoice {number!r}: expected one of {known}")
    return found


def money_cell(amount: Decimal, currency: str, form: Format) -> Cell:
    """For people with the decimals of the currency."""
    return f"{in_full(amount, currency):f}" if form == "table" else float(amount)


def _check_customers(said: AllocationFile, known: Collection[str], file: Path) -> None:
    """Refuses a name that no customer has, whose part would go unpaid."""
    for name in sorted((said.rules.customers | said.landlord).difference(known)):
        raise InputError.of(unknown("customer", name, known), source=str(file))


def _without(said: AllocationFile, last: Invoice) -> Iterator[str]:
    names = {one.name for one in last.components}
    for name in said.rules.components.keys() - names:
        yield f"there is no component {name!r} on invoice {last.number}: its rule divides nothing"


def _percent(share: Fraction, form: Format) -> Cell:
    percent = rounded(share * 100, _SHARE)
    return f"{percent:f} %" if form == "table" else float(percent)


def _held(sites: Sequence[SiteMonth]) -> Iterator[str]:
    for site in sites:
        for bill in site.bills:
            if bill.status is BillStatus.HELD:
                yield f"the bill of {bill.customer.id} for {site.month} is held for review"


def _rows(found: Allocation, form: Format) -> Iterator[dict[str, Cell]]:
    """Each component's parts, and then all of each customer; the landlord's last."""
    currency = found.invoice.currency

    def row(
        who: str, name: str, of: Decimal, share: Fraction | None, part: Decimal
    ) -> dict[str, Cell]:
        return {
            "customer": who or "(landlord)",
            "component": name,
            "of": money_cell(of, currency, form),
            "share": None if share is None else _percent(share, form),
            "amount": money_cell(part, currency, form),
            "currency": currency,
        }

    customers = [*found.customers, LANDLORD]
    for one in found.components:
        for who in customers:
            if who in one.parts:
                yield row(who, one.name, one.amount, one.shares.get(who), one.parts[who])
    for who in customers:
        share = Fraction(found.of(who)) / Fraction(found.total) if found.total else Fraction(0)
        yield row(who, _ALL, found.total, share, found.of(who))
