"""The grid of a history: how long each of its points is, and where it begins."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Integers, Slots
from bcm_mqtt.domain.time import MS_PER_SECOND, from_ms, midnight, to_ms

MOST_POINTS: Final = 1_500
"""More than any chart has room for."""
_DAY: Final = timedelta(days=1)
_QUARTERS_AN_HOUR: Final = 4


@dataclass(frozen=True, slots=True)
class Step:
    """Length of a point.

    Attributes:
        name: As people and addresses have it, such as `15min`.
        ms: The length; a day may be longer or shorter by an hour.
    """

    name: str
    ms: int

    @property
    def quarters(self) -> int:
        """Intervals in it; 0 where it is shorter than one."""
        return self.ms // INTERVAL_MS


QUARTER: Final = Step("15min", INTERVAL_MS)
DAY: Final = Step("1d", QUARTERS_A_DAY * INTERVAL_MS)
POLLED: Final = tuple(
    Step(name, seconds * MS_PER_SECOND)
    for name, seconds in {
        "1s": 1,
        "2s": 2,
        "5s": 5,
        "10s": 10,
        "15s": 15,
        "30s": 30,
        "1min": 60,
        "2min": 120,
        "5min": 300,
    }.items()
)
"""Steps that snapshots are needed for."""
SUMMED: Final = (
    QUARTER,
    *(
        Step(name, quarters * INTERVAL_MS)
        for name, quarters in {"30min": 2, "1h": 4, "2h": 8, "3h": 12, "6h": 24, "12h": 48}.items()
    ),
    DAY,
)
"""Steps that intervals are enough for."""
STEPS: Final = {step.name: step for step in (*POLLED, *SUMMED)}


@dataclass(frozen=True)
class Grid:
    """Points one after the other.

    Attributes:
        step: Of each, but where clocks are changed.
        edges_ms: int64: the start of each and the end of the last, ms since the epoch.
    """

    step: Step
    edges_ms: Integers

    @property
    def starts_ms(self) -> Integers:
        """Start of each."""
        return self.edges_ms[:-1]

    @property
    def lengths_ms(self) -> Integers:
        """Length of each."""
        lengths: Integers = np.diff(self.edges_ms)
        return lengths

    @property
    def start(self) -> datetime:
        """Of the first point, UTC."""
        return from_ms(int(self.edges_ms[0]))

    @property
    def end(self) -> datetime:
        """Of the last point, UTC."""
        return from_ms(int(self.edges_ms[-1]))

    @property
    def slots(self) -> Slots:
        """The intervals of it, where its steps are made of them."""
        first, last = int(self.edges_ms[0]), int(self.edges_ms[-1])
        return Slots(first, (last - first) // INTERVAL_MS)


def finest(steps: tuple[Step, ...], start: datetime, end: datetime) -> Step | None:
    """The shortest of some steps, which come by length, that makes no more points than fit."""
    span_ms = to_ms(end) - to_ms(start)
    return next((step for step in steps if span_ms <= MOST_POINTS * step.ms), None)


def polled_grid(start: datetime, end: datetime, step: Step) -> Grid:
    """A grid of multiples of a step that is shorter than an interval, around start <= t < end."""
    first = to_ms(start) // step.ms
    last = -(-to_ms(end) // step.ms)
    return Grid(step, np.arange(first, last + 1, dtype=np.int64) * step.ms)


def local_grid(start: datetime, end: datetime, zone: ZoneInfo, step: Step) -> Grid:
    """A grid by the clock on the wall, around start <= t < end.

    A point begins where the clock shows a multiple of the step. Where it goes back, a point is
    longer by an hour, but the hour that comes twice is two points of an hour each.
    """
    first_day, last_day = (at.astimezone(zone).date() for at in (start, end))
    slots = Slots.between(midnight(first_day, zone), midnight(last_day + _DAY, zone))
    local = slots.local(zone)
    keys = local.days * QUARTERS_A_DAY + local.quarters
    begins = np.diff(keys // step.quarters) != 0
    if step.quarters <= _QUARTERS_AN_HOUR:
        begins |= np.diff(keys) < 0
    starts = np.concatenate(([0], np.flatnonzero(begins) + 1, [slots.count]))
    edges = slots.first_ms + starts.astype(np.int64) * INTERVAL_MS
    first = int(np.searchsorted(edges, to_ms(start), side="right")) - 1
    last = int(np.searchsorted(edges, to_ms(end), side="left"))
    return Grid(step, edges[max(0, first) : last + 1])
