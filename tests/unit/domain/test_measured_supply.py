"""Energy from current at the voltages and power factors that a companion measures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.method import METHOD, method_of
from bcm_mqtt.domain.interval.electrical_interval import ElectricalInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.phase_values import phase_values
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.panel import Connection, Panel
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.domain.usage.cut import PricedTime
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import panel_usage
from bcm_mqtt.domain.usage.usage import SupplyHours, Usage
from bcm_mqtt.domain.vee.interval_energy import circuit_intervals
from unit.domain.examples import NOON, QUARTER, UNHURRIED, UTC_ZONE, Readings, full, panel

MAIN = Companion("msb-1", (1, 3, 5))


def companion(
    volts: Sequence[float] = (),
    power_factors: Sequence[float] = (),
    *,
    count: int = 1,
    covered_ms: int = INTERVAL_MS,
) -> Mapping[Companion, Mapping[int, Sequence[ElectricalInterval]]]:
    """The same figures by phase in each of `count` intervals."""
    both = [
        (volts[at] if volts else None, power_factors[at] if power_factors else None)
        for at in range(max(len(volts), len(power_factors)))
    ]
    return {
        MAIN: {
            pole: [
                ElectricalInterval(
                    pole,
                    NOON + number * QUARTER,
                    None if volt is None else round(volt * 1000) * covered_ms,
                    0 if volt is None else covered_ms,
                    None if factor is None else round(factor * 1000) * covered_ms,
                    0 if factor is None else covered_ms,
                )
                for number in range(count)
            ]
            for pole, (volt, factor) in zip(MAIN.poles, both, strict=False)
        }
    }


def with_companion(of: Panel) -> Panel:
    return replace(of, voltage_from=MAIN, power_factor_from=MAIN)


def energy(
    connection: str,
    amps: Sequence[float],
    measured: Mapping[Companion, Mapping[int, Sequence[ElectricalInterval]]],
    *,
    service: str = "120/208",
    power_factor: str | None = None,
    unmonitored: tuple[int, ...] = (),
) -> float:
    """Wh of a quarter hour of constant currents."""
    of = with_companion(panel(service, unmonitored=unmonitored))
    poles = tuple(range(1, 2 * Connection(connection).pole_count, 2))
    factor = None if power_factor is None else Decimal(power_factor)
    version = CircuitVersion(poles, connection=Connection(connection), power_factor=factor)
    currents = {
        pole: full(NOON, NOON + QUARTER, pole=pole, milliamps=round(amp * 1000))
        for pole, amp in zip(of.monitored(poles), amps, strict=True)
    }
    profile = Readings(NOON, NOON + QUARTER, currents).profile()
    phases = phase_values(of, measured, profile.slots)
    return (
        int(circuit_intervals(of, version, profile, {}, phases=phases).microwatt_hours.sum()) / 1e6
    )


V = (118.0, 122.0, 120.5)
PF = (0.9, 0.8, 0.7)


def between(one: float, other: float) -> float:
    return sqrt(one * one + other * other + one * other)


@pytest.mark.parametrize(
    ("connection", "service", "amps", "watts"),
    [
        ("1P", "120/208", (10,), 118 * 10),
        ("2P", "120/208", (12, 12), between(118, 122) * 12),
        ("2P", "120/240", (12, 10), (118 + 122) * 11),
        ("2P-N", "120/240", (12, 10), 118 * 12 + 122 * 10),
        ("3P", "120/208", (20, 15, 10), 118 * 20 + 122 * 15 + 120.5 * 10),
        (
            "3P-D",
            "120/208",
            (20, 20, 20),
            (between(118, 122) + between(122, 120.5) + between(118, 120.5)) / 3 * sqrt(3) * 20,
        ),
        # No triangle: as wye.
        ("3P-D", "120/208", (20, 5, 5), 118 * 20 + 122 * 5 + 120.5 * 5),
    ],
)
def test_energy_at_measured_voltage(
    connection: str, service: str, amps: tuple[float, ...], watts: float
) -> None:
    volts = V[:2] if service == "120/240" else V
    assert energy(connection, amps, companion(volts), service=service) == pytest.approx(
        watts / 4, abs=2e-6
    )
    stated = energy(connection, amps, companion(volts), service=service, power_factor="0.95")
    assert stated == pytest.approx(watts / 4 * 0.95, abs=2e-6)


@pytest.mark.parametrize(
    ("connection", "amps", "watts"),
    [
        ("1P", (10,), 118 * 10 * 0.9),
        ("2P", (12, 12), between(118, 122) * 12 * 0.85),
        ("3P", (20, 15, 10), 118 * 20 * 0.9 + 122 * 15 * 0.8 + 120.5 * 10 * 0.7),
    ],
)
def test_energy_with_both_measured_by_phase(
    connection: str, amps: tuple[float, ...], watts: float
) -> None:
    assert energy(connection, amps, companion(V, PF)) == pytest.approx(watts / 4, abs=2e-6)


def test_a_measured_power_factor_counts_at_nominal_voltage_too() -> None:
    assert energy("3P", (10, 10, 10), companion((), PF)) == pytest.approx(
        208 / sqrt(3) * 10 * sum(PF) / 4, abs=2e-6
    )
    assert energy("2P", (10, 10), companion((), PF), service="480") == pytest.approx(
        480 * 10 * 0.85 / 4, abs=2e-6
    )


def test_what_a_circuit_states_about_itself_is_more_than_what_the_main_shows() -> None:
    assert energy("1P", (10,), companion(V, PF), power_factor="0.6") == pytest.approx(
        118 * 10 * 0.6 / 4, abs=2e-6
    )


def test_a_leg_without_a_transformer_has_the_mean_current_and_its_own_voltage() -> None:
    assert energy("3P", (20, 10), companion(V), unmonitored=(3,)) == pytest.approx(
        (118 * 20 + 122 * 15 + 120.5 * 10) / 4, abs=2e-6
    )
    assert energy("2P", (10,), companion(V), unmonitored=(3,)) == pytest.approx(
        between(118, 122) * 10 / 4, abs=2e-6
    )


@pytest.mark.parametrize(
    "measured",
    [
        companion(V, covered_ms=INTERVAL_MS // 2 - 1),
        companion((118, 0, 120)),  # a fuse
        companion((208, 208, 208)),  # between lines
        companion((118,)),  # phase B is silent
        {},
    ],
)
def test_an_interval_without_a_voltage_to_rely_on_is_nominal_to_the_bit(
    measured: Mapping[Companion, Mapping[int, Sequence[ElectricalInterval]]],
) -> None:
    currents = (20.123, 15.456, 10.789)
    nominal = energy("3P", currents, {})
    assert nominal == pytest.approx(208 / sqrt(3) * sum(currents) / 4, abs=2e-6)
    assert energy("3P", currents, measured) == nominal


def test_half_an_interval_stands_for_all_of_it() -> None:
    assert energy("1P", (10,), companion(V, covered_ms=INTERVAL_MS // 2)) == 118 * 10 / 4


@given(st.floats(0.8, 1.2), st.lists(st.integers(0, 80_000), min_size=3, max_size=3))
@UNHURRIED
def test_energy_is_proportional_to_the_voltage(share: float, milliamps: list[int]) -> None:
    volts = tuple(round(120 * share, 3) for _ in range(3))
    amps = [one / 1000 for one in milliamps]
    for connection, count in (("1P", 1), ("2P", 2), ("3P", 3), ("3P-D", 3)):
        at_120 = energy(connection, amps[:count], companion((120, 120, 120)))
        found = energy(connection, amps[:count], companion(volts))
        assert found == pytest.approx(at_120 * volts[0] / 120, abs=3e-6)


def rows(measured_quarters: int, *, power_factors: Sequence[float] = ()) -> list[Usage]:
    """A circuit of one pole over two hours."""
    of = with_companion(panel())
    readings = Readings(
        NOON,
        NOON + 8 * QUARTER,
        {1: full(NOON, NOON + 8 * QUARTER)},
        by_companions=companion(V, power_factors, count=measured_quarters),
    )
    whole = PricedTime(NOON, NOON + 8 * QUARTER)
    time = BilledTime(NOON, NOON + 8 * QUARTER, UTC_ZONE)
    directory = Directory(of, (CircuitVersion((1,), "Customer1-A-1"),))
    parts = panel_usage(directory, readings, CustomerRule(), lambda _: (whole,), time)
    return [row for part in parts for row in part.rows]


def test_hours_of_each_are_disclosed() -> None:
    (row,) = rows(7)
    assert row.supply == SupplyHours(
        Decimal("1.75"), Decimal("0.25"), Decimal("0.00"), Decimal("2.00")
    )
    assert row.kwh == Decimal("2.365")  # 7 x 295 Wh and 1 x 300 Wh
    assert method_of([row]) == (
        "calculated from current at measured voltage (1.75 h) or nominal voltage (0.25 h) "
        "and a stated power factor"
    )
    (row,) = rows(8, power_factors=PF)
    assert row.kwh == Decimal("2.124")  # 8 x 265.5 Wh
    assert method_of([row]) == (
        "calculated from current at measured voltage (2 h) and a measured power factor (2 h)"
    )
    assert method_of(rows(0)) == METHOD


def test_a_power_factor_that_nobody_stated_or_measured_is_assumed() -> None:
    assert rows(8)[0].assumed_power_factor
    assert not rows(8, power_factors=PF)[0].assumed_power_factor
    stated = CircuitVersion((1,), power_factor=Decimal(1))
    assert stated.states_power_factor(panel())
    version = CircuitVersion((1,))
    assert not version.states_power_factor(panel())
    assert version.states_power_factor(replace(panel(), power_factor=Decimal("0.9")))
    assert version.states_power_factor(replace(panel(), states_unity=True))


def test_estimates_of_gaps_follow_the_measured_voltage() -> None:
    """An interval without current is interpolated between its neighbours' energies."""
    of = with_companion(panel())
    quarters = [from_ms(to_ms(NOON) + number * INTERVAL_MS) for number in range(8)]
    currents = [one for one in full(NOON, NOON + 8 * QUARTER) if one.start != quarters[4]]
    readings = Readings(
        NOON, NOON + 8 * QUARTER, {1: currents}, by_companions=companion(V, count=8)
    )
    whole = PricedTime(NOON, NOON + 8 * QUARTER)
    time = BilledTime(NOON, NOON + 8 * QUARTER, UTC_ZONE)
    directory = Directory(of, (CircuitVersion((1,), "Customer1-A-1"),))
    (part,) = panel_usage(directory, readings, CustomerRule(), lambda _: (whole,), time)
    (row,) = part.rows
    assert (row.kwh, row.estimated_kwh) == (Decimal("2.360"), Decimal("0.295"))
    assert row.supply is not None
    assert row.supply.measured_voltage == Decimal("1.75")  # estimated time is not measured
