"""Simulated meters: what they answer to a request, and what they read."""

import struct
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcm_mqtt.simulator import (
    SimulatedCircuit,
    SimulatedGateway,
    SimulatedPanel,
    demo_panel,
    panel_units,
)
from bcm_mqtt.simulator.loads import Cycling, Off, Overloading, Steady
from bcm_mqtt.simulator.panel import POLES, answer

VALUES = [1, 2, 3, 400, 0, 65_535]


def read(function: int, address: int, count: int) -> bytes:
    return answer(struct.pack(">BHH", function, address, count), lambda: VALUES)


@pytest.mark.parametrize("function", [3, 4])
def test_both_read_functions_give_the_registers(function: int) -> None:
    expected = struct.pack(">BB6H", function, 12, *VALUES)
    assert read(function, 501, 6) == expected
    assert read(function, 504, 2) == struct.pack(">BBHH", function, 4, 400, 0)


@pytest.mark.parametrize(
    ("function", "address", "count", "code"),
    [
        (3, 500, 6, 2),
        (3, 500, 1, 2),
        (3, 501, 7, 2),
        (4, 507, 1, 2),
        (3, 0, 1, 2),
        (3, 65_535, 1, 2),
        (3, 501, 0, 3),
        (3, 501, 126, 3),
        (1, 501, 6, 1),
        (6, 501, 6, 1),
    ],
)
def test_all_else_is_refused(function: int, address: int, count: int, code: int) -> None:
    assert read(function, address, count) == bytes((function | 0x80, code))


def test_a_request_of_the_wrong_length_is_refused() -> None:
    assert answer(b"\x03\x01\xf5", lambda: VALUES) == b"\x83\x03"


@pytest.mark.parametrize("unit_id", [0, 248])
def test_a_unit_id_that_modbus_does_not_have_is_refused(unit_id: int) -> None:
    with pytest.raises(ValueError, match="1 to 247"):
        SimulatedGateway({unit_id: lambda: VALUES})


MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = timedelta(days=7)
PANEL = demo_panel("rpp-1a", 7)
WEEK_ROWS = [row for _, row in PANEL.history(MONDAY, MONDAY + WEEK, timedelta(minutes=5))]


def circuit(description: str) -> SimulatedCircuit:
    return next(circuit for circuit in PANEL.circuits if circuit.description == description)


def readings(pole: int) -> list[int]:
    return [row[pole - 1] for row in WEEK_ROWS]


@settings(deadline=None, max_examples=20)
@given(
    start=st.timedeltas(-WEEK * 60, WEEK * 60).map(lambda distance: MONDAY + distance),
    step=st.timedeltas(timedelta(milliseconds=200), timedelta(hours=2)),
)
def test_history_equals_the_single_readings(start: datetime, step: timedelta) -> None:
    rows = list(PANEL.history(start, start + 10 * step, step))
    assert [at for at, _ in rows] == [start + number * step for number in range(10)]
    assert all(row == PANEL.tenths(at) for at, row in rows)


def test_history_has_no_seam_where_its_columns_are_cut() -> None:
    step = timedelta(seconds=15)
    rows = list(PANEL.history(MONDAY, MONDAY + 500 * step, step))
    assert len(rows) == 500
    assert all(row == PANEL.tenths(at) for at, row in rows[230:250])


def test_history_ends_before_its_end() -> None:
    minute = timedelta(minutes=1)
    assert len(list(PANEL.history(MONDAY, MONDAY + minute, minute))) == 1
    assert len(list(PANEL.history(MONDAY, MONDAY + 1.5 * minute, minute))) == 2
    assert not list(PANEL.history(MONDAY, MONDAY, minute))


def test_history_goes_on_evenly_where_summer_time_begins() -> None:
    new_york = ZoneInfo("America/New_York")
    day = datetime(2026, 3, 8, tzinfo=new_york), datetime(2026, 3, 9, tzinfo=new_york)
    instants = [at for at, _ in PANEL.history(*day, timedelta(hours=1))]
    assert len(instants) == 23
    assert instants[-1] - instants[0] == timedelta(hours=22)


def test_the_same_instant_in_another_zone_reads_the_same() -> None:
    elsewhere = MONDAY.astimezone(timezone(timedelta(hours=9)))
    assert PANEL.tenths(elsewhere) == PANEL.tenths(MONDAY)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        PANEL.tenths(datetime(2026, 3, 2))  # noqa: DTZ001 - the very mistake


def test_a_history_without_a_step_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        PANEL.history(MONDAY, MONDAY + WEEK, timedelta(0))


def test_the_same_seed_makes_the_same_panel() -> None:
    again = demo_panel("rpp-1a", 7)
    assert again == PANEL
    assert again.tenths(MONDAY) == PANEL.tenths(MONDAY)


def test_another_seed_or_id_makes_another_panel() -> None:
    others = [demo_panel("rpp-1a", 8), demo_panel("rpp-1b", 7)]
    every = [PANEL, *others]
    assert len({tuple(panel.tenths(MONDAY)) for panel in every}) == 3
    assert len({tuple(c.description for c in panel.circuits) for panel in every}) == 3


def test_equal_circuits_of_panels_with_other_seeds_differ() -> None:
    reseeded = SimulatedPanel(PANEL.panel_id, PANEL.circuits, seed=8)
    assert reseeded.tenths(MONDAY) != PANEL.tenths(MONDAY)


def test_every_reading_fits_a_register() -> None:
    assert all(len(row) == POLES for row in WEEK_ROWS)
    assert 0 <= min(map(min, WEEK_ROWS)) <= max(map(max, WEEK_ROWS)) <= 65_535


def test_a_reading_beyond_the_register_is_held_at_its_end() -> None:
    huge = SimulatedCircuit((1,), "Acme-R1-PDU1", 20, "1P", Steady(90_000_000))
    assert SimulatedPanel("rpp-1a", (huge,)).tenths(MONDAY)[0] == 65_535


def test_both_legs_of_a_two_pole_circuit_read_the_same() -> None:
    two_pole = [circuit for circuit in PANEL.circuits if circuit.connection == "2P"]
    assert len(two_pole) >= 3
    for breaker in two_pole:
        first, second = breaker.poles
        assert readings(first) == readings(second)


def test_the_legs_of_a_three_phase_circuit_are_nearly_balanced() -> None:
    for name in ("House-Chiller-Pump-1", "House-CRAC-1"):
        legs = [readings(pole) for pole in circuit(name).poles]
        assert legs[0] != legs[1]
        for values in zip(*legs, strict=True):
            assert max(values) - min(values) <= 0.04 * max(values) + 1


def test_only_the_overloading_circuit_passes_80_percent_of_its_rating() -> None:
    rows = [row for _, row in PANEL.history(MONDAY, MONDAY + 8 * WEEK, timedelta(seconds=601))]
    for breaker in PANEL.circuits:
        highest = max(row[pole - 1] for row in rows for pole in breaker.poles)
        overloads = highest > 0.8 * breaker.rating_amps * 10
        assert overloads == isinstance(breaker.load, Overloading), breaker.description


def test_spares_and_poles_without_a_breaker_read_nothing() -> None:
    breakers = {pole: circuit for circuit in PANEL.circuits for pole in circuit.poles}
    silent = [
        pole
        for pole in range(1, POLES + 1)
        if pole not in breakers or isinstance(breakers[pole].load, Off)
    ]
    assert len(silent) >= 3
    assert all(set(readings(pole)) == {0} for pole in silent)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("panel_id", ["rpp-1a", "rpp-12b", "pdu"])
def test_a_panel_is_laid_out_like_a_real_one(panel_id: str, seed: int) -> None:
    panel = demo_panel(panel_id, seed)
    poles = sorted(pole for circuit in panel.circuits for pole in circuit.poles)
    assert 36 <= len(panel.circuits) <= 42
    assert len(set(poles)) == len(poles)
    assert 46 <= len(poles) <= 47
    names = [circuit.description for circuit in panel.circuits if circuit.description]
    assert len(set(names)) == len(names)
    assert all(isinstance(c.load, Off) == (c.description == "") for c in panel.circuits)
    assert {name.split("-")[0] for name in names} >= {"Acme", "Globex", "Hooli", "House"}
    assert sum(isinstance(circuit.load, Overloading) for circuit in panel.circuits) == 1
    assert sum(isinstance(circuit.load, Cycling) for circuit in panel.circuits) == 3
    assert {circuit.connection for circuit in panel.circuits} == {"1P", "2P", "3P"}


def test_a_breaker_takes_the_poles_of_its_connection() -> None:
    with pytest.raises(ValueError, match="3P breaker cannot take"):
        SimulatedCircuit((1, 2, 3), "House-CRAC-1", 30, "3P", Off())
    with pytest.raises(ValueError, match="2P breaker cannot take"):
        SimulatedCircuit((47, 49), "House-CRAC-1", 30, "2P", Off())


def test_two_breakers_on_one_pole_are_refused() -> None:
    breakers = (
        SimulatedCircuit((1, 3), "Acme-R1-PDU1", 30, "2P", Off()),
        SimulatedCircuit((3,), "Acme-R2-PDU1", 20, "1P", Off()),
    )
    with pytest.raises(ValueError, match=r"several breakers on poles \[3\]"):
        SimulatedPanel("rpp-1a", breakers)


def test_the_units_of_a_panel_read_the_clock_each_time() -> None:
    now = MONDAY
    units = panel_units(PANEL, 9, lambda: now)
    assert list(units) == list(range(9, 17))
    for later in (timedelta(0), timedelta(seconds=0.5), timedelta(hours=9)):
        now = MONDAY + later
        assert units[9]() == PANEL.tenths(now)[0:11:2]
        assert units[16]() == PANEL.tenths(now)[37:48:2]
