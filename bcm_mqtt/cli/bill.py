"""`bill`: a month's bills and the site summary."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from decimal import ROUND_DOWN, Decimal
from itertools import count
from pathlib import Path
from re import sub
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bcm_mqtt.billing import bill_month, of_customer
from bcm_mqtt.billing.issue import issued_site
from bcm_mqtt.billing.reports import csv_report, html_bill, html_summary, json_report
from bcm_mqtt.cli.bill_issue import issue as issue_bills
from bcm_mqtt.cli.bill_issue import issue_options, print_differing, status_of
from bcm_mqtt.cli.bill_verify import verify
from bcm_mqtt.cli.month_group import MonthCommand, MonthGroup
from bcm_mqtt.cli.output import console, progress_bar
from bcm_mqtt.cli.site import config_option, month_given, now, settings_of
from bcm_mqtt.cli.stored import open_store, terms_of
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.bill import METHOD, SiteMonth, total_kwh
from bcm_mqtt.domain.usage import Coverage, Usage
from bcm_mqtt.errors import InputError, WorkError

_FORMATS = ("table", "html", "csv", "json")
_LONGEST_NAME = 100
"""Of a file, without its number and suffix; file systems end at 255 bytes."""


@click.group(cls=MonthGroup)
def bill() -> None:
    """Bill a month: energy by circuit and by customer."""


bill.add_command(verify)


@bill.command(
    "month",
    cls=MonthCommand,
    epilog="Example: bcm-mqtt bill 2026-03 --customer Customer1 --format html,csv --output bills",
)
@click.argument("month", metavar="YYYY-MM")
@config_option
@click.option("--customer", metavar="ID", help="Only this customer's bill.")
@click.option(
    "--format",
    "forms",
    default="table",
    show_default=True,
    metavar=f"[{'|'.join(_FORMATS)}],…",
    help="One or more formats.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write files to; without it, one format goes to standard output.",
)
@issue_options
def of_month(
    month: str,
    config: Path,
    customer: str | None,
    forms: str,
    output: Path | None,
    issue: bool,
    revise: bool,
    reason: str,
    draft: bool,
) -> None:
    """Bill a month: energy by circuit and by customer.

    Bills that were issued are shown as they were. See also: bcm-mqtt bill verify --help
    """
    period = month_given(month)
    chosen = _chosen(forms, output)
    settings = settings_of(config)
    with closing(open_store(settings)) as store, _progress() as show:
        while store.roll_up():  # what the recorder has not yet got to
            pass
        issue_bills(store, settings, (issue, revise, reason), period, customer or "", show)
        drafts = bill_month(store, terms_of(settings), period, now(), show)
        site = drafts if draft else issued_site(store, drafts)
    if customer:
        site = of_customer(site, customer)
    for form in chosen:
        if form == "table":
            print_bills(site, settings, console())
            print_differing(site, drafts)
        elif output:
            for file in write_report(site, settings, form, output, whole=not customer):
                click.echo(file)
        else:
            click.echo(_report(site, settings.site.zone, form), nl=form == "json")


def print_bills(site: SiteMonth, settings: Settings, out: Console) -> None:
    """The month's customers as a table, and what is unallocated."""
    name, zone = settings.site.name, settings.site.zone
    table = Table(
        title=Text(
            f"{name}, {site.month} ({site.month.hours(zone)} hours, {zone.key})", style="bold"
        ),
        title_justify="left",
    )
    for column in ("customer", "circuits", "kWh", "cost", "measured h", "missing h", "coverage"):
        left = column == "customer"
        table.add_column(column, justify="left" if left else "right", no_wrap=True)
    table.add_column("status")
    for item in site.bills:
        cost = f"{item.amount:,} {item.currency}" if item.priced else "no tariff"
        table.add_row(
            Text(item.customer.id),
            _circuits(item.usage),
            f"{item.kwh:,}",
            cost,
            *_coverage(item.coverage),
            status_of(item),
        )
    unallocated = Coverage.total(row.coverage for row in site.unallocated)
    table.add_section()
    table.add_row(
        "unallocated",
        _circuits(site.unallocated),
        f"{total_kwh(site.unallocated):,}",
        "",
        *_coverage(unallocated),
    )
    table.add_row("site", "", f"{site.kwh:,}", style="bold")
    out.print(table)
    out.print(f"Energy is {METHOD}; missing time is not billed.", style="dim")


def write_report(
    site: SiteMonth, settings: Settings, form: str, output: Path, *, whole: bool = True
) -> Iterator[Path]:
    """Writes one format into a folder named after the month; yields the files.

    Args:
        site: To report.
        settings: Of the site.
        form: html, csv or json.
        output: The folder's parent.
        whole: Whether it is the whole site, which has a summary, or one customer.
    """
    folder = output / str(site.month)
    zone, name, made = settings.site.zone, settings.site.name, now()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if form == "html":
            pages = _pages(site)
            for item in site.bills:
                page = folder / pages[item.customer.id]
                page.write_text(html_bill(item, name, zone, made), encoding="utf-8")
                yield page
            if whole:
                summary = folder / "summary.html"
                summary.write_text(html_summary(site, name, zone, made, pages), encoding="utf-8")
                yield summary
        else:
            file = folder / f"bills.{form}"
            file.write_text(_report(site, zone, form) + "\n" * (form == "json"), encoding="utf-8")
            yield file
    except OSError as error:
        raise WorkError(f"{error.filename}: cannot be written: {error.strerror}") from error


def _report(site: SiteMonth, zone: ZoneInfo, form: str) -> str:
    return json_report(site, zone) if form == "json" else csv_report(site, zone)


def _circuits(usage: tuple[Usage, ...]) -> str:
    return str(len({(row.panel, row.circuit.first_pole) for row in usage}))


def _coverage(coverage: Coverage) -> tuple[str, str, str]:
    return (
        f"{coverage.measured_hours:,}",
        f"{coverage.missing_hours:,}",
        # Rounded down: 100 % means that nothing is missing.
        f"{(coverage.share * 100).quantize(Decimal('0.01'), ROUND_DOWN)} %",
    )


def _chosen(forms: str, output: Path | None) -> list[str]:
    chosen = forms.split(",")
    for form in chosen:
        if form not in _FORMATS:
            raise InputError.of(f"--format {form!r}: expected one of {', '.join(_FORMATS)}")
    to_stdout = [form for form in chosen if form in {"csv", "json"}]
    if output is None and ("html" in chosen or (to_stdout and len(chosen) > 1)):
        raise InputError.of(f"--format {forms}: needs --output DIR")
    return chosen


def _pages(site: SiteMonth) -> dict[str, str]:
    """File names by customer id: valid everywhere, each once, none of them the summary's."""
    taken = {"summary"}
    pages = {}
    for item in site.bills:
        plain = sub(r"[^A-Za-z0-9_.-]+", "_", item.customer.id)[:_LONGEST_NAME].strip(".")
        plain = plain or "customer"
        numbered = (plain if number == 1 else f"{plain}-{number}" for number in count(1))
        name = next(name for name in numbered if name.lower() not in taken)
        taken.add(name.lower())
        pages[item.customer.id] = f"{name}.html"
    return pages


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, nothing in a pipe."""
    with progress_bar() as progress:
        task = progress.add_task("billing", total=None)

        def show(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of)

        yield show
