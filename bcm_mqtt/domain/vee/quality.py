"""Quality of interval data (VEE): how each figure came about (codes of ESPI), and findings."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final


class Quality(IntEnum):
    """QualityOfReading of ESPI (NAESB REQ.21), as far as we produce it."""

    VALID = 0
    """Measured by a device that measures power or energy."""
    EDITED = 7
    """Entered by hand; the original stays stored."""
    LIKE_DAY = 8
    """Estimated: the mean of like days ("estimated using reference day")."""
    INTERPOLATED = 9
    """Estimated: on a line between the measured neighbours."""
    QUESTIONABLE = 10
    """Measured, and flagged by validation."""
    DERIVED = 11
    """Measured as current, calculated at nominal voltage."""
    MIXED = 13
    """Of parts of different quality."""
    MISSING = 255
    """Neither measured nor estimated; not of ESPI, where such an interval is left out."""


NAMES: Final = {
    Quality.VALID: "measured",
    Quality.EDITED: "edited",
    Quality.LIKE_DAY: "estimated by like days",
    Quality.INTERPOLATED: "estimated by interpolation",
    Quality.QUESTIONABLE: "questionable",
    Quality.DERIVED: "calculated from current",
    Quality.MIXED: "part measured, part estimated",
    Quality.MISSING: "missing",
}
"""In the words of reports."""


class Flag(StrEnum):
    """What can be wrong with interval data."""

    ABOVE_RATING = "above_rating"
    """An interval's mean current is above 1.2 times the breaker's rating."""
    SPIKE = "spike"
    """(max - third highest) / third highest > 180 %, of 20 intervals or more."""
    REGISTER = "falling_register"
    """An energy register fell, or rose by more than can flow."""
    FLAT = "flat"
    """The same value for a day or longer."""
    CLOCK_BACK = "clock_back"
    """The clock of the bridge ran back."""
    POLE_TWICE = "pole_on_two_circuits"
    """A pole was on two circuits at once."""
    MAIN_DIFFERS = "main_differs"
    """The sum of a panel's circuits differs from what feeds it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that validation found.

    Attributes:
        flag: What.
        panel: Panel id.
        poles: Of the circuit; empty where it concerns the panel.
        start: From when, UTC.
        end: Until when, UTC.
        detail: With the figures.
    """

    flag: Flag
    panel: str
    poles: tuple[int, ...]
    start: datetime
    end: datetime
    detail: str
