"""A site's month as it was issued, and which months were."""

from dataclasses import replace

from bcm_mqtt.billing.issue.document import bill_of_entry
from bcm_mqtt.billing.terms import BillingTerms
from bcm_mqtt.domain.bill import SiteMonth
from bcm_mqtt.domain.month import Month
from bcm_mqtt.domain.usage import UNASSIGNED
from bcm_mqtt.store import Store


def issued_site(store: Store, drafts: SiteMonth) -> SiteMonth:
    """The month with its issued bills in place of the drafts.

    Raises:
        WorkError: a stored bill cannot be read, or the database failed.
    """
    issued = {
        entry.customer: bill_of_entry(entry)
        for entry in store.bills(drafts.month)
        if not entry.superseded
    }
    bills = {bill.customer.id: bill for bill in drafts.bills} | issued
    return replace(drafts, bills=tuple(bill for _, bill in sorted(bills.items())))


def issued_months(store: Store, terms: BillingTerms) -> frozenset[Month]:
    """Months of which the bill of every customer was issued."""
    directories = store.directories().values()

    def customers(month: Month) -> set[str]:
        bounds = month.bounds(terms.zone)
        spans = (span for directory in directories for span in directory.spans(*bounds))
        return {terms.rule.customer_of(span.version) for span in spans} - {UNASSIGNED}

    issued = store.issued_customers().items()
    return frozenset(month for month, billed in issued if customers(month) <= billed)
