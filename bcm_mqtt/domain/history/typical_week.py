"""The typical week: mean power by weekday and hour of the local clock."""

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.domain.history.points import Floats, ratio
from bcm_mqtt.domain.interval.slots import Slots

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
