"""A circuit version: what one breaker was, from one instant on."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bcm_mqtt.domain.site.connection import Connection
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time.instants import BEGINNING


@dataclass(frozen=True, slots=True)
class CircuitVersion:
    """One breaker's data from `valid_from` until its next version.

    Attributes:
        poles: Its pole positions, ascending; the first identifies it within the panel.
        description: What the panel schedule says, such as `Customer1-A-1`.
        rating_amps: Of the breaker, None where unknown.
        connection: How its load is connected.
        customer: Explicit customer id, or "" to take it from the description.
        power_factor: Or None for the panel's.
        valid_from: UTC.
    """

    poles: tuple[int, ...]
    description: str = ""
    rating_amps: int | None = None
    connection: Connection = Connection.LINE_NEUTRAL
    customer: str = ""
    power_factor: Decimal | None = None
    valid_from: datetime = BEGINNING

    @property
    def first_pole(self) -> int:
        """The pole that identifies the circuit within its panel."""
        return self.poles[0]

    @property
    def in_service(self) -> bool:
        """False for the version that records the breaker's removal."""
        return self.connection is not Connection.NONE

    def power_factor_on(self, panel: Panel) -> Decimal:
        """Its own power factor, or the panel's where it states none."""
        return panel.power_factor if self.power_factor is None else self.power_factor


def poles_text(poles: tuple[int, ...]) -> str:
    """Poles as people write them: `1+3+5`."""
    return "+".join(map(str, poles))
