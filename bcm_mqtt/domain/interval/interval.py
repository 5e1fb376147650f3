"""Intervals: 15 minutes of one pole's current as exact sums, computed from raw snapshots.

The sums are integers (mA x ms), so the result depends on the set of snapshots alone, not
on the order or number of their arrivals.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.domain.interval.left_hold import INTERVAL_MS, Reading, held, hold_ms
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time.instants import to_ms

__all__ = [
    "INTERVAL_MS",
    "Interval",
    "hold_ms",
    "interval_start_ms",
    "intervals_of",
    "touched_intervals",
]


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
    """

    pole: int
    start: datetime
    milliamp_ms: int
    covered_ms: int
    samples: int
    min_milliamps: int
    max_milliamps: int


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
