"""Issues and revises the bills of a month."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain

from bcm_mqtt import __version__
from bcm_mqtt.billing.computing.panels import ComputedBy
from bcm_mqtt.billing.evidence.keys import Signer
from bcm_mqtt.billing.evidence.statements import bill_statement
from bcm_mqtt.billing.issue.comparing import Changed, changed_inputs, differs
from bcm_mqtt.billing.issue.differences import deltas
from bcm_mqtt.billing.issue.document import (
    Basis,
    JointBasis,
    bill_of_entry,
    chained,
    document_of,
    issued_of,
)
from bcm_mqtt.billing.issue.drafting import Drafting, Present, Progress, site_drafts
from bcm_mqtt.billing.issue.jointly import jointly_billed
from bcm_mqtt.billing.issue.order import order_warnings
from bcm_mqtt.billing.issue.outcome import Outcome
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.issued import IssueRecord
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.numbering import Counted, DocumentKind, DocumentNumber
from bcm_mqtt.domain.bill.rules import RULES
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.site.billing_period import BillingPeriod
from bcm_mqtt.domain.time import Month, whole_ms
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import BillEntry, BillingStore, ChainEnd, LedgerPart, NewBill


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """Which bills are to be issued.

    Attributes:
        month: In which their periods begin.
        first: Whether bills that were not issued yet.
        revise: Whether revisions of issued bills that would differ if recalculated.
        reason: Why they are revised.
        customer: Id of the only customer, or "" for all.
    """

    month: Month
    first: bool = True
    revise: bool = False
    reason: str = ""
    customer: str = ""


def issue_month(
    store: BillingStore,
    terms: BillingTerms,
    request: IssueRequest,
    at: datetime,
    progress: Progress = lambda _done, _of: None,
    software: str = __version__,
    signer: Signer | None = None,
    workers: ComputedBy = 1,
    drafting: Drafting = site_drafts,
) -> Outcome:
    """Issues all bills that are requested, or none of them.

    Args:
        store: With rolled-up intervals.
        terms: Of now.
        request: Which bills.
        at: The present, UTC.
        progress: Gets panels done and panels in all.
        software: Version of the program, which the documents state.
        signer: Signs the bills; None leaves them without a signature.
        workers: As of `bill_month`.
        drafting: Makes the drafts.

    Raises:
        InputError: the period has not ended, or there is no such customer, or its bill is one
            over several sites.
        WorkError: intervals of the month wait to be computed, bills are missing, or the
            database failed; or the ledger lacks bills that were issued for the site.
    """
    start, end = _issued_time(terms, request, at)
    _check_books(store, request.month)
    with store.at_one_moment() as moment:
        if dirty := moment.intervals.count_dirty(start, end):
            message = (
                f"{dirty} intervals of {request.month} wait to be computed: bcm-mqtt db rollup"
            )
            raise WorkError(message)
        present = Present(at, progress, workers)
        with drafting(moment, terms, request.month, present) as drafted:
            drafts = _chosen(moment, terms, request, drafted.site)
            chosen = [(bill, drafted.basis(bill, software)) for bill in drafts]
        issued = moment.bills.customers()
    work = _Issue(request, at, chosen, signer, store.ledger.part, terms)
    store.bills.issue(request.month, work.make)
    outcome = work.outcome()
    warnings = (order_warnings(bill, terms, issued) for bill in outcome.issued)
    return replace(outcome, warnings=(*chain.from_iterable(warnings), *_copied(store)))


def _issued_time(
    terms: BillingTerms, request: IssueRequest, at: datetime
) -> tuple[datetime, datetime]:
    """The time of the bills that may be issued now."""
    month, own = request.month, terms.own_periods(request.month)
    apart = {customer: period for period, customers in own.items() for customer in customers}
    period = apart.get(request.customer, BillingPeriod.calendar(month, terms.zone))
    if at < period.end:
        whose = f" of {request.customer}" if request.customer in apart else ""
        raise InputError.of(f"{month}{whose} has not ended: its bills cannot be issued yet")
    return period.start, max(one.end for one in (period, *own) if one.end <= at)


def _chosen(
    store: BillingStore, terms: BillingTerms, request: IssueRequest, site: SiteMonth
) -> list[Bill]:
    """The drafts that are requested, by customer; of one who is billed jointly there is none."""
    drafts = {bill.customer.id: bill for bill in site.bills}
    before = {entry.customer: entry for entry in store.bills.issued(request.month)}
    jointly = jointly_billed(store, terms, request.month)
    for customer in jointly.keys() - before.keys():
        if request.customer == customer:
            message = f"customer {customer!r} is billed over several sites: {jointly[customer]}"
            raise InputError.of(message)
        drafts.pop(customer, None)
    for customer in terms.own_use - before.keys():
        if request.customer == customer:
            raise InputError.of(f"customer {customer!r} is the site's own use: it gets no bill")
        drafts.pop(customer, None)
    for customer in before.keys() - drafts.keys():
        drafts[customer] = _empty(bill_of_entry(before[customer]))
    if request.customer and request.customer not in drafts:
        message = f"customer {request.customer!r} has no circuit in {request.month}"
        raise InputError.of(message)
    return [bill for key, bill in sorted(drafts.items()) if request.customer in {"", key}]


def _check_books(store: BillingStore, month: Month) -> None:
    """Refuses what was billed in other books, and books that lack what was billed."""
    if month in store.months_before_home():
        message = f"{month} was billed in the site's own database, and is not billed again"
        raise WorkError(f"{message} in the home database: database.home_url")
    store.copies.check(store.bills)
    store.copies.check_series(month)


def _copied(store: BillingStore) -> Iterator[str]:
    """Copies to the site what was issued for it; a warning where that failed."""
    try:
        store.copy_bills()
    except WorkError as error:
        yield f"the site has no copies of its new bills yet: {error}"


class _Issue:
    """Makes the bills, within the transaction in which numbers are given."""

    def __init__(
        self,
        request: IssueRequest,
        at: datetime,
        drafts: Sequence[tuple[Bill, Basis | JointBasis]],
        signer: Signer | None,
        part: LedgerPart,
        terms: BillingTerms,
    ) -> None:
        self._part = part
        self._terms = terms
        self._signer = signer
        self._request = request
        self._at = at
        self._drafts = drafts
        self._issued: list[Bill] = []
        self._unchanged: list[Bill] = []
        self._differing: list[Bill] = []
        self._held: list[Bill] = []
        self._running: list[Bill] = []

    def outcome(self) -> Outcome:
        lists = (self._issued, self._unchanged, self._differing, self._held, self._running)
        issued, unchanged, differing, held, running = map(tuple, lists)
        return Outcome(issued, unchanged, differing, held, running)

    def make(self, last: ChainEnd, entries: Sequence[BillEntry], counted: Counted) -> list[NewBill]:
        current = {entry.customer: entry for entry in entries if not entry.superseded}
        number, previous = last
        made = list[NewBill]()
        for draft, basis in self._drafts:
            entry = current.get(draft.customer.id)
            before = bill_of_entry(entry) if entry else None
            if not self._is_due(draft, before, partial(_changed, entry, basis)):
                continue
            number += 1
            record = IssueRecord(
                number=number,
                revision=entry.revision + 1 if entry else 0,
                issued=whole_ms(self._at),
                supersedes=entry.number if entry else None,
                sha256="",
                deltas=tuple(deltas(before, draft)) if before else (),
                reason=self._request.reason if before else "",
                public_key=self._signer.public_key if self._signer else "",
                site=self._part.site,
                seller=self._part.seller,
                numbers=self._numbers(counted, len(made)),
                replaced=_given_number(before),
            )
            bill = replace(draft, status=BillStatus.ISSUED, issue=record)
            document = document_of(bill, basis)
            digest = chained(previous, document)
            record = replace(record, sha256=digest, signature=self._signature(number, digest))
            bill = replace(bill, issue=record)
            made.append(NewBill(bill, previous, document))
            self._issued.append(bill)
            previous = digest
        return made

    def _numbers(self, counted: Counted, given: int) -> tuple[DocumentNumber, ...]:
        """As they are printed, where the seller has a format; `given` bills are before it."""
        terms, kind = self._terms, DocumentKind.BILL
        one = terms.numbering.next(kind, counted, given, self._at, terms.zone)
        return (one,) if one else ()

    def _signature(self, number: int, digest: str) -> str:
        return self._signer.sign(bill_statement(number, digest)) if self._signer else ""

    def _is_due(self, draft: Bill, before: Bill | None, changed: Changed) -> bool:
        if before and not differs(before, draft, changed):
            self._unchanged.append(before)
            return False
        if before and not self._request.revise:
            self._differing.append(draft)
            return False
        if not before and not self._request.first:
            return False
        if self._at < draft.end:
            self._running.append(draft)
            return False
        if draft.status is BillStatus.HELD:
            self._held.append(draft)
            return False
        return True


def _given_number(bill: Bill | None) -> str:
    """The number of a bill as it is printed, "" where that is its place in the chain."""
    return bill.issue.text if bill and bill.issue and bill.issue.numbers else ""


def _changed(entry: BillEntry | None, basis: Basis | JointBasis) -> Iterator[str]:
    return changed_inputs(issued_of(entry), basis.fingerprints) if entry else iter(())


def _empty(issued: Bill) -> Bill:
    """The draft of a customer who had circuits when the bill was issued, and now has none."""
    slots = Slots.between(issued.start, issued.end)
    nothing = replace(issued, lines=(), usage=(), determinants=(), sites=())
    nothing = replace(nothing, load=None if issued.sites else Load.none(slots))
    return replace(nothing, rules=RULES, findings=(), holds=(), status=BillStatus.DRAFT, issue=None)
