"""An invoice as it was entered: revisions are added, and none is changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.domain.allocation.invoice import Invoice


@dataclass(frozen=True, slots=True)
class Entry:
    """Who enters invoices, when and why.

    Attributes:
        author: Who answers for it.
        reason: Why; a revision has one.
        made: When, UTC.
    """

    author: str
    reason: str
    made: datetime


@dataclass(frozen=True, slots=True)
class EnteredInvoice:
    """A revision of an invoice.

    Attributes:
        invoice: What it says.
        revision: From 1.
        entry: Who entered it.
    """

    invoice: Invoice
    revision: int
    entry: Entry

    @property
    def key(self) -> tuple[str, str]:
        """What all revisions of an invoice share."""
        return self.invoice.supplier, self.invoice.number


def newest(entered: Iterable[EnteredInvoice]) -> list[EnteredInvoice]:
    """The last revision of each invoice, by the first day of its period."""
    last = dict[tuple[str, str], EnteredInvoice]()
    for one in sorted(entered, key=lambda one: one.revision):
        last[one.key] = one
    return sorted(last.values(), key=lambda one: (one.invoice.start, one.key))
