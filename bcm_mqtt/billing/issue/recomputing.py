"""Issued bills against what they would be now: whether they are the same, and what changed."""

from collections.abc import Callable, Iterator
from datetime import datetime

from bcm_mqtt.billing.issue.comparing import changed_inputs, differs
from bcm_mqtt.billing.issue.document import Fingerprints, Issued, figures, issued_of
from bcm_mqtt.billing.issue.drafting import Drafting, Present
from bcm_mqtt.billing.prices.used import PRICES_OF
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
                        proved = _proved(issued, draft, changes, drafted.by_prices_of)
                        yield _check(issued, draft, changes, proved)
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


def _proved(
    issued: Issued,
    draft: Bill | None,
    changed: tuple[str, ...],
    by_prices_of: Callable[[Bill, Issued], Bill | None],
) -> bool | None:
    """Whether the draft is the issued bill by the prices that this one was made with.

    None where other inputs than prices have changed, or the prices are not stored.
    """
    if draft is None or issued.bill.rules != RULES:
        return None
    if not changed or not all(PRICES_OF in name for name in changed):
        return None
    by_its_own = by_prices_of(draft, issued)
    return None if by_its_own is None else figures(by_its_own) == figures(issued.bill)


def _check(
    issued: Issued,
    draft: Bill | None,
    changed: tuple[str, ...],
    proved: bool | None = None,  # noqa: FBT001 - as of `BillCheck`
) -> BillCheck:
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
        proved=proved,
    )
