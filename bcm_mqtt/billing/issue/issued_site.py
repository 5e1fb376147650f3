"""A site's month as it was issued, and which months were."""

from dataclasses import replace

from bcm_mqtt.billing.issue.document import bill_of_entry, figures
from bcm_mqtt.domain.bill.bill import SiteMonth
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.usage import UNASSIGNED
from bcm_mqtt.store import BillingStore


def issued_site(store: BillingStore, drafts: SiteMonth) -> SiteMonth:
    """The month with its issued bills in place of the drafts.

    Raises:
        WorkError: a stored bill is not as it was issued, or the database failed.
    """
    entries = [entry for entry in store.bills.issued(drafts.month) if not entry.superseded]
    bills = {bill.customer.id: bill for bill in drafts.bills}
    bills |= {entry.customer: bill_of_entry(entry) for entry in entries}
    return replace(drafts, bills=tuple(bill for _, bill in sorted(bills.items())))


def differing(issued: SiteMonth, drafts: SiteMonth) -> list[str]:
    """Customers whose issued bill would differ if recalculated."""
    now = {bill.customer.id: figures(bill) for bill in drafts.bills}
    return [
        bill.customer.id
        for bill in issued.bills
        if bill.issue and figures(bill) != now.get(bill.customer.id)
    ]


def issued_months(store: BillingStore, terms: BillingTerms) -> frozenset[Month]:
    """Months of which the bill of every customer was issued."""
    directories = store.directories.all().values()

    def customers(month: Month) -> set[str]:
        bounds = month.bounds(terms.zone)
        spans = (span for directory in directories for span in directory.spans(*bounds))
        return {terms.rule.customer_of(span.version) for span in spans} - {UNASSIGNED}

    issued = store.bills.customers().items()
    return frozenset(month for month, billed in issued if customers(month) <= billed)
