"""What was issued: a site's month with its issued bills, and the check that they are unchanged."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, partial
from types import MappingProxyType

from bcm_mqtt.billing.evidence.statements import Head
from bcm_mqtt.billing.evidence.trust import NO_EVIDENCE, Evidence
from bcm_mqtt.billing.issue.chain import Chain, Fault
from bcm_mqtt.billing.issue.comparing import changed_inputs, differs
from bcm_mqtt.billing.issue.document import bill_of_entry, issued_of
from bcm_mqtt.billing.issue.drafting import Drafting, site_drafts
from bcm_mqtt.billing.issue.inputs import Inputs
from bcm_mqtt.billing.issue.jointly import issued_jointly
from bcm_mqtt.billing.issue.recomputing import Recomputed
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.issued import BillCheck, InvoiceKind
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.rules import RULES
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.billing_period import BillingPeriod
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.usage import UNASSIGNED
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import BillCopies, BillEntry, BillingStore, ChainEnd, Ledger


def issued_site(store: BillingStore, drafts: SiteMonth) -> SiteMonth:
    """The month with its issued bills in place of the drafts.

    Raises:
        WorkError: a stored bill is not as it was issued, or the database failed.
    """
    entries = [entry for entry in store.bills.issued(drafts.month) if not entry.superseded]
    bills = {bill.customer.id: bill for bill in drafts.bills}
    bills |= {entry.customer: bill_of_entry(entry) for entry in entries}
    return replace(drafts, bills=tuple(bill for _, bill in sorted(bills.items())))


def credit_note_of(store: BillingStore, bill: Bill) -> Bill | None:
    """The credit note that was issued right before a revision; None where none was.

    Raises:
        WorkError: it is not as it was issued, or the database failed.
    """
    record = bill.issue
    if not record or record.kind is not InvoiceKind.INVOICE or record.supersedes is None:
        return None
    entry = store.bills.entry(record.supersedes)
    return bill_of_entry(entry) if entry else None


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
    billed = store.bills.customers()
    return frozenset(
        month
        for month in billed.keys() | store.bills.joint_months()
        if supplied_customers(directories, terms, month)
        <= billed.get(month, frozenset()) | issued_jointly(store, month).keys()
    )


def supplied_customers(
    directories: Iterable[Directory], terms: BillingTerms, month: Month
) -> frozenset[str]:
    """Who had circuits in its period of a month and its contract; not the site's own use."""
    own = terms.own_periods(month)
    apart = {customer: period for period, customers in own.items() for customer in customers}
    calendar = BillingPeriod.calendar(month, terms.zone)
    listed = list(directories)
    return frozenset(
        customer
        for period in {calendar, *own}
        for directory in listed
        for span in directory.spans(*period.bounds)
        if apart.get(customer := terms.rule.customer_of(span.version), calendar) == period
        and (
            customer not in terms.dated
            or terms.customer_of(customer, *period.bounds).is_billed_within(span.start, span.end)
        )
    ) - {UNASSIGNED, *terms.own_use}


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of checking the chain of issued bills.

    Attributes:
        made: When it was checked, UTC.
        faults: By number; empty where all is as it was issued.
        bills: By number.
        stored: How many bills of the site's seller there are.
        end: Number and hash of the last one.
        earlier_rules: How many of `bills` an earlier rule set made: of them only the inputs
            were compared.
        signed: How many bills have a signature, which is by the site's key.
        stamped: When a time-stamp service has stamped bills, by number.
        elsewhere: How many of the bills are of other sites, which check their signatures.
        seller: Number series of the bills; "" of a site that names no seller.
        others: Number and hash of the last bill of each other seller of the ledger.
    """

    made: datetime
    faults: tuple[Fault, ...]
    bills: tuple[BillCheck, ...]
    stored: int
    end: ChainEnd
    earlier_rules: int = 0
    signed: int = 0
    stamped: Mapping[int, datetime] = field(default_factory=lambda: MappingProxyType({}))
    elsewhere: int = 0
    seller: str = ""
    others: Mapping[str, ChainEnd] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def end_sentences(self) -> Iterator[str]:
        """The ends of the chains, which `bill verify --expect` reads."""
        if self.end[0]:
            yield f"{self.stored} bills; the last is {_end_text(self.seller, self.end)}"
        for seller, end in self.others.items():
            if end[0]:
                yield f"another chain ends with {_end_text(seller, end)}"

    @property
    def signed_sentence(self) -> str:
        """How many bills are signed."""
        unsigned = self.stored - self.elsewhere - self.signed
        if not unsigned:
            return "all bills are signed by the site's key"
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


def _end_text(seller: str, end: ChainEnd) -> str:
    number, digest = end
    return f"{f'seller {seller}, ' if seller else ''}bill {number}, SHA-256 {digest}"


def verify(
    store: BillingStore,
    terms: BillingTerms,
    at: datetime,
    month: Month | None = None,
    evidence: Evidence = NO_EVIDENCE,
    drafting: Drafting = site_drafts,
) -> Verification:
    """Checks the chain of all bills, and recalculates those of a month or of all months.

    Args:
        store: With rolled-up intervals.
        terms: Of now.
        at: The present, UTC.
        month: The only one that is recalculated.
        evidence: That the bills are held against.
        drafting: Makes the drafts that they are compared with.

    Raises:
        WorkError: the database failed.
    """
    with store.at_one_moment() as moment, moment.ledger.at_one_moment() as ledger:
        evidence = _with_copies(evidence, moment.copies, ledger)
        chain = Chain(ledger, evidence)
        faults = [*chain.faults(), *chain.stamp_faults(), *chain.audit_faults()]
        others = dict[str, ChainEnd]()
        for seller in _other_sellers(ledger, evidence):
            other = Chain(ledger.of(seller), evidence)
            faults += (replace(fault, seller=seller or "none") for fault in other.faults())
            others[seller] = other.end
        months = [month] if month else sorted(moment.bills.customers())
        checks = [
            check
            for one in months
            for check in Recomputed(moment, terms, one, at, drafting).checks()
        ]
    checks.sort(key=lambda check: check.number)
    earlier = sum(check.rules != RULES for check in checks)
    return Verification(
        made=at,
        faults=tuple(faults),
        bills=tuple(checks),
        stored=chain.stored,
        end=chain.end,
        earlier_rules=earlier,
        signed=chain.signed,
        stamped=chain.stamped,
        elsewhere=chain.elsewhere,
        seller=store.ledger.part.seller,
        others=others,
    )


def _with_copies(evidence: Evidence, copies: BillCopies, ledger: Ledger) -> Evidence:
    """The evidence with the copies that a site has of its bills: they are kept heads, too."""
    number, digest = copies.last()
    if not number:
        return evidence
    after = ledger.bills.last_issued()[0]
    ends = {number: digest} | {one.number: one.sha256 for one in copies.issued(after=after)}
    heads = (Head(*end, seller=copies.part.seller) for end in ends.items())
    noted = replace(evidence.noted, heads=(*evidence.noted.heads, *heads))
    return replace(evidence, noted=noted)


def _other_sellers(ledger: Ledger, evidence: Evidence) -> list[str]:
    """The number series of the ledger, and of heads that were kept, that are not the site's."""
    named = {one.seller for one in evidence.noted.heads}
    return sorted({*ledger.bills.sellers(), *named} - {ledger.part.seller})
