"""An interval at measured voltage and power factor, worked out by what its explanation prints."""

from decimal import Decimal

import pytest

from bcm_mqtt.billing.explaining.energy_steps import current_steps
from bcm_mqtt.billing.explaining.steps import Section
from bcm_mqtt.domain.interval.phase_values import phase_values
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.vee.interval_energy import circuit_intervals
from unit.billing.explaining.calculator import check
from unit.domain.examples import NOON, QUARTER, Readings, full, panel
from unit.domain.test_measured_supply import PF, V, companion, with_companion


@pytest.mark.parametrize("power_factors", [(), PF])
@pytest.mark.parametrize("volts", [(), V])
@pytest.mark.parametrize(
    ("connection", "service", "amps", "unmonitored"),
    [
        ("1P", "120/208", (10.123,), ()),
        ("2P", "120/208", (12.1, 11.9), ()),
        ("2P", "120/240", (12,), (3,)),
        ("2P-N", "120/240", (12, 10), ()),
        ("3P", "120/208", (20, 15, 10), ()),
        ("3P", "120/208", (20, 10), (3,)),
        ("3P-D", "120/208", (20, 15, 10), ()),
        ("3P-D", "120/208", (20, 5, 5), ()),
    ],
)
def test_the_explanation_comes_to_the_billed_energy(
    connection: str,
    service: str,
    amps: tuple[float, ...],
    unmonitored: tuple[int, ...],
    volts: tuple[float, ...],
    power_factors: tuple[float, ...],
) -> None:
    of = with_companion(panel(service, unmonitored=unmonitored))
    poles = tuple(range(1, 2 * Connection(connection).pole_count, 2))
    version = CircuitVersion(poles, connection=Connection(connection))
    currents = {
        pole: full(NOON, NOON + QUARTER, pole=pole, milliamps=round(amp * 1000))
        for pole, amp in zip(of.monitored(poles), amps, strict=True)
    }
    profile = Readings(NOON, NOON + QUARTER, currents).profile()
    measured = companion(volts, power_factors) if volts or power_factors else {}
    intervals = circuit_intervals(
        of, version, profile, {}, phases=phase_values(of, measured, profile.slots)
    )
    at = (to_ms(NOON) - profile.slots.first_ms) // 900_000
    steps = tuple(current_steps(of, version, intervals, at))
    assert check([Section("", steps)])
    energy = next(step for step in steps if step.what == "energy")
    assert energy.amount == int(intervals.microwatt_hours[at])
    found = {step.what: step.amount for step in steps}
    if volts:
        assert found["voltage of phase A, mean of msb-1:1"] == Decimal("118.000000000000")
    if power_factors:
        assert found["power factor of phase A, mean of msb-1:1"] == pytest.approx(Decimal("0.9"))
