"""`bill mail` and `bill bounced`: who gets which bill, sending them, and what came back."""

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import click

from bcm_mqtt.billing.delivery.bounces import bounces_in, note_bounces
from bcm_mqtt.billing.delivery.letter import Letter
from bcm_mqtt.billing.delivery.mailing import MailRoom, Posted
from bcm_mqtt.cli.billed import billing_of
from bcm_mqtt.cli.output import Cell, Format, format_option, say
from bcm_mqtt.cli.portfolio.choosing import SiteChoice, sites_options
from bcm_mqtt.cli.site import month_given, now
from bcm_mqtt.cli.stored import site_store
from bcm_mqtt.cli.tables import print_rows, progress_bar
from bcm_mqtt.config import Settings
from bcm_mqtt.config.directory import content_of
from bcm_mqtt.config.portfolio import JointBooks
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import MailFate

_COLUMNS = ("bill", "customer", "to", "subject", "attachments", "state")
_NO_ADDRESS = "no address: email in customers.yaml"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Whose bills are to be mailed, and whether they are sent."""

    month: Month
    customer: str | None
    send: bool
    resend: bool


@dataclass(slots=True)
class _Mailed:
    """What became of the letters of all sites."""

    rows: list[dict[str, Cell]] = field(default_factory=list)
    ready: int = 0


@click.command(epilog="Example: bcm-mqtt bill mail 2026-03 --customer Customer1 --send")
@click.argument("month", metavar="YYYY-MM")
@sites_options
@click.option("--customer", metavar="ID", help="Only this customer's bill.")
@click.option("--send", is_flag=True, help="Send them; without it nothing is sent.")
@click.option("--resend", is_flag=True, help="Also those that were sent before.")
@format_option
def mail(
    month: str, choice: SiteChoice, customer: str | None, send: bool, resend: bool, form: Format
) -> int:
    """Mail issued bills to their customers; say who would get what, until --send is given."""
    wanted = _Wanted(month_given(month), customer, send, resend)
    sites, mailed = choice.load(), _Mailed()
    if customer:
        sites.one("--customer: customer ids belong to a site")
    try:
        return sites.each_books(
            lambda site, settings: _mail(site, settings, wanted, mailed, sites.joint.get(site))
        )
    finally:
        if mailed.rows:
            print_rows(*sites.listed(mailed.rows, _COLUMNS), form)
        if mailed.rows and not send and form == "table":
            say(f"{mailed.ready} to be sent; nothing was sent: --send sends them")


def _mail(
    site: str, settings: Settings, wanted: _Wanted, mailed: _Mailed, joint: JointBooks | None
) -> None:
    """Does what is wanted of a site; raises WorkError where a mail did not go out."""
    period, customer, failed = wanted.month, wanted.customer, list[str]()
    with billing_of(settings, joint=joint) as billing:
        room = billing.delivery.mail_room(resend=wanted.resend)
        bills = billing.issued_bills(period, customer=customer, superseded=False)
        if not bills and settings.terms.joint and not joint:
            return  # whoever is left to bill here, others have the bills
        if not bills:
            what = f"bill of {period}" + (f" of customer {customer!r}" if customer else "")
            raise InputError.of(f"no {what} is issued: see bill --issue")
        with progress_bar() as progress:
            letters = list(progress.track(room.letters(bills), len(bills), description="letters"))
        states = {letter.number: _state(letter, room) for letter in letters}
        if wanted.send:
            with progress_bar() as progress:
                task = progress.add_task("mail", total=sum(map(_is_ready, letters)))
                for posted in room.send(letters):
                    progress.advance(task)
                    states[posted.letter.number] = _outcome(posted)
                    if any(item.fate is not MailFate.SENT for item in posted.deliveries):
                        failed.append(posted.letter.customer)
    mailed.rows += [{"site": site, **_row(letter, states[letter.number])} for letter in letters]
    mailed.ready += sum(map(_is_ready, letters))
    if failed:
        raise WorkError(f"not mailed to all: {', '.join(failed)}")


def _state(letter: Letter, room: MailRoom) -> str:
    """What is to become of it, or did."""
    if not letter.recipients:
        return _NO_ADDRESS
    if left := room.left(letter):
        return "to be sent" if left == letter.recipients else f"to be sent to {', '.join(left)}"
    if back := room.came_back(letter):
        return f"came back from {', '.join(back)}: correct the address, or --resend"
    return "sent" if room.has_arrived(letter) else "may have arrived: --resend sends it again"


def _is_ready(letter: Letter) -> bool:
    """Whether it is to be sent: only then anything is attached."""
    return bool(letter.attachments)


def _row(letter: Letter, state: str) -> dict[str, Cell]:
    files = ", ".join(
        f"{item.name} ({-(-len(item.content) // 1024)} KB)" for item in letter.attachments
    )
    return {
        "bill": letter.number,
        "customer": letter.customer,
        "to": ", ".join(letter.recipients),
        "subject": letter.subject,
        "attachments": files,
        "state": state,
    }


def _outcome(posted: Posted) -> str:
    """`sent`, or what became of it for each that did not get it."""
    failed = [item for item in posted.deliveries if item.fate is not MailFate.SENT]
    if not failed:
        return "sent"
    return "; ".join(f"{item.recipient}: {_fate_text(item.fate)}: {item.why}" for item in failed)


def _fate_text(fate: MailFate) -> str:
    return "may have arrived" if fate is MailFate.UNKNOWN else "not sent"


@click.command(epilog="Example: bcm-mqtt bill bounced report.eml")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@sites_options
def bounced(file: Path, choice: SiteChoice) -> int:
    """Note a mail that came back: FILE is the delivery report that a mail server sent."""
    found = bounces_in(content_of(file))
    noted = list[str]()

    def note(_site: str, settings: Settings) -> None:
        with closing(site_store(settings)) as store:
            for one in note_bounces(found, store.mails, now()):
                noted.append(f"bill {one.bill}: the mail to {one.recipient} came back: {one.why}")

    status = choice.load().each_books(note)
    for line in noted:
        say(line)
    if not noted and not status:
        say("nothing is noted: no mail of a bill came back that was not noted before")
    return status
