"""The quantities that a poll brings of each pole, each declared once.

The keys of profiles and of the snapshot's payload, the columns of the table of snapshots, what
polls read, and exports and imports derive from these declarations. A further quantity is a
member here, a field of `Snapshot` with its name, and a migration that adds its column.
"""

from enum import StrEnum
from typing import Self

MOST_MILLIS = 2**31 - 1
"""Of mA, mV, mHz and thousandths of a power factor, which the store holds in 32 bits."""
MOST_THOUSANDTHS = 10**13
"""Times the ms of an interval, which is what the store sums, it still fits 64 bits."""


class Quantity(StrEnum):
    """What a device measures per pole; the value is its name wherever it has one.

    Attributes:
        unit: Of a profile's scale and of what is shown; stored in integers of its thousandths.
        most: Largest amount that is taken and stored, in thousandths.
        by_phase: Whether many channels of a meter may share one register of it.
    """

    unit: str
    most: int
    by_phase: bool

    CURRENT = "current", "A", MOST_MILLIS
    POWER = "power", "W", MOST_THOUSANDTHS
    """Real power; below 0 where it is exported."""
    ENERGY = "energy", "kWh", MOST_THOUSANDTHS
    """Register of imported real energy."""
    VOLTAGE = "voltage", "V", MOST_MILLIS, True
    """Of the pole's phase to neutral."""
    POWER_FACTOR = "power_factor", "1", MOST_MILLIS
    """As the device has it: what its sign means differs."""
    REACTIVE_POWER = "reactive_power", "var", MOST_THOUSANDTHS
    APPARENT_POWER = "apparent_power", "VA", MOST_THOUSANDTHS
    FREQUENCY = "frequency", "Hz", MOST_MILLIS, True

    def __new__(cls, name: str, unit: str, most: int, by_phase: bool = False) -> Self:  # noqa: FBT001, FBT002 - a table's column
        """A row of the table above."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.unit = unit
        member.most = most
        member.by_phase = by_phase
        return member

    @property
    def wide(self) -> bool:
        """Whether it needs 64 bits."""
        return self.most > MOST_MILLIS

    @property
    def label(self) -> str:
        """In a text."""
        return self.replace("_", " ")
