"""`bill mail`: who would get which bill, and sending them."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import click

from bcm_mqtt.billing.plugs.letter import Letter, attached, letter_of
from bcm_mqtt.billing.plugs.mailing import Posted, post, waiting
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.cli.output import Cell, Format, format_option, print_rows, progress_bar
from bcm_mqtt.cli.site import config_option, month_given, now
from bcm_mqtt.cli.stored import open_store
from bcm_mqtt.config import MailSettings, Settings, load
from bcm_mqtt.domain.bill.bill import Bill, SiteMonth
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import Fates, MailFate, fates_of

_COLUMNS = ("bill", "customer", "to", "subject", "attachments", "state")
_NO_ADDRESS = "no address: email in customers.yaml"


@click.command(epilog="Example: bcm-mqtt bill mail 2026-03 --customer Customer1 --send")
@click.argument("month", metavar="YYYY-MM")
@config_option
@click.option("--customer", metavar="ID", help="Only this customer's bill.")
@click.option("--send", is_flag=True, help="Send them; without it nothing is sent.")
@click.option("--resend", is_flag=True, help="Also those that were sent before.")
@format_option
def mail(
    month: str, config: Path, customer: str | None, send: bool, resend: bool, form: Format
) -> None:
    """Mail issued bills to their customers; say who would get what, until --send is given."""
    period = month_given(month)
    settings = load(config)
    if settings.mail is None:
        message = "expected host and sender, to mail bills"
        raise InputError.of(message, source=str(settings.file), key="mail")
    with closing(open_store(settings)) as store:
        billing = SiteBilling(store, settings, now)
        bills = billing.issued_bills(period, customer=customer, superseded=False)
        if not bills:
            what = f"bill of {period}" + (f" of customer {customer!r}" if customer else "")
            raise InputError.of(f"no {what} is issued: see bill --issue")
        desk = _Desk(settings, settings.mail, billing, fates_of(store.mails.all()), resend)
        letters = list(desk.letters(bills))
        states = {letter.number: desk.state(letter) for letter in letters}
        failed = []
        if send:
            with progress_bar() as progress:
                task = progress.add_task("mail", total=sum(map(_is_ready, letters)))
                for posted in post(letters, settings.mail, store.mails, now, resend=resend):
                    progress.advance(task)
                    states[posted.letter.number] = _outcome(posted)
                    if any(item.fate is not MailFate.SENT for item in posted.deliveries):
                        failed.append(posted.letter.customer)
    print_rows([_row(letter, states[letter.number]) for letter in letters], _COLUMNS, form)
    if not send and form == "table":
        click.echo(
            f"{sum(map(_is_ready, letters))} to be sent; nothing was sent: --send sends them"
        )
    if failed:
        raise WorkError(f"not mailed to all: {', '.join(failed)}")


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where letters are written."""

    settings: Settings
    mail: MailSettings
    billing: SiteBilling
    fates: Fates
    resend: bool

    def letters(self, bills: Sequence[Bill]) -> Iterator[Letter]:
        """Of each bill; only those that are to be sent have anything attached."""
        site, payment = self.settings.site, self.settings.issuer.payment
        with progress_bar() as progress:
            task = progress.add_task("letters", total=len(bills))
            for bill in map(self._addressed, bills):
                letter = letter_of(bill, self.mail, site.name, payment, site.zone, ())
                if self._left(letter):
                    alone = SiteMonth(bill.month, bill.start, bill.end, (bill,), ())
                    reports = self.billing.reports(alone, whole=False)
                    files = attached(bill, reports, self.mail.attachments)
                    letter = replace(letter, attachments=files)
                progress.advance(task)
                yield letter

    def state(self, letter: Letter) -> str:
        """What is to become of it, or did."""
        if not letter.recipients:
            return _NO_ADDRESS
        if left := self._left(letter):
            return "to be sent" if left == letter.recipients else f"to be sent to {', '.join(left)}"
        known = {self.fates[letter.number, recipient] for recipient in letter.recipients}
        return "sent" if known == {MailFate.SENT} else "may have arrived: --resend sends it again"

    def _left(self, letter: Letter) -> tuple[str, ...]:
        return letter.recipients if self.resend else waiting(letter, self.fates)

    def _addressed(self, bill: Bill) -> Bill:
        """To the addresses of today: a bill keeps those that it was issued with."""
        known = self.settings.terms.customers.get(bill.customer.id)
        email = known.email if known else ()
        return replace(bill, customer=replace(bill.customer, email=email))


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
