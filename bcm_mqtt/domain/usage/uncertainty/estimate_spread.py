"""How far estimates may be off: the same estimator, tried on what was measured.

For each gap the estimator is run on the circuit's own measured days, for a gap of the same
length at the same time of day, and compared with what was measured then. A gap up to 2 h is
interpolated between its neighbours as in `estimate`; for a longer one each quarter hour is the
mean of its like days, of which those nearer than half the gap are left out, as they would be
gaps themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import sqrt
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


def estimate_spread(part: Unvalidated, load: CircuitLoad, like: LikeDays) -> EstimateSpread:
    """The spread of what is estimated of a load.

    Args:
        part: What the load is made of.
        load: Of the month.
        like: Calendar of the intervals' slots.
    """
    estimated = np.flatnonzero((load.estimated_ms > 0) & (load.qualities != Quality.EDITED))
    if not estimated.size:
        return EstimateSpread()
    trials = _Trials(*_measured(part), like)
    before = load.slots.within(part.intervals.slots).start
    by_itself = load.measured_ms[estimated] >= HALF_MEASURED_MS
    variance = None
    if by_itself.any():
        variance = _own_means(load, estimated[by_itself], trials, before)
    return EstimateSpread(tuple(_gaps(load, estimated[~by_itself], trials, before)), variance)


def _measured(part: Unvalidated) -> tuple[Floats, Flags]:
    energy, measured_ms = part.measured()
    known, whole = wholes(energy, measured_ms)
    return whole.astype(np.float64), known


def _own_means(load: CircuitLoad, own: Indices, trials: "_Trials", before: int) -> Floats:
    """Of each the spread of one interval between its neighbours, for the share that is missing."""
    slots = load.incomplete[own]
    spread = trials.spread_by_quarter()[(slots + before) % QUARTERS_A_DAY]
    deviation = np.where(
        np.isnan(spread), load.estimated[own], spread * load.estimated_ms[own] / INTERVAL_MS
    )
    variance = np.zeros(load.slots.count)
    variance[slots] = deviation * deviation
    return variance


def _gaps(load: CircuitLoad, own: Indices, trials: "_Trials", before: int) -> Iterator[GapSpread]:
    """The spread of each gap; slots that follow one another are of one."""
    if not own.size:
        return
    slots = load.incomplete[own]
    begun = np.flatnonzero(np.diff(slots, prepend=-2) != 1)
    lengths = np.diff(begun, append=own.size)
    amounts = np.add.reduceat(load.estimated[own], begun).tolist()
    times = np.add.reduceat(load.estimated_ms[own], begun).tolist()
    spreads = np.zeros(begun.size)
    counts = np.zeros(begun.size, np.int64)
    for length in np.unique(lengths).tolist():
        alike = np.flatnonzero(lengths == length)
        spreads[alike], counts[alike] = trials.spreads(slots[begun[alike]] + before, length)
    for first, length, amount, ms, spread, count in zip(
        *(each.tolist() for each in (slots[begun], lengths)),
        *(amounts, times),
        *(each.tolist() for each in (spreads, counts)),
        strict=True,
    ):
        # Of a gap that is measured in part, its estimated share.
        deviation = spread * (ms / (INTERVAL_MS * length)) if count else float(amount)
        yield GapSpread(first, first + length - 1, deviation, count)


class _Trials:
    """The estimator's errors on measured slots of one circuit."""

    def __init__(self, values: Floats, known: Flags, like: LikeDays) -> None:
        self._values, self._known, self._like = np.where(known, values, np.nan), known, like
        self._weekend = (like.days + 6) % 7 >= _SATURDAY  # ordinal 1 is a Monday
        self._by_interpolation = cache(lambda: _Running.of(self._values))
        self._by_like_days = cache(lambda apart: _Running.of(self._like_day_errors(apart)))
        # A trial begins with a measured slot: on fewer days no time of day has enough of them.
        begun = np.unique(np.flatnonzero(known) // QUARTERS_A_DAY)
        self._enough = begun.size >= FEWEST_TRIALS

    def spreads(self, firsts: Indices, count: int) -> tuple[Floats, Integers]:
        """Root mean squares of the errors of gaps of a length that begin at some times of day.

        Returns:
            They in uWh, and of how many days; of none where they are fewer than eight.
        """
        spreads, trials = np.zeros(firsts.size), np.zeros(firsts.size, np.int64)
        days = np.arange(0, self._known.size, QUARTERS_A_DAY)
        for tried in sorted({count, min(count, QUARTERS_A_DAY)}, reverse=True):
            wanting = np.flatnonzero(trials == 0)
            if not wanting.size or not self._enough:
                break
            begun = firsts[wanting, None] % QUARTERS_A_DAY + days
            errors = self._errors(begun, count, tried)
            known = ~np.isnan(errors)
            weekend = self._weekend[np.minimum(begun, self._known.size - 1)]
            alike = weekend == self._weekend[firsts[wanting], None]
            # As if each day of a gap were off by the same, where fewer were tried.
            apart = -(-tried // QUARTERS_A_DAY)
            for chosen in (known & alike, known):
                found = chosen.sum(axis=1)
                # One after the other: a sum of floating point depends on the order.
                squares = np.cumsum(np.where(chosen, errors * errors, 0.0), axis=1)[:, -1]
                for at in np.flatnonzero((trials[wanting] == 0) & (found >= FEWEST_TRIALS)):
                    number = int(found[at])
                    root = sqrt(float(squares[at]) / number)
                    trials[wanting[at]] = number
                    spreads[wanting[at]] = root * count / tried * _few(number / apart)
        return spreads, trials

    def spread_by_quarter(self) -> Floats:
        """Of single intervals by quarter hour (of the series' days); not a number for unknown."""
        if not self._enough:
            return np.full(QUARTERS_A_DAY, np.nan)
        errors = self._errors(np.arange(self._known.size), 1, 1)
        # To whole days; what is added counts as unknown.
        added = np.full(-errors.size % QUARTERS_A_DAY, np.nan)
        by_day = np.append(errors, added).reshape(-1, QUARTERS_A_DAY)
        known = ~np.isnan(by_day)
        trials = known.sum(axis=0)
        means = np.where(known, by_day * by_day, 0.0).sum(axis=0) / np.maximum(trials, 1)
        return np.where(trials >= FEWEST_TRIALS, np.sqrt(means), np.nan)

    def _errors(self, begun: Indices, count: int, tried: int) -> Floats:
        """By first slot, of so much of gaps of a length; not a number where it was not measured."""
        if count > LONGEST_INTERPOLATED:
            return self._by_like_days(-(-count // QUARTERS_A_DAY) // 2).over(begun, tried)
        between = self._by_interpolation().over(begun, count)
        errors = np.full(begun.shape, np.nan)
        # From the neighbour before to the one after.
        there = (begun > 0) & (begun + count < self._known.size)
        before, after = self._values[begun[there] - 1], self._values[begun[there] + count]
        errors[there] = (before + after) * count / 2 - between[there]
        return errors

    def _like_day_errors(self, apart: int) -> Floats:
        """By slot, with like days that are more than so many days away."""
        like = self._like
        days, quarters = like.days - like.first_day, like.quarters
        known = (like.slot_of >= 0) & self._known[like.slot_of]
        values = np.where(known, self._values[like.slot_of], 0.0)
        far = np.abs(like.like - np.arange(like.like.shape[0])[:, None]) > apart
        usable = (like.like >= 0) & far
        rows = np.take_along_axis(like.like, np.argsort(~usable, axis=1, kind="stable"), axis=1)
        there = np.sort(~usable, axis=1) == 0
        # As nearly always: the three nearest were measured at that time.
        nearest = rows[:, :LIKE_DAYS].T
        ready = np.logical_and.reduce(known[nearest]) & there[:, LIKE_DAYS - 1, None]
        means = values[nearest].sum(axis=0) / LIKE_DAYS
        errors: Floats = means[days, quarters] - self._values
        others = np.flatnonzero(self._known & ~ready[days, quarters])
        candidates, quarter = rows[days[others]], quarters[others][:, None]
        good = there[days[others]] & known[candidates, quarter]
        good &= np.cumsum(good, axis=1) <= LIKE_DAYS
        counts = good.sum(axis=1)
        sums = np.where(good, values[candidates, quarter], 0.0).sum(axis=1)
        means = np.where(counts, sums / np.maximum(counts, 1), np.nan)
        errors[others] = means - self._values[others]
        return errors


@dataclass(frozen=True, slots=True)
class _Running:
    """Running sums of a series, and of how many values there are; from 0 on."""

    sums: Floats
    counts: Integers

    @classmethod
    def of(cls, values: Floats) -> Self:
        """Those of values that are not a number where there is none."""
        known = ~np.isnan(values)
        sums, counts = np.zeros(values.size + 1), np.zeros(values.size + 1, np.int64)
        np.cumsum(np.where(known, values, 0.0), out=sums[1:])
        np.cumsum(known, out=counts[1:])
        return cls(sums, counts)

    def over(self, begun: Indices, count: int) -> Floats:
        """Sums of so many values in a row, by the first; not a number where one of them is not."""
        last = self.counts.size - 1
        begun, until = np.minimum(begun, last), np.minimum(begun + count, last)
        whole = self.counts[until] - self.counts[begun] == count
        return np.where(whole, self.sums[until] - self.sums[begun], np.nan)


def _few(trials: float) -> float:
    """By how much a spread that was learned from few trials must be wider for the same 95 %.

    Student's t for 95.45 % over 2 (JCGM 100, table G.2), within 1 % from 3 degrees of freedom on.
    """
    return 1 + 1.15 / trials + 2.4 / trials**2
