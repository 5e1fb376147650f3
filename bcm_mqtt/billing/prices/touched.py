"""Issued bills that rest on prices: corrected ones make them differ until they are revised."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

import numpy as np

from bcm_mqtt.billing.issue import IssuedBill
from bcm_mqtt.billing.issue.document import Issued, issued_of
from bcm_mqtt.billing.prices.used import PRICES_OF
from bcm_mqtt.domain.tariff import PriceSeries, SeriesPrices
from bcm_mqtt.domain.time import Month, to_ms
from bcm_mqtt.store import BillingStore


def bills_by_prices(
    store: BillingStore, series: PriceSeries, prices: SeriesPrices
) -> Iterator[IssuedBill]:
    """The bills in force that were made with prices of a series of any of a time, by number.

    Those over several sites are among them.

    Args:
        store: With the issued bills.
        series: Whose prices.
        prices: Those that would be others, by their times.

    Raises:
        WorkError: the database failed, or a bill cannot be read.
    """
    if not prices.nano.size:
        return
    # A bill may begin a month before it is named after, and end a month after that.
    first = Month.of(prices.start(0), series.zone).shifted(-2)
    last = Month.of(prices.end(-1), series.zone).shifted(1)
    site, name = store.ledger.part.site, f"{PRICES_OF}{series.id}"
    for month in sorted(store.bills.customers().keys() | store.bills.joint_months()):
        if not first <= month <= last:
            continue
        for entry in chain(store.bills.issued(month), store.bills.joint(month)):
            if entry.superseded or name not in entry.document:
                continue
            issued = issued_of(entry)
            joint = bool(issued.bill.sites)
            if (f"{site}: {name}" if joint else name) not in issued.fingerprints:
                continue
            start, end = map(to_ms, _times(issued, site))
            if np.any((prices.starts_ms < end) & (start < prices.ends_ms)):
                yield IssuedBill(entry.number, month, entry.customer)


def _times(issued: Issued, site: str) -> tuple[datetime, datetime]:
    """Of a bill over several sites, those of one of them: they may be in several zones."""
    own = next((one for one in issued.bill.sites if one.id == site), issued.bill)
    return own.start, own.end
