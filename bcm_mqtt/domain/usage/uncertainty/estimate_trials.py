"""The estimator of missing intervals, tried on what was measured: how far off it was.

A gap up to 2 h is interpolated between its neighbours as in `estimate`; for a longer one each
quarter hour is the mean of its like days, of which those nearer than half the gap are left out,
as they would be gaps themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Flags, Floats, Integers
from bcm_mqtt.domain.vee.estimate import LIKE_DAYS, LONGEST_INTERPOLATED, Indices, LikeDays

FEWEST_TRIALS: Final = 8
"""With fewer measured days the whole estimate counts as uncertain."""
_SATURDAY = 5
_NEAR: Final = 8
"""Among so many like days three were measured, as nearly always."""
_SERIES_AT_ONCE: Final = 8
"""What is calculated of so many stays in the processor's cache."""


class Trials:
    """The estimator's errors on measured slots of some series, which are rows."""

    def __init__(self, values: Integers, known: Flags, like: LikeDays) -> None:
        """Tries nothing yet.

        Args:
            values: int64, series x slots: uWh of whole intervals.
            known: Which were measured.
            like: Calendar of the slots.
        """
        self._values = values.astype(np.float64)
        self._known, self._like = known, like
        self._weekend = (like.days + 6) % 7 >= _SATURDAY  # ordinal 1 is a Monday
        self._by_like_days = cache(
            lambda apart: _Running.of(known.shape, partial(self._like_day_errors, apart))
        )
        # A trial begins with a measured slot: on fewer days no time of day has enough of them.
        begins = np.arange(0, known.shape[1], QUARTERS_A_DAY)
        days = np.logical_or.reduceat(known, begins, axis=1).sum(axis=1)
        self._enough = days >= FEWEST_TRIALS

    def of_gaps(
        self, series: Indices, firsts: Indices, lengths: Integers
    ) -> tuple[Floats, Integers]:
        """How far the estimates of some gaps may be off.

        Args:
            series: Of each gap.
            firsts: Slot with which it begins.
            lengths: In slots.

        Returns:
            Standard deviations in uWh, and on how many days the estimator was tried; 0 where they
            were too few.
        """
        errors, trials = np.zeros(firsts.size), np.zeros(firsts.size, np.int64)
        for length in np.unique(lengths).tolist():
            alike = np.flatnonzero((lengths == length) & self._enough[series])
            errors[alike], trials[alike] = self._spreads(series[alike], firsts[alike], length)
        return errors, trials

    def _spreads(self, series: Indices, firsts: Indices, count: int) -> tuple[Floats, Integers]:
        """Root mean squares of the errors of gaps of a length that begin at some times of day.

        Returns:
            They in uWh, and of how many days; of none where they are fewer than eight.
        """
        spreads, trials = np.zeros(firsts.size), np.zeros(firsts.size, np.int64)
        days = np.arange(0, self._known.shape[1], QUARTERS_A_DAY)
        for tried in sorted({count, min(count, QUARTERS_A_DAY)}, reverse=True):
            wanting = np.flatnonzero(trials == 0)
            if not wanting.size:
                break
            begun = firsts[wanting, None] % QUARTERS_A_DAY + days
            errors = self._errors(series[wanting, None], begun, count, tried)
            known = ~np.isnan(errors)
            weekend = self._weekend[np.minimum(begun, self._weekend.size - 1)]
            alike = weekend == self._weekend[firsts[wanting], None]
            # As if each day of a gap were off by the same, where fewer were tried.
            apart = -(-tried // QUARTERS_A_DAY)
            for chosen in (known & alike, known):
                found = chosen.sum(axis=1)
                # One after the other: a sum of floating point depends on the order.
                squares = np.cumsum(np.where(chosen, errors * errors, 0.0), axis=1)[:, -1]
                now = np.flatnonzero((trials[wanting] == 0) & (found >= FEWEST_TRIALS))
                roots = np.sqrt(squares[now] / found[now]) * count / tried
                trials[wanting[now]] = found[now]
                spreads[wanting[now]] = [
                    root * _few(number / apart)
                    for root, number in zip(roots.tolist(), found[now].tolist(), strict=True)
                ]
        return spreads, trials

    def spread_by_quarter(self, series: int) -> Floats:
        """Of single intervals by quarter hour (of the series' days); not a number for unknown."""
        if not self._enough[series]:
            return np.full(QUARTERS_A_DAY, np.nan)
        errors = self._errors(np.intp(series), np.arange(self._known.shape[1]), 1, 1)
        # To whole days; what is added counts as unknown.
        added = np.full(-errors.size % QUARTERS_A_DAY, np.nan)
        by_day = np.append(errors, added).reshape(-1, QUARTERS_A_DAY)
        known = ~np.isnan(by_day)
        trials = known.sum(axis=0)
        means = np.where(known, by_day * by_day, 0.0).sum(axis=0) / np.maximum(trials, 1)
        return np.where(trials >= FEWEST_TRIALS, np.sqrt(means), np.nan)

    def _errors(self, series: Indices | np.intp, begun: Indices, count: int, tried: int) -> Floats:
        """By first slot, of so much of gaps of a length; not a number where it was not measured."""
        if count > LONGEST_INTERPOLATED:
            running = self._by_like_days(-(-count // QUARTERS_A_DAY) // 2)
            return running.over(series, begun, tried)
        # From the neighbour before to the one after.
        there = (begun > 0) & (begun + count < self._known.shape[1])
        first = np.where(there, begun - 1, 0)
        measured = np.zeros(there.shape)  # whole numbers, exact in any order
        for slot in range(count + 2):
            at = np.where(there, first + slot, 0)
            there = there & self._known[series, at]
            if 0 < slot <= count:
                measured += self._values[series, at]
        last = np.where(there, first + count + 1, 0)
        line = (self._values[series, first] + self._values[series, last]) * count / 2
        return np.where(there, line - measured, np.nan)

    def _like_day_errors(self, apart: int, part: slice) -> Floats:
        """By slot of some series, with like days that are more than so many days away."""
        like, known, values = self._like, self._known[part], self._values[part]
        known_on = known[:, like.slot_of] & (like.slot_of >= 0)
        value_on = values[:, like.slot_of]
        far = np.abs(like.like - np.arange(like.like.shape[0])[:, None]) > apart
        usable = (like.like >= 0) & far
        rows = np.take_along_axis(like.like, np.argsort(~usable, axis=1, kind="stable"), axis=1)
        usable = np.sort(~usable, axis=1) == 0
        # As nearly always: the three nearest were measured at that time.
        ready = np.repeat(usable[None, :, LIKE_DAYS - 1, None], known.shape[0], axis=0)
        sums = np.zeros(value_on.shape)
        for nearest in rows[:, :LIKE_DAYS].T:
            ready = ready & known_on[:, nearest]
            sums += value_on[:, nearest]
        days = like.days - like.first_day
        own = days * QUARTERS_A_DAY + like.quarters
        by_series = known.shape[0], -1
        means = (sums / LIKE_DAYS).reshape(by_series).take(own, axis=1)
        series, slots = np.nonzero(known & ~ready.reshape(by_series).take(own, axis=1))
        for nearest in (_NEAR, rows.shape[1]):
            some, day = series[:, None], days[slots]
            places = rows[day, :nearest], like.quarters[slots][:, None]
            good = usable[day, :nearest] & known_on[some, *places]
            good &= np.cumsum(good, axis=1) <= LIKE_DAYS
            counts = good.sum(axis=1)
            total = np.where(good, value_on[some, *places], 0.0).sum(axis=1)
            means[series, slots] = np.where(counts, total / np.maximum(counts, 1), np.nan)
            fewer = counts < LIKE_DAYS
            series, slots = series[fewer], slots[fewer]
        errors: Floats = np.where(known, means - values, np.nan)
        return errors


@dataclass(frozen=True, slots=True)
class _Running:
    """Running sums of each series, and of how many values there are; from 0 on."""

    sums: Floats
    counts: NDArray[np.int32]

    @classmethod
    def of(cls, shape: tuple[int, int], values: Callable[[slice], Floats]) -> Self:
        """Those of values that are not a number where there is none.

        Args:
            shape: Series and their slots.
            values: Of some of the series.
        """
        sums = np.zeros((shape[0], shape[1] + 1))
        counts = np.zeros(sums.shape, np.int32)
        for first in range(0, shape[0], _SERIES_AT_ONCE):
            part = slice(first, first + _SERIES_AT_ONCE)
            own = values(part)
            known = ~np.isnan(own)
            np.cumsum(np.where(known, own, 0.0), axis=1, out=sums[part, 1:])
            np.cumsum(known, axis=1, out=counts[part, 1:])
        return cls(sums, counts)

    def over(self, series: Indices | np.intp, begun: Indices, count: int) -> Floats:
        """Sums of so many values in a row, by the first; not a number where one of them is not."""
        last = self.counts.shape[1] - 1
        begun, until = np.minimum(begun, last), np.minimum(begun + count, last)
        whole = self.counts[series, until] - self.counts[series, begun] == count
        return np.where(whole, self.sums[series, until] - self.sums[series, begun], np.nan)


def _few(trials: float) -> float:
    """By how much a spread that was learned from few trials must be wider for the same 95 %.

    Student's t for 95.45 % over 2 (JCGM 100, table G.2), within 1 % from 3 degrees of freedom on.
    """
    return 1 + 1.15 / trials + 2.4 / trials**2
