"""Pace: how much a live value must change, and how long it waits, before it is said again.

A listener such as Home Assistant writes a row into its database with each new value, of about
175 bytes. Snapshots go at full rate and are what is stored and billed; live values are to be
looked at, and need not follow each tenth of an ampere of each poll.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bcm_mqtt.domain.time import EPOCH

REFRESH: Final = timedelta(minutes=5)
"""A value comes again after this time, whatever it is."""
_QUARTER: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Pace:
    """Of a quantity.

    Attributes:
        least: A change that is smaller waits for the refresh, in the quantity's unit.
        share: Nor does one that is a smaller share of the value that was said last, 0 to 1.
        interval: From one value to the next, at least.
    """

    least: float = 0.0
    share: float = 0.0
    interval: timedelta = timedelta(0)

    def says(self, before: float, after: float) -> bool:
        """Whether a change is large enough to be said before the refresh."""
        return abs(after - before) >= max(self.least, self.share * abs(before))


AT_ONCE: Final = Pace()
_MINUTE: Final = timedelta(minutes=1)
AMPERES: Final = Pace(0.2, 0.05, _MINUTE)
WATTS: Final = Pace(25.0, 0.05, _MINUTE)
PERCENT: Final = Pace(2.0, 0.05, _MINUTE)
PACES: Final[Mapping[str, Pace]] = {
    "current": AMPERES,
    "power": WATTS,
    "load": PERCENT,
    "current_a": AMPERES,
    "current_b": AMPERES,
    "current_c": AMPERES,
    "neutral": AMPERES,
    "imbalance": PERCENT,
    "redundant_load": PERCENT,
}
"""Of the quantities of circuits and mains, by the last level of their topics; but for energy."""


def quarter_hour(time: datetime) -> int:
    """The quarter hour that a time in UTC lies in, counted from 1970."""
    return (time - EPOCH) // _QUARTER
