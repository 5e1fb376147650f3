"""A circuit at one poll: worked numbers."""

import pytest

from bcm_mqtt.domain.reading.loading import CircuitReading, circuit_reading, loading_percent
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Connection
from unit.domain.examples import panel


def test_loading_is_that_of_the_highest_pole() -> None:
    assert loading_percent([10.0, 15.0, 5.0], 20) == 75.0


@pytest.mark.parametrize(
    ("legs", "rating"),
    [([10.0, None], 20), ([None], 20), ([], 20), ([10.0], None), ([10.0], 0)],
)
def test_loading_is_missing_without_a_reading_or_a_rating(
    legs: list[float | None], rating: int | None
) -> None:
    assert loading_percent(legs, rating) is None


def test_a_circuits_reading_has_amps_of_its_highest_pole_power_and_load() -> None:
    circuit = CircuitVersion((1, 3, 5), rating_amps=25, connection=Connection.WYE)
    found = circuit_reading(panel(), circuit, (20_000, None, 15_000, None, 10_000))
    assert found.watts is not None
    assert (found.amps, round(found.watts), found.load_percent) == (20.0, 5404, 80.0)


@pytest.mark.parametrize("current", [(20_000, None, None), (20_000,), (None, None, 1)])
def test_a_circuits_reading_is_missing_where_a_pole_is(current: tuple[int | None, ...]) -> None:
    circuit = CircuitVersion((1, 3), rating_amps=25, connection=Connection.LINE_LINE)
    assert circuit_reading(panel(), circuit, current) == CircuitReading(None, None, None)


def test_a_circuits_reading_leaves_out_an_unmonitored_pole() -> None:
    circuit = CircuitVersion((1, 3), rating_amps=20, connection=Connection.LINE_LINE)
    found = circuit_reading(panel(unmonitored=[3]), circuit, (10_000, None, None))
    assert found == CircuitReading(amps=10.0, watts=2080.0, load_percent=50.0)


@pytest.mark.parametrize(
    ("amps", "watts", "misfit"),
    [(8, 900, False), (8, -960, True), (8, 150, True), (0.3, 9, False), (0.1, -9, False)],
)
def test_power_that_does_not_fit_the_current(
    amps: float,
    watts: float,
    misfit: object,
) -> None:
    """20 A at 120 V: backwards from 24 W on, and judged from 1 A on: 8 A are 960 VA."""
    circuit = CircuitVersion((1,), rating_amps=20, connection=Connection.LINE_NEUTRAL)
    found = circuit_reading(panel(), circuit, (round(amps * 1000),), (round(watts * 1000),))
    assert found.misfit is misfit


def test_without_a_power_nothing_is_said_of_the_wiring() -> None:
    circuit = CircuitVersion((1,), rating_amps=20, connection=Connection.LINE_NEUTRAL)
    assert circuit_reading(panel(), circuit, (8000,)).misfit is None
    assert circuit_reading(panel(), circuit, (8000,), (None,)).misfit is None
