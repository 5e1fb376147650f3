"""Imported prices come back, are corrected by later imports, and are never lost."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bcm_mqtt.domain.tariff import (
    EnergyUnit,
    PriceEntry,
    PriceImport,
    PriceSeries,
    SeriesPrices,
)
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Store
from unit.builders import NOON

SPOT = PriceSeries("spot", "EUR", EnergyUnit.MWH, 60, ZoneInfo("Europe/Berlin"))
START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST = PriceEntry("A", "", NOON)
LATER = PriceEntry("B", "the exchange corrected them", NOON + HOUR)


def prices(*nano: int, start: datetime = START, minutes: int = 60) -> SeriesPrices:
    starts = to_ms(start) + np.arange(len(nano), dtype=np.int64) * minutes * 60_000
    return SeriesPrices(starts, starts + minutes * 60_000, np.array(nano, np.int64))


def stored(store: Store, start: datetime = START, hours: int = 24) -> list[tuple[int, int]]:
    """Hours after the start, and prices."""
    found = store.prices.of(SPOT, start, start + hours * HOUR)
    at = (found.starts_ms - to_ms(START)) // 3_600_000
    return list(zip(at.tolist(), found.nano.tolist(), strict=True))


def test_prices_come_back_for_the_time_that_they_hold_in(store: Store) -> None:
    change = store.prices.enter(SPOT, prices(10, -20, 30), FIRST)
    assert (int(change.new.sum()), change.reason_needed) == (3, False)
    assert stored(store) == [(0, 10), (1, -20), (2, 30)]
    assert stored(store, START + HOUR / 2, 1) == [(0, 10), (1, -20)]
    assert stored(store, START + 3 * HOUR) == []
    assert store.prices.imports() == [PriceImport("spot", "EUR", 3, 0, FIRST)]


def test_the_same_again_is_no_import(store: Store) -> None:
    store.prices.enter(SPOT, prices(10, 20), FIRST)
    change = store.prices.enter(SPOT, prices(10, 20), LATER)
    assert change.added.nano.size == 0
    assert len(store.prices.imports()) == 1


def test_a_later_import_corrects_and_says_why(store: Store) -> None:
    store.prices.enter(SPOT, prices(10, 20, 30), FIRST)
    with pytest.raises(InputError, match="prices of spot would be corrected: expected a reason"):
        store.prices.enter(SPOT, prices(10, 21, 30, 40), FIRST)
    assert stored(store) == [(0, 10), (1, 20), (2, 30)]
    store.prices.enter(SPOT, prices(10, 21, 30, 40), LATER)
    assert stored(store) == [(0, 10), (1, 21), (2, 30), (3, 40)]
    assert store.prices.imports()[1] == PriceImport("spot", "EUR", 2, 1, LATER)
    store.prices.enter(SPOT, prices(10, 20), LATER)
    assert stored(store)[1] == (1, 20)


def test_prices_of_another_length_follow_and_never_overlap(store: Store) -> None:
    store.prices.enter(SPOT, prices(10, 20), FIRST)
    store.prices.enter(SPOT, prices(1, 2, start=START + 2 * HOUR, minutes=15), FIRST)
    for start, minutes, other in ((START, 15, 60), (START + 2 * HOUR, 60, 15)):
        with pytest.raises(InputError) as caught:
            store.prices.enter(SPOT, prices(5, start=start, minutes=minutes), LATER)
        assert str(caught.value) == (
            f"series spot: {start:%Y-%m-%d %H:%M} UTC has prices of {other} minutes: expected the "
            f"same, not {minutes} minutes"
        )
    assert len(store.prices.imports()) == 2


def test_another_currency_is_another_series(store: Store) -> None:
    store.prices.enter(SPOT, prices(10), FIRST)
    other = PriceSeries("spot", "CHF", EnergyUnit.MWH, 60, SPOT.zone)
    for act in (
        lambda: store.prices.enter(other, prices(10), LATER),
        lambda: store.prices.of(other, START, START + HOUR),
    ):
        with pytest.raises(InputError, match="spot has stored prices in EUR, not CHF: expected an"):
            act()
