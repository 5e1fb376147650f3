"""The letter of an issued bill: what it says, to whom it goes, and what is attached."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from re import search, sub
from string import Template

from bcm_mqtt.billing.einvoices.made import agreed_forms
from bcm_mqtt.billing.pages.words import money
from bcm_mqtt.billing.reports.folder import month_files
from bcm_mqtt.billing.reports.formats import FORMATS, MonthReports
from bcm_mqtt.billing.reports.html_report import MailPage, html_mail
from bcm_mqtt.config import MailSettings
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.printable import one_line, shown_lines
from bcm_mqtt.languages import _, day, month, number, speaking, translated

_COLOUR = "#0a5c8a"
_POLICY = SMTP.clone(cte_type="7bit")  # as every mail server takes it


def _signed_head(head: str) -> str:
    """What follows the text of a letter where bills are signed."""
    why = _("Keep this mail: it proves that no bill up to this one was changed later.")
    return f"\n--\n{why}\n{head}\n"


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
        html: The same with the figures that matter in large.
    """

    number: int
    customer: str
    name: str
    to: tuple[str, ...]
    bcc: tuple[str, ...]
    subject: str
    text: str
    attachments: tuple[Attachment, ...]
    html: str = ""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Each once; there is no copy without a recipient."""
        return tuple(dict.fromkeys((*self.to, *self.bcc))) if self.to else ()


def attached(bill: Bill, reports: MonthReports, forms: Sequence[str]) -> tuple[Attachment, ...]:
    """The reports of an issued bill, and of its credit note; files have numbers in their names.

    Structured invoices that the customer's terms name go with them.

    Args:
        bill: To attach.
        reports: Of its month.
        forms: Some of `reports.formats.FORMATS`.
    """
    alone = replace(reports, site=replace(reports.site, bills=(bill,)), whole=False)
    number = sub(r"[^\w.-]", "-", bill.issue.text) if bill.issue else "0"
    return tuple(
        Attachment(
            f"{_document(name, number)}-{bill.month}.{FORMATS[form].suffix}",
            _mail_type(form),
            content,
        )
        for form in dict.fromkeys((*forms, *agreed_forms(bill, reports.issuer)))
        for name, content in month_files(alone, [form])
    )


def _document(name: str, number: str) -> str:
    """What a file of a month is of."""
    credit_note = search(r"credit-note-[^.]+", name)
    return credit_note[0] if credit_note else f"bill-{number}"


def _mail_type(form: str) -> str:
    """The media type without parameters; of XML the plain one, which every mail program knows."""
    kind, _, subtype = FORMATS[form].media_type.partition(";")[0].partition("/")
    return f"{kind}/{subtype.rpartition('+')[2]}"


def letter_of(
    bill: Bill,
    mail: MailSettings,
    issuer: Issuer,
    attachments: Sequence[Attachment],
    head: str = "",
) -> Letter:
    """The letter of an issued bill.

    Args:
        bill: Issued.
        mail: What it says, and to whom copies go.
        issuer: Of the bill.
        attachments: The bill.
        head: Of the chain of bills, for whoever keeps the mail; "" leaves it out.

    Raises:
        ValueError: the bill is not issued.
    """
    if bill.issue is None:
        message = f"the bill of {bill.customer.id} is not issued"
        raise ValueError(message)
    due = bill.amount if bill.issue.supersedes is None else bill.issue.due
    with speaking(bill.customer.language):
        due_date = day(bill.issue.issued.astimezone(issuer.zone).date() + issuer.payment)
        values = {
            "number": bill.issue.text,
            "customer": bill.customer.id,
            "name": bill.customer.name,
            "month": month(bill.month.first_day),
            "kwh": number(bill.kwh),
            "amount": number(bill.amount),
            "due": number(due),
            "currency": bill.currency,
            "due_date": due_date,
            "site": issuer.name,
        }
        subject, text = (
            Template(translated(words.template)).substitute(values)
            for words in (mail.subject, mail.text)
        )
        text, end = shown_lines(text), _signed_head(head) if head else ""
        return Letter(
            number=bill.issue.number,
            customer=bill.customer.id,
            name=bill.customer.name,
            to=bill.customer.email,
            bcc=mail.bcc,
            subject=one_line(subject),
            text=text + end,
            attachments=tuple(attachments),
            html=_html(one_line(subject), text, end, issuer, _figures(bill, due, due_date)),
        )


def _html(
    subject: str, text: str, end: str, issuer: Issuer, figures: tuple[tuple[str, str], ...]
) -> str:
    """A mail as HTML, of its text and of what stands below that."""
    page = MailPage(
        subject=subject,
        sender=issuer.head,
        colour=issuer.letterhead.colour or _COLOUR,
        figures=figures,
        paragraphs=tuple(tuple(part.split("\n")) for part in text.split("\n\n")),
        end=tuple(end.split("\n")[2:]),
    )
    return html_mail(page)


def _figures(bill: Bill, due: Decimal, due_date: str) -> tuple[tuple[str, str], ...]:
    """The three that matter; of a bill without prices its energy."""
    energy = _("Energy"), f"{number(bill.kwh)} kWh"
    if not bill.priced:
        return (energy,)
    return (
        (_("Amount due"), money(due, bill.currency)),
        (_("Payable by"), due_date),
        energy,
    )


def message_of(letter: Letter, mail: MailSettings, now: datetime) -> EmailMessage:
    """The letter as a mail server takes it, with an id of its own each time."""
    name, sender = parseaddr(mail.sender)
    made = EmailMessage(_POLICY)
    made["From"] = Address(name, addr_spec=sender)
    made["To"] = [Address(one_line(letter.name), addr_spec=address) for address in letter.to]
    if mail.reply_to:
        name, address = parseaddr(mail.reply_to)
        made["Reply-To"] = Address(name, addr_spec=address)
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(now)
    made["Message-ID"] = make_msgid(f"bill-{letter.number}", sender.rpartition("@")[2])
    made["Auto-Submitted"] = "auto-generated"  # so that no absence notice answers it
    made.set_content(letter.text)
    if letter.html:
        made.add_alternative(letter.html, subtype="html")
    for item in letter.attachments:
        main, _, sub = item.media.partition("/")
        made.add_attachment(item.content, maintype=main, subtype=sub, filename=item.name)
    return made
