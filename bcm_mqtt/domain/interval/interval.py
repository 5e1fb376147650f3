"""Intervals: 15 minutes of one pole as exact sums, computed from raw snapshots by left-hold.

A reading stands until the pole's next reading, at most 1.5 polls; what is left over is
uncovered time. A poll that failed for a pole is no reading of it. The sums are integers
(thousandths x ms), so the result depends on the set of snapshots alone, not on the order or
number of their arrivals.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import mul
from typing import Final, NamedTuple

from bcm_mqtt.domain.interval.successive import Reading, Successive
from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.domain.time import to_ms

INTERVAL_MS: Final = 900_000
HALF_MEASURED: Final = 0.5
"""Time of which this share is measured stands for all of it."""
HALF_MEASURED_MS: Final = INTERVAL_MS // 2


def hold_ms(interval_ms: int) -> int:
    """How long a reading stands at most: 1.5 polls."""
    return interval_ms * 3 // 2


class Held(NamedTuple):
    """What one pole's readings sum up to over an interval.

    Attributes:
        pole: Pole position, from 1.
        amount: Thousandths x ms over the covered time.
        covered_ms: Time for which a reading stood, 1 to 900,000.
        samples: Readings taken within the interval.
        least: Of the readings that stood in it.
        greatest: Of them.
        deviation: Thousandths x ms: see `Successive`.
        steady_ms: Time between readings that are the same, ms: see `Successive`.
    """

    pole: int
    amount: int
    covered_ms: int
    samples: int
    least: int
    greatest: int
    deviation: int
    steady_ms: int


def held(readings: Sequence[Reading], begin_ms: int) -> Iterator[Held]:
    """The sums of every pole that is covered for any time of begin <= t < begin + 15 min.

    Args:
        readings: By time, at most one per instant, none after the interval; those before
            it matter as far as they hold into it.
        begin_ms: Start of the interval, ms since the epoch.
    """
    if not readings:
        return
    every = _Standing.between(readings, begin_ms)
    width = max(len(reading.values) for reading in readings)
    columns = zip(*(padded(reading.values, width) for reading in readings), strict=True)
    for pole, column in enumerate(columns, start=1):
        standing, values = every, column
        if None in column:
            known = [
                reading
                for reading, value in zip(readings, column, strict=True)
                if value is not None
            ]
            standing = _Standing.between(known, begin_ms)
            values = tuple(value for value in column if value is not None)
        if sums := standing.sums(pole, values):
            yield sums


def padded(row: Thousandths, width: int) -> Thousandths:
    """A row of a panel that had fewer poles when it was read."""
    return row if len(row) == width else (*row, *(None,) * (width - len(row)))


def standing_times(readings: Sequence[Reading], begin_ms: int) -> Iterator[tuple[int, int]]:
    """From when until when each of a pole's readings stands within an interval; or no time."""
    end_ms = begin_ms + INTERVAL_MS
    nexts = [*(reading.time_ms for reading in readings[1:]), end_ms]
    for reading, following in zip(readings, nexts, strict=False):
        yield max(reading.time_ms, begin_ms), min(reading.until_ms, following, end_ms)


@dataclass(frozen=True, slots=True)
class _Standing:
    """For how long each of a pole's readings stands within one interval.

    Shared by all poles that missed no poll, which is nearly always all of them.
    """

    first: int  # index of the first reading that stands at all
    durations: list[int]  # ms, from that reading on
    covered_ms: int
    samples: int
    successive: Successive

    @classmethod
    def between(cls, readings: Sequence[Reading], begin: int) -> "_Standing":
        durations = [until - since for since, until in standing_times(readings, begin)]
        first = next((i for i, duration in enumerate(durations) if duration > 0), len(durations))
        standing = [max(0, duration) for duration in durations[first:]]
        samples = sum(reading.time_ms >= begin for reading in readings)
        successive = Successive.of(readings, begin)
        return cls(first, standing, sum(standing), samples, successive)

    def sums(self, pole: int, column: Sequence[int]) -> Held | None:
        values = column[self.first :]
        if not values:
            return None
        amount = sum(map(mul, values, self.durations))
        missed = self.successive.missed(column)
        return Held(pole, amount, self.covered_ms, self.samples, min(values), max(values), *missed)


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
    end = begin + INTERVAL_MS
    readings = {
        (time := to_ms(one.time)): Reading(time, time + hold_ms(one.interval_ms), one.current)
        for one in snapshots
    }
    known = [readings[time] for time in sorted(readings) if time < end]
    return [Interval(pole, start, *sums) for pole, *sums in held(known, begin)]
