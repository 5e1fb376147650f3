"""Mailing: each bill goes to each of its recipients once, as the site's settings word the letter.

What is about to be handed over is noted before, so that a crash in between leaves a mail that may
have arrived; such a mail is sent again only on request.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.delivery.mail_server import Delivery, MailServer, MailServerAwayError
from bcm_mqtt.billing.reports.folder import month_files
from bcm_mqtt.billing.reports.formats import FORMATS, MonthReports
from bcm_mqtt.config import MailSettings, Settings
from bcm_mqtt.domain.bill.bill import Bill, SiteMonth
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.store import Fates, MailFate, MailRecord, Mails, fates_of, is_waiting

_POLICY = SMTP.clone(cte_type="7bit")  # as every mail server takes it


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter; `media` is its type, such as application/pdf."""

    name: str
    media: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """What a customer gets.

    Attributes:
        number: Of the bill.
        customer: Id.
        name: Of the customer.
        to: Addresses; none where the customer has none.
        bcc: Addresses that get a copy.
        subject: One line.
        text: What it says.
        attachments: The bill.
    """

    number: int
    customer: str
    name: str
    to: tuple[str, ...]
    bcc: tuple[str, ...]
    subject: str
    text: str
    attachments: tuple[Attachment, ...]

    @property
    def recipients(self) -> tuple[str, ...]:
        """Each once; there is no copy without a recipient."""
        return tuple(dict.fromkeys((*self.to, *self.bcc))) if self.to else ()


def attached(bill: Bill, reports: MonthReports, forms: Sequence[str]) -> tuple[Attachment, ...]:
    """The reports of an issued bill; files have its number in their names.

    Args:
        bill: To attach.
        reports: Of its month.
        forms: Some of `reports.formats.FORMATS`.
    """
    alone = replace(reports, site=replace(reports.site, bills=(bill,)), whole=False)
    number = bill.issue.number if bill.issue else 0
    return tuple(
        Attachment(
            f"bill-{number}-{bill.month}.{name.rpartition('.')[2]}", _mail_type(form), content
        )
        for form in forms
        for name, content in month_files(alone, [form])
    )


def _mail_type(form: str) -> str:
    """The media type without parameters; of XML the plain one, which every mail program knows."""
    kind, _, subtype = FORMATS[form].media_type.partition(";")[0].partition("/")
    return f"{kind}/{subtype.rpartition('+')[2]}"


def letter_of(
    bill: Bill,
    mail: MailSettings,
    site: str,
    payment: timedelta,
    zone: ZoneInfo,
    attachments: Sequence[Attachment],
) -> Letter:
    """The letter of an issued bill.

    Args:
        bill: Issued.
        mail: What it says, and to whom copies go.
        site: Its name.
        payment: From the date of the bill until it is due.
        zone: Of the dates.
        attachments: The bill.

    Raises:
        ValueError: the bill is not issued.
    """
    if bill.issue is None:
        message = f"the bill of {bill.customer.id} is not issued"
        raise ValueError(message)
    due = bill.amount if bill.issue.supersedes is None else bill.issue.due
    values = {
        "number": bill.issue.number,
        "customer": bill.customer.id,
        "name": bill.customer.name,
        "month": bill.month,
        "kwh": f"{bill.kwh:,f}",
        "amount": f"{bill.amount:,f}",
        "due": f"{due:,f}",
        "currency": bill.currency,
        "due_date": bill.issue.issued.astimezone(zone).date() + payment,
        "site": site,
    }
    return Letter(
        number=bill.issue.number,
        customer=bill.customer.id,
        name=bill.customer.name,
        to=bill.customer.email,
        bcc=mail.bcc,
        subject=_one_line(mail.subject.substitute(values)),
        text=mail.text.substitute(values),
        attachments=tuple(attachments),
    )


def message_of(letter: Letter, mail: MailSettings, now: datetime) -> EmailMessage:
    """The letter as a mail server takes it, with an id of its own each time."""
    name, sender = parseaddr(mail.sender)
    made = EmailMessage(_POLICY)
    made["From"] = Address(name, addr_spec=sender)
    made["To"] = [Address(_one_line(letter.name), addr_spec=address) for address in letter.to]
    if mail.reply_to:
        name, address = parseaddr(mail.reply_to)
        made["Reply-To"] = Address(name, addr_spec=address)
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(now)
    made["Message-ID"] = make_msgid(f"bill-{letter.number}", sender.rpartition("@")[2])
    made["Auto-Submitted"] = "auto-generated"  # so that no absence notice answers it
    made.set_content(letter.text)
    for item in letter.attachments:
        main, _, sub = item.media.partition("/")
        made.add_attachment(item.content, maintype=main, subtype=sub, filename=item.name)
    return made


def _one_line(text: str) -> str:
    """Without what would begin a header of its own."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


class MailRoom:
    """Writes the letters of issued bills, and sends them to those who have not got them."""

    def __init__(
        self,
        settings: Settings,
        mail: MailSettings,
        reports: Callable[[SiteMonth], MonthReports],
        log: Mails,
        clock: Clock,
        resend: bool,  # noqa: FBT001
    ) -> None:
        """Reads what was sent before.

        Args:
            settings: Of the site.
            mail: The server, who sends, and what letters say.
            reports: What the reports of a month are made of.
            log: Of what was sent; gets what is sent now.
            clock: For the date of a mail.
            resend: Whether those who have got a letter get it again.
        """
        self._settings = settings
        self._mail = mail
        self._reports = reports
        self._log = log
        self._clock = clock
        self._resend = resend
        self._fates = fates_of(log.all())

    def letters(self, bills: Iterable[Bill]) -> Iterator[Letter]:
        """The letter of each bill; only those that are to be sent have anything attached."""
        site, payment = self._settings.site, self._settings.issuer.payment
        for bill in map(self._addressed, bills):
            letter = letter_of(bill, self._mail, site.name, payment, site.zone, ())
            if self.left(letter):
                reports = self._reports(SiteMonth(bill.month, bill.start, bill.end, (bill,), ()))
                files = attached(bill, reports, self._mail.attachments)
                letter = replace(letter, attachments=files)
            yield letter

    def left(self, letter: Letter) -> tuple[str, ...]:
        """Recipients that a letter is to be sent to."""
        return letter.recipients if self._resend else waiting(letter, self._fates)

    def has_arrived(self, letter: Letter) -> bool:
        """Whether a mail server has accepted a letter for all; else it may have arrived."""
        fates = {self._fates[letter.number, recipient] for recipient in letter.recipients}
        return fates == {MailFate.SENT}

    def send(self, letters: Iterable[Letter]) -> Iterator["Posted"]:
        """See `post`."""
        return post(letters, self._mail, self._log, self._clock, resend=self._resend)

    def _addressed(self, bill: Bill) -> Bill:
        """To the addresses of today: a bill keeps those that it was issued with."""
        customer = self._settings.terms.customers.get(bill.customer.id)
        email = customer.email if customer else ()
        return replace(bill, customer=replace(bill.customer, email=email))


_ATTEMPTS = 2
"""To connect, for one letter after the other: then the server is away, and the rest waits."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a letter, by recipient that it was to be handed over for."""

    letter: Letter
    deliveries: tuple[Delivery, ...]


def waiting(letter: Letter, fates: Fates) -> tuple[str, ...]:
    """Recipients that it was not sent to."""
    return tuple(one for one in letter.recipients if is_waiting(letter.number, one, fates))


def post(
    letters: Iterable[Letter], mail: MailSettings, log: Mails, clock: Clock, *, resend: bool
) -> Iterator[Posted]:
    """Sends letters to those who have not got them; what fails for one does not stop the rest.

    Args:
        letters: Of issued bills.
        mail: The server, and who sends.
        log: Of what was sent; gets what is sent now.
        clock: For the date of a mail.
        resend: Whether all get them, also those who did.

    Raises:
        WorkError: the log failed.
    """
    failures, why = 0, ""
    with MailServer(mail) as server:
        for letter in letters:
            if failures == _ATTEMPTS:
                left = letter.recipients if resend else waiting(letter, fates_of(log.all()))
                if left:
                    yield Posted(letter, _refused(left, f"not tried: {why}"))
                continue
            now = clock()
            message = message_of(letter, mail, now)
            number, name = letter.number, str(message["Message-ID"])
            records = [
                MailRecord(number, one, now, name, MailFate.SENDING) for one in letter.recipients
            ]
            begun = log.begin(records, again=resend)
            if not begun:
                continue
            recipients = [one.recipient for one in begun]
            try:
                deliveries, failures = tuple(server.deliver(message, recipients)), 0
            except MailServerAwayError as error:
                failures, why = failures + 1, str(error)
                deliveries = _refused(recipients, why)
            ended = clock()
            log.add(
                [
                    MailRecord(number, one.recipient, ended, name, one.fate, one.why)
                    for one in deliveries
                ]
            )
            yield Posted(letter, deliveries)


def _refused(recipients: Sequence[str], why: str) -> tuple[Delivery, ...]:
    return tuple(Delivery(recipient, MailFate.REFUSED, why) for recipient in recipients)
