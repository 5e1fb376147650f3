"""Mailing: each bill goes to each of its recipients once, and the store knows what was sent.

What is about to be handed over is noted before, so that a crash in between leaves a mail
that may have arrived, which is never sent again unasked.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bcm_mqtt.billing.plugs.letter import Letter, message_of
from bcm_mqtt.billing.plugs.mail_server import Delivery, MailServer, MailServerAwayError
from bcm_mqtt.config import MailSettings
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.store import Fates, MailFate, MailRecord, Mails, fates_of, is_waiting

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
        log: Knows what was sent, and is told.
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
            wanted = [
                MailRecord(number, one, now, name, MailFate.SENDING) for one in letter.recipients
            ]
            begun = log.begin(wanted, again=resend)
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
