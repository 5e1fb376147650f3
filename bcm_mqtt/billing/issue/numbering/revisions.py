"""The documents that a revision consists of."""

from dataclasses import replace

import orjson

from bcm_mqtt.billing.issue.document import document_of
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.issued import InvoiceKind, IssueRecord, RevisionStyle
from bcm_mqtt.store import BillEntry


def credit_note_document(bill: Bill, of: BillEntry, software: str, audit_sha256: str) -> str:
    """The document of a credit note: it rests on what the bill that it gives back rested on.

    Args:
        bill: The credit note, with the lines of the bill.
        of: That bill as it is stored.
        software: Version of this program.
        audit_sha256: As of `Basis`.
    """
    basis = orjson.loads(of.document)["basis"]
    basis |= {"software": software, "audit_sha256": audit_sha256}
    return document_of(bill, basis)


def revised_by(
    style: RevisionStyle, record: IssueRecord, before: IssueRecord, credit_note: IssueRecord | None
) -> IssueRecord:
    """The record of a revision, as the style has it: what it is, and which bill it corrects.

    Args:
        style: How bills are revised.
        record: Of the revision, as of one that charges the difference.
        before: Of the bill that is revised.
        credit_note: Of the credit note before it, where it is credited.
    """
    if style is RevisionStyle.ONE_NUMBER:
        return record
    kind = InvoiceKind.CORRECTED if credit_note is None else InvoiceKind.INVOICE
    of = replace(record, kind=kind, corrects=before.number, corrects_issued=before.issued)
    if credit_note is None:
        return of
    return replace(of, supersedes=credit_note.number, revision=credit_note.revision + 1)
