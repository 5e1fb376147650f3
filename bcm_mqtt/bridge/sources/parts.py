"""Panels that several polls make: which circuits a poll is of, and what is measured of them."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.config import PanelSettings, SourceSettings
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
    def of(cls, sources: Iterable[SourceSettings]) -> "PanelParts":
        """Those of a panel's sources that are read together."""
        together = tuple(sources)

        def measured(quantity: Quantity) -> frozenset[int]:
            return frozenset(
                pole - 1
                for source in together
                for pole, quantities in source.measured.items()
                if quantity in quantities
            )

        return cls(measured(Quantity.POWER), measured(Quantity.ENERGY))

    def part(self, poles: Iterable[int]) -> "Part":
        """What a poll is of that reads these poles."""
        return Part(self, frozenset(pole - 1 for pole in poles))


class DatedParts:
    """A panel's parts as its sources begin and end."""

    def __init__(self, panel: PanelSettings) -> None:
        """Takes a panel of which a poll may not be of all of it."""
        self._panel = panel
        dates = {at for one in panel.sources for at in (one.valid_from, one.valid_to) if at}
        self._changes = sorted(dates)
        self._parts: dict[int, PanelParts] = {}
        readers = Counter(pole - 1 for source in panel.sources for pole in source.poles)
        self.handed_over = frozenset(index for index, count in readers.items() if count > 1)
        """Indices of the poles that several sources read in turn."""

    @classmethod
    def of(cls, panel: PanelSettings) -> "DatedParts | None":
        """Those of a panel; None where each poll is of all of it."""
        return None if panel.is_whole else cls(panel)

    def at(self, time: datetime) -> PanelParts:
        """What is measured at an instant."""
        passed = bisect_right(self._changes, time)
        if passed not in self._parts:
            self._parts[passed] = PanelParts.of(self._panel.sources_at(time))
        return self._parts[passed]


@dataclass(frozen=True, slots=True)
class Part:
    """What one poll is of.

    Attributes:
        panel: With all sources that are read then.
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
