"""Intervals: 15 minutes of one pole as exact sums, computed from raw snapshots.

Left-hold: a reading stands until the pole's next reading, at most 1.5 polls; what is
left over is uncovered time. A poll that failed for a pole is no reading of it. The sums
are integers (mA x ms), so the result depends on the set of snapshots alone, not on the
order or number of their arrivals.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import mul

from bcm_mqtt.domain.instants import from_ms, to_ms
from bcm_mqtt.domain.reading import Snapshot

INTERVAL_MS = 900_000


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


def hold_ms(interval_ms: int) -> int:
    """How long a reading stands at most: 1.5 polls."""
    return interval_ms * 3 // 2


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
    by_time = {to_ms(snapshot.time): snapshot for snapshot in snapshots}
    times = sorted(time for time in by_time if time < end)
    readings = [by_time[time] for time in times]
    holds = [
        time + hold_ms(reading.interval_ms) for time, reading in zip(times, readings, strict=True)
    ]
    if not times:
        return []
    every = _Standing.between(times, holds, begin, end)
    width = max(len(reading.current) for reading in readings)
    columns = zip(*(_padded(reading.current, width) for reading in readings), strict=True)
    found = []
    values: Sequence[int]
    for pole, column in enumerate(columns, start=1):
        if None in column:
            kept = [index for index, value in enumerate(column) if value is not None]
            standing = _Standing.between(
                [times[index] for index in kept], [holds[index] for index in kept], begin, end
            )
            values = [value for value in column if value is not None]
        else:
            standing, values = every, column
        if interval := standing.interval(pole, values, begin):
            found.append(interval)
    return found


@dataclass(frozen=True, slots=True)
class _Standing:
    """For how long each of a pole's readings stands within one interval.

    Shared by all poles that missed no poll, which is nearly always all of them.
    """

    first: int  # index of the first reading that stands at all
    durations: list[int]  # ms, from that reading on
    samples: int

    @classmethod
    def between(
        cls, times: Sequence[int], holds: Sequence[int], begin: int, end: int
    ) -> "_Standing":
        nexts = [*times[1:], end] if times else []
        durations = [
            min(hold, following, end) - max(time, begin)
            for time, hold, following in zip(times, holds, nexts, strict=True)
        ]
        first = next((i for i, duration in enumerate(durations) if duration > 0), len(durations))
        samples = sum(time >= begin for time in times)
        return cls(first, [max(0, duration) for duration in durations[first:]], samples)

    def interval(self, pole: int, column: Sequence[int], begin: int) -> Interval | None:
        values = column[self.first :]
        if not values:
            return None
        return Interval(
            pole=pole,
            start=from_ms(begin),
            milliamp_ms=sum(map(mul, values, self.durations)),
            covered_ms=sum(self.durations),
            samples=self.samples,
            min_milliamps=min(values),
            max_milliamps=max(values),
        )


def _padded(row: Sequence[int | None], width: int) -> Sequence[int | None]:
    """A row of a panel that had fewer poles when it was read."""
    return row if len(row) == width else (*row, *(None,) * (width - len(row)))
