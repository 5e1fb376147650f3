"""Load profiles: the 15-minute intervals of a panel as arrays, to bill thousands of circuits.

What readings may have missed is part of it, by day: that a load is not looked at between two
of them (`successive`), for how long they stayed the same, and in what steps they come.

Intervals that were computed before successive readings were compared have their least and
greatest reading only. Their sum is covered time times the mean of their readings, and the mean
of n readings that spread over r is off by at most r / (2 sqrt(n)) (standard deviation; a load
that is switched on and off reaches it). The readings of one interval may all be the same though
the load is not: of 15-minute polls each interval has one. So the interval before it counts with
its spread. They are steady where the two are the same.

Intervals err independently of each other unless the load runs in step with the polls, which
readings do not always show; reports say so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.interval import INTERVAL_MS, Interval
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Integers, Slots
from bcm_mqtt.domain.time import to_ms

UNKNOWN = -1
"""In an array, of an interval that was computed before successive readings were compared."""


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What the readings of one pole's day may have missed.

    Attributes:
        sampling_variance: Of the day's sum, in (mA x ms)^2.
        steady_ms: Time between readings that are the same.
        divisor: The greatest number of mA of which the least and greatest readings of all
            intervals are multiples: the step of the meter, or a multiple of it; 0 where all
            are 0.
    """

    sampling_variance: float
    steady_ms: int
    divisor: int

    @classmethod
    def of_days(
        cls,
        first: Integers,
        covered_ms: Integers,
        samples: Integers,
        least: Integers,
        greatest: Integers,
        deviation: Integers,
        steady_ms: Integers,
    ) -> list[Self]:
        """Those of days of consecutive intervals, one after the other.

        Args:
            first: Index of the first interval of each day.
            covered_ms: Of each interval that is covered for any time, by time.
            samples: Readings taken in it.
            least: Of its readings, mA.
            greatest: Of its readings, mA.
            deviation: `Interval.sampling_deviation`, or UNKNOWN.
            steady_ms: `Interval.steady_ms`, or UNKNOWN.
        """
        low, high = least.astype(np.float64), greatest.astype(np.float64)
        follows = np.ones(len(least), np.bool_)
        follows[first] = False
        follows = follows[1:]
        low[1:][follows] = np.minimum(low[1:], least[:-1])[follows]
        high[1:][follows] = np.maximum(high[1:], greatest[:-1])[follows]
        by_range = (high - low) / 2 * covered_ms / np.sqrt(np.maximum(samples, 1))
        deviations = np.where(deviation == UNKNOWN, by_range, deviation)
        steady = np.where(
            steady_ms == UNKNOWN, np.where(least == greatest, covered_ms, 0), steady_ms
        )
        steady = np.minimum(np.add.reduceat(steady, first), np.add.reduceat(covered_ms, first))
        divisors = np.gcd.reduceat(np.gcd(least, greatest), first)
        variances = (np.dot(part, part) for part in np.split(deviations, first[1:]))
        columns = (map(float, variances), steady.tolist(), divisors.tolist())
        return list(map(cls, *columns))


_DAY_MS = QUARTERS_A_DAY * INTERVAL_MS


@dataclass(frozen=True)
class LoadProfile:
    """What was measured of a panel's poles, over whole days of UTC; row i is of `poles[i]`.

    Attributes:
        slots: The columns, 96 for each day.
        poles: Pole positions, ascending; only those with any interval.
        milliamp_ms: int64, poles x slots: mA x ms over the covered time, 0 where none is.
        covered_ms: int64, poles x slots: time for which a reading stood, 0 to 900,000.
        samples: int64, poles x days: readings taken.
        sampling_variance: float64, poles x days, in (mA x ms)^2; see `DayFacts`.
        steady_ms: int64, poles x days; see `DayFacts`. All covered time of days whose profile
            was made before it was known.
        divisors: int64, poles x days, mA; see `DayFacts`; 0 as well where it is not known.
    """

    slots: Slots
    poles: tuple[int, ...]
    milliamp_ms: Integers
    covered_ms: Integers
    samples: Integers
    sampling_variance: NDArray[np.float64]
    steady_ms: Integers
    divisors: Integers

    def __reduce__(self) -> tuple[Any, ...]:
        """For another process: nearly all slots are covered wholly, or not at all."""
        base = min((INTERVAL_MS, 0), key=lambda ms: np.count_nonzero(self.covered_ms != ms))
        others = np.flatnonzero(self.covered_ms != base)
        covered = base, others, self.covered_ms.reshape(-1)[others]
        facts = self.samples, self.sampling_variance, self.steady_ms, self.divisors
        return _sent, (self.slots, self.poles, self.milliamp_ms, covered, facts)

    def rows_of(self, poles: Iterable[int]) -> list[int] | None:
        """The rows of some poles; None if there are none, or one was never measured."""
        rows = [self._rows.get(pole) for pole in poles]
        known = [row for row in rows if row is not None]
        return known if known and len(known) == len(rows) else None

    @cached_property
    def poll_ms(self) -> NDArray[np.float64]:
        """Time that a reading stood on average, by pole."""
        mean_ms: NDArray[np.float64] = self.covered_ms.sum(axis=1) / np.maximum(
            self.samples.sum(axis=1), 1
        )
        return mean_ms

    @cached_property
    def day_ms(self) -> Integers:
        """Covered time, poles x days."""
        days: Integers = self.covered_ms.reshape(len(self.poles), -1, QUARTERS_A_DAY).sum(axis=2)
        return days

    @cached_property
    def day_milliamp_ms(self) -> Integers:
        """Sums, poles x days."""
        days: Integers = self.milliamp_ms.reshape(len(self.poles), -1, QUARTERS_A_DAY).sum(axis=2)
        return days

    @cached_property
    def step_milliamps(self) -> int:
        """The step in which currents come, as far as the readings show it; 0 for unknown."""
        return int(np.gcd.reduce(self.divisors.reshape(-1), initial=0))

    def step_of(self, poles: Iterable[int]) -> int:
        """The step in which currents of some poles come; 0 for unknown."""
        rows = [row for pole in poles if (row := self._rows.get(pole)) is not None]
        return int(np.gcd.reduce(self.divisors[rows].reshape(-1), initial=0))

    @cached_property
    def _rows(self) -> dict[int, int]:
        return {pole: row for row, pole in enumerate(self.poles)}

    def of(self, poles: Sequence[int]) -> "LoadProfile":
        """That of some poles."""
        chosen = (_chosen(self, name, poles) for name in _ARRAYS)
        return LoadProfile(self.slots, tuple(poles), *chosen)

    def before(self, later: "LoadProfile", poles: Sequence[int]) -> "LoadProfile":
        """Some poles of this and of the profile of the days right after it, as one."""
        slots = Slots(self.slots.first_ms, self.slots.count + later.slots.count)
        return LoadProfile(
            slots,
            tuple(poles),
            *(
                np.concatenate([_chosen(part, name, poles) for part in (self, later)], axis=1)
                for name in _ARRAYS
            ),
        )


def _sent(
    slots: Slots,
    poles: tuple[int, ...],
    milliamp_ms: Integers,
    covered: tuple[int, Integers, Integers],
    facts: tuple[NDArray[Any], ...],
) -> LoadProfile:
    """A profile as another process reduced it."""
    base, others, ms = covered
    covered_ms = np.full(milliamp_ms.shape, base, np.int64)
    covered_ms.reshape(-1)[others] = ms
    return LoadProfile(slots, poles, milliamp_ms, covered_ms, *facts)


_ARRAYS = ("milliamp_ms", "covered_ms", "samples", "sampling_variance", "steady_ms", "divisors")


def _chosen(profile: LoadProfile, name: str, poles: Sequence[int]) -> NDArray[Any]:
    """Rows of some poles of one of its arrays; 0 for those that were never measured."""
    values: NDArray[Any] = getattr(profile, name)
    chosen = np.zeros((len(poles), values.shape[1]), values.dtype)
    known = {pole: row for row, pole in enumerate(profile.poles)}
    for row, pole in enumerate(poles):
        if pole in known:
            chosen[row] = values[known[pole]]
    return chosen


def whole_days(start: datetime, end: datetime) -> Slots:
    """The slots of all days (UTC) that overlap start <= t < end."""
    first = to_ms(start) // _DAY_MS
    last = -(-to_ms(end) // _DAY_MS)
    return Slots(first * _DAY_MS, max(0, last - first) * QUARTERS_A_DAY)


def profile_of(intervals: Mapping[int, Sequence[Interval]], slots: Slots) -> LoadProfile:
    """The profile of intervals by pole.

    Args:
        intervals: Each sequence by start; those outside of the slots are left out.
        slots: Whole days.
    """
    poles = tuple(sorted(pole for pole, items in intervals.items() if items))
    shape = len(poles), slots.count
    amounts, covered = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    days = len(poles), slots.count // QUARTERS_A_DAY
    samples, steady, divisors = (np.zeros(days, np.int64) for _ in range(3))
    variance = np.zeros(days)
    for row, pole in enumerate(poles):
        by_day: dict[int, list[Interval]] = {}
        for item in intervals[pole]:
            slot = (to_ms(item.start) - slots.first_ms) // INTERVAL_MS
            if 0 <= slot < slots.count:
                amounts[row, slot], covered[row, slot] = item.milliamp_ms, item.covered_ms
                by_day.setdefault(slot // QUARTERS_A_DAY, []).append(item)
        for day, items in by_day.items():
            samples[row, day] = sum(item.samples for item in items)
            facts = _facts_of(items)
            variance[row, day] = facts.sampling_variance
            steady[row, day], divisors[row, day] = facts.steady_ms, facts.divisor
    return LoadProfile(slots, poles, amounts, covered, samples, variance, steady, divisors)


def _facts_of(items: Iterable[Interval]) -> DayFacts:
    rows = [
        (
            item.covered_ms,
            item.samples,
            item.min_milliamps,
            item.max_milliamps,
            UNKNOWN if item.sampling_deviation is None else item.sampling_deviation,
            UNKNOWN if item.steady_ms is None else item.steady_ms,
        )
        for item in items
    ]
    [facts] = DayFacts.of_days(np.zeros(1, np.intp), *np.array(rows, np.int64).T)
    return facts
