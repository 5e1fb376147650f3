"""`bill`: a month's bills and the site summary, and giving the bills their numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from bcm_mqtt.billing import of_customer
from bcm_mqtt.billing.issue import IssueRequest, Outcome, issued_text
from bcm_mqtt.billing.reports.folder import count_files, month_files, write_month
from bcm_mqtt.billing.reports.formats import FORMATS, TEXT_FORMATS, MonthReports, all_forms
from bcm_mqtt.cli.billed import billing_of, billing_progress
from bcm_mqtt.cli.bills.evidence import check, key
from bcm_mqtt.cli.bills.export import export
from bcm_mqtt.cli.bills.kept_heads import head
from bcm_mqtt.cli.bills.mail import bounced, mail
from bcm_mqtt.cli.bills.month_table import print_bills
from bcm_mqtt.cli.bills.rehearse import rehearse
from bcm_mqtt.cli.bills.verify import verify
from bcm_mqtt.cli.bills.workers import Chosen, WorkersType
from bcm_mqtt.cli.output import put_document, say
from bcm_mqtt.cli.portfolio.choosing import SiteChoice, sites_options
from bcm_mqtt.cli.portfolio.joint import note_joint_customers
from bcm_mqtt.cli.portfolio.recover import older_home, recover
from bcm_mqtt.cli.site import month_given
from bcm_mqtt.cli.tables import console, progress_bar
from bcm_mqtt.config import Settings
from bcm_mqtt.config.portfolio import JointBooks
from bcm_mqtt.domain.time import Month
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


for _command in (verify, export, mail, bounced, check, head, key, recover, rehearse):
    bill.add_command(_command)


@bill.command(
    _MONTH,
    cls=_MonthCommand,
    epilog="Example: bcm-mqtt bill 2026-03 --customer Customer1 --format html,csv --output bills",
)
@click.argument("month", metavar="YYYY-MM")
@sites_options
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
    type=WorkersType(),
    metavar="N|tls://HOST:PORT",
    help="Processes that bill panels, or a cluster whose workers do.  "
    "[default: a process a core, on a large site]",
)
def of_month(
    month: str,
    choice: SiteChoice,
    customer: str | None,
    forms: str,
    output: Path | None,
    zipped: bool,
    issue: bool,
    revise: bool,
    reason: str,
    draft: bool,
    workers: Chosen,
) -> int:
    """Bill a month: energy by circuit and by customer.

    Bills that were issued are shown as they were. Files of a portfolio's sites go to a folder for
    each site. See also: bcm-mqtt bill verify --help
    """
    request = IssueRequest(month_given(month), issue, revise, reason, customer or "")
    chosen = _chosen(forms, output)
    files: Sequence[str] = [form for form in chosen if form != "table"]
    if zipped and not (output and files):
        raise InputError.of("--zip: needs --output DIR and a --format of files")
    if reason and not revise:
        raise InputError.of("--reason: expected with --revise")
    sites = choice.load()
    if customer:
        sites.one("--customer: customer ids belong to a site")
    if sites.are_several and files and not output:
        raise InputError.of(f"--format {forms}: needs --output DIR, or --site ID")
    wanted = _Wanted(request, tuple(chosen), draft, workers)
    check_home = older_home(sites)

    def bill_site(key: str, settings: Settings) -> None:
        if issue or revise:
            check_home(settings)
            if key not in sites.joint:
                note_joint_customers(settings)
        reports = wanted.show(settings, sites.joint.get(key))
        if output and files:
            folder = output / key if sites.portfolio else output
            written = all_forms(reports.issuer) if forms == "all" else files
            for file in write_reports(reports, written, folder, zipped=zipped):
                say(file)
        else:
            _print_texts(reports, files)

    return sites.each_books(bill_site)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be done with the month of a site, and shown of it."""

    request: IssueRequest
    forms: tuple[str, ...]
    draft: bool
    workers: Chosen

    def show(self, settings: Settings, joint: JointBooks | None) -> MonthReports:
        """Issues and shows the bills as requested; returns what reports are made of."""
        request = self.request
        with billing_of(settings, self.workers, joint) as billing:
            with billing_progress() as show:
                if request.first or request.revise:
                    billing.roll_up(show)
                    _report_issued(billing.issue(request, show), request.month)
                work = None if self.draft else billing.process(request.month, show)
                site = work.site if work else billing.drafts(request.month, show)
            if request.customer:
                site = of_customer(site, request.customer)
            reports = billing.reports(site, whole=not (request.customer or joint))
            for note in work.notes if work else billing.notes():
                say(note, err=True)
        if "table" in self.forms:
            print_bills(site, settings, console())
            listed = {one.customer.id for one in site.bills}
            if work and (names := [one for one in work.differences if one in listed]):
                say(
                    f"would differ if recalculated: {', '.join(names)} "
                    "(--draft shows it, bill verify says why)"
                )
        return reports


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
