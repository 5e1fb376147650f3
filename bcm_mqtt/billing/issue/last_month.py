"""A month's bills against those that were issued for the month before it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import orjson

from bcm_mqtt.billing.issue.document import chained
from bcm_mqtt.billing.issue.issued import supplied_customers
from bcm_mqtt.domain.bill.months.month_on_month import Comparison, MonthSum, days_between, on_month
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time import Month, from_text
from bcm_mqtt.store import BillEntry, BillingStore


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
        intact = chained(entry.previous_sha256, entry.document) == entry.sha256
        if intact and not entry.superseded:
            yield entry.customer, sum_of(entry)


def sum_of(entry: BillEntry) -> MonthSum:
    """The sums of an issued bill.

    Its document is not read whole: that takes 18 times as long, and a site has hundreds.
    """
    bill: dict[str, Any] = orjson.loads(entry.document)["bill"]
    rows, lines = bill["usage"], bill["lines"]
    begins, ends = ([from_text(row[key]) for row in rows] for key in ("start", "end"))
    return MonthSum(
        kwh=sum((Decimal(row["kwh"]) for row in rows), Decimal("0.000")),
        amount=sum((Decimal(line["amount"]) for line in lines), Decimal(0))
        if bill["tariff"]
        else None,
        currency=bill["currency"],
        days=days_between(min(begins), max(ends)) if rows else Decimal(0),
    )
