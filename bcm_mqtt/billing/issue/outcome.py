"""What became of the bills that were to be issued, in sentences."""

from collections.abc import Iterator
from dataclasses import dataclass

from bcm_mqtt.domain.bill.bill import Bill


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
    if bill.issue is None or bill.issue.supersedes is None:
        number = bill.issue.text if bill.issue else "0"
        return f"bill {number}: {bill.customer.id}, {amount}"
    return (
        f"bill {bill.issue.text}: {bill.customer.id}, {amount}, revision {bill.issue.revision} "
        f"of bill {bill.issue.replaced_text}: {bill.issue.due:+,} {bill.currency}"
    )
