"""What energy costs at the prices of a series: kWh of each interval at its own price."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.slots import Floats, Integers
from bcm_mqtt.domain.tariff.prices.series_price import SeriesPrice
from bcm_mqtt.domain.tariff.prices.series_prices import NANO, SeriesPrices, SlotPrices

_EXACT: Final = 1 << 62


@dataclass(frozen=True, slots=True, eq=False)
class PricedIntervals:
    """What a line by a series is made of; explanations show it.

    Attributes:
        by: What the tariff makes of the series.
        prices: Of the series.
        index: int64: which price each interval has.
        watt_hours: int64: of each.
    """

    by: SeriesPrice
    prices: SeriesPrices
    index: Integers = field(repr=False)
    watt_hours: Integers = field(repr=False)

    @property
    def kwh(self) -> Decimal:
        """All of it."""
        return Decimal(int(self.watt_hours.sum())).scaleb(-3)

    def amount(self, overhead: Decimal) -> Fraction:
        """What it costs in the tariff's currency, exactly."""
        by, energy = self.by, Fraction(int(self.watt_hours.sum()), 1000)
        at_prices = Fraction(exact_sum(self.watt_hours, self.prices.nano[self.index]), 1000 * NANO)
        each = at_prices * Fraction(by.factor) + energy * Fraction(by.adder)
        return each * Fraction(by.losses) * Fraction(overhead)

    def price(self, interval: int) -> Fraction:
        """Of a kWh in an interval, as the tariff makes it."""
        published = self.prices.price(int(self.index[interval]))
        by = self.by
        return (published * Fraction(by.factor) + Fraction(by.adder)) * Fraction(by.losses)

    def times(self, interval: int) -> tuple[datetime, datetime]:
        """From when until when its price holds, UTC."""
        index = int(self.index[interval])
        return self.prices.start(index), self.prices.end(index)


def exact_sum(amounts: Integers, prices: Integers) -> int:
    """The sum of products, exactly, however great."""
    if not amounts.size:
        return 0
    greatest = int(np.abs(amounts).max()) * int(np.abs(prices).max()) * amounts.size
    if greatest < _EXACT:
        return int(amounts @ prices)
    return sum(one * other for one, other in zip(amounts.tolist(), prices.tolist(), strict=True))


def slot_prices(by: SeriesPrice, known: SlotPrices) -> Floats:
    """What a kWh costs in each slot, for charts; NaN where no price is known."""
    nano = np.append(known.prices.nano.astype(np.float64), np.nan)[known.of_slot]
    each: Floats = (nano / NANO * float(by.factor) + float(by.adder)) * float(by.losses)
    return each
