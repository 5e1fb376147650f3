"""`bill`: a month's bills and the site summary."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bcm_mqtt.billing import bill_month, of_customer
from bcm_mqtt.billing.issue import issued_site
from bcm_mqtt.billing.reports.folder import count_files, write_month
from bcm_mqtt.billing.reports.formats import FORMATS, TEXT_FORMATS, MonthReports
from bcm_mqtt.cli.bills.export import export
from bcm_mqtt.cli.bills.issue import issue as issue_bills
from bcm_mqtt.cli.bills.issue import issue_options, print_differing, status_of
from bcm_mqtt.cli.bills.mail import mail
from bcm_mqtt.cli.bills.month_group import MonthCommand, MonthGroup
from bcm_mqtt.cli.bills.verify import verify
from bcm_mqtt.cli.output import console, progress_bar
from bcm_mqtt.cli.site import config_option, month_given, now, settings_of
from bcm_mqtt.cli.stored import open_store
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.bill.bill import METHOD, SiteMonth
from bcm_mqtt.domain.usage.usage import Coverage, Usage, total_kwh
from bcm_mqtt.errors import InputError

_FORMATS = ("table", *FORMATS)


@click.group(cls=MonthGroup)
def bill() -> None:
    """Bill a month: energy by circuit and by customer."""


bill.add_command(verify)
bill.add_command(export)
bill.add_command(mail)


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
    help="One or more formats, or all.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write files to; without it, one format goes to standard output.",
)
@click.option("--zip", "zipped", is_flag=True, help="Also all files as a ZIP next to their folder.")
@issue_options
def of_month(
    month: str,
    config: Path,
    customer: str | None,
    forms: str,
    output: Path | None,
    zipped: bool,
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
    files = [form for form in chosen if form != "table"]
    if zipped and not (output and files):
        raise InputError.of("--zip: needs --output DIR and a --format of files")
    settings = settings_of(config)
    with closing(open_store(settings)) as store, _progress() as show:
        while store.roll_up():  # what the recorder has not yet got to
            pass
        issue_bills(store, settings, (issue, revise, reason), period, customer or "", show)
        drafts = bill_month(store, settings.terms, period, now(), show)
        site = drafts if draft else issued_site(store, drafts)
    if customer:
        site = of_customer(site, customer)
    if "table" in chosen:
        print_bills(site, settings, console())
        print_differing(site, drafts)
    if output and files:
        whole = not customer
        for file in write_reports(site, settings, files, output, whole=whole, zipped=zipped):
            click.echo(file)
    else:
        for form in files:
            if write := FORMATS[form].all:
                click.echo(write(_reports_of(site, settings)), nl=False)


def print_bills(site: SiteMonth, settings: Settings, out: Console) -> None:
    """The month's customers as a table, and what is unallocated."""
    name, zone = settings.site.name, settings.site.zone
    table = Table(
        title=Text(
            f"{name}, {site.month} ({site.month.hours(zone)} hours, {zone.key})", style="bold"
        ),
        title_justify="left",
    )
    hours = ("measured h", "estimated h", "missing h", "coverage")
    for column in ("customer", "circuits", "kWh", "cost", *hours):
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


def write_reports(
    site: SiteMonth,
    settings: Settings,
    forms: Sequence[str],
    output: Path,
    *,
    whole: bool = True,
    zipped: bool = False,
) -> Iterator[Path]:
    """Writes reports into a folder named after the month, with a progress bar; yields the files.

    Args:
        site: To report.
        settings: Of the site.
        forms: Of the files.
        output: The folder's parent.
        whole: Whether it is the whole site, which has a summary, or one customer.
        zipped: Whether to write a ZIP, too.
    """
    reports = _reports_of(site, settings, whole=whole)
    with progress_bar() as progress:
        task = progress.add_task("reports", total=count_files(reports, forms))
        for file in write_month(reports, forms, output, zipped=zipped):
            progress.advance(task)
            yield file


def _reports_of(site: SiteMonth, settings: Settings, *, whole: bool = True) -> MonthReports:
    panels = {key: panel.panel for key, panel in settings.panels.items()}
    return MonthReports(site, settings.issuer, now(), panels, whole=whole)


def _circuits(usage: tuple[Usage, ...]) -> str:
    return str(len({(row.panel, row.circuit.first_pole) for row in usage}))


def _coverage(coverage: Coverage) -> tuple[str, ...]:
    return (
        f"{coverage.measured_hours:,}",
        f"{coverage.estimated_hours + coverage.edited_hours:,}",
        f"{coverage.missing_hours:,}",
        # Rounded down: 100 % means that nothing is missing.
        f"{(coverage.share * 100).quantize(Decimal('0.01'), ROUND_DOWN)} %",
    )


def _chosen(forms: str, output: Path | None) -> list[str]:
    chosen = [*FORMATS] if forms == "all" else list(dict.fromkeys(forms.split(",")))
    for form in chosen:
        if form not in _FORMATS:
            expected = ", ".join((*_FORMATS, "all"))
            raise InputError.of(f"--format {form!r}: expected one of {expected}")
    files = [form for form in chosen if form != "table"]
    if output is None and files and (len(chosen) > 1 or set(files) - TEXT_FORMATS):
        raise InputError.of(f"--format {forms}: needs --output DIR")
    return chosen


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, nothing in a pipe."""
    with progress_bar() as progress:
        task = progress.add_task("billing", total=None)

        def show(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of)

        yield show
