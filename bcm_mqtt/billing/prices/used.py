"""The prices that an issued bill was made with: they explain and prove it when others came since.

What is stored of them is what the bill has the fingerprint of, so that nothing about the bill need
be believed: whoever has its document can tell whether these are its prices.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

import numpy as np
import orjson

from bcm_mqtt.billing.issue.document import Issued, issued_of
from bcm_mqtt.billing.issue.plain import canonical, essential
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.tariff import SeriesPrices, SlotPrices, Tariff
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import BillingStore, UsedPrices

PRICES_OF: Final = "prices of "
"""Before the id of a series, among the fingerprints of a bill; a site's id may be before it."""
_MINUTE_MS: Final = 60_000
Span = tuple[datetime, int, int]
"""A part of a month in which a tariff names a series: its start, first slot, and slot after it."""


def series_spans(tariff: Tariff, slots: Slots) -> dict[str, tuple[Span, ...]]:
    """The parts of a time in which a tariff names each series."""
    spans = defaultdict[str, list[Span]](list)
    for one in tariff.by_group:
        for period in one.periods(slots.at(0), slots.at(slots.count)):
            within = Slots.between(period.start, period.end).within(slots)
            for name in sorted({price.series for price in period.rate.series.values()}):
                spans[name].append((period.start, within.start, within.stop))
    return {name: tuple(own) for name, own in spans.items()}


def used_prices(prices: SlotPrices, spans: Iterable[Span]) -> UsedPrices:
    """What a bill uses of a series, whose tariff names it in some parts of the month."""
    seen = [(start, prices.known(first, last)) for start, first, last in spans]
    text = canonical(essential(seen))
    all_prices = prices.prices
    lengths = (all_prices.ends_ms - all_prices.starts_ms) // _MINUTE_MS
    length_of = dict(zip(all_prices.starts_ms.tolist(), lengths.tolist(), strict=True))
    minutes = [length_of[at] for _, known in seen for at, _ in known]
    alike = len(set(minutes)) == 1
    said = ",".join(map(str, minutes[:1] if alike else minutes))
    return UsedPrices(sha256(text.encode()).hexdigest(), text, said)


def prices_of_issued(store: BillingStore, issued: Issued) -> dict[str, SeriesPrices]:
    """The prices that a bill was made with, by series, as far as they are stored.

    Args:
        store: With the ledger. Of a bill over several sites, that of one of them.
        issued: The bill.

    Raises:
        WorkError: stored prices are not those of their hash, or the database failed.
    """
    site = f"{store.ledger.part.site}: "
    hashes = {
        name.removeprefix(site).removeprefix(PRICES_OF): value
        for name, value in issued.fingerprints.items()
        if name.removeprefix(site).startswith(PRICES_OF)
    }
    found = store.bills.used_prices(sorted({*hashes.values()})) if hashes else {}
    return {name: _read(found[value]) for name, value in hashes.items() if value in found}


def prices_of_bill(store: BillingStore, bill: Bill, slots: Slots) -> Mapping[str, SlotPrices]:
    """The same by slot, of a bill or of a site's part of one; nothing of a draft."""
    if bill.issue is None:
        return {}
    entry = store.bills.of_seller(bill.issue.number)
    used = prices_of_issued(store, issued_of(entry)) if entry else {}
    return {name: prices.on(slots) for name, prices in used.items()}


def _read(used: UsedPrices) -> SeriesPrices:
    if sha256(used.seen.encode()).hexdigest() != used.sha256:
        message = f"prices {used.sha256[:12]} of issued bills are not as they were stored"
        raise WorkError(f"{message}: restore the database from a backup")
    rows = sorted(set(_rows(orjson.loads(used.seen), used.minutes.split(","))))
    starts, minutes, nano = np.array(rows, np.int64).reshape(-1, 3).T
    return SeriesPrices(starts, starts + minutes * _MINUTE_MS, nano)


def _rows(
    seen: Sequence[tuple[str, Sequence[tuple[int, int]]]], minutes: Sequence[str]
) -> Iterator[tuple[int, int, int]]:
    """Start, minutes and price; one that holds where a part begins is in two of them."""
    every = [price for _, known in seen for price in known]
    lengths = [*minutes] * (len(every) if len(minutes) == 1 else 1)
    for (at, nano), length in zip(every, lengths, strict=True):
        yield at, int(length), nano
