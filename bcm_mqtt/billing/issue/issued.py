"""What was issued: a site's month with its issued bills, and the check that they are unchanged."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, partial
from types import MappingProxyType

from bcm_mqtt.billing.evidence.trust import NO_EVIDENCE, Evidence
from bcm_mqtt.billing.issue.chain import Chain, Fault
from bcm_mqtt.billing.issue.comparing import changed_inputs, differs
from bcm_mqtt.billing.issue.document import Issued, bill_of_entry, issued_of
from bcm_mqtt.billing.issue.inputs import Inputs
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.domain.bill.bill import Bill, SiteMonth
from bcm_mqtt.domain.bill.issued import BillCheck
from bcm_mqtt.domain.bill.rules import RULES
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.usage import UNASSIGNED
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import BillEntry, BillingStore, ChainEnd


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
    return frozenset(
        month
        for month, billed in store.bills.customers().items()
        if supplied_customers(directories, terms, month) <= billed
    )


def supplied_customers(
    directories: Iterable[Directory], terms: BillingTerms, month: Month
) -> frozenset[str]:
    """Who had circuits in a month."""
    bounds = month.bounds(terms.zone)
    spans = (span for directory in directories for span in directory.spans(*bounds))
    return frozenset(terms.rule.customer_of(span.version) for span in spans) - {UNASSIGNED}


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
        signed: How many bills have a signature, which is by the site's key.
        stamped: When a time-stamp service has stamped bills, by number.
    """

    made: datetime
    faults: tuple[Fault, ...]
    bills: tuple[BillCheck, ...]
    stored: int
    end: ChainEnd
    earlier_rules: int = 0
    signed: int = 0
    stamped: Mapping[int, datetime] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def signed_sentence(self) -> str:
        """How many bills are signed."""
        if self.signed == self.stored:
            return "all bills are signed by the site's key"
        unsigned = self.stored - self.signed
        return f"{self.signed} bills are signed by the site's key, {unsigned} are not signed"

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
    store: BillingStore,
    terms: BillingTerms,
    at: datetime,
    month: Month | None = None,
    evidence: Evidence = NO_EVIDENCE,
) -> Verification:
    """Checks the chain of all bills, and recalculates those of a month or of all months.

    Args:
        store: With rolled-up intervals.
        terms: Of now.
        at: The present, UTC.
        month: The only one that is recalculated.
        evidence: That the bills are held against.

    Raises:
        WorkError: the database failed.
    """
    with store.at_one_moment() as moment:
        chain = Chain(moment, evidence)
        faults = (*chain.faults(), *chain.stamp_faults(), *chain.audit_faults())
        months = [month] if month else sorted(moment.bills.customers())
        checks = [check for one in months for check in _Recomputed(moment, terms, one, at).checks()]
    checks.sort(key=lambda check: check.number)
    earlier = sum(check.rules != RULES for check in checks)
    return Verification(
        at, faults, tuple(checks), chain.stored, chain.end, earlier, chain.signed, chain.stamped
    )


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
            site = bill_month(self._store, self._terms, self._month, self._at, workers=None)
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
