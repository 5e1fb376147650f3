"""Quality of interval data (VEE): how each figure came about (codes of ESPI), and findings."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final, NamedTuple

from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.vee.flag import Flag

__all__ = ["NAMES", "Finding", "Flag", "Found", "Quality"]


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


class Found(NamedTuple):
    """What a check finds in a circuit's month, over consecutive slots.

    Attributes:
        flag: Which.
        first: First slot.
        last: Last slot.
        detail: With the figures.
        formula: Id of the formula circuit that it is about; "" of any other.
    """

    flag: Flag
    first: int
    last: int
    detail: str


WHOLE_PANEL: Final = 0
"""The circuit of what concerns the panel itself."""


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
    formula: str = ""

    @property
    def circuit(self) -> CircuitId:
        """First pole of the circuit, the id of a formula, or 0 of the panel itself."""
        return self.formula or (self.poles[0] if self.poles else WHOLE_PANEL)
