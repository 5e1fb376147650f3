"""A series of prices, as who publishes it has it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.tariff.prices.series_prices import SeriesPrices

RESOLUTIONS: Final = (15, 30, 60)
"""Minutes; energy is known by quarter hours, so that a finer price would have none of its own."""


class EnergyUnit(StrEnum):
    """What a published price is of."""

    KWH = "kWh"
    MWH = "MWh"

    @property
    def kwh(self) -> int:
        """How many kWh it is."""
        return 1000 if self is EnergyUnit.MWH else 1


@dataclass(frozen=True, slots=True)
class PriceSeries:
    """A series of prices.

    Attributes:
        id: In tariffs.
        currency: ISO 4217, that of the tariffs that use it.
        unit: What its published prices are of.
        minutes: How long a price holds: one of RESOLUTIONS.
        zone: Of its local times.
        file: That the configuration names for its prices; "" where they are imported.
        stated: Its prices there; None where they are imported.
    """

    id: str
    currency: str
    unit: EnergyUnit
    minutes: int
    zone: ZoneInfo
    file: str = ""
    stated: SeriesPrices | None = None
