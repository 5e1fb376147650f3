"""A panel's main: worked numbers."""

import pytest

from bcm_mqtt.domain.reading.loading import circuit_reading
from bcm_mqtt.domain.reading.panel_load import PanelLoad, PanelMeter
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Connection, Panel, Service


def load(amps: list[float | None], *versions: CircuitVersion, **panel: object) -> PanelLoad:
    of = Panel("rpp-1a", "RPP 1A", Service.parse("120/208"), len(amps), **panel)  # type: ignore[arg-type]
    current = tuple(None if value is None else round(value * 1000) for value in amps)
    watts = [circuit_reading(of, version, current).watts for version in versions]
    return PanelMeter.of(of, versions).load(current, watts)


def single(pole: int) -> CircuitVersion:
    return CircuitVersion(poles=(pole,), connection=Connection.LINE_NEUTRAL)


def test_phases_add_up_the_poles_of_both_sides() -> None:
    # Poles 1 and 2 are phase A, 3 and 4 B, 5 and 6 C.
    found = load([1, 2, 3, 4, 5, 6])
    assert found.phases == {"A": pytest.approx(3), "B": pytest.approx(7), "C": pytest.approx(11)}


def test_neutral_of_10_8_6_amps_is_3_46() -> None:
    found = load([10, 0, 8, 0, 6, 0], single(1), single(3), single(5))
    assert found.neutral_amps == pytest.approx(3.4641, abs=1e-4)
    assert found.watts == pytest.approx(120 * 24)


def test_a_line_line_load_returns_nothing_through_the_neutral() -> None:
    pair = CircuitVersion(poles=(1, 3), connection=Connection.LINE_LINE)
    assert load([10, 0, 10, 0, 0, 0], pair).neutral_amps == 0


def test_imbalance_is_the_greatest_deviation_from_the_mean() -> None:
    # Mean 80, the greatest deviation 20.
    found = load([100, 0, 80, 0, 60, 0], main_rating=225)
    assert found.imbalance_percent == pytest.approx(25)
    assert found.load_percent == pytest.approx(100 * 100 / 225)


def test_imbalance_is_silent_under_a_tenth_of_the_main_or_without_its_rating() -> None:
    assert load([22.4, 0, 1, 0, 1, 0], main_rating=225).imbalance_percent is None
    assert load([22.6, 0, 1, 0, 1, 0], main_rating=225).imbalance_percent is not None
    assert load([22.6, 0, 1, 0, 1, 0]).imbalance_percent is None
    assert load([22.6, 0, 1, 0, 1, 0]).load_percent is None


def test_a_missing_reading_makes_its_phase_and_all_that_needs_it_missing() -> None:
    found = load([10, None, 8, 0, 6, 0], single(1), single(2), single(3), main_rating=20)
    assert found.phases == {"A": None, "B": pytest.approx(8), "C": pytest.approx(6)}
    assert found.watts is None
    assert found.neutral_amps is None
    assert found.imbalance_percent is None
    assert found.load_percent is None


def test_a_pole_without_a_transformer_is_left_out() -> None:
    found = load([10, None, 8, 0, 6, 0], unmonitored=frozenset({2}))
    assert found.phases["A"] == pytest.approx(10)
