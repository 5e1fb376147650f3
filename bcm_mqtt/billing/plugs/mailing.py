"""Mailing: each bill goes to each of its recipients once, and the store knows what was sent.

What is about to be handed over is noted before, so that a crash in between leaves a mail
that may have arrived, which is never sent again unasked.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bcm_mqtt.billing.plugs.letter import Letter, message_of
from bcm_mqtt.billing.plugs.mail_server import Delivery, MailServer, MailServerAwayError
from bcm_mqtt.config import MailSettings
from bcm_mqtt.domain.instants import Clock
from bcm_mqtt.store import MailFate, MailRecord

_ATTEMPTS = 2
"""To connect, for one letter after the other: then the server is away, and the rest waits."""

Fates = dict[tuple[int, str], MailFate]
"""What last happened, by bill and recipient."""


class MailLog(Protocol):
    """Where it is noted what happened to mails; `Store` is one."""

    def mails(self) -> list[MailRecord]:
        """All that happened, in the order of its happening."""

    def add_mails(self, records: Sequence[MailRecord]) -> None:
        """Adds what happened; it is on disk when this returns."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a letter, by recipient that it was to be handed over for."""

    letter: Letter
    deliveries: tuple[Delivery, ...]


def fates_of(records: Iterable[MailRecord]) -> Fates:
    """What last happened to each."""
    return {(record.bill, record.recipient): record.fate for record in records}


def waiting(letter: Letter, fates: Fates) -> tuple[str, ...]:
    """Recipients that it was not sent to: never tried, or refused."""
    return tuple(
        recipient
        for recipient in letter.recipients
        if fates.get((letter.number, recipient), MailFate.REFUSED) is MailFate.REFUSED
    )


def post(
    letters: Iterable[Letter], mail: MailSettings, log: MailLog, clock: Clock, *, resend: bool
) -> Iterator[Posted]:
    """Sends letters to those who have not got them; what fails for one does not stop the rest.

    Args:
        letters: Of issued bills.
        mail: The server, and who sends.
        log: Knows what was sent, and is told.
        clock: For the date of a mail.
        resend: Whether all get them, also those who did.

    Raises:
        WorkError: the log failed.
    """
    fates, failures, why = fates_of(log.mails()), 0, ""
    with MailServer(mail) as server:
        for letter in letters:
            recipients = letter.recipients if resend else waiting(letter, fates)
            if not recipients:
                continue
            if failures == _ATTEMPTS:
                yield Posted(letter, _refused(recipients, f"not tried: {why}"))
                continue
            now = clock()
            message = message_of(letter, mail, now)
            sending = [Delivery(recipient, MailFate.SENDING) for recipient in recipients]
            log.add_mails(_records(letter, message["Message-ID"], now, sending))
            try:
                deliveries, failures = tuple(server.deliver(message, recipients)), 0
            except MailServerAwayError as error:
                failures, why = failures + 1, str(error)
                deliveries = _refused(recipients, why)
            log.add_mails(_records(letter, message["Message-ID"], clock(), deliveries))
            yield Posted(letter, deliveries)


def _records(
    letter: Letter, message_id: str, at: datetime, deliveries: Iterable[Delivery]
) -> list[MailRecord]:
    return [
        MailRecord(letter.number, item.recipient, at, message_id, item.fate, item.why)
        for item in deliveries
    ]


def _refused(recipients: Sequence[str], why: str) -> tuple[Delivery, ...]:
    return tuple(Delivery(recipient, MailFate.REFUSED, why) for recipient in recipients)
