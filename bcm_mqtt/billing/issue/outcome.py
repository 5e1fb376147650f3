"""Which bills were to be issued, and what became of them, in sentences."""

from collections.abc import Iterator
from dataclasses import dataclass

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.issued import InvoiceKind
from bcm_mqtt.domain.time import Month


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a month's bills.

    Attributes:
        issued: By number, revisions as well.
        unchanged: Issued before, with the same figures.
        differing: Drafts that differ from what was issued, where no revision was requested.
        held: Drafts that must be reviewed first.
        running: Drafts whose own period has not ended.
        warnings: What ratchets could not see, because months were issued out of order.
    """

    issued: tuple[Bill, ...]
    unchanged: tuple[Bill, ...]
    differing: tuple[Bill, ...]
    held: tuple[Bill, ...]
    running: tuple[Bill, ...] = ()
    warnings: tuple[str, ...] = ()

    def sentences(self) -> Iterator[str]:
        """Which bills were issued, and which were not and why."""
        yield from map(issued_text, self.issued)
        if not self.issued:
            yield "no bill was issued"
        yield from (f"warning: {warning}" for warning in self.warnings)
        for bill in self.held:
            reasons = "; ".join(bill.holds)
            yield f"{bill.customer.id} was not issued, it is held for review: {reasons}"
        for bill in self.running:
            yield f"{bill.customer.id} was not issued, its billing period has not ended"
        for bill in self.differing:
            yield (
                f"{bill.customer.id} was issued before and would differ if recalculated: revise it"
            )


def issued_text(bill: Bill) -> str:
    """Number, customer and amount of a bill that was just issued."""
    amount = f"{bill.amount:,} {bill.currency}" if bill.priced else f"{bill.kwh:,} kWh"
    record = bill.issue
    if record is None or record.revises is None:
        return f"bill {record.text if record else 0}: {bill.customer.id}, {amount}"
    of = record.replaced_text
    if record.kind is InvoiceKind.CREDIT_NOTE:
        return f"credit note {record.text}: {bill.customer.id}, {amount} of bill {of}"
    what = f"revision {record.revision} of"
    if record.kind:
        what = "corrects" if record.kind is InvoiceKind.CORRECTED else "replaces"
    return (
        f"bill {record.text}: {bill.customer.id}, {amount}, {what} bill {of}: "
        f"{record.due:+,} {bill.currency}"
    )
