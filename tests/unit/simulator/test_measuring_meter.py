"""The meter that measures voltage, read by the bridge's own line with the shipped profile."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.modbus import Line, ReadError, ReadRequest, Tcp, line_random, poll_panel, read_plan
from bcm_mqtt.profiles import shipped_profiles
from bcm_mqtt.simulator import MeasuringMeter, PhaseReading, SimulatedGateway, supply
from unit.builders import UNHURRIED

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PHASES = (
    PhaseReading(120.5, 10.0, 0.8, 1234.5),
    PhaseReading(119.0, 4.0, -0.5, 2.0),
    PhaseReading(118.25, 2.0, 0.6, 0.0, leading=True),
)


async def test_every_quantity_is_read_through_the_line() -> None:
    meter = MeasuringMeter(lambda _: PHASES, lambda: NOON, hertz=59.5)
    profile = shipped_profiles()["sdm630"]
    async with SimulatedGateway({7: meter}) as gateway:
        line = Line("sim", Tcp("127.0.0.1", gateway.port), 5.0, line_random(1))
        plan = read_plan("p", profile, [7], profile.pole_count)
        polled = await poll_panel(line, plan, lambda: NOON, 1, 1000)
        with pytest.raises(ReadError, match="illegal function"):
            await line.read(ReadRequest(7, 3, 0, 2, ()))
        with pytest.raises(ReadError, match="illegal data address"):
            await line.read(ReadRequest(7, 4, 0x0182, 2, ()))
        line.close()
    snapshot = polled.snapshot
    assert snapshot.errors == {}
    assert {quantity: snapshot.values(quantity) for quantity in Quantity} == {
        Quantity.CURRENT: (10_000, None, 4_000, None, 2_000),
        Quantity.POWER: (964_000, None, -238_000, None, 141_900),
        Quantity.ENERGY: (1_234_500, None, 2_000, None, 0),
        Quantity.VOLTAGE: (120_500, None, 119_000, None, 118_250),
        Quantity.POWER_FACTOR: (800, None, -500, None, 600),
        Quantity.REACTIVE_POWER: (723_000, None, 412_228, None, -189_200),
        Quantity.APPARENT_POWER: (1_205_000, None, 476_000, None, 236_500),
        Quantity.FREQUENCY: (59_500, None, 59_500, None, 59_500),
    }


@UNHURRIED
@given(st.integers(0, 40 * 86_400), st.integers(0, 1000))
def test_a_supply_stays_within_its_limits_and_repeats(second: int, seed: int) -> None:
    at = NOON + timedelta(seconds=second)
    phases = supply(120.0, seed)(at)
    assert phases == supply(120.0, seed)(at)
    for phase in phases:
        assert 114 <= phase.volts <= 126
        assert 0.6 <= phase.power_factor <= 1
        assert 1 <= phase.amps <= 16


def test_voltage_and_power_factor_change_over_the_day() -> None:
    day = [supply(120.0, 1)(NOON + timedelta(minutes=10 * number))[0] for number in range(144)]
    assert max(phase.volts for phase in day) - min(phase.volts for phase in day) > 4
    assert max(phase.power_factor for phase in day) - min(p.power_factor for p in day) > 0.25
