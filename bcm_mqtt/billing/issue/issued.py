"""What was issued: a site's month with its issued bills, and the check that they are unchanged."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial

from bcm_mqtt.billing.issue.comparing import changed_inputs, differs
from bcm_mqtt.billing.issue.document import Issued, bill_of_entry, chained, issued_of
from bcm_mqtt.billing.issue.inputs import Inputs
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.domain.bill.bill import Bill, SiteMonth
from bcm_mqtt.domain.bill.issued import BillCheck
from bcm_mqtt.domain.bill.rules import RULES
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.usage import UNASSIGNED
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import BillEntry, BillingStore, BillRows, ChainEnd, row_differences, rows_of


def issued_site(store: BillingStore, drafts: SiteMonth) -> SiteMonth:
    """The month with its issued bills in place of the drafts.

    Raises:
        WorkError: a stored bill is not as it was issued, or the database failed.
    """
    entries = [entry for entry in store.bills.issued(drafts.month) if not entry.superseded]
    bills = {bill.customer.id: bill for bill in drafts.bills}
    bills |= {entry.customer: bill_of_entry(entry) for entry in entries}
    return replace(drafts, bills=tuple(bill for _, bill in sorted(bills.items())))


def readable_bill(entry: BillEntry) -> Bill:
    """The bill of an entry.

    Raises:
        WorkError: it is not as it was issued.
    """
    try:
        return bill_of_entry(entry)
    except ValueError as error:
        message = f"bill {entry.number}: {error}: see bcm-mqtt bill verify"
        raise WorkError(message) from None


def differing(
    store: BillingStore, terms: BillingTerms, issued: SiteMonth, drafts: SiteMonth
) -> list[str]:
    """Customers whose issued bill would differ if recalculated.

    Raises:
        WorkError: the database failed.
    """
    now = {bill.customer.id: bill for bill in drafts.bills}

    @cache
    def entries() -> dict[str, BillEntry]:
        current = (one for one in store.bills.issued(drafts.month) if not one.superseded)
        return {entry.customer: entry for entry in current}

    inputs = cache(lambda: Inputs(store, terms, drafts.month))

    def changed(bill: Bill) -> Iterator[str]:
        prints = inputs().fingerprints(now[bill.customer.id], bill)
        return changed_inputs(issued_of(entries()[bill.customer.id]), prints)

    return [
        bill.customer.id
        for bill in issued.bills
        if bill.issue and differs(bill, now.get(bill.customer.id), partial(changed, bill))
    ]


def issued_months(store: BillingStore, terms: BillingTerms) -> frozenset[Month]:
    """Months of which the bill of every customer was issued."""
    directories = store.directories.all().values()

    def customers(month: Month) -> set[str]:
        bounds = month.bounds(terms.zone)
        spans = (span for directory in directories for span in directory.spans(*bounds))
        return {terms.rule.customer_of(span.version) for span in spans} - {UNASSIGNED}

    issued = store.bills.customers().items()
    return frozenset(month for month, billed in issued if customers(month) <= billed)


@dataclass(frozen=True, slots=True)
class Fault:
    """A stored bill is not as it was issued."""

    number: int
    what: str

    def __str__(self) -> str:
        return f"bill {self.number}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of checking the chain of issued bills.

    Attributes:
        made: When it was checked, UTC.
        faults: By number; empty where all is as it was issued.
        bills: By number.
        stored: How many bills there are.
        end: Number and hash of the last one.
        earlier_rules: How many of `bills` an earlier rule set made: of them only the inputs
            were compared.
    """

    made: datetime
    faults: tuple[Fault, ...]
    bills: tuple[BillCheck, ...]
    stored: int
    end: ChainEnd
    earlier_rules: int = 0

    @property
    def rules_sentence(self) -> str:
        """What an earlier rule set means for the check, or ""."""
        if not self.earlier_rules:
            return ""
        bills = "1 bill was" if self.earlier_rules == 1 else f"{self.earlier_rules} bills were"
        return (
            f"The rules of calculation changed since: {bills} calculated by earlier rules, so only "
            f"the inputs were compared (rule set {RULES} holds now)"
        )


def verify(
    store: BillingStore, terms: BillingTerms, at: datetime, month: Month | None = None
) -> Verification:
    """Checks the chain of all bills, and recalculates those of a month or of all months.

    Args:
        store: With rolled-up intervals.
        terms: Of now.
        at: The present, UTC.
        month: The only one that is recalculated.

    Raises:
        WorkError: the database failed.
    """
    with store.at_one_moment() as moment:
        chain = _Chain(moment)
        faults = tuple(chain.faults())
        months = [month] if month else sorted(moment.bills.customers())
        checks = [check for one in months for check in _Recomputed(moment, terms, one, at).checks()]
    checks.sort(key=lambda check: check.number)
    earlier = sum(check.rules != RULES for check in checks)
    return Verification(at, faults, tuple(checks), chain.stored, chain.end, earlier)


class _Chain:
    """Numbers, hashes, and the rows that are copies of what documents say."""

    def __init__(self, store: BillingStore) -> None:
        self._store = store
        self.stored = 0
        self.end: ChainEnd = (0, "")

    def faults(self) -> Iterator[Fault]:
        rows = self._store.bills.rows()
        valid = {""}  # hashes that the next bill may have been chained to
        for entry in self._store.bills.issued():
            missing = range(self.end[0] + 1, entry.number)
            yield from (Fault(number, "is missing") for number in missing)
            if entry.previous_sha256 not in valid and not missing:
                yield Fault(entry.number, f"is not chained to bill {self.end[0]}")
            digest = chained(entry.previous_sha256, entry.document)
            if digest != entry.sha256:
                yield Fault(entry.number, "its document or its hash was changed")
            yield from _copied(entry, rows[entry.number])
            valid = {digest, entry.sha256}
            self.end = entry.number, entry.sha256
            self.stored += 1
        last, digest = self._store.bills.last_issued()
        yield from (Fault(number, "is missing") for number in range(self.end[0] + 1, last + 1))
        if last <= self.end[0] and (last, digest) != self.end:
            yield Fault(self.end[0], f"is not the bill that was issued last: bill {last} was")


def _copied(entry: BillEntry, rows: BillRows) -> Iterator[Fault]:
    try:
        issued = issued_of(entry)
    except ValueError as error:
        yield Fault(entry.number, f"its document cannot be read: {error}")
        return
    for difference in row_differences(rows, rows_of(issued.bill)):
        yield Fault(entry.number, difference)


class _Recomputed:
    """A month's bills as they would be now."""

    def __init__(
        self, store: BillingStore, terms: BillingTerms, month: Month, at: datetime
    ) -> None:
        self._store = store
        self._terms = terms
        self._month = month
        self._at = at

    def checks(self) -> Iterator[BillCheck]:
        entries = [entry for entry in self._store.bills.issued(self._month) if not entry.superseded]
        try:
            site = bill_month(self._store, self._terms, self._month, self._at)
            inputs = Inputs(self._store, self._terms, self._month)
        except InputError as error:
            for entry in entries:
                if issued := _readable(entry):
                    yield _check(issued, None, (f"it cannot be computed: {error}",))
            return
        drafts = {bill.customer.id: bill for bill in site.bills}
        for entry in entries:
            if issued := _readable(entry):
                draft = drafts.get(entry.customer)
                yield _check(issued, draft, tuple(_changes(issued, draft, inputs)))


def _readable(entry: BillEntry) -> Issued | None:
    try:
        return issued_of(entry)
    except ValueError:
        return None  # a fault of the chain, which is reported


def _changes(issued: Issued, draft: Bill | None, inputs: Inputs) -> Iterator[str]:
    if draft is None:
        yield "the customer has no circuit now"
        return
    now = inputs.fingerprints(draft, issued.bill)
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
