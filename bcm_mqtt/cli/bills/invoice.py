"""`invoice`: invoices of suppliers, such as a utility's, for the supply of a site."""

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import click

from bcm_mqtt.billing.invoices.site_invoices import bills_by_invoices
from bcm_mqtt.billing.review import check_signature
from bcm_mqtt.cli.bills.dividing import ONE, divide, money_cell, revisions_of
from bcm_mqtt.cli.output import Cell, Format, format_option, say
from bcm_mqtt.cli.portfolio.choosing import SiteChoice, sites_options
from bcm_mqtt.cli.portfolio.listing import print_each
from bcm_mqtt.cli.site import now
from bcm_mqtt.cli.stored import make_store, open_look
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import Settings
from bcm_mqtt.config.invoices import read_invoices
from bcm_mqtt.domain.allocation.entered import EnteredInvoice, Entry, newest
from bcm_mqtt.domain.site.account import ON_THIS_MACHINE, AuditEntry

_LISTED = [
    *("supplier", "number", "revision", "first_day", "last_day", "kwh", "kw"),
    *("net", "tax", "currency", "per_kwh", "author", "made"),
]
_SHOWN = ["revision", "component", "amount", "currency", "kwh", "kw", "author", "reason", "made"]


@click.group(epilog="Example: bcm-mqtt invoice import invoices.yaml --by 'J. Doe'")
def invoice() -> None:
    """Invoices of suppliers, such as a utility's, for the supply of a site."""


invoice.add_command(divide)


@invoice.command("import", epilog="Example: bcm-mqtt invoice import march.yaml --by 'J. Doe'")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--by", "author", required=True, metavar="NAME", help="Who enters them.")
@click.option(
    "--reason", default="", metavar="TEXT", help="Why; an invoice that was revised needs one."
)
@sites_options
def import_(file: Path, author: str, reason: str, choice: SiteChoice) -> None:
    """Enter the invoices of a YAML or CSV file, all or none.

    An invoice that is there as the file has it stays; one that says something else is entered as
    its next revision.
    """
    check_signature("invoice", author, reason or "-")
    settings = choice.load().one(ONE)
    invoices = read_invoices(file, settings.site.currency)
    entry = Entry(author.strip(), reason.strip(), now())
    with closing(make_store(settings)) as store:
        entered = store.invoices.enter(invoices, entry)
        for one in entered:
            store.audit_log.add(_audited(one))
        touched = list(bills_by_invoices(store, [one.invoice for one in entered]))
    for one in entered:
        what = "entered" if one.revision == 1 else f"revision {one.revision} entered"
        say(f"invoice {one.invoice.number} of {one.invoice.supplier}: {what}")
    if there := len(invoices) - len(entered):
        say(f"{there} of {len(invoices)} invoices were there already")
    for bill in touched:
        say(f"bill {bill.number} of {bill.customer} for {bill.month} differs: revise it")


def _audited(one: EnteredInvoice) -> AuditEntry:
    """What the audit log says of an invoice that is entered."""
    invoice, entry = one.invoice, one.entry
    before = f"revision {one.revision - 1}" if one.revision > 1 else ""
    after = f"revision {one.revision} entered by {entry.author}"
    after += f": {entry.reason}" if entry.reason else ""
    what = f"invoice {invoice.number} of {invoice.supplier}"
    return AuditEntry(entry.made, ON_THIS_MACHINE, "", what, before, after)


@invoice.command("list", epilog="Example: bcm-mqtt invoice list --format csv")
@click.option("--all", "with_superseded", is_flag=True, help="Also superseded revisions.")
@sites_options
@format_option
def list_(choice: SiteChoice, form: Format, *, with_superseded: bool) -> int:
    """List invoices with their average cost per kWh, by the first day of their period."""

    def found(settings: Settings) -> Iterator[dict[str, Cell]]:
        with closing(open_look(settings)) as store:
            stored = store.invoices.all()
        chosen = stored if with_superseded else newest(stored)
        return (_listed(one, settings, form) for one in chosen)

    return print_each(choice, found, _LISTED, form)


@invoice.command(epilog="Example: bcm-mqtt invoice show 4711")
@click.argument("number", metavar="NUMBER")
@click.option("--supplier", metavar="NAME", help="Whose, where two suppliers have that number.")
@sites_options
@format_option
def show(number: str, supplier: str | None, choice: SiteChoice, form: Format) -> int:
    """Show an invoice's components, of all its revisions."""
    settings = choice.load().one(ONE)
    found = revisions_of(settings, number, supplier)
    print_rows([row for one in found for row in _shown(one, settings, form)], _SHOWN, form)
    return 0


def _listed(one: EnteredInvoice, settings: Settings, form: Format) -> dict[str, Cell]:
    said = one.invoice
    return {
        "supplier": said.supplier,
        "number": said.number,
        "revision": one.revision,
        "first_day": said.start.isoformat(),
        "last_day": said.last_day.isoformat(),
        "kwh": _number(said.kwh, form),
        "kw": _number(said.kw, form),
        "net": money_cell(said.net, said.currency, form),
        "tax": money_cell(said.tax, said.currency, form),
        "currency": said.currency,
        "per_kwh": _number(said.per_kwh, form),
        "author": one.entry.author,
        "made": _made(one, settings),
    }


def _shown(one: EnteredInvoice, settings: Settings, form: Format) -> Iterator[dict[str, Cell]]:
    said = one.invoice
    parts = [(part.name, part.amount, part.kwh, part.kw) for part in said.components]
    for name, amount, kwh, kw in (*parts, ("tax", said.tax, None, None)):
        yield {
            "revision": one.revision,
            "component": name,
            "amount": money_cell(amount, said.currency, form),
            "currency": said.currency,
            "kwh": _number(kwh, form),
            "kw": _number(kw, form),
            "author": one.entry.author,
            "reason": one.entry.reason or None,
            "made": _made(one, settings),
        }


def _number(quantity: Decimal | None, form: Format) -> Cell:
    """With up to 15 digits, which a float has exactly."""
    if quantity is None:
        return None
    return f"{quantity:f}" if form == "table" else float(quantity)


def _made(one: EnteredInvoice, settings: Settings) -> str:
    return one.entry.made.astimezone(settings.site.zone).isoformat(timespec="minutes")
