"""Panels that several polls make: which circuits a poll is of, and what is measured of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from bcm_mqtt.config import PanelSettings
from bcm_mqtt.domain.reading.loading import CircuitMeter
from bcm_mqtt.domain.reading.quantity import Quantity


@dataclass(frozen=True, slots=True)
class PanelParts:
    """What the sources of a panel measure.

    Attributes:
        powered: Indices of the poles of which power is measured, so that it is not derived.
        registered: Of those that have an energy register, so that energy is not summed up.
    """

    powered: frozenset[int]
    registered: frozenset[int]

    @classmethod
    def of(cls, panel: PanelSettings) -> "PanelParts | None":
        """Those of a panel; None where each poll is of all of it."""
        if panel.is_whole:
            return None

        def measured(quantity: Quantity) -> frozenset[int]:
            return frozenset(
                pole - 1
                for source in panel.sources
                for pole, quantities in source.measured.items()
                if quantity in quantities
            )

        return cls(measured(Quantity.POWER), measured(Quantity.ENERGY))

    def part(self, poles: Iterable[int]) -> "Part":
        """What a poll is of that reads these poles."""
        return Part(self, frozenset(pole - 1 for pole in poles))


@dataclass(frozen=True, slots=True)
class Part:
    """What one poll is of.

    Attributes:
        panel: With all of its sources.
        indices: Of the poles that it reads.
    """

    panel: PanelParts
    indices: frozenset[int]

    def reads(self, meter: CircuitMeter) -> bool:
        """Whether it reads any pole of a circuit."""
        return not self.indices.isdisjoint(meter.indices)

    def counts(self, meter: CircuitMeter) -> bool:
        """Whether it is the one, of those that read a circuit, by which its energy is summed up."""
        return bool(meter.indices) and meter.indices[0] in self.indices

    def has_power(self, meter: CircuitMeter) -> bool:
        """Whether the power of a circuit is measured."""
        return not self.panel.powered.isdisjoint(meter.indices)

    def has_register(self, meter: CircuitMeter) -> bool:
        """Whether a circuit has an energy register."""
        return not self.panel.registered.isdisjoint(meter.indices)
