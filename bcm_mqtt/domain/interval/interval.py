"""Intervals: 15 minutes of one pole as exact sums, computed from raw snapshots by left-hold.

A reading stands until the pole's next reading, at most 1.5 polls; what is left over is
uncovered time. A poll that failed for a pole is no reading of it. The sums are integers
(thousandths x ms), so the result depends on the set of snapshots alone, not on the order or
number of their arrivals.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import numpy as np

from bcm_mqtt.domain.interval.polls import Integers, Polls, Readings
from bcm_mqtt.domain.interval.successive import missed
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import from_ms, to_ms

INTERVAL_MS: Final = 900_000
HALF_MEASURED: Final = 0.5
"""Time of which this share is measured stands for all of it."""
HALF_MEASURED_MS: Final = INTERVAL_MS // 2


def hold_ms(interval_ms: int) -> int:
    """How long a reading stands at most: 1.5 polls."""
    return interval_ms * 3 // 2


class Held(NamedTuple):
    """What readings sum up to over an interval: int64, each by pole, of those that are covered.

    Attributes:
        poles: Positions, from 1, ascending.
        amount: Thousandths x ms over the covered time.
        covered_ms: Time for which a reading stood, 1 to 900,000.
        samples: Readings taken within the interval.
        least: Of the readings that stood in it.
        greatest: Of them.
        deviation: Thousandths x ms: see `successive`.
        steady_ms: Time between readings that are the same, ms: see `successive`.
    """

    poles: Integers
    amount: Integers
    covered_ms: Integers
    samples: Integers
    least: Integers
    greatest: Integers
    deviation: Integers
    steady_ms: Integers

    def by_pole(self) -> Iterator[tuple[int, ...]]:
        """Its fields, pole by pole."""
        return zip(*(field.tolist() for field in self), strict=True)


def held(readings: Readings, begin_ms: int, *, compared: bool = False) -> Held:
    """The sums of every pole that is covered for any time of begin <= t < begin + 15 min.

    Args:
        readings: Those before the interval matter as far as they hold into it, those after it
            not at all.
        begin_ms: Start of the interval, ms since the epoch.
        compared: Whether successive readings are compared as well; they must be of a quantity
            that the store holds in 32 bits.
    """
    until = readings.before(begin_ms + INTERVAL_MS)
    groups = [
        sums
        for poles, group in until.read_together()
        if (sums := _sums(poles, group, begin_ms, compared=compared)) is not None
    ]
    together = np.concatenate(groups or [np.zeros((len(Held._fields), 0), np.int64)], axis=1)
    return Held(*together[:, np.argsort(together[0])])


def standing_times(
    times_ms: Integers, until_ms: Integers, begin_ms: int
) -> tuple[Integers, Integers]:
    """From when until when each of a pole's readings stands within an interval; or no time.

    Args:
        times_ms: Of the readings, before the end of the interval.
        until_ms: When each stands no more, even if no other comes.
        begin_ms: Start of the interval.
    """
    end_ms = begin_ms + INTERVAL_MS
    ends = np.minimum(np.minimum(until_ms, end_ms), np.append(times_ms[1:], end_ms))
    return np.maximum(times_ms, begin_ms), ends


def _sums(poles: Integers, readings: Readings, begin: int, *, compared: bool) -> Integers | None:
    """The fields of `Held` of poles that were read together; None where nothing stood."""
    times, until, values = readings
    within = int(np.searchsorted(times, begin))
    samples = len(times) - within
    # Of those before the interval only the last one can stand into it.
    first = within - 1 if within and until[within - 1] > begin else within
    times, until, values = times[first:], until[first:], values[first:]
    if not len(times):
        return None
    since, ends = standing_times(times, until, begin)
    durations = ends - since
    stood = values[durations > 0]
    sums = np.zeros((len(Held._fields), len(poles)), np.int64)
    sums[:6] = (
        *(poles, durations @ values, np.full_like(poles, durations.sum())),
        *(np.full_like(poles, samples), stood.min(axis=0), stood.max(axis=0)),
    )
    if compared and len(times) > 1:
        # All of the time between two readings, also what of it is before the interval.
        sums[6:] = missed(np.minimum(until[:-1], times[1:]) - times[:-1], values)
    return sums


@dataclass(frozen=True, slots=True)
class Interval:
    """15 minutes of one pole.

    Attributes:
        pole: Pole position, from 1.
        start: UTC, a multiple of 15 minutes.
        milliamp_ms: Sum of mA x ms over the covered time; / 3.6e9 gives ampere-hours.
        covered_ms: Time for which a reading stood, 0 to 900,000.
        samples: Readings taken within the interval.
        min_milliamps: Least of the readings that stood in it.
        max_milliamps: Greatest of them.
        sampling_deviation: How far `milliamp_ms` may be off because the load was not looked at
            between two readings, mA x ms, as a standard deviation; see `successive`. None of an
            interval that was computed before this was.
        steady_ms: Time between readings that are the same; it may reach back before the
            interval by a poll. None as above.
    """

    pole: int
    start: datetime
    milliamp_ms: int
    covered_ms: int
    samples: int
    min_milliamps: int
    max_milliamps: int
    sampling_deviation: int | None = None
    steady_ms: int | None = None


def interval_start_ms(ms: int) -> int:
    """Start of the interval that an instant falls into, both in ms since the epoch."""
    return ms - ms % INTERVAL_MS


def touched_intervals(time_ms: int, interval_ms: int) -> range:
    """Starts (ms) of the intervals that a snapshot can change: its own and those it holds into."""
    last = time_ms + hold_ms(interval_ms) - 1
    return range(interval_start_ms(time_ms), last + 1, INTERVAL_MS)


def intervals_of(snapshots: Iterable[Snapshot], start: datetime) -> list[Interval]:
    """The interval of every pole that starts at `start`, from one panel's snapshots.

    Args:
        snapshots: In any order, each once or more often, at most one per instant (as the
            store has them); those before `start` matter as far as they hold into it,
            later ones not at all.
        start: UTC, a multiple of 15 minutes.

    Returns:
        One per pole that is covered for any time, by pole.
    """
    begin = to_ms(start)
    return currents(Polls.of(snapshots).readings(Quantity.CURRENT), begin)


def currents(readings: Readings, begin_ms: int) -> list[Interval]:
    """The same of readings of current."""
    start = from_ms(begin_ms)
    return [
        Interval(pole, start, *sums)
        for pole, *sums in held(readings, begin_ms, compared=True).by_pole()
    ]
