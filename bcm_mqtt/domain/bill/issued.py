"""Issued bills: their numbers, what a revision changes, and what they would be now."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from bcm_mqtt.domain.bill.numbering import DocumentNumber
from bcm_mqtt.domain.bill.rules import FIRST_RULES
from bcm_mqtt.domain.time import Month


class RevisionStyle(StrEnum):
    """How a bill is revised."""

    CREDITED = "credited"
    """By two documents: a credit note for the whole old bill, and an invoice for the new one."""
    CORRECTED = "corrected"
    """By one, a corrected invoice in the place of the old bill."""
    ONE_NUMBER = "one-number"
    """By one, which charges the difference; no structured invoice says such a thing."""


class InvoiceKind(StrEnum):
    """What an issued bill is among invoices."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit note"
    """Gives back the whole bill that it names; its lines are those of that bill."""
    CORRECTED = "corrected invoice"
    DIFFERENCE = "difference"
    """A revision that charges the difference to the bill that it supersedes."""


@dataclass(frozen=True, slots=True)
class DeltaLine:
    """What a revision changed: a line as it was issued, as it is now, and the difference."""

    label: str
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        """To be paid, or given back where negative."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class IssueRecord:
    """How a bill was issued.

    Attributes:
        number: Of the seller's bills, from 1, without gaps.
        revision: 0 of the first bill of a customer's month.
        issued: When, UTC.
        supersedes: Number of the document that it follows: the bill that it revises or credits,
            of an invoice after a credit note that credit note; or None.
        sha256: Of the bill's document and of the bill before it, hexadecimal.
        deltas: Against the bill that it revises.
        reason: Why it was revised, or "".
        public_key: Of the key that signs it, Ed25519 in base64; "" where it is not signed.
        signature: By that key, base64; as the hash, it is not in the document.
        site: Id of the site in a ledger of several; "" in the site's own database.
        seller: Number series of the seller; "" where the site names none.
        numbers: As it is printed; none where the place in the chain is.
        replaced: Number of the bill that it revises, as that is printed; "" is `supersedes`.
        kind: What it is; None of documents from before there were credit notes.
        corrects: Number of the bill that it credits or corrects, or that was credited before it;
            None of a first bill, and of documents from before there were credit notes.
        corrects_issued: When that was issued, UTC.
        credit_note: Number of the credit note before it, as that is printed; "" without one.
    """

    number: int
    revision: int
    issued: datetime
    supersedes: int | None
    sha256: str
    deltas: tuple[DeltaLine, ...] = ()
    reason: str = ""
    public_key: str = ""
    signature: str = ""
    site: str = ""
    seller: str = ""
    numbers: tuple[DocumentNumber, ...] = ()
    replaced: str = ""
    kind: InvoiceKind | None = None
    corrects: int | None = None
    corrects_issued: datetime | None = None
    credit_note: str = ""

    @property
    def document(self) -> InvoiceKind:
        """What it is."""
        if self.kind:
            return self.kind
        return InvoiceKind.INVOICE if self.supersedes is None else InvoiceKind.DIFFERENCE

    @property
    def revises(self) -> int | None:
        """Number of the bill in whose place it is, or that it gives back; None of a first bill."""
        return self.supersedes if self.corrects is None else self.corrects

    @property
    def text(self) -> str:
        """Its number as it is printed."""
        return next((one.text for one in self.numbers), str(self.number))

    @property
    def replaced_text(self) -> str:
        """The number of the bill that it revises as that is printed; "" where it revises none."""
        return self.replaced or ("" if self.revises is None else str(self.revises))

    @property
    def due(self) -> Decimal:
        """Sum of the differences."""
        return sum((delta.difference for delta in self.deltas), Decimal(0))


@dataclass(frozen=True, slots=True)
class BillCheck:
    """What an issued bill would be now; without those that a later revision has replaced.

    Attributes:
        number: Of the bill.
        month: Of the bill.
        customer: Its id.
        revision: Of the customer's month.
        currency: Of the amounts.
        kwh: As issued.
        amount: As issued.
        kwh_now: As it would be; None where it cannot be computed, and where the inputs are the
            same but another rule set made the bill.
        amount_now: As `kwh_now`.
        changed: Which inputs have changed since; empty where the bill is the same.
        rules: Number of the rule set that made the bill.
        proved: Where nothing but prices of series has changed, whether the bill is the same by
            those that it was made with; None where they are not stored, or other inputs changed.
    """

    number: int
    month: Month
    customer: str
    revision: int
    currency: str
    kwh: Decimal
    amount: Decimal
    kwh_now: Decimal | None
    amount_now: Decimal | None
    changed: tuple[str, ...] = ()
    rules: int = FIRST_RULES
    proved: bool | None = None
