"""A snapshot: all values of one panel from one poll."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

Thousandths = tuple[int | None, ...]
"""Integers in thousandths of the unit, index 0 is pole 1, None where a reading is missing."""
PER_UNIT: Final = 1_000
"""Thousandths of an ampere, volt or watt; and watts of a kW."""
MOST_MILLIS = 2**31 - 1
"""Of mA and mV, which the store holds in 32 bits: two million amps or volts."""
MOST_THOUSANDTHS = 10**13
"""Times the ms of an interval, which is what the store sums, it still fits 64 bits."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All values of one panel from one poll: a fact, never changed.

    Attributes:
        panel: Panel id.
        time: Of the poll, UTC, whole milliseconds.
        seq: Number of the poll since the bridge started.
        interval_ms: Poll period in ms; a reading stands for at most 1.5 of it.
        current: mA per pole.
        power: mW per pole where the device measures it.
        energy: Wh register per pole where the device has one.
        voltage: mV per pole where the device measures it.
        errors: Reason by unit id, for units whose readings are missing.
    """

    panel: str
    time: datetime
    seq: int
    interval_ms: int
    current: Thousandths
    power: Thousandths | None = None
    energy: Thousandths | None = None
    voltage: Thousandths | None = None
    errors: Mapping[int, str] = field(default_factory=dict)

    def says_anything(self) -> bool:
        """Whether any value was read."""
        quantities = (self.current, self.power, self.energy, self.voltage)
        return any(value is not None for values in quantities if values for value in values)
