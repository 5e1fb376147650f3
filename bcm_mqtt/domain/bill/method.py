"""How energy was calculated where no meter measured it, in the words of bills and exports."""

from collections.abc import Iterable
from decimal import Decimal

from bcm_mqtt.domain.usage.usage import SupplyHours, Usage
from bcm_mqtt.domain.vee.measured_energy import EnergySource

METHOD = "calculated from current at nominal voltage and a stated power factor"
"""How derived figures are declared (ESPI ReadingType quality 11, derived)."""


def method_of(usage: Iterable[Usage]) -> str:
    """The method of some rows, with the circuit-hours of each where companions measured any."""
    rows = [row for row in usage if EnergySource.CURRENT in row.sources]
    if not any(row.supply for row in rows):
        return METHOD
    hours = [row.supply or _nominal(row) for row in rows]
    volts = _shares(
        sum((one.measured_voltage for one in hours), Decimal(0)),
        sum((one.nominal_voltage for one in hours), Decimal(0)),
        ("measured voltage", "nominal voltage"),
    )
    factors = _shares(
        sum((one.measured_power_factor for one in hours), Decimal(0)),
        sum((one.stated_power_factor for one in hours), Decimal(0)),
        ("a measured power factor", "a stated power factor"),
    )
    return f"calculated from current at {volts} and {factors}"


def _nominal(row: Usage) -> SupplyHours:
    """Of a row of a panel without companions."""
    hours = row.coverage.measured_hours
    return SupplyHours(Decimal(0), hours, Decimal(0), hours)


def _shares(measured: Decimal, other: Decimal, names: tuple[str, str]) -> str:
    """Such as `measured voltage (702 h) or nominal voltage (42 h)`."""
    if not measured:
        return names[1]
    if not other:
        return f"{names[0]} ({_hours(measured)})"
    return f"{names[0]} ({_hours(measured)}) or {names[1]} ({_hours(other)})"


def _hours(hours: Decimal) -> str:
    """Without needless zeros."""
    text = f"{hours:,f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} h"
