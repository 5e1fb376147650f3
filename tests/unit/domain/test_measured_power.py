"""Where a device measures power its figure is used, and nothing is derived."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.loading import CircuitMeter, CircuitReading, circuit_reading
from bcm_mqtt.domain.reading.panel_load import PanelMeter
from bcm_mqtt.domain.reading.reading import Thousandths
from bcm_mqtt.domain.site.panel import Connection
from unit.builders import UNHURRIED, circuit, panel

ONE = circuit((1,), rating=20)
THREE = circuit((1, 3, 5), rating=30)
TWELVE_AMPS = (12_000, None, 12_000, None, 12_000)


def test_a_circuits_power_is_the_sum_of_what_the_device_measures_at_its_poles() -> None:
    power = (1_300_500, 9_000, 1_290_250, 9_000, 1_310_250)
    found = circuit_reading(panel(), THREE, TWELVE_AMPS, power)
    # Derived it would be 4323 W at power factor 1.
    assert found == CircuitReading(12.0, 3901.0, 40.0, misfit=False)


def test_power_that_flows_back_is_negative() -> None:
    found = circuit_reading(panel(), THREE, TWELVE_AMPS, (-1_500_000, None, 400_000, None, 0))
    assert found.watts == -1100.0


@pytest.mark.parametrize(
    "power",
    [
        (1_300_000, None, None, None, 1_300_000),
        (None, None, None, None, None),
        (1_300_000, None, 1_300_000),  # a snapshot of fewer poles
        (),
    ],
)
def test_a_pole_without_its_power_makes_the_circuits_missing_and_not_derived(
    power: Thousandths,
) -> None:
    found = circuit_reading(panel(), THREE, TWELVE_AMPS, power)
    assert found == CircuitReading(12.0, None, 40.0)


def test_a_device_that_does_not_measure_power_leaves_it_derived() -> None:
    found = circuit_reading(panel(), ONE, (10_000,), None)
    assert found.watts == 1200


def test_power_is_known_where_the_current_is_not() -> None:
    found = circuit_reading(panel(), ONE, (None,), (1_000_000,))
    assert found == CircuitReading(None, 1000.0, None)


def test_an_unmonitored_pole_is_left_out_of_the_sum() -> None:
    found = circuit_reading(
        panel(unmonitored=[3]), THREE, TWELVE_AMPS, (1_000_000, None, None, None, 1_000_000)
    )
    assert found.watts == 2000.0


def test_a_circuit_without_a_monitored_pole_has_no_power() -> None:
    assert circuit_reading(panel(unmonitored=[1]), ONE, (0,), (0,)).watts is None


def test_the_main_adds_what_is_measured_and_has_none_without_one() -> None:
    two = circuit((2,), rating=20)
    for measured, expected in (((900_000, 800_000), 1700.0), ((900_000, None), None)):
        current = (10_000, 10_000)
        watts = [
            circuit_reading(panel(), version, current, measured).watts for version in (ONE, two)
        ]
        assert PanelMeter.of(panel(), [ONE, two]).load(current, watts).watts == expected


@UNHURRIED
@given(
    power=st.lists(st.none() | st.integers(-(10**9), 10**9), max_size=5).map(tuple),
    connection=st.sampled_from([Connection.WYE, Connection.DELTA]),
)
def test_measured_power_is_the_exact_sum_or_missing_whatever_the_connection(
    power: Thousandths, connection: Connection
) -> None:
    version = circuit((1, 3, 5), connection=connection)
    watts = circuit_reading(panel(), version, TWELVE_AMPS, power).watts
    legs = [power[index] if index < len(power) else None for index in (0, 2, 4)]
    if None in legs:
        assert watts is None
    else:
        assert watts == sum(leg for leg in legs if leg is not None) / 1000


def test_a_circuits_registers_are_those_of_its_monitored_poles() -> None:
    meter = CircuitMeter.of(panel(unmonitored=[3]), THREE)
    assert meter.registers((1000, 7, 2000, 7, None)) == {1: 1000, 5: None}
    assert meter.registers((1000,)) == {1: 1000, 5: None}


def test_more_than_a_pole_can_carry_is_twice_its_breaker() -> None:
    assert CircuitMeter.of(panel(), ONE).most_watts == 2 * 20 * 120
    assert CircuitMeter.of(panel(), circuit((1,), rating=None)).most_watts == 2 * 400 * 120
