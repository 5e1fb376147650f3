"""Issued bills that rest on prices: corrected ones make them differ until they are revised."""

from collections.abc import Iterator

import numpy as np

from bcm_mqtt.billing.issue import IssuedBill
from bcm_mqtt.billing.issue.document import issued_of
from bcm_mqtt.domain.tariff import PriceSeries, SeriesPrices
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.store import BillingStore


def bills_by_prices(
    store: BillingStore, series: PriceSeries, prices: SeriesPrices
) -> Iterator[IssuedBill]:
    """The bills in force that were made with prices of a series of any of a time, by number.

    Args:
        store: With the issued bills.
        series: Whose prices.
        prices: Those that would be others, by their times.

    Raises:
        WorkError: the database failed, or a bill cannot be read.
    """
    if not prices.nano.size:
        return
    first, last = int(prices.starts_ms[0]), int(prices.ends_ms[-1])
    for month in sorted(store.bills.customers()):
        for entry in store.bills.issued(month):
            if entry.superseded:
                continue
            issued = issued_of(entry)
            start, end = to_ms(issued.bill.start), to_ms(issued.bill.end)
            if end <= first or last <= start:
                break  # of a month all bills are of the same time
            inside = (prices.starts_ms < end) & (start < prices.ends_ms)
            named = any(name.endswith(f"prices of {series.id}") for name in issued.fingerprints)
            if named and np.any(inside):
                yield IssuedBill(entry.number, month, entry.customer)
