"""What of a month's issued bills went on: mailed to customers, exported for accounting."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bcm_mqtt.billing.delivery.accounting_file import accounting_csv, accounting_json_lines
from bcm_mqtt.billing.delivery.journal_file import datev_csv, journal_csv
from bcm_mqtt.billing.delivery.mailing import Posted
from bcm_mqtt.config import AccountingTemplate, Settings
from bcm_mqtt.config.accounting_template import Form
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.booking.accounting import accounting_lines
from bcm_mqtt.languages import _, ngettext
from bcm_mqtt.store import Fates, MailFate, is_waiting

ACCOUNTING: Final = "accounting"
"""The format under which an export is noted among the files that were handed out."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """How far the issued bills of a month have got.

    Attributes:
        mails: Whether the site is configured to mail bills.
        mailed: Bills that the mail server has accepted for all of their recipients.
        to_mail: Bills that are yet to be sent to somebody.
        uncertain: Bills of which a mail was handed over, and nobody knows whether it arrived.
        bounced: Customers of whose bill a mail came back.
        without_address: Customers with a bill and without an address.
        exported: When bills of the month were last exported for accounting, UTC, or None.
        not_exported: Bills that were issued since.
    """

    mails: bool
    mailed: int = 0
    to_mail: int = 0
    uncertain: int = 0
    without_address: tuple[str, ...] = ()
    exported: datetime | None = None
    not_exported: int = 0
    bounced: tuple[str, ...] = ()


def delivered(
    bills: Iterable[Bill], settings: Settings, fates: Fates, exported: datetime | None
) -> Delivered:
    """How far bills have got.

    Args:
        bills: Of a month, the latest revisions; those that are not issued do not count.
        settings: Of the site.
        fates: What last happened to each mail.
        exported: When bills of the month were last exported.
    """
    mailed = to_mail = uncertain = not_exported = 0
    without, bounced = [], []
    mail = settings.mail
    for bill in bills:
        if not (issue := bill.issue):
            continue
        not_exported += exported is None or issue.issued > exported
        customer = settings.terms.customers.get(bill.customer.id)
        to = customer.email if customer else ()
        if not to:
            without.append(bill.customer.id)
            continue
        recipients = {*to, *(mail.bcc if mail else ())}
        if any(is_waiting(issue.number, one, fates) for one in recipients):
            to_mail += 1
        elif all(fates[issue.number, one] is MailFate.SENT for one in recipients):
            mailed += 1
        elif any(fates[issue.number, one] is MailFate.BOUNCED for one in recipients):
            bounced.append(bill.customer.id)
        else:
            uncertain += 1
    return Delivered(
        mail is not None,
        mailed,
        to_mail,
        uncertain,
        tuple(without),
        exported,
        not_exported,
        tuple(bounced),
    )


def posted_sentences(posted: Sequence[Posted]) -> Iterator[str]:
    """What became of letters, for people."""
    sent = sum(all(one.fate is MailFate.SENT for one in each.deliveries) for each in posted)
    yield ngettext("%(num)s bill was mailed.", "%(num)s bills were mailed.", sent)
    for each in posted:
        for one in each.deliveries:
            facts = {
                "customer": each.letter.customer,
                "address": one.recipient,
                "reason": one.why,
            }
            if one.fate is MailFate.UNKNOWN:
                yield _(
                    "%(customer)s: the mail to %(address)s may have arrived: %(reason)s", **facts
                )
            elif one.fate is not MailFate.SENT:
                yield _("%(customer)s: the mail to %(address)s was not sent: %(reason)s", **facts)


def accounting_content(
    bills: Iterable[Bill],
    settings: Settings,
    template: AccountingTemplate,
    form: Form,
    at: datetime,
) -> bytes:
    """The lines of bills as a file for accounting systems.

    Args:
        bills: Issued, or drafts, which are marked as such.
        settings: Of the site.
        template: Columns, accounts and how values are written.
        form: What is written.
        at: The present, for the date of a draft.

    Raises:
        InputError: a text has a character that the template's encoding has not, or something has
            no account in a journal.
    """
    payment, zone = settings.issuer.payment, settings.site.zone
    lines = (
        line for bill in bills for line in accounting_lines(bill, template.items, payment, zone, at)
    )
    if form == "datev":
        return datev_csv(lines, template, at, zone)
    write = {"csv": accounting_csv, "jsonl": accounting_json_lines, "journal": journal_csv}[form]
    return write(lines, template)
