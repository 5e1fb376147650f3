"""Points: least, mean and greatest of a quantity over the times of a grid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.history.grid import Grid
from bcm_mqtt.domain.interval.slots import Slots

Floats = NDArray[np.float64]
"""One value per point or slot; NaN where nothing was measured."""


class Source(StrEnum):
    """What a history is made of; the value is what people read."""

    SNAPSHOTS = "snapshots"
    INTERVALS = "15-minute intervals"
    DAY_TOTALS = "daily totals"


@dataclass(frozen=True)
class Band:
    """A quantity by point, in A or W."""

    least: Floats
    mean: Floats
    greatest: Floats

    @classmethod
    def missing(cls, count: int) -> Self:
        """Of so many points, of which nothing is known."""
        return cls(*(np.full(count, np.nan) for _ in range(3)))


@dataclass(frozen=True)
class Points:
    """What was measured, by point.

    Attributes:
        grid: The points.
        sources: What they are made of.
        amps: By pole; none of a customer.
        watts: Real power. From snapshots its least and greatest are of readings, from
            intervals of their 15-minute means.
        kwh: Energy of the measured time.
        measured_ms: Time that is measured; of a customer of all his circuits.
        expected_ms: Time in which it was there to be measured.
    """

    grid: Grid
    sources: tuple[Source, ...]
    amps: Mapping[int, Band]
    watts: Band = field(repr=False)
    kwh: Floats = field(repr=False)
    measured_ms: Floats = field(repr=False)
    expected_ms: Floats = field(repr=False)

    @property
    def measured_share(self) -> Floats:
        """Of the expected time, 0 to 1; NaN where none is expected."""
        share: Floats = np.full(self.expected_ms.shape, np.nan)
        np.divide(self.measured_ms, self.expected_ms, out=share, where=self.expected_ms > 0)
        return np.minimum(share, 1.0)

    @property
    def total_kwh(self) -> float:
        """Energy of all the measured time."""
        return float(np.nansum(self.kwh))


def ratio(amounts: Floats, by: Floats) -> Floats:
    """Amounts by something that is 0 where there are none: NaN there."""
    ratios: Floats = np.full(amounts.shape, np.nan)
    np.divide(amounts, by, out=ratios, where=by > 0)
    return ratios


DAYS, HOURS = 7, 24
_QUARTERS_AN_HOUR: Final = 4


@dataclass(frozen=True)
class TypicalWeek:
    """Mean power of each hour of the week.

    Attributes:
        watts: 7 x 24, Monday first; NaN where nothing was measured.
        hours: 7 x 24: of how many measured hours each is the mean.
    """

    watts: Floats
    hours: Floats


def typical_week(watts: Floats, slots: Slots, zone: ZoneInfo) -> TypicalWeek:
    """The typical week of power by slot, NaN where it is missing."""
    local = slots.local(zone)
    hours = (local.days + 6) % DAYS * HOURS + local.quarters // _QUARTERS_AN_HOUR
    known = ~np.isnan(watts)
    count = np.bincount(hours[known], minlength=DAYS * HOURS).astype(np.float64)
    total: Floats = np.bincount(hours[known], watts[known], DAYS * HOURS).astype(np.float64)
    shape = DAYS, HOURS
    return TypicalWeek(
        ratio(total, count).reshape(shape), (count / _QUARTERS_AN_HOUR).reshape(shape)
    )
