"""Mails that came back: what a delivery report (RFC 3464) says of bills that were sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from typing import Final

from bcm_mqtt.domain.printable import one_line
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import MailFate, MailRecord, Mails

LARGEST_REPORT: Final = 5_000_000
_MOST_RECIPIENTS: Final = 100
_LONGEST_WHY: Final = 300
_FAILED: Final = "failed"


@dataclass(frozen=True, slots=True)
class Bounce:
    """A recipient whom a mail did not reach.

    Attributes:
        message_id: Of the mail.
        recipient: Address.
        why: By the mail server's words.
    """

    message_id: str
    recipient: str
    why: str


def bounces_in(content: bytes) -> list[Bounce]:
    """Whom a delivery report says that a mail has not reached; none where it was only delayed.

    Args:
        content: Of the mail that brings the report.

    Raises:
        InputError: it is no delivery report, or does not say of which mail.
    """
    message = message_from_bytes(content[:LARGEST_REPORT])
    parts = list(message.walk())
    of = next(filter(None, (_message_id(part, message) for part in parts)), "")
    reports = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    if not reports or not of:
        raise InputError.of("expected a delivery report (RFC 3464) with the mail that came back")
    blocks = [block for report in reports for block in report.get_payload() if block]
    found = [Bounce(of, *failed) for block in blocks if (failed := _failed(block))]
    return found[:_MOST_RECIPIENTS]


def _message_id(part: Message, report: Message) -> str:
    """Of the mail that came back, which the report has as a whole or its header."""
    if part is report:
        return ""
    if part.get_content_type() == "text/rfc822-headers":
        payload = part.get_payload(decode=True)
        part = message_from_bytes(payload if isinstance(payload, bytes) else b"")
    return one_line(str(part.get("Message-ID", ""))).strip()


def _failed(block: object) -> tuple[str, str] | None:
    """Address and reason of a recipient that failed."""
    if not isinstance(block, Message) or str(block.get("Action", "")).strip().lower() != _FAILED:
        return None
    given = block.get("Original-Recipient") or block.get("Final-Recipient") or ""
    address = one_line(str(given).rpartition(";")[2]).strip()
    why = str(block.get("Diagnostic-Code") or block.get("Status") or "no reason given")
    return (address, one_line(why.partition(";")[2].strip() or why)[:_LONGEST_WHY])


def note_bounces(bounces: list[Bounce], log: Mails, at: datetime) -> Iterator[MailRecord]:
    """Notes what came back with the mails that were sent; gives what was noted, each once.

    Args:
        bounces: Of a report.
        log: Of mails.
        at: The present, UTC.
    """
    sent = {(one.message_id, one.recipient.casefold()): one for one in log.all()}
    for bounce in bounces:
        record = sent.get((bounce.message_id, bounce.recipient.casefold()))
        if record is None or record.fate is MailFate.BOUNCED:
            continue
        noted = MailRecord(
            record.bill, record.recipient, at, record.message_id, MailFate.BOUNCED, bounce.why
        )
        log.add([noted])
        yield noted
