"""Rows of a bill's usage with the loads that they are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.explaining.steps import FigureQuery, Step, local, number
from bcm_mqtt.domain.interval.slots import Integers
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH
from bcm_mqtt.domain.usage.cut import Cut
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage
from bcm_mqtt.domain.usage.usage import Usage


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a bill's usage with the part of a load that it is made of."""

    usage: Usage
    part: CircuitUsage
    cut: Cut

    @property
    def microwatt_hours(self) -> int:
        """Its energy before it is rounded to kWh."""
        return self.cut.total(self.part.load.microwatt_hours)

    @property
    def by_slot(self) -> Integers:
        """Its energy by slot of the month, in uWh."""
        return self.cut.by_slot(self.part.load.microwatt_hours)

    def query(self, *, at: datetime | None = None, day: date | None = None) -> FigureQuery:
        """Where its circuit is explained, or an interval or a day of it."""
        return FigureQuery(
            circuit=(self.usage.panel, self.usage.circuit.first_pole), at=at, day=day
        )

    def title(self, zone: ZoneInfo) -> str:
        """`rpp-1a:1+3 Customer1-A-1, 2026-03-01 00:00 to 2026-04-01 00:00, on-peak`."""
        usage = self.usage
        circuit = f"{usage.panel}:{poles_text(usage.circuit.poles)} {usage.circuit.description}"
        times = f"{local(usage.start, zone)} to {local(usage.end, zone)}"
        return ", ".join(filter(None, (circuit.strip(), times, usage.period)))

    def in_kwh(self, what: str, see: FigureQuery | None = None) -> Step:
        """Its energy in kWh."""
        formula = f"{number(self.microwatt_hours)} uWh / {number(MICROWATT_HOURS_PER_KWH)}"
        return Step(what, self.usage.kwh, "kWh", formula, see=see)


def rows_of(parts: Sequence[CircuitUsage]) -> list[Row]:
    """The rows of a customer's circuits."""
    return [
        Row(usage, part, cut)
        for part in parts
        for usage, cut in zip(part.rows, part.cuts, strict=True)
    ]
