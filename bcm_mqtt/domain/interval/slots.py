"""Slots: the 15-minute intervals of a span of time, numbered, so that arrays can hold them."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.time import MILLISECOND, from_ms, to_ms

QUARTERS_A_DAY = 96
_EPOCH_DAY = date(1970, 1, 1).toordinal()

Integers = NDArray[np.int64]
"""One integer per slot, or rows of them."""
Flags = NDArray[np.bool_]
"""One truth per slot, or rows of them."""
Floats = NDArray[np.float64]
"""One number per slot, or rows of them."""


@dataclass(frozen=True, slots=True)
class Slots:
    """`count` intervals one after the other.

    Attributes:
        first_ms: Start of slot 0, ms since the epoch, a multiple of 15 minutes.
        count: How many.
    """

    first_ms: int
    count: int

    @classmethod
    def between(cls, start: datetime, end: datetime) -> Self:
        """All that overlap start <= t < end."""
        first = to_ms(start) // INTERVAL_MS
        last = -(-to_ms(end) // INTERVAL_MS)
        return cls(first * INTERVAL_MS, max(0, last - first))

    @property
    def end_ms(self) -> int:
        """End of the last slot, ms since the epoch."""
        return self.first_ms + self.count * INTERVAL_MS

    @property
    def starts_ms(self) -> Integers:
        """Start of each, ms since the epoch."""
        return np.arange(self.first_ms, self.end_ms, INTERVAL_MS, dtype=np.int64)

    def at(self, slot: int) -> datetime:
        """Start of a slot, UTC."""
        return from_ms(self.first_ms + slot * INTERVAL_MS)

    def within(self, outer: "Slots") -> slice:
        """Where its slots are among those of a longer span."""
        offset = (self.first_ms - outer.first_ms) // INTERVAL_MS
        return slice(offset, offset + self.count)

    def local(self, zone: ZoneInfo) -> "LocalSlots":
        """What clocks on the wall show at the start of each."""
        return _local(self, zone)


@dataclass(frozen=True, slots=True)
class LocalSlots:
    """Slots as clocks on the wall show them.

    Attributes:
        days: Proleptic ordinal of the local day of each slot (`date.fromordinal`).
        quarters: Quarter hour of the local day, 0 to 95; some come twice when clocks go back.
    """

    days: Integers
    quarters: Integers

    def dates(self) -> list[date]:
        """The local days, each once, in order."""
        return [date.fromordinal(int(day)) for day in np.unique(self.days)]


@lru_cache(maxsize=64)
def _local(slots: Slots, zone: ZoneInfo) -> LocalSlots:
    shown = (slots.starts_ms + _offsets_ms(slots, zone)) // INTERVAL_MS
    days, quarters = shown // QUARTERS_A_DAY + _EPOCH_DAY, shown % QUARTERS_A_DAY
    for array in (days, quarters):
        array.flags.writeable = False  # they are shared
    return LocalSlots(days, quarters)


def _offsets_ms(slots: Slots, zone: ZoneInfo) -> Integers:
    """By how much clocks are ahead of UTC at the start of each.

    Looked up once a day, and slot by slot only where it differs a day later.
    The span may be years long.
    """
    offsets = np.zeros(slots.count, np.int64)
    for first in range(0, slots.count, QUARTERS_A_DAY):
        until = min(first + QUARTERS_A_DAY, slots.count)
        begun = _offset_ms(slots.at(first), zone)
        offsets[first:until] = begun
        if _offset_ms(slots.at(until), zone) != begun:
            offsets[first:until] = [
                _offset_ms(slots.at(slot), zone) for slot in range(first, until)
            ]
    return offsets


def _offset_ms(at: datetime, zone: ZoneInfo) -> int:
    offset = at.astimezone(zone).utcoffset()
    return 0 if offset is None else offset // MILLISECOND
