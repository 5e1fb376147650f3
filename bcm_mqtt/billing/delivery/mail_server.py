"""The mail server: hands over one mail and reports what became of it for each recipient."""

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Self

from bcm_mqtt.config import MailSettings
from bcm_mqtt.domain.printable import one_line
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import MailFate

_TAKEN = {250, 251}


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a mail to one recipient, and why."""

    recipient: str
    fate: MailFate
    why: str = ""


class MailServerAwayError(WorkError):
    """No mail can be handed over: it does not answer, or refuses the login."""


class MailServer:
    """A connection, made when it is first needed and again after it broke."""

    def __init__(self, mail: MailSettings) -> None:
        self._mail = mail
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection:
            with suppress(OSError, smtplib.SMTPException):
                self._connection.quit()
        self._drop()

    def deliver(self, message: EmailMessage, recipients: Sequence[str]) -> list[Delivery]:
        """Hands over a mail; reports on each recipient.

        Raises:
            MailServerAwayError: nothing was handed over, and nothing else can be now.
        """
        server = self._connected()
        rejected: list[Delivery] = []
        fate = MailFate.REFUSED
        try:
            _expect(server.mail(parseaddr(self._mail.sender)[1]))
            for recipient in recipients:
                code, answer = server.rcpt(recipient)
                if code not in _TAKEN:
                    rejected.append(Delivery(recipient, MailFate.REFUSED, _answered(code, answer)))
            if len(rejected) == len(recipients):
                server.rset()
                return rejected
            fate = MailFate.UNKNOWN
            _expect(server.data(message.as_bytes()))
            fate, why = MailFate.SENT, ""
        except smtplib.SMTPResponseException as error:
            self._drop()
            fate, why = MailFate.REFUSED, _answered(error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            why = f"the connection broke: {_reason(error)}"
        refused = {item.recipient for item in rejected}
        rest = [recipient for recipient in recipients if recipient not in refused]
        return rejected + [Delivery(recipient, fate, why) for recipient in rest]

    def _connected(self) -> smtplib.SMTP:
        if self._connection:
            with suppress(OSError, smtplib.SMTPException):
                if self._connection.noop()[0] in _TAKEN:
                    return self._connection
            self._drop()  # it does not like to wait
        place = f"mail server {self._mail.host}:{self._mail.port}"
        try:
            self._connection = self._connect()
        except smtplib.SMTPResponseException as error:
            why = _answered(error.smtp_code, error.smtp_error)
            raise MailServerAwayError(f"{place}: {why}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailServerAwayError(f"{place}: {_reason(error)}") from error
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        mail, timeout = self._mail, self._mail.timeout.total_seconds()
        context = ssl.create_default_context(cafile=mail.ca)
        if mail.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                mail.host, mail.port, timeout=timeout, context=context
            )
        else:
            server = smtplib.SMTP(mail.host, mail.port, timeout=timeout)
        try:
            server.ehlo_or_helo_if_needed()
            if mail.security == "starttls":
                server.starttls(context=context)
                server.ehlo()
            if mail.username is not None and mail.password is not None:
                server.login(mail.username, mail.password)
        except BaseException:
            server.close()
            raise
        return server

    def _drop(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None


def _expect(answer: tuple[int, bytes]) -> None:
    if answer[0] not in _TAKEN:
        raise smtplib.SMTPResponseException(*answer)


def _answered(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {one_line(text)}"


def _reason(error: Exception) -> str:
    if TimeoutError in {type(error), type(error.__context__)}:  # which smtplib hides in its own
        return "no answer in time"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())
