"""Issues and revises the bills of a month."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from bcm_mqtt.billing.issue.document import Basis, bill_of_entry, chained, document_of, figures
from bcm_mqtt.billing.issue.inputs import Inputs
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.issued import DeltaLine, IssueRecord
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.time.instants import whole_ms
from bcm_mqtt.domain.time.month import Month
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import BillEntry, ChainEnd, NewBill, Store

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Issuing:
    """What is to be issued.

    Attributes:
        month: Which; it has ended.
        at: The present, UTC.
        software: Version of this program.
        first: Whether bills are issued that were not yet.
        revise: Whether those that differ from the issued ones are issued anew.
        reason: Why, for the revisions.
        customer: Id of the only customer, or "" for all.
    """

    month: Month
    at: datetime
    software: str
    first: bool = True
    revise: bool = False
    reason: str = ""
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a month's bills.

    Attributes:
        issued: By number, revisions as well.
        unchanged: Issued before, with the same figures.
        differing: Drafts that are not what was issued, and were not to be revised.
        held: Drafts that must be reviewed first.
    """

    issued: tuple[Bill, ...]
    unchanged: tuple[Bill, ...]
    differing: tuple[Bill, ...]
    held: tuple[Bill, ...]


def issue_month(
    store: Store,
    terms: BillingTerms,
    wanted: Issuing,
    progress: Progress = lambda _done, _of: None,
) -> Outcome:
    """Issues all bills that are wanted, or none of them.

    Raises:
        InputError: the month has not ended, or there is no such customer.
        WorkError: intervals of the month wait to be computed, bills are missing, or the
            database failed.
    """
    start, end = wanted.month.bounds(terms.zone)
    if wanted.at < end:
        raise InputError.of(f"{wanted.month} has not ended: its bills cannot be issued yet")
    with store.at_one_moment() as moment:
        if dirty := moment.dirty_intervals(start, end):
            message = f"{dirty} intervals of {wanted.month} wait to be computed: bcm-mqtt db rollup"
            raise WorkError(message)
        site = bill_month(moment, terms, wanted.month, wanted.at, progress)
        drafts = {bill.customer.id: bill for bill in site.bills}
        for entry in moment.bills(wanted.month):
            if entry.customer not in drafts:
                drafts[entry.customer] = _empty(bill_of_entry(entry))
        if wanted.customer and wanted.customer not in drafts:
            message = f"customer {wanted.customer!r} has no circuit in {wanted.month}"
            raise InputError.of(message)
        inputs = Inputs(moment, terms, wanted.month)
        chosen = [
            (bill, inputs.basis(bill, wanted.software))
            for customer, bill in sorted(drafts.items())
            if wanted.customer in {"", customer}
        ]
    work = _Issue(wanted, chosen)
    store.issue_bills(wanted.month, work.make)
    return work.outcome()


class _Issue:
    """One go at it, within the transaction in which numbers are given."""

    def __init__(self, wanted: Issuing, drafts: Sequence[tuple[Bill, Basis]]) -> None:
        self._wanted = wanted
        self._drafts = drafts
        self._issued: list[Bill] = []
        self._unchanged: list[Bill] = []
        self._differing: list[Bill] = []
        self._held: list[Bill] = []

    def outcome(self) -> Outcome:
        return Outcome(*map(tuple, (self._issued, self._unchanged, self._differing, self._held)))

    def make(self, last: ChainEnd, entries: Sequence[BillEntry]) -> list[NewBill]:
        current = {entry.customer: entry for entry in entries if not entry.superseded}
        number, previous = last
        made = []
        for draft, basis in self._drafts:
            entry = current.get(draft.customer.id)
            before = bill_of_entry(entry) if entry else None
            if not self._is_due(draft, before):
                continue
            number += 1
            record = IssueRecord(
                number=number,
                revision=entry.revision + 1 if entry else 0,
                issued=whole_ms(self._wanted.at),
                supersedes=entry.number if entry else None,
                sha256="",
                deltas=tuple(deltas(before, draft)) if before else (),
                reason=self._wanted.reason if before else "",
            )
            bill = replace(draft, status=BillStatus.ISSUED, issue=record)
            document = document_of(bill, basis)
            digest = chained(previous, document)
            bill = replace(bill, issue=replace(record, sha256=digest))
            made.append(NewBill(bill, previous, document))
            self._issued.append(bill)
            previous = digest
        return made

    def _is_due(self, draft: Bill, before: Bill | None) -> bool:
        if before and figures(before) == figures(draft):
            self._unchanged.append(before)
            return False
        if before and not self._wanted.revise:
            self._differing.append(draft)
            return False
        if not before and not self._wanted.first:
            return False
        if draft.status is BillStatus.HELD:
            self._held.append(draft)
            return False
        return True


def deltas(before: Bill, after: Bill) -> Iterator[DeltaLine]:
    """Each line as it was issued and as it is now; one that is not there counts as 0."""
    amounts = (_amounts(before), _amounts(after))
    for key in dict.fromkeys((*amounts[1], *amounts[0])):
        was, now = (found.get(key, Decimal(0)) for found in amounts)
        yield DeltaLine(key[1], was, now)


def _amounts(bill: Bill) -> dict[tuple[str, str], Decimal]:
    found = defaultdict[tuple[str, str], Decimal](Decimal)
    for line in bill.lines:
        found[line.kind.value, line.label] += line.amount
    return found


def _empty(issued: Bill) -> Bill:
    """The draft of a customer who had circuits when the bill was issued, and now has none."""
    slots = Slots.between(issued.start, issued.end)
    nothing = replace(issued, lines=(), usage=(), determinants=(), load=Load.none(slots))
    return replace(nothing, findings=(), holds=(), status=BillStatus.DRAFT, issue=None)
