"""A panel with its sources."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from bcm_mqtt.config.sources.settings import SourceSettings
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.register_step import RegisterScale
from bcm_mqtt.domain.site.instrument_edit import MeteredPanel
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import BEGINNING, to_ms

_FOR_GOOD: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """A panel and where its poles are read.

    Attributes:
        panel: Geometry and voltages.
        sources: At least one; at any instant a pole has one at most.
        fully_rated: First poles of the breakers that may carry 100 % of their rating
            continuously; `MAIN` is the main breaker.
    """

    panel: Panel
    sources: tuple[SourceSettings, ...]
    fully_rated: frozenset[int] = frozenset()

    def sources_at(self, time: datetime) -> tuple[SourceSettings, ...]:
        """Those that are read at an instant; none of a panel that has gone."""
        if self.panel.has_gone(time):
            return ()
        return tuple(source for source in self.sources if source.is_there(time))

    def source_of(self, pole: int, time: datetime) -> SourceSettings | None:
        """The one that reads a pole at an instant."""
        return next((one for one in self.sources_at(time) if pole in one.measured), None)

    def measures(self, quantity: Quantity) -> bool:
        """Whether any of its sources does."""
        return any(quantity in source.quantities for source in self.sources)

    @property
    def is_whole(self) -> bool:
        """Whether each poll is of all of the panel: it has one source, with one period."""
        return not self.sources[0].name and len(self.sources[0].polled) == 1

    @property
    def register_scales(self) -> dict[int, RegisterScale]:
        """How the energy registers of its poles count, of those that have one; the latest's."""
        scales: dict[int, RegisterScale] = {}
        for source in sorted(self.sources, key=lambda one: one.valid_from or BEGINNING):
            for pole, scale in source.register_scales.items():
                if source.valid_from and (before := scales.get(pole)):
                    replaced = (*before.replaced_ms, to_ms(source.valid_from))
                    scales[pole] = replace(scale, replaced_ms=replaced)
                else:
                    scales[pole] = scale
        return dict(sorted(scales.items()))

    @property
    def current_read(self) -> dict[int, tuple[tuple[datetime, datetime], ...]]:
        """When the current of each pole is read: the times of its sources that do, UTC."""
        times: dict[int, tuple[tuple[datetime, datetime], ...]] = {}
        for source in self.sources:
            span = source.valid_from or BEGINNING, source.valid_to or _FOR_GOOD
            for pole, quantities in source.measured.items():
                if Quantity.CURRENT in quantities:
                    times[pole] = (*times.get(pole, ()), span)
        return times

    @property
    def metered(self) -> MeteredPanel:
        """The panel with what each of its units measures, without the rows of meters.csv.

        Units of two sources that have one id are left out: their poles name them.
        """
        ids = Counter(unit for source in self.sources for unit in source.units)
        units = {
            unit: poles
            for source in self.sources
            for unit, poles in source.units.items()
            if ids[unit] == 1
        }
        return MeteredPanel(self.panel, dict(sorted(units.items())))
