"""Which bills were mailed to whom, and what became of it: rows are added and never changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from bcm_mqtt.store.database import lock
from bcm_mqtt.store.ledger.part import PartRepository
from bcm_mqtt.store.tables import bill_mail


class MailFate(StrEnum):
    """What became of a mail to one recipient."""

    SENDING = "sending"
    """It is about to be handed over; where nothing follows, it may have arrived."""
    SENT = "sent"
    """The mail server has taken it."""
    REFUSED = "refused"
    """It did not go out."""
    UNKNOWN = "unknown"
    """The connection broke while it was handed over: it may have arrived."""
    BOUNCED = "bounced"
    """It was taken, and came back later."""


@dataclass(frozen=True, slots=True)
class MailRecord:
    """One thing that happened to a mail.

    Attributes:
        bill: Number of the bill.
        recipient: Address.
        at: When, UTC.
        message_id: Of the mail; "" where there was none.
        fate: What happened.
        why: By the mail server's words, or "".
    """

    bill: int
    recipient: str
    at: datetime
    message_id: str
    fate: MailFate
    why: str = ""


_COLUMNS = [field.name for field in fields(MailRecord)]
Fates = Mapping[tuple[int, str], MailFate]
"""What last happened, by bill and recipient."""


def fates_of(records: Iterable[MailRecord]) -> Fates:
    """What last happened to each."""
    return {(record.bill, record.recipient): record.fate for record in records}


def is_waiting(bill: int, recipient: str, fates: Fates) -> bool:
    """Whether a bill is yet to be sent: it was never tried, or refused."""
    return fates.get((bill, recipient), MailFate.REFUSED) is MailFate.REFUSED


class Mails(PartRepository):
    """What happened to mails of a seller's bills."""

    def begin(self, records: Sequence[MailRecord], *, again: bool) -> list[MailRecord]:
        """Notes mails that are about to be handed over; returns those that are to be.

        Of two programs that want to send the same mail only one gets it back.

        Args:
            records: Of what is to be sent.
            again: Whether to send also what was sent before.
        """
        with self._database.writing() as connection:
            lock(connection, bill_mail)
            fates = fates_of(self._read(connection))
            begun = [one for one in records if again or is_waiting(one.bill, one.recipient, fates)]
            if begun:
                self._add(connection, begun)
        return begun

    def add(self, records: Sequence[MailRecord]) -> None:
        """Adds what happened, in the order of its happening."""
        with self._database.writing() as connection:
            self._add(connection, records)

    def all(self) -> list[MailRecord]:
        """All that happened, in the order of its happening."""
        with self._database.reading() as connection:
            return self._read(connection)

    def _add(self, connection: Connection, records: Sequence[MailRecord]) -> None:
        rows = [
            {**dict(zip(_COLUMNS, astuple(record), strict=True)), "seller": self.part.seller}
            for record in records
        ]
        connection.execute(insert(bill_mail), rows)

    def _read(self, connection: Connection) -> list[MailRecord]:
        columns = [bill_mail.c[name] for name in _COLUMNS]
        query = select(*columns).where(bill_mail.c.seller == self.part.seller)
        return [
            MailRecord(bill, recipient, at, message_id, MailFate(fate), why)
            for bill, recipient, at, message_id, fate, why in connection.execute(
                query.order_by(bill_mail.c.id)
            )
        ]
