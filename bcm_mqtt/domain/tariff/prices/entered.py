"""Prices that somebody imports, against those that are stored."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.slots import Flags
from bcm_mqtt.domain.tariff.prices.series_prices import SeriesPrices
from bcm_mqtt.domain.time import from_ms

_MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class PriceEntry:
    """Who imports prices, when and why.

    Attributes:
        author: Who answers for them.
        reason: Why; an import that corrects prices has one.
        made: When, UTC.
    """

    author: str
    reason: str
    made: datetime


@dataclass(frozen=True, slots=True)
class PriceImport:
    """An import as it is stored.

    Attributes:
        series: Id of the series.
        currency: Of its prices.
        prices: How many it added.
        corrected: How many of them replaced others.
        entry: Who imported them.
    """

    series: str
    currency: str
    prices: int
    corrected: int
    entry: PriceEntry


@dataclass(frozen=True, slots=True, eq=False)
class PriceChange:
    """What an import adds to what is stored.

    Attributes:
        given: All prices of the import.
        new: bool, by price: whether there is none of its time.
        corrected: bool: whether there is another one of its time.
    """

    given: SeriesPrices
    new: Flags = field(repr=False)
    corrected: Flags = field(repr=False)

    @classmethod
    def of(cls, stored: SeriesPrices, given: SeriesPrices) -> "PriceChange":
        """Compares prices of a series.

        Args:
            stored: At least all that are of any time of the given.
            given: To be added.

        Raises:
            ValueError: some would hold for part of the time of another one.
        """
        began = np.searchsorted(stored.starts_ms, given.ends_ms, "left")
        over = np.searchsorted(stored.ends_ms, given.starts_ms, "right")
        there = began > over
        same = np.zeros(given.nano.size, np.bool_)
        first = over[there]
        same[there] = (stored.starts_ms[first] == given.starts_ms[there]) & (
            stored.ends_ms[first] == given.ends_ms[there]
        )
        if (wrong := np.flatnonzero(there & ~(same & (began - over == 1)))).size:
            index = int(wrong[0])
            minutes = int(given.ends_ms[index] - given.starts_ms[index]) // _MINUTE_MS
            one = int(over[index])
            other = int(stored.ends_ms[one] - stored.starts_ms[one]) // _MINUTE_MS
            message = f"{from_ms(int(given.starts_ms[index])):%Y-%m-%d %H:%M} UTC has prices of"
            message = f"{message} {other} minutes: expected the same, not {minutes} minutes"
            raise ValueError(message)
        differs = np.zeros(given.nano.size, np.bool_)
        differs[there] = stored.nano[first] != given.nano[there]
        return cls(given, ~there, differs)

    @property
    def added(self) -> SeriesPrices:
        """The prices that are not there as they are given."""
        chosen = self.new | self.corrected
        given = self.given
        return SeriesPrices(given.starts_ms[chosen], given.ends_ms[chosen], given.nano[chosen])

    @property
    def reason_needed(self) -> bool:
        """Whether it corrects any."""
        return bool(self.corrected.any())
