"""How far estimates may be off: the same estimator, tried on what was measured.

For each gap the estimator is run on the circuit's own measured days (`Trials`), for a gap of the
same length at the same time of day, and compared with what was measured then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from bcm_mqtt.domain.interval.interval import HALF_MEASURED_MS, INTERVAL_MS
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Floats, Integers
from bcm_mqtt.domain.usage.uncertainty.estimate_trials import Trials
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad, Unvalidated, wholes
from bcm_mqtt.domain.vee.estimate import Indices, LikeDays
from bcm_mqtt.domain.vee.quality import Quality


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
    trials = Trials(whole.reshape(energy.shape), known.reshape(energy.shape), like)
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
    found = _of_gaps(gaps, trials, before)
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


def _of_gaps(gaps: Sequence[_Gaps], trials: Trials, before: int) -> list[tuple[GapSpread, ...]]:
    """The spreads of the gaps of each series, which begins so many slots before the month."""
    counts = [own.firsts.size for own in gaps]
    found = trials.of_gaps(
        np.repeat(np.arange(len(gaps)), counts),
        np.concatenate([own.firsts for own in gaps]) + before,
        np.concatenate([own.lengths for own in gaps]),
    )
    columns = (np.split(each, np.cumsum(counts)[:-1]) for each in found)
    return [
        tuple(own.spreads(errors.tolist(), tried.tolist()))
        for own, errors, tried in zip(gaps, *columns, strict=True)
    ]
