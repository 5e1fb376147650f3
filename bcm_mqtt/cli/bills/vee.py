"""`vee`: validation, and editing of interval data by signed entries."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

import click

from bcm_mqtt.billing.effect import Proposal
from bcm_mqtt.billing.review import (
    Acceptance,
    Checked,
    StoredEntry,
    circuit_of,
    finding_place,
    milliwatts_of,
)
from bcm_mqtt.cli.billed import billing_of
from bcm_mqtt.cli.effects import print_effect
from bcm_mqtt.cli.output import Cell, Format, format_option, say
from bcm_mqtt.cli.portfolio.choosing import SiteChoice, sites_options
from bcm_mqtt.cli.portfolio.listing import print_each
from bcm_mqtt.cli.site import instant_given, month_given, now
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.domain.vee.quality import Flag
from bcm_mqtt.errors import InputError

_CHECKED = ["customer", "panel", "poles", "flag", "start", "end", "holds", "detail", "advice"]
_ENTRIES = [
    *("id", "panel", "pole", "start", "end", "action", "kw", "author", "reason", "made"),
    *("flag", "withdraws", "in_force"),
]
_ONE = "an entry belongs to a site"
_Command = TypeVar("_Command", bound=Callable[..., object])


def _signed(command: _Command) -> Callable[..., object]:
    """The options of who signs an entry."""
    for option in (
        click.option("--reason", required=True, metavar="TEXT", help="Why."),
        click.option("--by", "author", required=True, metavar="NAME", help="Who signs the entry."),
    ):
        command = option(command)
    return sites_options(command)


_dry_run = click.option(
    "--dry-run", is_flag=True, help="Only show what it would do to the month, in kWh and money."
)


@click.group(epilog="Example: bcm-mqtt vee check 2026-03")
def vee() -> None:
    """Validation, estimation and editing of interval data."""


@vee.command(epilog="Example: bcm-mqtt vee check 2026-03 --format csv")
@click.argument("month", metavar="YYYY-MM")
@sites_options
@format_option
def check(month: str, choice: SiteChoice, form: Format) -> int:
    """List what validation finds in a month, and which bills are held for review."""
    period = month_given(month)

    def found(settings: Settings) -> Iterator[dict[str, Cell]]:
        with billing_of(settings) as billing:
            checked = billing.check_month(period)
        return (_checked(item, settings) for item in checked)

    return print_each(choice, found, _CHECKED, form)


def _checked(item: Checked, settings: Settings) -> dict[str, Cell]:
    finding = item.finding
    if finding is None:
        empty = dict.fromkeys(("panel", "poles", "start", "end", "advice"))
        return {
            **empty,
            "customer": item.customer,
            "flag": "held",
            "holds": "yes",
            "detail": item.reason,
        }
    return {
        "customer": item.customer,
        "panel": finding.panel,
        "poles": poles_text(finding.poles),
        "flag": finding.flag.value,
        "start": _local(finding.start, settings),
        "end": _local(finding.end, settings),
        "holds": "yes" if finding.flag.holds else "no",
        "detail": finding.detail,
        "advice": finding.flag.meaning.advice,
    }


@vee.command(
    epilog="Example: bcm-mqtt vee edit rpp-1a:5 --from 2026-03-10T09:00 --to 2026-03-10T12:00 "
    '--kw 1.2 --by "J. Doe" --reason "CT was off, load read from the rack PDU"'
)
@click.argument("circuit", metavar="PANEL:POLE")
@click.option("--from", "since", required=True, metavar="TIME", help="Local, on a quarter hour.")
@click.option("--to", "until", required=True, metavar="TIME", help="Local, on a quarter hour.")
@click.option("--kw", metavar="KW", help="Use this power in place of what was measured.")
@click.option("--discard", is_flag=True, help="Treat the readings as missing: they are estimated.")
@click.option("--accept", is_flag=True, help="Confirm that flagged readings are right.")
@click.option("--force", is_flag=True, help="Also above 1.2 times what the breaker carries.")
@_dry_run
@_signed
def edit(
    circuit: str,
    since: str,
    until: str,
    kw: str | None,
    discard: bool,
    accept: bool,
    force: bool,
    dry_run: bool,
    author: str,
    reason: str,
    choice: SiteChoice,
) -> None:
    """Correct a circuit's intervals by an entry; what was measured stays as it is."""
    if (kw is not None) + discard + accept != 1:
        raise InputError.of("expected one of --kw, --discard and --accept")
    settings = choice.load().one(_ONE)
    panel, pole = circuit_of(circuit)
    start, end = (
        _time(option, text, settings) for option, text in (("--from", since), ("--to", until))
    )
    action = EditAction.DISCARD if discard else EditAction.ACCEPT if accept else EditAction.SET
    milliwatts = None if kw is None else _milliwatts(kw)
    entry = IntervalEdit(panel, pole, start, end, action, author, reason, now(), milliwatts)
    if dry_run:
        month = Month.of(start, settings.site.zone)
        print_effect(settings, Proposal(month, entries=(entry,), force=force))
        return
    with billing_of(settings) as billing:
        say(f"entry {billing.enter(entry, force=force).id}")


@vee.command(
    epilog="Example: bcm-mqtt vee accept 2026-03 rpp-1a:5 flat "
    '--by "J. Doe" --reason "a server under constant load"'
)
@click.argument("month", metavar="YYYY-MM")
@click.argument("where", metavar="PANEL[:CIRCUIT]")
@click.argument("flag", metavar="FLAG", type=click.Choice([flag.value for flag in Flag]))
@_dry_run
@_signed
def accept(
    month: str,
    where: str,
    flag: str,
    dry_run: bool,
    author: str,
    reason: str,
    choice: SiteChoice,
) -> None:
    """Accept what was found of a circuit or of a panel, so that no bill is held for it.

    A circuit is its first pole, or the id of a formula.
    """
    period = month_given(month)
    settings = choice.load().one(_ONE)
    panel, pole = finding_place(where)
    acceptance = Acceptance(period, panel, pole, Flag(flag), author, reason, now())
    if dry_run:
        print_effect(settings, Proposal(period, acceptances=(acceptance,)))
        return
    with billing_of(settings) as billing:
        for entry in billing.accept(acceptance):
            say(f"entry {entry.id}")


@vee.command("list", epilog="Example: bcm-mqtt vee list --panel rpp-1a")
@click.option("--panel", metavar="ID", help="Only this panel's.")
@sites_options
@format_option
def list_(panel: str | None, choice: SiteChoice, form: Format) -> int:
    """List all entries, also those that were withdrawn."""

    def found(settings: Settings) -> Iterator[dict[str, Cell]]:
        with billing_of(settings) as billing:
            entries = billing.entries(panel)
        return (_row(stored, settings) for stored in entries)

    return print_each(choice, found, _ENTRIES, form)


def _row(stored: StoredEntry, settings: Settings) -> dict[str, Cell]:
    entry = stored.entry
    return {
        "id": entry.id,
        "panel": entry.panel,
        "pole": entry.circuit,
        "start": _local(entry.start, settings),
        "end": _local(entry.end, settings),
        "action": entry.action.value,
        "kw": None if entry.kw is None else f"{entry.kw:f}",
        "author": entry.author,
        "reason": entry.reason,
        "made": _local(entry.made, settings),
        "flag": entry.flag or None,
        "withdraws": entry.withdraws,
        "in_force": "yes" if stored.in_force else "no",
    }


@vee.command(epilog='Example: bcm-mqtt vee withdraw 3 --by "J. Doe" --reason "wrong breaker"')
@click.argument("number", metavar="ID", type=int)
@_signed
def withdraw(number: int, author: str, reason: str, choice: SiteChoice) -> None:
    """Withdraw an entry, by an entry of its own."""
    settings = choice.load().one(_ONE)
    with billing_of(settings) as billing:
        say(f"entry {billing.withdraw(number, author, reason).id}")


@vee.command(
    epilog='Example: bcm-mqtt vee release 2026-03 Customer1 --by "J. Doe" --reason "meter was dead"'
)
@click.argument("month", metavar="YYYY-MM")
@click.argument("customer", metavar="CUSTOMER")
@_signed
def release(month: str, customer: str, author: str, reason: str, choice: SiteChoice) -> None:
    """Release a bill that is held for review, so that it may be issued."""
    period = month_given(month)
    settings = choice.load().one("a release belongs to a site")
    with billing_of(settings) as billing:
        billing.release(BillRelease(period, customer, author, reason, now()))
    say(f"the bill of {customer} for {period} is released")


def _milliwatts(text: str) -> int:
    try:
        return milliwatts_of(text)
    except ValueError as error:
        raise InputError.of(f"--kw {text!r}: {error}") from None


def _time(option: str, text: str, settings: Settings) -> datetime:
    at = instant_given(option, text, settings.site.zone)
    if at is None:
        raise InputError.of(f"{option}: expected a time")
    return at


def _local(at: datetime, settings: Settings) -> str:
    return at.astimezone(settings.site.zone).isoformat(timespec="minutes")
