"""Each row of DOMAIN's power table, with its worked figures."""

from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.power import Power, PowerFlag, real_power, watts_per_amp
from bcm_mqtt.domain.site.panel import Connection, Service, why_not
from unit.domain.examples import FEEDS, UNHURRIED

UNITY = Decimal(1)
AMPS = st.integers(0, 4000).map(lambda tenths: tenths / 10)
LINEAR = [connection for connection in FEEDS if connection is not Connection.DELTA]


def power(connection: Connection, service: str, *legs: float | None, pf: str = "1") -> Power:
    return real_power(connection, Service.parse(service), Decimal(pf), legs)


def watts(connection: Connection, service: str, *legs: float, pf: str = "1") -> float:
    found = power(connection, service, *legs, pf=pf).watts
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("connection", "service", "legs", "expected"),
    [
        (Connection.LINE_NEUTRAL, "120/208", (10.0,), 1200),
        (Connection.LINE_NEUTRAL, "277/480", (10.0,), 2770),
        (Connection.LINE_NEUTRAL, "230/400", (10.0,), 2300),
        (Connection.LINE_LINE, "120/208", (12.0, 12.0), 2496),
        (Connection.LINE_LINE, "480", (12.0, 12.0), 5760),
        (Connection.TWO_LINE_NEUTRAL, "120/240", (12.0, 10.0), 2640),
        (Connection.TWO_LINE_NEUTRAL, "120/208", (12.0, 10.0), 2640),
        (Connection.WYE, "120/208", (12.0, 12.0, 12.0), 4323),
        (Connection.WYE, "120/208", (20.0, 15.0, 10.0), 5404),
        (Connection.DELTA, "120/208", (20.0, 15.0, 10.0), 5154),
        (Connection.DELTA, "480", (20.0, 20.0, 20.0), 16628),
    ],
)
def test_power_is_the_worked_figure_of_the_table(
    connection: Connection, service: str, legs: tuple[float, ...], expected: int
) -> None:
    assert round(watts(connection, service, *legs)) == expected
    assert not power(connection, service, *legs).flags


def test_a_208_v_two_pole_circuit_is_neither_2880_nor_4992_w() -> None:
    assert watts(Connection.LINE_LINE, "120/208", 12.0, 12.0) == 2496.0


@pytest.mark.parametrize("connection", FEEDS)
def test_power_factor_scales_the_power_of_every_connection(connection: Connection) -> None:
    legs = (12.0, 11.9, 11.8)[: connection.pole_count]
    at_unity = watts(connection, FEEDS[connection], *legs)
    assert watts(connection, FEEDS[connection], *legs, pf="0.85") == pytest.approx(0.85 * at_unity)


def test_a_balanced_delta_circuit_has_the_power_of_the_wye_formula() -> None:
    delta = watts(Connection.DELTA, "120/208", 12.0, 12.0, 12.0)
    assert delta == pytest.approx(watts(Connection.WYE, "120/208", 12.0, 12.0, 12.0))


def test_one_line_line_load_on_a_delta_circuit_has_its_own_power() -> None:
    found = power(Connection.DELTA, "480", 10.0, 10.0, 0.0)
    assert found.watts == pytest.approx(4800.0)
    assert not found.flags


@pytest.mark.parametrize("legs", [(20.0, 5.0, 5.0), (0.0, 0.0, 10.0), (10.1, 10.0, 0.0)])
def test_delta_currents_that_form_no_triangle_use_the_wye_formula_and_are_flagged(
    legs: tuple[float, float, float],
) -> None:
    found = power(Connection.DELTA, "120/208", *legs)
    assert found.watts == watts(Connection.WYE, "120/208", *legs)
    assert found.flags == {PowerFlag.NOT_A_TRIANGLE}


@UNHURRIED
@given(st.integers(0, 400), st.integers(0, 400))
def test_two_delta_legs_that_add_up_to_the_third_are_a_triangle(one: int, other: int) -> None:
    a, b, c = one / 10, other / 10, (one + other) / 10
    flat = 208 * ((a * a + b * b + c * c) / 2) ** 0.5
    for legs in permutations((a, b, c)):
        found = power(Connection.DELTA, "120/208", *legs)
        assert not found.flags
        assert found.watts == pytest.approx(flat, rel=1e-6, abs=1e-3)


@UNHURRIED
@given(AMPS, AMPS, AMPS)
def test_delta_power_does_not_depend_on_the_order_of_the_legs(a: float, b: float, c: float) -> None:
    found = [power(Connection.DELTA, "480", *legs) for legs in permutations((a, b, c))]
    assert len({one.flags for one in found}) == 1
    assert [one.watts for one in found] == pytest.approx([found[0].watts] * 6, rel=1e-6, abs=1e-2)


@pytest.mark.parametrize(
    "legs",
    [
        (5.0, 5.6),  # 0.5 A count where 5 % are less
        (20.0, 18.9),  # 5 % count where 0.5 A are less
        (18.9, 20.0),
        (10.0, 0.0),
    ],
)
def test_two_pole_legs_that_differ_by_more_than_half_an_amp_and_5_percent_are_flagged(
    legs: tuple[float, float],
) -> None:
    assert power(Connection.LINE_LINE, "120/208", *legs).flags == {PowerFlag.LEGS_DIFFER}


@pytest.mark.parametrize(
    "legs",
    [
        (5.0, 5.5),
        (0.6, 1.1),  # 0.5 A in decimal, a hair more in binary
        (20.0, 19.0),
        (15.2, 16.0),
        (0.0, 0.0),
    ],
)
def test_two_pole_legs_that_differ_by_just_that_much_are_not_flagged(
    legs: tuple[float, float],
) -> None:
    assert not power(Connection.LINE_LINE, "120/208", *legs).flags


def test_legs_of_a_multiwire_circuit_may_differ() -> None:
    assert not power(Connection.TWO_LINE_NEUTRAL, "120/240", 12.0, 3.0).flags


@pytest.mark.parametrize("connection", [Connection.LINE_NEUTRAL, Connection.TWO_LINE_NEUTRAL])
def test_a_connection_with_neutral_is_refused_on_delta(connection: Connection) -> None:
    assert "needs a neutral" in (why_not(connection, Service.parse("480")) or "")
    with pytest.raises(ValueError, match=f"{connection} needs a neutral, which delta service 480"):
        watts_per_amp(connection, Service.parse("480"), UNITY, 1)
    with pytest.raises(ValueError, match="needs a neutral"):
        power(connection, "480", *(10.0,) * connection.pole_count)


@pytest.mark.parametrize("connection", [Connection.WYE, Connection.DELTA])
def test_a_three_pole_circuit_is_refused_on_split_phase(connection: Connection) -> None:
    assert "needs three phases" in (why_not(connection, Service.parse("120/240")) or "")


@pytest.mark.parametrize("connection", FEEDS)
def test_each_connection_has_a_service_that_feeds_it(connection: Connection) -> None:
    assert why_not(connection, Service.parse(FEEDS[connection])) is None


@pytest.mark.parametrize(
    ("connection", "service", "monitored", "expected"),
    [
        (Connection.LINE_LINE, "120/208", (12.0,), 2496),
        (Connection.TWO_LINE_NEUTRAL, "120/240", (10.0,), 2400),
        (Connection.WYE, "120/208", (12.0, 12.0), 4323),
        (Connection.WYE, "120/208", (15.0,), 5404),
        (Connection.DELTA, "480", (20.0, 20.0), 16628),
    ],
)
def test_an_unmonitored_leg_is_left_out_of_the_mean_and_flagged(
    connection: Connection, service: str, monitored: tuple[float, ...], expected: int
) -> None:
    found = power(connection, service, *monitored)
    assert found.watts is not None
    assert round(found.watts) == expected
    assert found.flags == {PowerFlag.LEG_UNMONITORED}


@pytest.mark.parametrize("connection", FEEDS)
def test_a_missing_leg_makes_the_power_missing_and_never_zero(connection: Connection) -> None:
    for missing in range(connection.pole_count):
        legs: list[float | None] = [12.0] * connection.pole_count
        legs[missing] = None
        assert power(connection, FEEDS[connection], *legs).watts is None


@pytest.mark.parametrize("connection", FEEDS)
def test_a_circuit_without_any_monitored_leg_has_no_power(connection: Connection) -> None:
    assert power(connection, FEEDS[connection]).watts is None


@UNHURRIED
@given(
    connection=st.sampled_from(LINEAR),
    tenths=st.lists(st.integers(0, 4000), min_size=3, max_size=3),
    percent=st.integers(1, 100),
)
def test_exact_watts_per_amp_give_the_same_power_as_the_formula(
    connection: Connection, tenths: list[int], percent: int
) -> None:
    legs = tenths[: connection.pole_count]
    service, pf = Service.parse(FEEDS[connection]), Decimal(percent) / 100
    exact = watts_per_amp(connection, service, pf, len(legs)) * Fraction(sum(legs), 10)
    found = real_power(connection, service, pf, [leg / 10 for leg in legs]).watts
    assert found == pytest.approx(float(exact))
