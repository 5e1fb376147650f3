"""Power at a poll with the voltage and power factor that a companion's latest polls measured."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.history.supplied_power import supplied_watts as watts_of_bills
from bcm_mqtt.domain.interval.electrical_interval import ElectricalInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.reading.loading import circuit_reading
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.reading.supply import LatestSupply, MeasuredSupply
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.site.panel import Connection, Panel
from unit.domain.examples import FEEDS, NOON, UNHURRIED, panel, snapshot

MAIN = Companion("msb-1", (1, 3, 5))
V = (118.0, 122.0, 120.5)
PF = (0.9, 0.8, 0.7)
POLL = timedelta(seconds=10)
LETTERS = "ABC"


def with_companion(of: Panel) -> Panel:
    return replace(of, voltage_from=MAIN, power_factor_from=MAIN)


def spread(values: Sequence[float | None]) -> tuple[int | None, ...]:
    """Thousandths at poles 1, 3 and 5."""
    wide: list[int | None] = []
    for value in values:
        wide += [None if value is None else round(value * 1000), None]
    return tuple(wide)


def polled(
    at: datetime, volts: Sequence[float | None] = (), power_factors: Sequence[float | None] = ()
) -> Snapshot:
    return Snapshot(
        "msb-1",
        at,
        1,
        10_000,
        (None,) * 6,
        voltage=spread(volts) if volts else None,
        power_factor=spread(power_factors) if power_factors else None,
    )


def supply(*polls: Snapshot, at: datetime = NOON, of: Panel | None = None) -> MeasuredSupply:
    latest = LatestSupply()
    for poll in polls:
        latest.take(poll)
    found = latest.of(with_companion(of or panel()), at)
    assert found is not None
    return found


def watts(
    connection: str,
    amps: Sequence[float],
    measured: MeasuredSupply | None,
    *,
    service: str = "120/208",
    power_factor: str | None = None,
    unmonitored: tuple[int, ...] = (),
) -> float | None:
    of = with_companion(panel(service, unmonitored=unmonitored))
    poles = tuple(range(1, 2 * Connection(connection).pole_count, 2))
    factor = None if power_factor is None else Decimal(power_factor)
    version = CircuitVersion(poles, connection=Connection(connection), power_factor=factor)
    current: list[int | None] = [None] * 6
    for pole, amp in zip(of.monitored(poles), amps, strict=True):
        current[pole - 1] = round(amp * 1000)
    return circuit_reading(of, version, tuple(current), None, measured).watts


def between(one: float, other: float) -> float:
    return sqrt(one * one + other * other + one * other)


@pytest.mark.parametrize(
    ("connection", "service", "amps", "expected"),
    [
        ("1P", "120/208", (10,), 118 * 10 * 0.9),
        ("2P", "120/208", (12, 12), between(118, 122) * 12 * 0.85),
        ("2P", "120/240", (12, 10), (118 + 122) * 11 * 0.85),
        ("2P-N", "120/240", (12, 10), 118 * 12 * 0.9 + 122 * 10 * 0.8),
        ("3P", "120/208", (20, 15, 10), 118 * 20 * 0.9 + 122 * 15 * 0.8 + 120.5 * 10 * 0.7),
        # No triangle: as wye.
        ("3P-D", "120/208", (20, 5, 5), 118 * 20 * 0.9 + 122 * 5 * 0.8 + 120.5 * 5 * 0.7),
        (
            "3P-D",
            "120/208",
            (20, 20, 20),
            (between(118, 122) + between(122, 120.5) + between(118, 120.5)) / sqrt(3) * 20 * 0.8,
        ),
    ],
)
def test_power_at_the_measured_voltage_and_power_factor(
    connection: str, service: str, amps: tuple[float, ...], expected: float
) -> None:
    measured = supply(polled(NOON, V, PF), of=panel(service))
    assert watts(connection, amps, measured, service=service) == pytest.approx(expected)


def test_what_a_circuit_states_about_itself_is_more_than_what_the_main_shows() -> None:
    measured = supply(polled(NOON, V, PF))
    assert watts("1P", (10,), measured, power_factor="0.6") == pytest.approx(118 * 10 * 0.6)


def test_a_leg_without_a_transformer_has_the_mean_current_and_its_own_voltage() -> None:
    measured = supply(polled(NOON, V))
    assert watts("3P", (20, 10), measured, unmonitored=(3,)) == pytest.approx(
        118 * 20 + 122 * 15 + 120.5 * 10
    )


def test_measured_power_is_no_business_of_a_companion() -> None:
    version = CircuitVersion((1,), rating_amps=20)
    found = circuit_reading(
        with_companion(panel()), version, (10_000,), (900_000,), supply(polled(NOON, V, PF))
    )
    assert found.watts == 900


@pytest.mark.parametrize(
    ("polls", "volts"),
    [
        ([], {}),
        ([polled(NOON - 2 * POLL, V)], dict(zip(LETTERS, V, strict=True))),
        ([polled(NOON - 2.1 * POLL, V)], {}),  # two polls ago
        ([polled(NOON + 3 * POLL, V)], {}),  # its clock was set back since
        ([polled(NOON - POLL, V), polled(NOON, (121, None, 0))], {"A": 121, "B": 122}),
        ([polled(NOON, (120, 208, 95.9))], {"A": 120}),  # between lines, a blown fuse
        (
            [polled(NOON, V), polled(NOON - POLL, (115, 115, 115))],
            dict(zip(LETTERS, V, strict=True)),
        ),
    ],
)
def test_the_latest_voltages_count_that_are_not_older_than_two_polls(
    polls: list[Snapshot], volts: dict[str, float]
) -> None:
    assert supply(*polls).volts == volts


def test_a_power_factor_is_a_magnitude_and_none_without_load() -> None:
    assert supply(polled(NOON, (), (-0.9, 0, 1.2))).power_factors == {"A": 0.9}


def test_a_panel_without_companions_has_no_supply_and_its_power_is_nominal_to_the_bit() -> None:
    latest = LatestSupply()
    latest.take(polled(NOON, V, PF))
    assert latest.of(panel(), NOON) is None
    nominal = watts("3P", (20.123, 15.456, 10.789), None)
    assert nominal == pytest.approx(208 / sqrt(3) * (20.123 + 15.456 + 10.789))
    for incomplete in (MeasuredSupply(), MeasuredSupply({"A": 118.0, "C": 121.0}, {"B": 0.9})):
        assert watts("3P", (20.123, 15.456, 10.789), incomplete) == nominal


CONNECTIONS = st.sampled_from([one for one in FEEDS if one is not Connection.NONE])
VOLTS = st.lists(st.none() | st.integers(100, 139), min_size=3, max_size=3)
FACTORS = st.lists(st.none() | st.sampled_from([0.5, 0.8, 0.95, 1.0]), min_size=3, max_size=3)


@UNHURRIED
@given(
    CONNECTIONS,
    st.lists(st.integers(0, 80_000), min_size=3, max_size=3),
    VOLTS,
    FACTORS,
    st.sampled_from([None, Decimal("0.9")]),
    st.sampled_from([(), (3,)]),
)
def test_live_power_is_that_which_a_bill_calculates(
    connection: Connection,
    milliamps: list[int],
    volts: list[int | None],
    factors: list[float | None],
    stated: Decimal | None,
    unmonitored: tuple[int, ...],
) -> None:
    """A quarter hour of constant supply and current, by interval and by poll."""
    split = FEEDS[connection] == "120/240"
    of = with_companion(panel("120/240" if split else "120/208", unmonitored=unmonitored))
    if split:
        of = replace(of, voltage_from=Companion("msb-1", (1, 3)), power_factor_from=MAIN)
    poles = tuple(range(1, 2 * connection.pole_count, 2))
    version = CircuitVersion(poles, connection=connection, power_factor=stated)
    current = tuple(one for amps in milliamps for one in (amps, None))
    intervals = {
        pole: [
            ElectricalInterval(
                pole,
                NOON,
                None if volt is None else volt * 1000 * INTERVAL_MS,
                0 if volt is None else INTERVAL_MS,
                None if factor is None else round(factor * 1000) * INTERVAL_MS,
                0 if factor is None else INTERVAL_MS,
            )
        ]
        for pole, volt, factor in zip(MAIN.poles, volts, factors, strict=True)
    }
    by_companion = {one: intervals for one in (of.voltage_from, of.power_factor_from) if one}
    (billed,) = watts_of_bills(of, version, [snapshot(NOON, current)], by_companion)
    latest = LatestSupply()
    latest.take(polled(NOON, volts, factors))
    live = circuit_reading(of, version, current, None, latest.of(of, NOON)).watts
    assert live == (None if billed is None else pytest.approx(billed, abs=2e-6))
