"""Mailing: each bill goes to each of its recipients once, as the site's settings word the letter.

What is about to be handed over is noted before, so that a crash in between leaves a mail that may
have arrived; such a mail is sent again only on request.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from bcm_mqtt.billing.delivery.letter import Letter, attached, letter_of, message_of
from bcm_mqtt.billing.delivery.mail_server import Delivery, MailServer, MailServerAwayError
from bcm_mqtt.billing.reports.formats import MonthReports
from bcm_mqtt.config import MailSettings, Settings
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.time import Clock, Month
from bcm_mqtt.store import Fates, MailFate, MailRecord, Mails, fates_of, is_waiting


class MailRoom:
    """Writes the letters of issued bills, and sends them to those who have not got them."""

    def __init__(
        self,
        settings: Settings,
        mail: MailSettings,
        reports: Callable[[SiteMonth], MonthReports],
        log: Mails,
        clock: Clock,
        head: Callable[[Month], str],
        resend: bool,  # noqa: FBT001
    ) -> None:
        """Reads what was sent before.

        Args:
            settings: Of the site.
            mail: The server, who sends, and what letters say.
            reports: What the reports of a month are made of.
            log: Of what was sent; gets what is sent now.
            clock: For the date of a mail.
            head: Gives the head of the chain with the bills of a month, as text.
            resend: Whether those who have got a letter get it again.
        """
        self._settings = settings
        self._mail = mail
        self._reports = reports
        self._log = log
        self._clock = clock
        self._head = cache(head)
        self._resend = resend
        self._fates = fates_of(log.all())

    def letters(self, bills: Iterable[Bill]) -> Iterator[Letter]:
        """The letter of each bill; only those that are to be sent have anything attached."""
        for bill in map(self._addressed, bills):
            head = self._head(bill.month)
            letter = letter_of(bill, self._mail, self._settings.issuer, (), head)
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

    def came_back(self, letter: Letter) -> tuple[str, ...]:
        """Recipients whom a letter did not reach although a mail server had accepted it."""
        fates = ((one, self._fates.get((letter.number, one))) for one in letter.recipients)
        return tuple(one for one, fate in fates if fate is MailFate.BOUNCED)

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
