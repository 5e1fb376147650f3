"""Issued bills against what they would be now: whether they are the same, and what changed."""

from collections.abc import Callable, Iterator
from datetime import datetime

from bcm_mqtt.billing.issue.comparing import changed_inputs, differs
from bcm_mqtt.billing.issue.document import Fingerprints, Issued, issued_of
from bcm_mqtt.billing.issue.drafting import Drafting, Present
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.issued import BillCheck
from bcm_mqtt.domain.bill.rules import RULES
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import BillEntry, BillingStore


class Recomputed:
    """A month's bills as they would be now."""

    def __init__(
        self,
        store: BillingStore,
        terms: BillingTerms,
        month: Month,
        at: datetime,
        drafting: Drafting,
    ) -> None:
        """Computes nothing yet; see `verify`."""
        self._drafting = drafting
        self._store = store
        self._terms = terms
        self._month = month
        self._at = at

    def checks(self) -> Iterator[BillCheck]:
        """Of each bill that is in force; one that cannot be read is a fault of the chain."""
        entries = [entry for entry in self._store.bills.issued(self._month) if not entry.superseded]
        present = Present(self._at, workers=None)
        try:
            with self._drafting(self._store, self._terms, self._month, present) as drafted:
                drafts = {bill.customer.id: bill for bill in drafted.site.bills}
                for entry in entries:
                    if issued := _readable(entry):
                        draft = drafts.get(entry.customer)
                        changes = tuple(_changes(issued, draft, drafted.fingerprints))
                        yield _check(issued, draft, changes)
        except InputError as error:
            for entry in entries:
                if issued := _readable(entry):
                    yield _check(issued, None, (f"it cannot be computed: {error}",))


def _readable(entry: BillEntry) -> Issued | None:
    try:
        return issued_of(entry)
    except ValueError:
        return None  # a fault of the chain, which is reported


def _changes(
    issued: Issued, draft: Bill | None, fingerprints: Callable[[Bill, Bill], Fingerprints]
) -> Iterator[str]:
    if draft is None:
        yield "the customer has no circuit now"
        return
    now = fingerprints(draft, issued.bill)
    changed = list(changed_inputs(issued, now))
    yield from changed
    if not changed and differs(issued.bill, draft, lambda: changed):
        yield f"intervals of other days, or the software: it was {issued.software}"


def _check(issued: Issued, draft: Bill | None, changed: tuple[str, ...]) -> BillCheck:
    bill = issued.bill
    record = bill.issue
    if bill.rules != RULES and not changed:
        draft = None  # it would differ by the rules alone, which says nothing about this bill
    return BillCheck(
        number=record.number if record else 0,
        month=bill.month,
        customer=bill.customer.id,
        revision=record.revision if record else 0,
        currency=bill.currency,
        kwh=bill.kwh,
        amount=bill.amount,
        kwh_now=draft.kwh if draft else None,
        amount_now=draft.amount if draft else None,
        changed=changed,
        rules=bill.rules,
    )
