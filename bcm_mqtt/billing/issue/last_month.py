"""A month's bills against those that were issued for the month before it."""

from collections.abc import Iterator, Mapping

from bcm_mqtt.billing.issue.document import bill_of_entry
from bcm_mqtt.billing.issue.issued import supplied_customers
from bcm_mqtt.domain.bill.bill import SiteMonth
from bcm_mqtt.domain.bill.month_on_month import Comparison, MonthSum, on_month
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import BillingStore


def against_last_month(
    store: BillingStore, terms: BillingTerms, site: SiteMonth
) -> Mapping[str, Comparison]:
    """Every customer of a month or of the one before it; empty where of that nothing was issued.

    Raises:
        WorkError: the database failed.
    """
    before = dict(_issued(store, site.month.shifted(-1)))
    now = {bill.customer.id: MonthSum.of(bill) for bill in site.bills}
    directories = store.directories.all().values()
    return on_month(now, before, supplied_customers(directories, terms, site.month.shifted(-1)))


def _issued(store: BillingStore, month: Month) -> Iterator[tuple[str, MonthSum]]:
    """By customer; without bills that are damaged, which `bill verify` reports."""
    for entry in store.bills.issued(month):
        if not entry.superseded:
            try:
                yield entry.customer, MonthSum.of(bill_of_entry(entry))
            except ValueError:
                continue
