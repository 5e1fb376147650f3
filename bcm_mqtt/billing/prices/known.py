"""The prices that are known of a time: of files that the configuration names, or imported."""

from collections.abc import Iterator
from datetime import datetime

from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.tariff import PriceSeries, SeriesPrices, SlotPrices, Tariff
from bcm_mqtt.store import HistoryStore


def known_prices(store: HistoryStore, terms: BillingTerms, slots: Slots) -> dict[str, SlotPrices]:
    """The prices of all series that a tariff names, by slot and by the id of the series.

    Args:
        store: With imported prices.
        terms: With tariffs and series.
        slots: Of the time.

    Raises:
        InputError: stored prices of a series are in another currency.
        WorkError: the database failed.
    """
    named = {name for tariff in terms.tariffs.values() for name in _named(tariff)}
    start, end = slots.at(0), slots.at(slots.count)
    return {
        name: prices_of(store, terms.series[name], start, end).on(slots)
        for name in sorted(named & terms.series.keys())
    }


def prices_of(
    store: HistoryStore, series: PriceSeries, start: datetime, end: datetime
) -> SeriesPrices:
    """The prices of a series that hold in any of a time; raises as `known_prices`."""
    if series.stated is None:
        return store.prices.of(series, start, end)
    return series.stated.on(Slots.between(start, end)).prices


def _named(tariff: Tariff) -> Iterator[str]:
    for rate in tariff.versions:
        for price in rate.series.values():
            yield price.series
