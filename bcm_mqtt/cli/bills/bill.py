"""`bill`: a month's bills and the site summary, and giving the bills their numbers."""

from collections.abc import Iterator, Sequence
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bcm_mqtt.billing import of_customer
from bcm_mqtt.billing.issue import IssueRequest, Outcome, issued_text
from bcm_mqtt.billing.pages.statements import method_statement
from bcm_mqtt.billing.pages.words import NO_TARIFF
from bcm_mqtt.billing.reports.folder import count_files, month_files, write_month
from bcm_mqtt.billing.reports.formats import FORMATS, TEXT_FORMATS, MonthReports
from bcm_mqtt.cli.billed import billing_of, billing_progress
from bcm_mqtt.cli.bills.evidence import check, key
from bcm_mqtt.cli.bills.export import export
from bcm_mqtt.cli.bills.kept_heads import head
from bcm_mqtt.cli.bills.mail import mail
from bcm_mqtt.cli.bills.verify import verify
from bcm_mqtt.cli.output import put_document, say
from bcm_mqtt.cli.site import config_option, month_given
from bcm_mqtt.cli.tables import console, progress_bar
from bcm_mqtt.config import Settings, load
from bcm_mqtt.domain.bill.bill import Bill, SiteMonth
from bcm_mqtt.domain.printable import shown
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.usage import Coverage, Usage, circuit_count, total_kwh
from bcm_mqtt.errors import InputError, WorkError

_FORMATS = ("table", *FORMATS)
_MONTH = "month"


class _Unnamed(click.Context):
    """The context of a command that is typed without its name."""

    @property
    def command_path(self) -> str:
        """As it is typed."""
        return self.parent.command_path if self.parent else super().command_path


class _MonthCommand(click.Command):
    """The command that needs no name: `bill 2026-03`, in a group with `bill verify`."""

    context_class = _Unnamed


class MonthGroup(click.Group):
    """A group in which whatever is no name of a command is for the command `month`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Those that have a name."""
        return [name for name in super().list_commands(ctx) if name != _MONTH]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Names the command where it is not named."""
        if not args or args[0] not in self.commands:
            args = [_MONTH, *args]
        return super().parse_args(ctx, args)


@click.group(cls=MonthGroup)
def bill() -> None:
    """Bill a month: energy by circuit and by customer."""


for _command in (verify, export, mail, check, head, key):
    bill.add_command(_command)


@bill.command(
    _MONTH,
    cls=_MonthCommand,
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
@click.option("--issue", is_flag=True, help="Number the bills and store them for good.")
@click.option(
    "--revise",
    is_flag=True,
    help="Issue revisions of bills that differ from what was issued, with the differences.",
)
@click.option("--reason", metavar="TEXT", default="", help="Why they are revised.")
@click.option("--draft", is_flag=True, help="Show what the bills would be if recalculated.")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Processes that bill panels.  [default: one a core, on a large site]",
)
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
    workers: int | None,
) -> None:
    """Bill a month: energy by circuit and by customer.

    Bills that were issued are shown as they were. See also: bcm-mqtt bill verify --help
    """
    request = IssueRequest(month_given(month), issue, revise, reason, customer or "")
    chosen = _chosen(forms, output)
    files = [form for form in chosen if form != "table"]
    if zipped and not (output and files):
        raise InputError.of("--zip: needs --output DIR and a --format of files")
    if reason and not revise:
        raise InputError.of("--reason: expected with --revise")
    settings = load(config)
    with billing_of(settings, workers) as billing:
        with billing_progress() as show:
            if issue or revise:
                billing.roll_up(show)
                _report_issued(billing.issue(request, show), request.month)
            work = None if draft else billing.process(request.month, show)
            site = work.site if work else billing.drafts(request.month, show)
        if customer:
            site = of_customer(site, customer)
        reports = billing.reports(site, whole=not customer)
        for note in work.notes if work else billing.directory_notes():
            say(note, err=True)
    if "table" in chosen:
        print_bills(site, settings, console())
        listed = {one.customer.id for one in site.bills}
        if work and (names := [one for one in work.differences if one in listed]):
            say(
                f"would differ if recalculated: {', '.join(names)} "
                "(--draft shows it, bill verify says why)"
            )
    if output and files:
        for file in write_reports(reports, files, output, zipped=zipped):
            say(file)
    else:
        _print_texts(reports, files)


def _print_texts(reports: MonthReports, forms: Sequence[str]) -> None:
    for form in forms:
        if FORMATS[form].all:
            for _name, content in month_files(reports, [form]):
                put_document(content)


def _report_issued(outcome: Outcome, month: Month) -> None:
    """Says which bills were issued; raises WorkError where some could not be."""
    for one in outcome.issued:
        say(issued_text(one), err=True)
    for warning in outcome.warnings:
        say(f"warning: {warning}", err=True)
    problems = [
        f"{one.customer.id} is held for review: {'; '.join(one.holds)} (bcm-mqtt vee release)"
        for one in outcome.held
    ]
    if outcome.differing:
        names = ", ".join(one.customer.id for one in outcome.differing)
        problems.append(
            f"would differ from what was issued: {names} "
            "(bill verify says why; --revise issues a revision)"
        )
    if problems:
        raise WorkError(f"{month}: not issued: {'. '.join(problems)}")


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
        cost = f"{item.amount:,} {item.currency}" if item.priced else NO_TARIFF
        table.add_row(
            Text(shown(item.customer.id)),
            _circuits(item.usage),
            f"{item.kwh:,}",
            cost,
            *_coverage(item.coverage),
            _status(item),
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
    method = method_statement(site.usage).text
    out.print(f"{method} Missing time is not billed.", style="dim")


def write_reports(
    reports: MonthReports, forms: Sequence[str], output: Path, *, zipped: bool = False
) -> Iterator[Path]:
    """Writes reports into a folder named after the month, with a progress bar; yields the files.

    Args:
        reports: Of the month.
        forms: Formats of the files.
        output: The folder's parent.
        zipped: Whether to write a ZIP, too.
    """
    with progress_bar() as progress:
        task = progress.add_task("reports", total=count_files(reports, forms))
        for file in write_month(reports, forms, output, zipped=zipped):
            progress.advance(task)
            yield file


def _circuits(usage: tuple[Usage, ...]) -> str:
    return str(circuit_count(usage))


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


def _status(one: Bill) -> str:
    """Where a bill stands, with its number."""
    if one.issue is None:
        return one.status.value
    revision = f", revision {one.issue.revision}" if one.issue.revision else ""
    return f"{one.status.value}, bill {one.issue.number}{revision}"
