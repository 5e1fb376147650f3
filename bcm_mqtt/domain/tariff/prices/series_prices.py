"""Prices of a series over time, and by quarter hour."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.slots import Integers, Slots
from bcm_mqtt.domain.time import from_ms

NANO: Final = 10**9
"""Prices are whole billionths of the currency per kWh: millionths per MWh."""
_NONE: Final = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class SeriesPrices:
    """Prices of a series, by time; no two are of the same time.

    Attributes:
        starts_ms: int64: from when on each holds, ms since the epoch, ascending.
        ends_ms: int64: until when.
        nano: int64: billionths of the currency per kWh.
    """

    starts_ms: Integers = field(repr=False)
    ends_ms: Integers = field(repr=False)
    nano: Integers = field(repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SeriesPrices) and all(
            np.array_equal(getattr(self, one), getattr(other, one)) for one in self.__slots__
        )

    def __hash__(self) -> int:
        return hash((self.starts_ms.size, self.nano.tobytes()))

    def on(self, slots: Slots) -> "SlotPrices":
        """Those of a span's slots; a price holds for whole slots."""
        first = int(np.searchsorted(self.ends_ms, slots.first_ms, "right"))
        last = int(np.searchsorted(self.starts_ms, slots.end_ms, "left"))
        some = slice(first, max(first, last))
        starts, ends, nano = self.starts_ms[some], self.ends_ms[some], self.nano[some]
        at = slots.starts_ms
        of_slot = np.searchsorted(starts, at, "right") - 1
        if starts.size:
            of_slot[at >= ends[np.maximum(of_slot, 0)]] = -1
        return SlotPrices(slots, SeriesPrices(starts, ends, nano), of_slot.astype(np.int64))

    def price(self, index: int) -> Fraction:
        """In the currency per kWh."""
        return Fraction(int(self.nano[index]), NANO)

    def decimal(self, index: int) -> Decimal:
        """The same, as it is written."""
        return Decimal(int(self.nano[index])).scaleb(-9)

    def start(self, index: int) -> datetime:
        """From when on it holds, UTC."""
        return from_ms(int(self.starts_ms[index]))

    def end(self, index: int) -> datetime:
        """Until when it holds, UTC."""
        return from_ms(int(self.ends_ms[index]))


NO_PRICES: Final = SeriesPrices(_NONE, _NONE, _NONE)


@dataclass(frozen=True, slots=True, eq=False)
class SlotPrices:
    """Prices of a series by slot. Equal only to itself.

    Attributes:
        slots: The slots.
        prices: That hold in any of them.
        of_slot: int64, by slot: which of them holds; -1 where none is known.
    """

    slots: Slots
    prices: SeriesPrices
    of_slot: Integers = field(repr=False)

    def same(self, other: "SlotPrices") -> bool:
        """Whether each slot for which this has a price has the same in the other."""
        here = self.of_slot >= 0
        if not (other.of_slot[here] >= 0).all():
            return False
        own, others = (one.prices.nano[one.of_slot[here]] for one in (self, other))
        return bool(np.array_equal(own, others))

    def known(self, first: int, last: int) -> list[tuple[int, int]]:
        """Start (ms) and billionths of each price that holds in first <= slot < last, in order."""
        used = np.unique(self.of_slot[first:last])
        used = used[used >= 0]
        return list(
            zip(self.prices.starts_ms[used].tolist(), self.prices.nano[used].tolist(), strict=True)
        )
