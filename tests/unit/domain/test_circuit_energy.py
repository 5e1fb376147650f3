"""Energy of a circuit: the parts of a cut add up to the whole, exactly, wherever it is cut."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.interval import INTERVAL_MS, Interval
from bcm_mqtt.domain.reading.power import real_power
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Connection, breaker_poles
from bcm_mqtt.domain.time import Month, from_ms, to_ms
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from unit.domain.examples import (
    FEEDS,
    NEW_YORK,
    NOON,
    QUARTER,
    UNHURRIED,
    Currents,
    Energy,
    circuit_energy,
    erratic,
    full,
    panel,
)

START, END = Month(2026, 3).bounds(NEW_YORK)
LENGTH_MS = to_ms(END) - to_ms(START)
MARCH = {pole: erratic(START, END, pole=pole) for pole in (1, 3, 5)}
"""Three poles with every kind of gap and, as delta currents, with and without a triangle."""
DAY = {pole: erratic(NOON, NOON + 96 * QUARTER, pole=pole) for pole in (1, 3, 5)}


def version(connection: Connection, power_factor: str | None = "0.93") -> CircuitVersion:
    return CircuitVersion(
        poles=breaker_poles(1, connection.pole_count),
        connection=connection,
        power_factor=Decimal(power_factor) if power_factor else None,
    )


def energy(connection: Connection, intervals: Currents, start: datetime, end: datetime) -> Energy:
    return circuit_energy(panel(FEEDS[connection]), version(connection), intervals, start, end)


def total(parts: Iterable[Energy]) -> tuple[int, int, int]:
    listed = list(parts)
    return (
        sum(part.microwatt_hours for part in listed),
        sum(part.measured_ms for part in listed),
        sum(part.span_ms for part in listed),
    )


def half(pole: int) -> Interval:
    """10 A in one half of the interval at NOON, nothing known of the other."""
    return Interval(pole, NOON, 10_000 * 450_000, 450_000, 30, 10_000, 10_000)


WHOLE = {connection: energy(connection, MARCH, START, END) for connection in FEEDS}


@pytest.mark.parametrize("connection", FEEDS)
@settings(max_examples=30, deadline=None)
@given(cut=st.integers(1, LENGTH_MS - 1).map(lambda ms: from_ms(to_ms(START) + ms)))
def test_splitting_a_month_anywhere_never_changes_its_sum(
    connection: Connection, cut: datetime
) -> None:
    parts = [energy(connection, MARCH, START, cut), energy(connection, MARCH, cut, END)]
    assert total(parts) == total([WHOLE[connection]])
    assert WHOLE[connection].kwh > 0


@UNHURRIED
@given(
    connection=st.sampled_from(list(FEEDS)),
    cuts=st.lists(st.integers(1, 96 * INTERVAL_MS - 1), min_size=1, max_size=8, unique=True),
)
def test_splitting_a_day_at_many_instants_never_changes_its_sum(
    connection: Connection, cuts: list[int]
) -> None:
    whole = energy(connection, DAY, NOON, NOON + 96 * QUARTER)
    edges = [from_ms(to_ms(NOON) + ms) for ms in (0, *sorted(cuts), 96 * INTERVAL_MS)]
    assert total(energy(connection, DAY, *edge) for edge in pairwise(edges)) == total([whole])


@UNHURRIED
@given(connection=st.sampled_from(list(FEEDS)), ms=st.integers(1, INTERVAL_MS))
def test_measured_time_is_within_the_span(connection: Connection, ms: int) -> None:
    end = NOON + 90 * QUARTER + timedelta(milliseconds=ms)
    found = energy(connection, DAY, NOON, end)
    assert 0 < found.measured_ms < found.span_ms


@pytest.mark.parametrize(
    ("connection", "watts"),
    [
        (Connection.LINE_NEUTRAL, 1200),
        (Connection.LINE_LINE, 2080),
        (Connection.TWO_LINE_NEUTRAL, 2400),
        (Connection.WYE, 8314),
        (Connection.DELTA, 8314),
    ],
)
def test_an_hour_at_10_amps_is_the_power_table_times_an_hour(
    connection: Connection, watts: int
) -> None:
    intervals = {pole: full(NOON, NOON + 4 * QUARTER, pole=pole) for pole in (1, 3, 5)}
    circuit = version(connection, None)
    service = panel(FEEDS[connection])
    found = circuit_energy(service, circuit, intervals, NOON, NOON + 4 * QUARTER)
    assert round(found.kwh * 1000) == watts
    power = real_power(connection, service.service, Decimal(1), [10.0] * connection.pole_count)
    assert power.watts == pytest.approx(float(found.kwh) * 1000, abs=1e-3)


def test_energy_of_a_linear_connection_is_exact() -> None:
    circuit, intervals = version(Connection.LINE_NEUTRAL, None), {1: full(NOON, NOON + QUARTER)}
    found = circuit_energy(panel(), circuit, intervals, NOON, NOON + QUARTER)
    assert found == Energy(
        300_000_000, INTERVAL_MS, INTERVAL_MS, frozenset({EnergySource.CURRENT}), 0
    )


def test_the_panels_power_factor_holds_for_a_circuit_that_states_none() -> None:
    assert version(Connection.WYE, None).power_factor_on(panel()) == 1
    assert version(Connection.WYE, "0.9").power_factor_on(panel()) == Decimal("0.9")


def test_an_interval_that_the_span_cuts_gives_the_share_of_its_time() -> None:
    third = NOON + timedelta(minutes=5)
    found = energy(Connection.LINE_NEUTRAL, {1: full(NOON, NOON + QUARTER)}, NOON, third)
    assert found.microwatt_hours == 93_000_000
    assert found.measured_ms == 300_000


def test_time_without_intervals_is_missing_and_not_zero() -> None:
    found = energy(Connection.LINE_NEUTRAL, {}, NOON, NOON + QUARTER)
    assert found == Energy(0, 0, INTERVAL_MS, frozenset(), 0)


def test_a_circuit_is_measured_only_while_all_its_legs_are() -> None:
    two = {1: full(NOON, NOON + 4 * QUARTER), 3: full(NOON, NOON + QUARTER, pole=3)}
    found = energy(Connection.LINE_LINE, two, NOON, NOON + 4 * QUARTER)
    assert found.measured_ms == INTERVAL_MS
    assert found.microwatt_hours == 208 * 10 * 930_000 // 4


def test_legs_covered_for_different_times_count_for_the_shorter() -> None:
    two = {1: full(NOON, NOON + QUARTER), 3: [half(3)]}
    found = energy(Connection.LINE_LINE, two, NOON, NOON + QUARTER)
    assert found.measured_ms == 450_000
    assert found.microwatt_hours == 208 * 10 * 930_000 // 8


def test_an_unmonitored_leg_counts_as_the_mean_of_the_others() -> None:
    legs = {pole: full(NOON, NOON + QUARTER, pole=pole) for pole in (1, 3, 5)}
    circuit = version(Connection.WYE)
    whole = circuit_energy(panel("277/480"), circuit, legs, NOON, NOON + QUARTER)
    two = circuit_energy(panel("277/480", unmonitored=[5]), circuit, legs, NOON, NOON + QUARTER)
    assert two == whole


def test_a_circuit_without_any_monitored_leg_is_missing_for_all_its_time() -> None:
    found = circuit_energy(
        panel(unmonitored=[1]), version(Connection.LINE_NEUTRAL), MARCH, START, START + QUARTER
    )
    assert found == Energy(0, 0, INTERVAL_MS, frozenset(), 0)


def test_delta_energy_is_the_power_of_the_intervals_mean_currents() -> None:
    legs = {
        pole: full(NOON, NOON + 4 * QUARTER, pole=pole, milliamps=milliamps)
        for pole, milliamps in ((1, 20_000), (3, 15_000), (5, 10_000))
    }
    found = circuit_energy(panel(), version(Connection.DELTA, None), legs, NOON, NOON + 4 * QUARTER)
    assert round(found.kwh, 3) == 5.154


def test_delta_energy_is_of_the_covered_time_alone() -> None:
    legs = {pole: [half(pole)] for pole in (1, 3, 5)}
    found = circuit_energy(panel(), version(Connection.DELTA, None), legs, NOON, NOON + QUARTER)
    assert found.measured_ms == 450_000
    assert round(found.kwh, 3) == 0.450  # 208 V sqrt(3) 10 A for an eighth of an hour
