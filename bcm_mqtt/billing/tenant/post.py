"""Notes by mail that are no bills: handed over once, and what became of them is the caller's."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr

from bcm_mqtt.billing.delivery.letter import Attachment
from bcm_mqtt.billing.delivery.mail_server import MailServer
from bcm_mqtt.config import FollowedSettings, MailSettings
from bcm_mqtt.domain.printable import one_line, shown_lines
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import MailFate

_POLICY = SMTP.clone(cte_type="7bit")  # as every mail server takes it


@dataclass(frozen=True, slots=True)
class Note:
    """A mail.

    Attributes:
        to: Addresses.
        subject: One line.
        text: What it says.
        reply_to: Address of whom it is from, where that is not the site; or "".
        attachments: Files.
    """

    to: tuple[str, ...]
    subject: str
    text: str
    reply_to: str = ""
    attachments: Sequence[Attachment] = ()


class Post:
    """Hands notes to the site's mail server; safe in several threads."""

    def __init__(self, settings: FollowedSettings, clock: Clock) -> None:
        """Takes the settings, which are read again when their files change, and the present."""
        self._settings = settings
        self._clock = clock

    @property
    def mail(self) -> MailSettings | None:
        """The mail server, as the configuration has it now; None where it has none."""
        return self._settings.current().mail

    def send(self, note: Note) -> None:
        """Hands a note over for all its addresses.

        Raises:
            InputError: no mail server is configured.
            WorkError: some address did not get it, and why.
        """
        if (mail := self.mail) is None:
            raise InputError.of("expected host and sender, to send mails", key="mail")
        with MailServer(mail) as server:
            deliveries = server.deliver(_message(note, mail, self._clock), note.to)
        if failed := [one for one in deliveries if one.fate is not MailFate.SENT]:
            raise WorkError("; ".join(f"{one.recipient}: {one.why}" for one in failed))


def _message(note: Note, mail: MailSettings, clock: Clock) -> EmailMessage:
    name, sender = parseaddr(mail.sender)
    made = EmailMessage(_POLICY)
    made["From"] = Address(name, addr_spec=sender)
    made["To"] = [Address(addr_spec=one) for one in note.to]
    if reply_to := note.reply_to or mail.reply_to:
        name, address = parseaddr(reply_to)
        made["Reply-To"] = Address(name, addr_spec=address)
    made["Subject"] = one_line(note.subject)
    made["Date"] = format_datetime(clock())
    made["Message-ID"] = make_msgid("note", sender.rpartition("@")[2])
    made["Auto-Submitted"] = "auto-generated"  # so that no absence notice answers it
    made.set_content(shown_lines(note.text))
    for item in note.attachments:
        main, _, sub = item.media.partition("/")
        params = {"charset": "utf-8"} if main == "text" else {}
        made.add_attachment(
            item.content, maintype=main, subtype=sub, filename=item.name, params=params
        )
    return made
