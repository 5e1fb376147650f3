"""How well a panel's month is known."""

from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.usage.usage import Coverage


@dataclass(frozen=True, slots=True)
class PanelQuality:
    """A panel's month.

    Attributes:
        panel: Its id.
        circuits: How many, the poles without a circuit among them.
        kwh: All of it.
        estimated_kwh: Of it, estimated or entered by hand.
        coverage: Circuit-hours.
        findings: How many things validation found.
    """

    panel: str
    circuits: int
    kwh: Decimal
    estimated_kwh: Decimal
    coverage: Coverage
    findings: int
