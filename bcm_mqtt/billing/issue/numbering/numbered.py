"""Gives bills their numbers, within the transaction in which that is done."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from bcm_mqtt.billing.einvoices.made import obstacles_to_issue
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
from bcm_mqtt.billing.issue.numbering.revisions import credit_note_document, revised_by
from bcm_mqtt.billing.issue.outcome import IssueRequest, Outcome
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.issued import InvoiceKind, IssueRecord, RevisionStyle
from bcm_mqtt.domain.bill.numbering import Counted, DocumentKind, DocumentNumber
from bcm_mqtt.domain.bill.terms import BillingTerms, Issuer
from bcm_mqtt.domain.time import whole_ms
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.store import BillEntry, ChainEnd, LedgerPart, NewBill, UsedPrices


class Issuing:
    """Makes the bills, within the transaction in which numbers are given."""

    def __init__(
        self,
        request: IssueRequest,
        at: datetime,
        drafts: Sequence[tuple[Bill, Basis | JointBasis, Sequence[UsedPrices]]],
        signer: Signer | None,
        part: LedgerPart,
        terms: BillingTerms,
        issuer: Issuer | None,
    ) -> None:
        self._terms = terms
        self._counted: Counted = _none_before
        self._part = part
        self._issuer = issuer
        self._made: list[NewBill] = []
        self._obstacles: list[str] = []
        self._end: ChainEnd = (0, "")
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
        """What became of the drafts, after `make`."""
        lists = (self._issued, self._unchanged, self._differing, self._held, self._running)
        issued, unchanged, differing, held, running = map(tuple, lists)
        return Outcome(issued, unchanged, differing, held, running)

    def make(self, last: ChainEnd, entries: Sequence[BillEntry], counted: Counted) -> list[NewBill]:
        """The bills and credit notes to be stored; see `store.Bills.issue`."""
        current = {entry.customer: entry for entry in entries if not entry.superseded}
        self._made, self._obstacles, self._end = [], [], last
        self._counted = counted
        for draft, basis, prices in self._drafts:
            entry = current.get(draft.customer.id)
            before = bill_of_entry(entry) if entry else None
            if not self._is_due(draft, before, partial(_changed, entry, basis)):
                continue
            record = self._record(entry.revision + 1 if entry else 0)
            if entry and before and before.issue:
                record = replace(
                    record,
                    supersedes=entry.number,
                    deltas=tuple(deltas(before, draft)),
                    reason=self._request.reason,
                    replaced=before.issue.text if before.issue.numbers else "",
                )
                record = self._revision(record, (entry, before), draft, basis)
            bill = replace(draft, status=BillStatus.ISSUED, issue=record)
            self._add(bill, document_of(bill, basis), prices)
        if self._obstacles:
            raise InputError([Problem("", 0, "", one) for one in self._obstacles])
        return self._made

    def _record(self, revision: int) -> IssueRecord:
        """Of the next bill, whose number is not given yet."""
        return IssueRecord(
            number=self._end[0] + 1,
            revision=revision,
            issued=whole_ms(self._at),
            supersedes=None,
            sha256="",
            public_key=self._signer.public_key if self._signer else "",
            site=self._part.site,
            seller=self._part.seller,
            numbers=self._numbers(DocumentKind.BILL),
        )

    def _numbers(self, kind: DocumentKind) -> tuple[DocumentNumber, ...]:
        """As it is printed, where the seller has a format.

        Credit notes without a format of their own are counted among the bills.
        """
        numbering = self._terms.numbering
        if kind is DocumentKind.CREDIT_NOTE and numbering.credit_notes is None:
            kind = DocumentKind.BILL
        made = (one.bill.issue for one in self._made)
        given = sum(number.kind is kind for issue in made if issue for number in issue.numbers)
        one = numbering.next(kind, self._counted, given, self._at, self._terms.zone)
        return (one,) if one else ()

    def _revision(
        self,
        record: IssueRecord,
        revised: tuple[BillEntry, Bill],
        draft: Bill,
        basis: Basis | JointBasis,
    ) -> IssueRecord:
        """The record of a revision, after the credit note that goes before it, if one does."""
        entry, before = revised
        was, credit = before.issue, None
        if self._issuer is None or was is None or not before.priced:
            return record
        style = self._issuer.revisions
        if style is RevisionStyle.CREDITED:
            credit = replace(
                record,
                deltas=(),
                kind=InvoiceKind.CREDIT_NOTE,
                corrects=was.number,
                corrects_issued=was.issued,
                numbers=self._numbers(DocumentKind.CREDIT_NOTE),
            )
            # A bill from before its customer's postal address was stated is given back to it.
            to = replace(
                before.customer,
                identity=before.customer.identity or draft.customer.identity,
                einvoices=draft.customer.einvoices,
            )
            note = replace(before, status=BillStatus.ISSUED, issue=credit, customer=to)
            audit = basis.audit_sha256
            self._add(note, credit_note_document(note, entry, basis.software, audit))
            record = replace(
                record,
                number=self._end[0] + 1,
                numbers=self._numbers(DocumentKind.BILL),
                credit_note=credit.text,
            )
        return revised_by(style, record, was, credit)

    def _add(self, bill: Bill, document: str, prices: Sequence[UsedPrices] = ()) -> None:
        if self._issuer:
            self._obstacles += obstacles_to_issue(bill, self._issuer)
        number, previous = self._end
        digest = chained(previous, document)
        if record := bill.issue:
            number = record.number
            record = replace(record, sha256=digest, signature=self._signature(number, digest))
        bill = replace(bill, issue=record)
        self._made.append(NewBill(bill, previous, document, prices))
        self._issued.append(bill)
        self._end = number, digest

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


def _none_before(
    _kind: DocumentKind, _year: int | None, _within: tuple[datetime, datetime] | None
) -> int:
    return 0


def _changed(entry: BillEntry | None, basis: Basis | JointBasis) -> Iterator[str]:
    return changed_inputs(issued_of(entry), basis.fingerprints) if entry else iter(())
