"""How far estimates may be off: the same estimator, tried on what was measured.

For each gap the estimator is run on the circuit's own measured days, for a gap of the same
length at the same time of day, and compared with what was measured then. A gap up to 2 h is
interpolated between its neighbours as in `estimate`; for a longer one each quarter hour is the
mean of its like days, of which those nearer than half the gap are left out, as they would be
gaps themselves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Self

import numpy as np

from bcm_mqtt.domain.interval.interval import HALF_MEASURED_MS, INTERVAL_MS
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Flags, Floats, Integers
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad, Unvalidated, wholes
from bcm_mqtt.domain.vee.estimate import LIKE_DAYS, LONGEST_INTERPOLATED, Indices, LikeDays
from bcm_mqtt.domain.vee.quality import Quality

FEWEST_TRIALS: Final = 8
"""With fewer measured days the whole estimate counts as uncertain."""
_SATURDAY = 5
_AT_ONCE: Final = 10_000
"""Slots whose like days are looked for; each takes up to a kilobyte meanwhile."""


@dataclass(frozen=True, slots=True)
class GapSpread:
    """How far the estimate of one gap may be off.

    Attributes:
        first: Slot of the month; the gap may have begun before the month.
        last: Of it, in the month.
        microwatt_hours: Standard uncertainty of what is estimated in those slots, uWh.
        trials: On how many measured days the estimator was tried; 0 where they were too few.
    """

    first: int
    last: int
    microwatt_hours: float
    trials: int

    @property
    def slots(self) -> int:
        """How long it is."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class EstimateSpread:
    """How far the estimates of a load may be off.

    Attributes:
        gaps: Of intervals that are estimated as gaps, by time.
        variance: float64, slots: of intervals that are estimated by their own mean, uWh^2;
            None where there are none.
    """

    gaps: tuple[GapSpread, ...] = ()
    variance: Floats | None = None


def estimate_spreads(
    parts: Sequence[Unvalidated], loads: Sequence[CircuitLoad], like: LikeDays
) -> list[EstimateSpread]:
    """The spread of what is estimated of some loads, many at once: a panel has dozens of circuits.

    Args:
        parts: What each load is made of, all of the same slots.
        loads: Of the month.
        like: Calendar of the intervals' slots.
    """
    spreads = [EstimateSpread()] * len(loads)
    estimated = [
        np.flatnonzero((load.estimated_ms > 0) & (load.qualities != Quality.EDITED))
        for load in loads
    ]
    numbers = [number for number, own in enumerate(estimated) if own.size]
    if not numbers:
        return spreads
    before = loads[0].slots.within(parts[0].intervals.slots).start
    energy, measured_ms = map(np.stack, zip(*(parts[at].measured() for at in numbers), strict=True))
    known, whole = wholes(energy.reshape(-1), measured_ms.reshape(-1))
    trials = _Trials(whole.reshape(energy.shape), known.reshape(energy.shape), like)
    variances: list[Floats | None] = []
    gaps: list[_Gaps] = []
    for series, number in enumerate(numbers):
        load, own = loads[number], estimated[number]
        by_itself = load.measured_ms[own] >= HALF_MEASURED_MS
        variance = None
        if by_itself.any():
            by_quarter = trials.spread_by_quarter(series)
            variance = _own_means(load, own[by_itself], by_quarter, before)
        variances.append(variance)
        gaps.append(_Gaps.of(load, own[~by_itself]))
    found = trials.of_gaps(gaps, before)
    for number, variance, own_gaps in zip(numbers, variances, found, strict=True):
        spreads[number] = EstimateSpread(own_gaps, variance)
    return spreads


def _own_means(load: CircuitLoad, own: Indices, by_quarter: Floats, before: int) -> Floats:
    """Of each the spread of one interval between its neighbours, for the share that is missing."""
    slots = load.incomplete[own]
    spread = by_quarter[(slots + before) % QUARTERS_A_DAY]
    deviation = np.where(
        np.isnan(spread), load.estimated[own], spread * load.estimated_ms[own] / INTERVAL_MS
    )
    variance = np.zeros(load.slots.count)
    variance[slots] = deviation * deviation
    return variance


@dataclass(frozen=True, slots=True)
class _Gaps:
    """The gaps of a load: first slot (of the month), length, and what is estimated of each."""

    firsts: Indices
    lengths: Integers
    amounts: Integers
    times: Integers

    @classmethod
    def of(cls, load: CircuitLoad, own: Indices) -> Self:
        """Those of slots that are estimated; slots that follow one another are of one."""
        slots = load.incomplete[own]
        begun = np.flatnonzero(np.diff(slots, prepend=-2) != 1)
        amounts, times = (
            np.add.reduceat(each[own], begun) if own.size else own
            for each in (load.estimated, load.estimated_ms)
        )
        return cls(slots[begun], np.diff(begun, append=own.size), amounts, times)

    def spreads(self, errors: Sequence[float], trials: Sequence[int]) -> Iterator[GapSpread]:
        """With the error of the estimator of each, and on how many days it was tried."""
        columns = (each.tolist() for each in (self.firsts, self.lengths, self.amounts, self.times))
        for first, length, amount, ms, error, count in zip(*columns, errors, trials, strict=True):
            # Of a gap that is measured in part, its estimated share.
            deviation = error * (ms / (INTERVAL_MS * length)) if count else float(amount)
            yield GapSpread(first, first + length - 1, deviation, count)


class _Trials:
    """The estimator's errors on measured slots of some series, which are rows."""

    def __init__(self, values: Integers, known: Flags, like: LikeDays) -> None:
        self._values = np.where(known, values.astype(np.float64), np.nan)
        self._known, self._like = known, like
        self._weekend = (like.days + 6) % 7 >= _SATURDAY  # ordinal 1 is a Monday
        self._by_interpolation = cache(lambda: _Running.of(self._values))
        self._by_like_days = cache(lambda apart: _Running.of(self._like_day_errors(apart)))
        # A trial begins with a measured slot: on fewer days no time of day has enough of them.
        begins = np.arange(0, known.shape[1], QUARTERS_A_DAY)
        days = np.logical_or.reduceat(known, begins, axis=1).sum(axis=1)
        self._enough = days >= FEWEST_TRIALS

    def of_gaps(self, gaps: Sequence[_Gaps], before: int) -> list[tuple[GapSpread, ...]]:
        """The spreads of the gaps of each series, which begins so many slots before the month."""
        series = np.repeat(np.arange(len(gaps)), [own.firsts.size for own in gaps])
        firsts = np.concatenate([own.firsts for own in gaps]) + before
        lengths = np.concatenate([own.lengths for own in gaps])
        errors, trials = np.zeros(firsts.size), np.zeros(firsts.size, np.int64)
        for length in np.unique(lengths).tolist():
            alike = np.flatnonzero((lengths == length) & self._enough[series])
            errors[alike], trials[alike] = self._spreads(series[alike], firsts[alike], length)
        ends = np.cumsum([own.firsts.size for own in gaps])[:-1]
        return [
            tuple(own.spreads(*columns))
            for own, *columns in zip(
                gaps,
                (each.tolist() for each in np.split(errors, ends)),
                (each.tolist() for each in np.split(trials, ends)),
                strict=True,
            )
        ]

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
        errors = self._by_interpolation().over(series, begun, count)
        # From the neighbour before to the one after.
        there = (begun > 0) & (begun + count < self._known.shape[1])
        before, after = np.where(there, begun - 1, 0), np.where(there, begun + count, 0)
        line = (self._values[series, before] + self._values[series, after]) * count / 2
        return np.where(there, line - errors, np.nan)

    def _like_day_errors(self, apart: int) -> Floats:
        """By slot, with like days that are more than so many days away."""
        like = self._like
        days, quarters = like.days - like.first_day, like.quarters
        known = (like.slot_of >= 0) & self._known[:, like.slot_of]
        values = np.where(known, self._values[:, like.slot_of], 0.0)
        far = np.abs(like.like - np.arange(like.like.shape[0])[:, None]) > apart
        usable = (like.like >= 0) & far
        rows = np.take_along_axis(like.like, np.argsort(~usable, axis=1, kind="stable"), axis=1)
        there = np.sort(~usable, axis=1) == 0
        # As nearly always: the three nearest were measured at that time.
        ready = np.repeat(there[None, :, LIKE_DAYS - 1, None], known.shape[0], axis=0)
        sums = np.zeros(values.shape)
        for nearest in rows[:, :LIKE_DAYS].T:
            ready = ready & known[:, nearest]
            sums += values[:, nearest]
        errors: Floats = (sums / LIKE_DAYS)[:, days, quarters] - self._values
        others = np.nonzero(self._known & ~ready[:, days, quarters])
        for first in range(0, others[0].size, _AT_ONCE):
            series, slots = (each[first : first + _AT_ONCE] for each in others)
            candidates, own, quarter = rows[days[slots]], series[:, None], quarters[slots][:, None]
            good = there[days[slots]] & known[own, candidates, quarter]
            good &= np.cumsum(good, axis=1) <= LIKE_DAYS
            counts = good.sum(axis=1)
            total = np.where(good, values[own, candidates, quarter], 0.0).sum(axis=1)
            means = np.where(counts, total / np.maximum(counts, 1), np.nan)
            errors[series, slots] = means - self._values[series, slots]
        return errors


@dataclass(frozen=True, slots=True)
class _Running:
    """Running sums of each series, and of how many values there are; from 0 on."""

    sums: Floats
    counts: Integers

    @classmethod
    def of(cls, values: Floats) -> Self:
        """Those of values that are not a number where there is none."""
        known = ~np.isnan(values)
        shape = values.shape[0], values.shape[1] + 1
        sums, counts = np.zeros(shape), np.zeros(shape, np.int64)
        np.cumsum(np.where(known, values, 0.0), axis=1, out=sums[:, 1:])
        np.cumsum(known, axis=1, out=counts[:, 1:])
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
