"""What issued bills would come to if they were recalculated, line by line."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from bcm_mqtt.billing.issue.issued import differing
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.issued import DeltaLine
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.store import BillingStore


def differences(
    store: BillingStore, terms: BillingTerms, issued: SiteMonth, drafts: SiteMonth
) -> dict[str, tuple[DeltaLine, ...]]:
    """The lines that would differ, by customer whose issued bill would.

    None where energy alone or words differ, or where the customer has no draft.

    Raises:
        WorkError: the database failed.
    """
    before, after = ({bill.customer.id: bill for bill in of.bills} for of in (issued, drafts))
    return {
        customer: tuple(
            line for line in deltas(before[customer], after[customer]) if line.difference
        )
        if customer in after
        else ()
        for customer in differing(store, terms, issued, drafts)
    }


def deltas(before: Bill, after: Bill) -> Iterator[DeltaLine]:
    """Each line as it was issued and as recalculated; a line that is not there counts as 0."""
    amounts = (_amounts(before), _amounts(after))
    for key in dict.fromkeys((*amounts[1], *amounts[0])):
        was, now = (one.get(key, Decimal(0)) for one in amounts)
        yield DeltaLine(key[1], was, now)


def _amounts(bill: Bill) -> dict[tuple[str, str], Decimal]:
    amounts = defaultdict[tuple[str, str], Decimal](Decimal)
    for line in bill.lines:
        amounts[line.kind.value, line.label] += line.amount
    return amounts
