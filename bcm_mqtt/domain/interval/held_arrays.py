"""Intervals of many readings at once: what `interval.held` says of each 15 minutes, from arrays.

All sums are the same whole numbers. Only the standard deviation is taken in floating point, with
the bound of its error; where that leaves its whole part open it is taken in whole numbers, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Self

import numpy as np

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Flags, Floats, Integers
from bcm_mqtt.domain.interval.successive import deviation

_ROUNDING: Final = 2.0**-50
"""By how much a rounded operation of 64 bits may be off, with room to spare."""
_LARGEST_EXACT: Final = 2.0**53


@dataclass(frozen=True, slots=True)
class HeldArrays:
    """Intervals by pole and start: one in each place of these arrays.

    Attributes:
        pole: Pole position, from 1.
        start_ms: Since the epoch, a multiple of 15 minutes.
        amount: Thousandths x ms over the covered time.
        covered_ms: Time for which a reading stood, 1 to 900,000.
        samples: Readings taken within the interval.
        least: Of the readings that stood in it.
        greatest: Of them.
        deviation: Thousandths x ms: see `successive`.
        steady_ms: Time between readings that are the same, ms: see `successive`.
    """

    pole: Integers
    start_ms: Integers
    amount: Integers
    covered_ms: Integers
    samples: Integers
    least: Integers
    greatest: Integers
    deviation: Integers
    steady_ms: Integers

    def columns(self) -> tuple[Integers, ...]:
        """The arrays in the order of the attributes."""
        return tuple(getattr(self, name) for name in self.__slots__)

    @classmethod
    def of(cls, parts: list[Self]) -> Self:
        """Several as one, by pole and start."""
        whole = [
            np.concatenate(arrays) for arrays in zip(*(one.columns() for one in parts), strict=True)
        ]
        order = np.lexsort((whole[1], whole[0]))
        return cls(*(array[order] for array in whole))


def held_arrays(
    times_ms: Integers,
    until_ms: Integers,
    values: Integers,
    read: Flags,
    begin_ms: int,
    end_ms: int,
) -> HeldArrays:
    """All intervals of a panel's poles that start in begin <= start < end.

    Args:
        times_ms: When the panel was polled, ms since the epoch, ascending.
        until_ms: When each poll's readings stand no more, even if no other comes; after its time.
        values: Thousandths by poll and pole.
        read: Whether there is a value, by poll and pole.
        begin_ms: A multiple of 15 minutes. Polls before it matter as far as they hold into it.
        end_ms: Another. Polls from it on do not matter.
    """
    count = np.searchsorted(times_ms, end_ms)
    parts = [_NONE]
    for poles, polls in _alike(read[:count]):
        standing = _Standing.of(times_ms[polls], until_ms[polls], begin_ms, end_ms)
        if len(standing.slots):
            parts.append(standing.sums(values[np.ix_(polls, poles)].astype(np.int64), poles + 1))
    return HeldArrays.of(parts)


_NONE: Final = HeldArrays(*(np.zeros(0, np.int64),) * 9)


def _alike(read: Flags) -> Iterator[tuple[Integers, Integers]]:
    """Poles that were read by the same polls, nearly always all, and these polls."""
    patterns, kinds = np.unique(np.packbits(read, axis=0), axis=1, return_inverse=True)
    for kind in range(patterns.shape[1]):
        poles = np.flatnonzero(kinds == kind)
        polls = np.flatnonzero(read[:, poles[0]])
        if len(polls):
            yield poles, polls


@dataclass(frozen=True, slots=True)
class _Standing:
    """For how long each of some readings stands in which interval.

    Attributes:
        slots: Intervals that are covered for any time, by number since the epoch, ascending.
        pieces: Of standing time: the index of the reading of each.
        lengths_ms: Of each piece.
        firsts: The first piece of each interval.
        samples: Readings taken in each interval.
        pairs: Of two readings that follow one another and count: the index of the second.
        pairs_ms: Time from the first to the second, at most as long as the first stands.
        pairs_firsts: The first pair of each interval that has any.
        paired: Which intervals these are: indices of `slots`.
    """

    slots: Integers
    pieces: Integers
    lengths_ms: Integers
    firsts: Integers
    samples: Integers
    pairs: Integers
    pairs_ms: Integers
    pairs_firsts: Integers
    paired: Integers

    @classmethod
    def of(cls, times: Integers, until: Integers, begin: int, end: int) -> Self:
        ends = np.minimum(until, np.append(times[1:], end))
        since = np.maximum(times, begin)
        stands = np.flatnonzero(np.minimum(ends, end) > since)
        since, ends = since[stands], np.minimum(ends[stands], end)
        # A reading is cut at the edges of the intervals that it stands in.
        first = since // INTERVAL_MS
        counts = (ends - 1) // INTERVAL_MS - first + 1
        pieces = np.repeat(np.arange(len(stands)), counts)
        slot = first[pieces] + np.arange(len(pieces)) - (np.cumsum(counts) - counts)[pieces]
        lengths = np.minimum(ends[pieces], (slot + 1) * INTERVAL_MS)
        lengths -= np.maximum(since[pieces], slot * INTERVAL_MS)
        slots, firsts = np.unique(slot, return_index=True)

        own = times // INTERVAL_MS
        samples = np.searchsorted(own, slots, "right") - np.searchsorted(own, slots, "left")

        # A pair is of the interval of its second reading, and counts if the first stood there.
        seconds = np.arange(1, len(times))
        counts_there = until[:-1] > own[1:] * INTERVAL_MS
        counts_there |= own[:-1] == own[1:]
        counts_there &= times[1:] >= begin
        pairs = seconds[counts_there]
        pairs_ms = np.minimum(times[pairs], until[pairs - 1]) - times[pairs - 1]
        pair_slots, pairs_firsts = np.unique(own[pairs], return_index=True)
        paired = np.searchsorted(slots, pair_slots)
        return cls(
            slots, stands[pieces], lengths, firsts, samples, pairs, pairs_ms, pairs_firsts, paired
        )

    def sums(self, values: Integers, poles: Integers) -> HeldArrays:
        """Of some poles' values, by reading and pole."""
        standing = values[self.pieces]
        least = np.minimum.reduceat(standing, self.firsts)
        greatest = np.maximum.reduceat(standing, self.firsts)
        standing *= self.lengths_ms[:, None]
        deviation, steady = self._missed(values)
        by_slot = self.slots * INTERVAL_MS, np.add.reduceat(self.lengths_ms, self.firsts)
        start, covered, samples = (np.tile(a, len(poles)) for a in (*by_slot, self.samples))
        tables = np.add.reduceat(standing, self.firsts), least, greatest, deviation, steady
        amount, *others = (table.T.ravel() for table in tables)
        pole = np.repeat(poles, len(self.slots))
        return HeldArrays(pole, start, amount, covered, samples, *others)

    def _missed(self, values: Integers) -> tuple[Integers, Integers]:
        """What polls miss of a load, see `successive`, by interval and pole."""
        shape = len(self.slots), values.shape[1]
        deviations, steady = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        if not len(self.pairs):
            return deviations, steady
        steps = values[self.pairs] - values[self.pairs - 1]
        unmoved = np.where(steps == 0, self.pairs_ms[:, None], 0)
        steady[self.paired] = np.add.reduceat(unmoved, self.pairs_firsts)
        moved = steps.astype(np.float64) * self.pairs_ms[:, None]
        low, high = self._deviation_bounds(moved)
        deviations[self.paired] = low
        open_ = np.broadcast_to(low != high, (len(self.paired), values.shape[1]))
        ends = (*self.pairs_firsts[1:].tolist(), len(self.pairs))
        for row, pole in np.argwhere(open_).tolist():
            pairs = slice(int(self.pairs_firsts[row]), ends[row])
            column = zip(steps[pairs, pole].tolist(), self.pairs_ms[pairs].tolist(), strict=True)
            deviations[self.paired[row], pole] = _exact([step * ms for step, ms in column])
        return deviations, steady

    def _deviation_bounds(self, moved: Floats) -> tuple[Integers, Integers]:
        """Whole parts between which the deviation lies, by interval with pairs and pole."""
        if np.abs(moved).max() >= _LARGEST_EXACT:
            return np.zeros(1, np.int64), np.ones(1, np.int64)
        firsts = self.pairs_firsts
        squares = np.add.reduceat(moved * moved, firsts)
        following = np.zeros_like(moved)
        following[1:] = moved[1:] * moved[:-1]
        following[firsts] = 0  # the first one has none before it
        products = np.add.reduceat(following, firsts)
        variance = np.maximum(squares, squares + 5 * moved[firsts] ** 2 - 10 * products)
        # Of the terms the magnitudes add up to 16 times the squares at most.
        counts = np.diff(np.append(firsts, len(moved)))[:, None]
        off = 16 * squares * (counts + 8) * _ROUNDING
        low, high = (np.sqrt(np.maximum(v, 0) / 12) for v in (variance - off, variance + off))
        return (
            np.floor(low * (1 - _ROUNDING)).astype(np.int64),
            np.floor(high * (1 + _ROUNDING)).astype(np.int64),
        )


def _exact(moved: list[int]) -> int:
    """The deviation of the pairs of an interval and pole, in whole numbers of any size."""
    squares = sum(one * one for one in moved)
    products = sum(one * other for one, other in pairwise(moved))
    return deviation(squares, products, moved[0])
