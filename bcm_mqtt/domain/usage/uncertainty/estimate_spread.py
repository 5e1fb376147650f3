"""How far estimates may be off: the same estimator, tried on what was measured.

For each gap the estimator is run on the circuit's own measured days, for a gap of the same
length at the same time of day, and compared with what was measured then. A gap up to 2 h is
interpolated between its neighbours as in `estimate`; for a longer one each quarter hour is the
mean of its like days, of which those nearer than half the gap are left out, as they would be
gaps themselves.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.interval import HALF_MEASURED_MS, INTERVAL_MS
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Flags, Floats, Integers
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad, Unvalidated, wholes
from bcm_mqtt.domain.vee.estimate import LIKE_DAYS, LONGEST_INTERPOLATED, Indices, LikeDays
from bcm_mqtt.domain.vee.quality import Quality

FEWEST_TRIALS: Final = 8
"""With fewer measured days the whole estimate counts as uncertain."""
_SATURDAY = 5
_WEEKDAYS, _WEEKEND, _ALL_DAYS = range(3)


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
    gaps = estimated[~by_itself]
    breaks = np.flatnonzero(np.diff(load.incomplete[gaps]) != 1) + 1
    runs = np.split(gaps, breaks) if gaps.size else []
    return EstimateSpread(tuple(_gap(load, own, trials, before) for own in runs), variance)


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


def _gap(load: CircuitLoad, own: Indices, trials: "_Trials", before: int) -> GapSpread:
    first, last = (int(load.incomplete[at]) for at in (own[0], own[-1]))
    spread, count = trials.spread(first + before, last - first + 1)
    if not count:
        return GapSpread(first, last, float(load.estimated[own].sum()), 0)
    # Of a gap that is measured in part, its estimated share.
    share = float(load.estimated_ms[own].sum()) / (INTERVAL_MS * own.size)
    return GapSpread(first, last, spread * share, count)


class _Trials:
    """The estimator's errors on measured slots of one circuit."""

    def __init__(self, values: Floats, known: Flags, like: LikeDays) -> None:
        self._values, self._known, self._like = values, known, like
        self._weekend = (like.days + 6) % 7 >= _SATURDAY  # ordinal 1 is a Monday
        self._by_quarter = cache(self._spreads)
        self._by_like_days = cache(self._like_day_errors)

    def spread(self, first: int, count: int) -> tuple[float, int]:
        """Root mean square of the errors of gaps of a length that begin at a time of day.

        Returns:
            It in uWh, and of how many days; of none where they are fewer than eight.
        """
        quarter = first % QUARTERS_A_DAY
        for tried in sorted({count, min(count, QUARTERS_A_DAY)}, reverse=True):
            for days in (_WEEKEND if self._weekend[first] else _WEEKDAYS, _ALL_DAYS):
                spreads, trials = self._by_quarter(count, tried)[days]
                if (chosen := int(trials[quarter])) >= FEWEST_TRIALS:
                    # As if each day of a gap were off by the same, where fewer were tried.
                    apart = -(-tried // QUARTERS_A_DAY)
                    spread = float(spreads[quarter])
                    return spread * count / tried * _few(chosen / apart), chosen
        return 0.0, 0

    def spread_by_quarter(self) -> Floats:
        """Of single intervals by quarter hour (of the series' days); not a number for unknown."""
        spreads, trials = self._by_quarter(1, 1)[_ALL_DAYS]
        return np.where(trials >= FEWEST_TRIALS, spreads, np.nan)

    def _spreads(self, count: int, tried: int) -> list[tuple[Floats, Integers]]:
        """By kind of day: root mean squares and counts, by quarter hour of the series' days."""
        errors = self._errors_of_length(count, tried)
        # To whole days; what is added counts as unknown.
        size = -(-errors.size // QUARTERS_A_DAY) * QUARTERS_A_DAY
        by_day = np.append(errors, np.full(size - errors.size, np.nan)).reshape(-1, QUARTERS_A_DAY)
        weekend = np.resize(self._weekend, size).reshape(-1, QUARTERS_A_DAY)
        known = ~np.isnan(by_day)
        squares = np.where(known, by_day * by_day, 0.0)
        spreads = []
        for chosen in (~weekend, weekend, np.True_):
            trials = (known & chosen).sum(axis=0)
            mean = np.where(chosen, squares, 0.0).sum(axis=0) / np.maximum(trials, 1)
            spreads.append((np.sqrt(mean), trials))
        return spreads

    def _errors_of_length(self, count: int, tried: int) -> Floats:
        """By first slot, of so much of gaps of a length; not a number where it was not measured."""
        if count <= LONGEST_INTERPOLATED:
            return self._interpolation_errors(count)
        return _windows(self._by_like_days(-(-count // QUARTERS_A_DAY) // 2), tried)

    def _interpolation_errors(self, count: int) -> Floats:
        values = np.where(self._known, self._values, np.nan)
        between = _windows(values, count)
        errors = np.full(between.size, np.nan)
        # From the neighbour before to the one after.
        errors[1:-1] = (values[: -count - 1] + values[count + 1 :]) * count / 2 - between[1:-1]
        return errors

    def _like_day_errors(self, apart: int) -> Floats:
        """By slot, with like days that are more than so many days away."""
        like = self._like
        there = like.slot_of >= 0
        values = np.where(there, self._values[like.slot_of], 0.0)
        known = there & self._known[like.slot_of]
        sums, counts = np.zeros(values.shape), np.zeros(values.shape, np.int64)
        wanting = np.arange(values.shape[0])
        for nearest in like.like.T:
            wanting = wanting[(counts[wanting] < LIKE_DAYS).any(axis=1)]
            if not wanting.size:
                break
            rows = nearest[wanting]
            usable = (rows >= 0) & (np.abs(rows - wanting) > apart)
            days, rows = wanting[usable], rows[usable]
            good = known[rows] & (counts[days] < LIKE_DAYS)
            sums[days] += np.where(good, values[rows], 0.0)
            counts[days] += good
        means: Floats = np.where(counts, sums / np.maximum(counts, 1), np.nan)
        errors = means[like.days - like.first_day, like.quarters] - self._values
        return np.where(self._known, errors, np.nan)


def _few(trials: float) -> float:
    """By how much a spread that was learned from few trials must be wider for the same 95 %.

    Student's t for 95.45 % over 2 (JCGM 100, table G.2), within 1 % from 3 degrees of freedom on.
    """
    return 1 + 1.15 / trials + 2.4 / trials**2


def _windows(values: Floats, count: int) -> Floats:
    """Sums of so many values in a row, by the first; not a number where one of them is not."""
    if values.size < count:
        return np.full(0, np.nan)
    known = ~np.isnan(values)
    sums, knowns = (
        np.concatenate(([0.0], np.cumsum(each))) for each in (np.where(known, values, 0.0), known)
    )
    whole = knowns[count:] - knowns[:-count] == count
    return np.where(whole, sums[count:] - sums[:-count], np.nan)
