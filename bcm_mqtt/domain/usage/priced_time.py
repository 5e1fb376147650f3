"""Priced time: the spans of one rate each, and the time-of-use period of their intervals.

What the interval pipeline needs to know of a tariff, so that usage need not know tariffs.
"""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.slots import Flags, Slots

ALL_HOURS = ""
"""The period of a rate that has but one."""

Codes = NDArray[np.uint8]
"""The period of each slot: an index into the names of the periods."""


@dataclass(frozen=True, slots=True, eq=False)
class PricedTime:
    """A span in which one rate holds: start <= t < end. Equal only to itself.

    Attributes:
        start: UTC.
        end: UTC.
        periods: Names of the rate's periods.
        codes: For each slot of the month the period, of no meaning outside of the span;
            None where the rate has but one period.
    """

    start: datetime
    end: datetime
    periods: tuple[str, ...] = (ALL_HOURS,)
    codes: Codes | None = field(default=None, repr=False)

    def flags(self, period: str, slots: Slots) -> Flags:
        """Which slots are of the span and the period; `slots` are those of the codes."""
        found = np.zeros(slots.count, np.bool_)
        if period in self.periods:
            span = Slots.between(self.start, self.end).within(slots)
            code = self.periods.index(period)
            found[span] = True if self.codes is None else self.codes[span] == code
        return found
