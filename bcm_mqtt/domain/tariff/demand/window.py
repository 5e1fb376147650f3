"""Over which time demand is measured, and when: windows of quarter hours, and stated peak times."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from bcm_mqtt.domain.interval.slots import Flags, LocalSlots

QUARTER_MINUTES = 15
WINDOW_MINUTES = (5, 10, 15, 30, 60)
"""Lengths of windows; finer ones than quarter hours are measured by polls."""
STEP_MINUTES = (1, 5, 15)
"""In which windows slide."""


@dataclass(frozen=True, slots=True, order=True)
class PeakTime:
    """When a window begins that alone counts, as clocks on the wall show it.

    Attributes:
        day: Local day.
        quarter: Quarter hour of the day, 0 to 95.
    """

    day: date
    quarter: int

    def __str__(self) -> str:
        """`2026-01-15 17:00`."""
        hour, quarter = divmod(self.quarter, 4)
        return f"{self.day} {hour:02}:{quarter * QUARTER_MINUTES:02}"


def at_peak_times(times: Iterable[PeakTime], minutes: int, local: LocalSlots) -> Flags:
    """Which slots are in one of the windows that begin at some times."""
    flags = np.zeros(local.days.size, np.bool_)
    for time in times:
        since = local.quarters - time.quarter
        begun = (since >= 0) & (since < minutes // QUARTER_MINUTES)
        flags |= (local.days == time.day.toordinal()) & begun
    return flags
