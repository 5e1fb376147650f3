"""Which alarms a panel has, and beyond what each begins."""

from collections.abc import Iterator
from dataclasses import dataclass

from bcm_mqtt.config import AlarmSettings, PanelSettings
from bcm_mqtt.domain.reading.alarm import MAIN, AlarmKind, Limits
from bcm_mqtt.domain.site.circuit import CircuitVersion

_REDUNDANT = 80.0
_REDUNDANT_SHARE = 40.0
"""Of the smaller rating (DOMAIN): beyond that a feed cannot carry both loads for good."""


@dataclass(frozen=True, slots=True)
class AlarmRules:
    """The limits of one panel's alarms.

    Attributes:
        settings: Limits of the site.
        panel: Its ratings.
        partner: The other panel of a redundant pair, where this bridge polls it, too.
    """

    settings: AlarmSettings
    panel: PanelSettings
    partner: PanelSettings | None = None

    @property
    def smaller_rating(self) -> int | None:
        """Of the pair's main breakers; None where there is no pair or a rating is missing."""
        ours = self.panel.panel.main_rating
        theirs = self.partner.panel.main_rating if self.partner else None
        return min(ours, theirs) if ours and theirs else None

    def of_main(self) -> Iterator[AlarmKind]:
        """The alarms that the panel itself has."""
        yield AlarmKind.NO_DATA
        if self.panel.panel.main_rating:
            yield AlarmKind.OVERLOAD
            yield AlarmKind.IMBALANCE
            yield AlarmKind.NEUTRAL
        if self.smaller_rating:
            yield AlarmKind.REDUNDANCY
            yield AlarmKind.REDUNDANT_SHARE

    def of_circuit(self, version: CircuitVersion) -> Iterator[AlarmKind]:
        """The alarms that a circuit has."""
        if self.panel.panel.monitored(version.poles):
            yield AlarmKind.NO_DATA
            if version.rating_amps:
                yield AlarmKind.OVERLOAD

    def limits(self, kind: AlarmKind, pole: int = MAIN) -> Limits:
        """The limits of an alarm; those of no data are of a figure that is 0 or 1."""
        if kind is AlarmKind.NO_DATA:
            return self._limits(0.5, None, deadband=0.0)
        if kind is AlarmKind.IMBALANCE:
            return self._limits(self.settings.imbalance, None)
        if kind is AlarmKind.REDUNDANCY:
            return self._limits(_REDUNDANT, self.settings.critical)
        if kind is AlarmKind.REDUNDANT_SHARE:
            return self._limits(_REDUNDANT_SHARE, None)
        fully_rated = kind is AlarmKind.OVERLOAD and pole in self.panel.fully_rated
        critical = self.settings.critical
        return self._limits(critical if fully_rated else self.settings.warning, critical)

    def _limits(
        self, warning: float, critical: float | None, deadband: float | None = None
    ) -> Limits:
        return Limits(
            warning=warning,
            critical=critical,
            deadband=self.settings.deadband if deadband is None else deadband,
            on_delay=self.settings.on_delay,
            off_delay=self.settings.off_delay,
        )
