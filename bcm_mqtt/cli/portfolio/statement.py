"""`statement`: the bills of one account, whose customers are at several sites."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import cast

import click

from bcm_mqtt.billing.portfolio.account_bills import draft_bill, is_billed_apart, issued_bill
from bcm_mqtt.billing.reports.account_report import ACCOUNT_FORMATS, AccountReport
from bcm_mqtt.cli.billed import billing_of
from bcm_mqtt.cli.output import Cell, Format, put_document, put_json, say
from bcm_mqtt.cli.portfolio.choosing import Sites, failing_alone
from bcm_mqtt.cli.portfolio.joint import joint_billing_of
from bcm_mqtt.cli.site import month_given, now
from bcm_mqtt.cli.stored import database_of, ledger_of
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import Settings
from bcm_mqtt.config.portfolio import JointBooks, Portfolio, load_portfolio
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.statement import SiteBill, Statement, StatementPart, statement_of
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import Ledger

_COLUMNS = (
    *("currency", "seller", "country", "site", "customer", "bill", "status"),
    *("kwh", "amount"),
)


@click.command(epilog="Example: bcm-mqtt statement acme 2026-03 --portfolio portfolio.yaml")
@click.argument("account")
@click.argument("month", metavar="YYYY-MM")
@click.option(
    "--portfolio",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    default=Path("config/portfolio.yaml"),
    show_default=True,
    help="Which names the account and its sites.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", *ACCOUNT_FORMATS]),
    default="table",
    show_default=True,
    help="How to print, or as which file to write.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write, of html and pdf; else standard output.",
)
def statement(account: str, month: str, file: Path, form: str, output: Path | None) -> int:
    """List an account's bills of a month at all its sites, by currency and seller.

    Bills that are not issued are listed as drafts. Amounts of different currencies are not added.
    """
    period = month_given(month)
    _check_output(form, output)
    portfolio = load_portfolio(file)
    sites = Sites.all_of(portfolio)
    customers = sites.account(account)
    bills, away = list[SiteBill](), list[str]()
    if books := sites.joint.get(customers.part):
        with failing_alone(customers.part, away):
            bills += _whole(books, period)
        if bills or away:
            customers = customers.whole
    for site, customer in customers.customers.items():
        if site == customers.part:
            continue
        with failing_alone(site, away):
            bills += _bills(portfolio, site, period, customer)
    made = statement_of(customers, period, bills, away)
    if form in ACCOUNT_FORMATS:
        _write(made, portfolio, form, output)
    else:
        _print(made, portfolio, cast("Format", form))
    return 1 if away else 0


def _bills(portfolio: Portfolio, site: str, month: Month, customer: str) -> Iterator[SiteBill]:
    """The bill of an account's customer at a site, if there is one."""
    of = portfolio.sites[site]
    if bill := _issued(of.settings, month, customer) or _draft(of.settings, month, customer):
        yield SiteBill(site, of.seller, of.country, bill)


def _whole(books: JointBooks, month: Month) -> Iterator[SiteBill]:
    """The one bill over all sites of an account, unless they have billed it by themselves."""
    account, of = books.account, next(iter(books.sites.values()))
    bill = _issued(books.settings, month, account.id)
    if bill is None:
        with ExitStack() as stack:
            own = [
                (stack.enter_context(closing(_ledger(site.settings))), account.customers[key])
                for key, site in books.sites.items()
            ]
            if is_billed_apart(own, month):
                return
        with joint_billing_of(books) as billing:
            bill = draft_bill(billing, month, account.id)
    if bill:
        yield SiteBill(account.part, of.seller, of.country, bill)


def _ledger(settings: Settings) -> Ledger:
    ledger = ledger_of(settings, database_of(settings))
    ledger.database.check_schema()
    return ledger


def _issued(settings: Settings, month: Month, customer: str) -> Bill | None:
    with closing(_ledger(settings)) as ledger:
        return issued_bill(ledger, month, customer)


def _draft(settings: Settings, month: Month, customer: str) -> Bill | None:
    with billing_of(settings) as billing:
        return draft_bill(billing, month, customer)


def _check_output(form: str, output: Path | None) -> None:
    """Raises InputError where there is nothing to write, or no place for it."""
    if output and form not in ACCOUNT_FORMATS:
        raise InputError.of(f"--output: expected with --format {' or '.join(ACCOUNT_FORMATS)}")
    if form == "pdf" and output is None and sys.stdout.isatty():
        raise InputError.of("--format pdf: needs --output FILE, or a pipe")


def _write(made: Statement, portfolio: Portfolio, form: str, output: Path | None) -> None:
    """Writes a file; raises WorkError."""
    names = portfolio.site_names, portfolio.seller_names
    content = AccountReport(made, *names, portfolio.issuer, now()).file(form).content
    if output is None:
        put_document(content)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise WorkError(f"{output}: cannot be written: {error.strerror}") from error
    say(output)


def _print(made: Statement, portfolio: Portfolio, form: Format) -> None:
    if form == "json":
        put_json(_document(made, portfolio))
        return
    rows = [_row(one, form) for one in made.bills]
    if rows or form == "csv":
        print_rows(rows, _COLUMNS, form)
    if form == "csv":
        return
    for part in made.parts:
        seller = portfolio.sellers.get(part.joint.seller)
        names = (seller.name if seller else "", part.joint.country)
        named = ", ".join(name for name in names if name) or "in all"
        count = "1 bill" if len(part.bills) == 1 else f"{len(part.bills)} bills"
        say(f"{named}: {count}, {part.kwh:,} kWh, {part.amount:,} {part.joint.currency}")
    for site in made.without:
        say(f"{site}: no bill of {made.account} for {made.month}")
    for site in made.away:
        say(f"{site}: not known, see above; the statement is incomplete")


def _row(one: SiteBill, form: Format) -> dict[str, Cell]:
    bill = one.bill
    amount = bill.amount if bill.priced else None
    shown = form == "table"
    return {
        "currency": bill.currency,
        "seller": one.seller,
        "country": one.country,
        "site": ", ".join(site.id for site in bill.sites) or one.site,
        "customer": bill.customer.id,
        "bill": bill.issue.number if bill.issue else None,
        "status": bill.status.value,
        "kwh": f"{bill.kwh:,}" if shown else str(bill.kwh),
        "amount": None if amount is None else f"{amount:,}" if shown else str(amount),
    }


def _document(made: Statement, portfolio: Portfolio) -> dict[str, object]:
    return {
        "account": made.account,
        "month": str(made.month),
        "parts": [_part(part, portfolio) for part in made.parts],
        "amounts": {currency: str(amount) for currency, amount in made.amounts.items()},
        "away": list(made.away),
        "no_bill": list(made.without),
    }


def _part(part: StatementPart, portfolio: Portfolio) -> dict[str, object]:
    seller = portfolio.sellers.get(part.joint.seller)
    return {
        "currency": part.joint.currency,
        "seller": part.joint.seller,
        "seller_name": seller.name if seller else "",
        "country": part.joint.country,
        "kwh": str(part.kwh),
        "amount": str(part.amount),
        "bills": [_row(one, "json") for one in part.bills],
    }
