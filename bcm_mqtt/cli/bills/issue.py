"""`bill --issue` and `--revise`: gives bills their numbers, and says which could not have one."""

from collections.abc import Callable
from typing import TypeVar

import click

from bcm_mqtt import __version__
from bcm_mqtt.billing.issue import Issuing, Outcome, differing, issue_month
from bcm_mqtt.cli.site import now
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.bill.bill import Bill, SiteMonth
from bcm_mqtt.domain.time.month import Month
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import Store

_Command = TypeVar("_Command", bound=Callable[..., object])
_OPTIONS = (
    click.option("--issue", is_flag=True, help="Number the bills and store them for good."),
    click.option(
        "--revise",
        is_flag=True,
        help="Issue those anew that are not what was issued, with the differences.",
    ),
    click.option("--reason", metavar="TEXT", default="", help="Why they are revised."),
    click.option("--draft", is_flag=True, help="Show what the bills would be now."),
)


def issue_options(command: _Command) -> _Command:
    """Those of issuing, and of showing drafts although bills were issued."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def issue(
    store: Store,
    settings: Settings,
    wanted: tuple[bool, bool, str],
    month: Month,
    customer: str,
    progress: Callable[[int, int], None],
) -> None:
    """Issues what is wanted and says what was.

    Args:
        store: With rolled-up intervals.
        settings: Of the site.
        wanted: Whether to issue, whether to revise, and why.
        month: Which.
        customer: The only one, or "".
        progress: Told panels done and in all.

    Raises:
        InputError: a reason without a revision, or as `issue_month`.
        WorkError: some bills could not be issued; the others were.
    """
    first, revise, reason = wanted
    if reason and not revise:
        raise InputError.of("--reason: expected with --revise")
    if not first and not revise:
        return
    issuing = Issuing(month, now(), __version__, first, revise, reason, customer)
    outcome = issue_month(store, settings.terms, issuing, progress)
    for bill in outcome.issued:
        click.echo(issued_text(bill), err=True)
    _complain(outcome, month)


def issued_text(bill: Bill) -> str:
    """Number, customer and amount of a bill that was just issued."""
    if bill.issue is None or bill.issue.supersedes is None:
        number = bill.issue.number if bill.issue else 0
        return f"bill {number}: {bill.customer.id}, {_amount(bill)}"
    difference = f"{bill.issue.due:+,} {bill.currency}"
    return (
        f"bill {bill.issue.number}: {bill.customer.id}, {_amount(bill)}, "
        f"revision {bill.issue.revision} of bill {bill.issue.supersedes}: {difference}"
    )


def _amount(bill: Bill) -> str:
    return f"{bill.amount:,} {bill.currency}" if bill.priced else f"{bill.kwh:,} kWh"


def _complain(outcome: Outcome, month: Month) -> None:
    problems = [
        f"{bill.customer.id} is held for review: {'; '.join(bill.holds)} (bcm-mqtt vee release)"
        for bill in outcome.held
    ]
    if outcome.differing:
        names = ", ".join(bill.customer.id for bill in outcome.differing)
        problems.append(f"not as it was issued: {names} (see bill verify; --revise issues anew)")
    if problems:
        raise WorkError(f"{month}: not issued: {'. '.join(problems)}")


def status_of(bill: Bill) -> str:
    """Where a bill stands, with its number."""
    if bill.issue is None:
        return bill.status.value
    revision = f", revision {bill.issue.revision}" if bill.issue.revision else ""
    return f"{bill.status.value}, bill {bill.issue.number}{revision}"


def print_differing(issued: SiteMonth, drafts: SiteMonth) -> None:
    """Says which issued bills would be others now."""
    if names := differing(issued, drafts):
        click.echo(
            f"not what it would be now: {', '.join(names)} (--draft shows it, bill verify says why)"
        )
