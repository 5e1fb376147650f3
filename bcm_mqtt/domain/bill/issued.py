"""Issued bills: their numbers, what a revision changes, and what they would be now."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bcm_mqtt.domain.bill.numbering import DocumentKind, DocumentNumber
from bcm_mqtt.domain.bill.rules import FIRST_RULES
from bcm_mqtt.domain.time import Month


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
        supersedes: Number of the bill that it revises, or None.
        sha256: Of the bill's document and of the bill before it, hexadecimal.
        deltas: Against the bill that it revises.
        reason: Why it was revised, or "".
        public_key: Of the key that signs it, Ed25519 in base64; "" where it is not signed.
        signature: By that key, base64; as the hash, it is not in the document.
        site: Id of the site in a ledger of several; "" in the site's own database.
        seller: Number series of the seller; "" where the site names none.
        numbers: As they are printed, of each document; none where the place in the chain is.
        replaced: Number of the bill that it revises, as that is printed; "" is `supersedes`.
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

    @property
    def text(self) -> str:
        """The number of the bill as it is printed."""
        bills = (one.text for one in self.numbers if one.kind is DocumentKind.BILL)
        return next(bills, str(self.number))

    @property
    def replaced_text(self) -> str:
        """The number of the bill that it revises as that is printed; "" where it revises none."""
        return self.replaced or ("" if self.supersedes is None else str(self.supersedes))

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
