"""A snapshot: all values of one panel, or of one of its sources, from one poll."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bcm_mqtt.domain.reading.quantity import Quantity

Thousandths = tuple[int | None, ...]
"""Integers in thousandths of the unit, index 0 is pole 1, None where a reading is missing."""
PER_UNIT: Final = 1_000
"""Thousandths of an ampere, volt or watt; and watts of a kW."""
_QUANTITIES: Final = tuple(Quantity)
"""To go through an enumeration itself takes as long as the rest of a look at a snapshot."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All values of one poll of a panel, or of one of its sources: a fact, never changed.

    Each member of `Quantity` has a field of its name: thousandths per pole, or None where the
    poll does not read it; of a current that is () then.

    Attributes:
        panel: Panel id.
        time: Of the poll, UTC, whole milliseconds.
        seq: Number of the poll since the bridge started.
        interval_ms: Poll period in ms, or the longest time until the next poll; a reading stands
            for at most 1.5 of it.
        current: mA per pole.
        power: mW per pole.
        energy: Wh register per pole.
        voltage: mV of the pole's phase to neutral.
        power_factor: Thousandths per pole.
        reactive_power: mvar per pole.
        apparent_power: mVA per pole.
        frequency: mHz.
        errors: Reason by unit id, for units whose readings are missing.
        source: Of the panel's readings; "" where there is only one.
        poles: That the poll reads, where others read more of the panel, from 1; () are all. Those
            that are not among them are absent: that they have no value is no failure. Not stored.
    """

    panel: str
    time: datetime
    seq: int
    interval_ms: int
    current: Thousandths = ()
    power: Thousandths | None = None
    energy: Thousandths | None = None
    voltage: Thousandths | None = None
    power_factor: Thousandths | None = None
    reactive_power: Thousandths | None = None
    apparent_power: Thousandths | None = None
    frequency: Thousandths | None = None
    errors: Mapping[int, str] = field(default_factory=dict)
    source: str = ""
    poles: tuple[int, ...] = ()

    def says_anything(self) -> bool:
        """Whether any value was read."""
        quantities = map(self.values, _QUANTITIES)
        return any(value is not None for values in quantities if values for value in values)

    def values(self, quantity: Quantity) -> Thousandths | None:
        """Those of a quantity, or None where the device does not measure it."""
        values: Thousandths | None = getattr(self, quantity)
        return values
