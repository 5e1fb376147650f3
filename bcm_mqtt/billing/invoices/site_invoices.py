"""Invoices of a site as people enter and look at them, at the page or at the command line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bcm_mqtt.billing.issue import IssuedBill
from bcm_mqtt.billing.issue.document import issued_of
from bcm_mqtt.config import FollowedSettings
from bcm_mqtt.config.invoices import invoices_of_csv
from bcm_mqtt.domain.allocation.entered import EnteredInvoice, Entry, newest
from bcm_mqtt.domain.allocation.invoice import Invoice
from bcm_mqtt.domain.time import Clock, Month
from bcm_mqtt.store import BillingStore


@dataclass(frozen=True, slots=True)
class ProposedInvoice:
    """An invoice of a file, and what entering it would do.

    Attributes:
        invoice: As the file has it.
        revision: That it would be; 0 where it is there as it is.
        touched: Issued bills that would differ.
    """

    invoice: Invoice
    revision: int
    touched: tuple[IssuedBill, ...]


class SiteInvoices:
    """The invoices of one site; every call raises InputError or WorkError as `SiteBilling`."""

    def __init__(self, store: BillingStore, settings: FollowedSettings, clock: Clock) -> None:
        """Does not touch the database yet."""
        self._store, self._settings, self._clock = store, settings, clock

    def entered(self) -> list[EnteredInvoice]:
        """All revisions, in the order of their coming."""
        return self._store.invoices.all()

    def proposed(self, text: str, source: str) -> list[ProposedInvoice]:
        """What the invoices of a CSV file would do; nothing is stored.

        Args:
            text: Of the file.
            source: Its name, for problems.
        """
        last = {one.key: one for one in newest(self.entered())}
        found = []
        for invoice in self._read(text, source):
            before = last.get((invoice.supplier, invoice.number))
            if before and before.invoice == invoice:
                found.append(ProposedInvoice(invoice, 0, ()))
                continue
            of = [invoice, before.invoice] if before else [invoice]
            touched = tuple(bills_by_invoices(self._store, of))
            found.append(ProposedInvoice(invoice, before.revision + 1 if before else 1, touched))
        return found

    def enter(self, text: str, source: str, author: str, reason: str) -> list[EnteredInvoice]:
        """Enters the invoices of a CSV file, all or none; returns those that were not there."""
        entry = Entry(author, reason, self._clock())
        return self._store.invoices.enter(self._read(text, source), entry)

    def _read(self, text: str, source: str) -> list[Invoice]:
        return invoices_of_csv(text, source, self._settings.current().site.currency)


def bills_by_invoices(store: BillingStore, invoices: Sequence[Invoice]) -> Iterator[IssuedBill]:
    """Issued bills in force that charge invoices of a supplier and a month, by number.

    Raises:
        WorkError: the database failed, or a bill cannot be read.
    """
    months = {(Month(one.start.year, one.start.month), one.supplier) for one in invoices}
    for month, supplier in sorted(months):
        for entry in store.bills.issued(month):
            if entry.superseded:
                continue
            if any(part.supplier == supplier for part in issued_of(entry).bill.invoices):
                yield IssuedBill(entry.number, month, entry.customer)
