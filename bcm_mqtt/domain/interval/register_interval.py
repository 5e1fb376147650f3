"""Intervals of energy registers: 15 minutes of one, as the levels that the rules decide from.

They outlast the polls, so that a bill decides the same before and after polls were removed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Self

import numpy as np

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.polls import Polls, Readings
from bcm_mqtt.domain.interval.slots import Integers
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.reading.register_levels import RegisterLevel, corners, levels_of
from bcm_mqtt.domain.time import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class RegisterInterval:
    """15 minutes of the energy register of one pole.

    Attributes:
        pole: Pole position, from 1.
        start: UTC, a multiple of 15 minutes.
        levels: What it showed, by time; never none.
    """

    pole: int
    start: datetime
    levels: tuple[RegisterLevel, ...]


def register_intervals_of(snapshots: Iterable[Snapshot], start: datetime) -> list[RegisterInterval]:
    """The interval that starts at `start` of every register that was read in it, by pole.

    Args:
        snapshots: As for `intervals_of`.
        start: UTC, a multiple of 15 minutes.
    """
    return registers(Polls.of(snapshots).readings(Quantity.ENERGY), to_ms(start))


def registers(energy: Readings, begin_ms: int) -> list[RegisterInterval]:
    """The same of readings of energy registers."""
    within = energy.since(begin_ms).before(begin_ms + INTERVAL_MS)
    start = from_ms(begin_ms)
    shown = {
        pole: zip(read.times_ms.tolist(), column, strict=True)
        for poles, read in within.read_together()
        for pole, column in zip(poles.tolist(), read.values.T.tolist(), strict=True)
    }
    return [
        RegisterInterval(pole, start, tuple(corners(levels_of(readings))))
        for pole, readings in sorted(shown.items(), key=itemgetter(0))
    ]


@dataclass(frozen=True, eq=False)
class RegisterPast:
    """What one register showed over a time, as arrays.

    Attributes:
        starts_ms: int64, levels: start of the interval of each, ms since the epoch.
        levels: int64, levels x 4: the fields of `RegisterLevel`, by time.
    """

    starts_ms: Integers = field(repr=False)
    levels: Integers = field(repr=False)

    @classmethod
    def of(cls, intervals: Sequence[RegisterInterval]) -> Self:
        """Of the intervals of one register, by start."""
        starts = [to_ms(item.start) for item in intervals for _ in item.levels]
        levels = [level for item in intervals for level in item.levels]
        return cls(np.array(starts, np.int64), np.array(levels, np.int64).reshape(-1, 4))

    @property
    def last_ms(self) -> dict[int, int]:
        """When the register was last read in each interval, by start; ms since the epoch."""
        ends = np.append(self.starts_ms[1:] != self.starts_ms[:-1], [True])[: len(self.starts_ms)]
        starts, last = self.starts_ms[ends], self.levels[ends, 1]
        return dict(zip(starts.tolist(), last.tolist(), strict=True))

    @property
    def since_ms(self) -> Integers:
        """For each level, since when the register has shown it, ms since the epoch."""
        shown = self.levels[:, 2]
        begins = np.concatenate(([True], shown[1:] != shown[:-1]))[: len(shown)]
        first = np.maximum.accumulate(np.where(begins, np.arange(len(shown)), 0))
        since: Integers = self.levels[first, 0]
        return since
