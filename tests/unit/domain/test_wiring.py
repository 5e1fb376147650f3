"""Wiring faults by phasors: each is found as what it is, and a healthy load never."""

from cmath import exp
from collections.abc import Sequence
from math import pi, radians, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.vee.legs import Legs
from bcm_mqtt.domain.vee.quality import Flag, Found
from bcm_mqtt.domain.vee.wiring import wiring_faults
from unit.builders import UNHURRIED

C = Connection
SLOTS = Slots(0, 3 * 96)
DAYS = np.arange(SLOTS.count) // 96
V = 120.0


def legs(
    connection: Connection,
    amps: Sequence[float],
    watts: Sequence[float] | None = None,
    vars_: Sequence[float] | None = None,
    *,
    rating: int | None = 20,
    volts: Sequence[float] | None = None,
) -> Legs:
    """Three days of the same."""

    def sums(values: Sequence[float]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        each = [round(value * 1000) * INTERVAL_MS for value in values]
        return np.repeat(np.array(each, np.int64)[:, None], SLOTS.count, axis=1)

    ms = np.full((len(amps), SLOTS.count), INTERVAL_MS)
    return Legs(
        poles=tuple(range(1, 2 * len(amps), 2)),
        connection=connection,
        nominal_volts=V,
        rating_amps=rating,
        slots=SLOTS,
        milliamp_ms=sums(amps),
        covered_ms=ms,
        milliwatt_ms=None if watts is None else sums(watts),
        power_ms=None if watts is None else ms,
        millivar_ms=None if vars_ is None else sums(vars_),
        millivolt_ms=None if volts is None else sums(volts),
        voltage_ms=None if volts is None else ms,
    )


def faults(found: Legs, *, assigned: bool = True) -> list[Found]:
    whole = np.ones(SLOTS.count, np.bool_)
    return list(wiring_faults(found, whole, DAYS, assigned=assigned))


def flags(found: Legs) -> set[Flag]:
    return {fault.flag for fault in faults(found)}


def line_neutral(amps: float, factor: float, count: int = 1) -> tuple[list[float], list[float]]:
    watts = V * amps * factor
    return [watts] * count, [sqrt((V * amps) ** 2 - watts**2)] * count


def line_line(amps: float, factor: float) -> list[float]:
    """Power of the legs of a load between two lines, each by its voltage to neutral."""
    phi = np.arccos(factor)
    return [V * amps * np.cos(phi + sign * pi / 6) for sign in (1, -1)]


@given(st.floats(1, 24), st.floats(0.56, 1), st.integers(1, 3))
@UNHURRIED
def test_a_healthy_line_neutral_load_has_no_fault(amps: float, factor: float, count: int) -> None:
    connection = {1: C.LINE_NEUTRAL, 2: C.TWO_LINE_NEUTRAL, 3: C.WYE}[count]
    watts, vars_ = line_neutral(amps, factor, count)
    assert flags(legs(connection, [amps] * count, watts, vars_, rating=None)) == set()


@given(st.floats(1, 24), st.floats(0.51, 1))
@UNHURRIED
def test_a_healthy_line_line_load_has_no_fault(amps: float, factor: float) -> None:
    assert flags(legs(C.LINE_LINE, [amps] * 2, line_line(amps, factor), rating=None)) == set()


def test_an_idle_power_supply_is_not_judged() -> None:
    assert flags(legs(C.LINE_NEUTRAL, [0.4], [9.0])) == set()


def test_a_reversed_transformer_is_found_with_its_energy() -> None:
    (fault,) = faults(legs(C.LINE_NEUTRAL, [8], [-960]))
    assert (fault.flag, fault.first, fault.last) == (Flag.REVERSED, 0, SLOTS.count - 1)
    assert fault.detail == "-69.1 kWh in 72 h, down to -960 W"


def test_power_slightly_below_nothing_is_noise() -> None:
    assert flags(legs(C.LINE_NEUTRAL, [0.1], [-9.0], rating=20)) == set()
    assert flags(legs(C.LINE_NEUTRAL, [0.3], [-25.0], rating=20)) == {Flag.REVERSED}


@given(st.floats(0.82, 1), st.integers(0, 2))
@UNHURRIED
def test_one_leg_of_three_reversed_is_named(factor: float, leg: int) -> None:
    watts, vars_ = line_neutral(10, factor, 3)
    watts[leg], vars_[leg] = -watts[leg], -vars_[leg]
    (fault,) = faults(legs(C.WYE, [10] * 3, watts, vars_))
    assert fault.flag is Flag.LEG_REVERSED
    assert fault.detail.startswith(f"3 days: pole {2 * leg + 1} the other way round: power factor")


@given(st.floats(0.87, 1))
@UNHURRIED
def test_one_leg_of_a_line_line_load_reversed_is_found(factor: float) -> None:
    first, second = line_line(10, factor)
    assert flags(legs(C.LINE_LINE, [10, 10], [first, -second])) >= {Flag.LEG_REVERSED}


@given(st.floats(0.85, 1), st.permutations([0, 1, 2]))
@UNHURRIED
def test_transformers_on_other_phases_are_found(factor: float, order: list[int]) -> None:
    """A leg measured by another phase's voltage: its phasor is turned by 120 degrees."""
    phi = np.arccos(factor)
    turns = [exp(1j * (phi + (other - own) * 2 * pi / 3)) for own, other in enumerate(order)]
    watts = [V * 10 * turn.real for turn in turns]
    found = flags(legs(C.WYE, [10] * 3, watts, [V * 10 * turn.imag for turn in turns]))
    if order == [0, 1, 2]:
        assert found == set()
        return
    # All three turned the same way may look like all three reversed.
    assert Flag.PHASES_SWAPPED in found or (sum(watts) < -0.8 * V * 30 and Flag.REVERSED in found)
    assert any(flag.holds for flag in flags(legs(C.WYE, [10] * 3, watts)))


def test_current_without_energy_holds() -> None:
    (fault,) = faults(legs(C.LINE_NEUTRAL, [8], [400]))
    assert fault == (Flag.ENERGY_MISSING, 0, 287, "3 days: power factor 0.42, 400 W on poles 1")


def test_a_low_power_factor_between_lines_is_a_finding_only() -> None:
    assert flags(legs(C.LINE_LINE, [10, 10], line_line(10, 0.45))) == {Flag.LOW_POWER_FACTOR}
    assert not Flag.LOW_POWER_FACTOR.holds


def test_legs_that_differ_and_currents_that_do_not_close() -> None:
    assert flags(legs(C.LINE_LINE, [10, 9.6])) == set()
    (fault,) = faults(legs(C.LINE_LINE, [10, 9]))
    assert (fault.flag, fault.detail) == (Flag.LEGS_DIFFER, "3 days: 10.0 A, 9.0 A on poles 1, 3")
    assert flags(legs(C.DELTA, [10, 6, 4.1])) == set()
    assert flags(legs(C.DELTA, [10, 5, 4])) == {Flag.NO_TRIANGLE}


def test_a_voltage_that_is_not_the_services() -> None:
    assert flags(legs(C.LINE_NEUTRAL, [5], [600], volts=[126])) == set()
    assert flags(legs(C.LINE_NEUTRAL, [5], [1385], volts=[277])) == {Flag.WRONG_VOLTAGE}


def test_a_load_that_nobody_pays_for() -> None:
    (fault,) = faults(legs(C.LINE_NEUTRAL, [0.5]), assigned=False)
    assert (fault.flag, fault.detail) == (Flag.UNASSIGNED_LOAD, "3 days: 0.5 A on average")
    assert faults(legs(C.LINE_NEUTRAL, [0.4]), assigned=False) == []


def test_days_that_follow_one_another_are_one_finding_and_others_not() -> None:
    found = legs(C.LINE_LINE, [10, 9])
    found.milliamp_ms[1, 96:192] = found.milliamp_ms[0, 96:192]
    assert [(one.first, one.last) for one in faults(found)] == [(0, 95), (192, 287)]


@pytest.mark.parametrize("hours", [11, 13])
def test_a_day_is_judged_from_twelve_measured_hours_on(hours: int) -> None:
    found = legs(C.LINE_LINE, [10, 9])
    span = np.arange(SLOTS.count) < hours * 4
    assert len(list(wiring_faults(found, span, DAYS, assigned=True))) == (hours > 12)


def test_worked_phasors() -> None:
    """208 V between lines, 12 A at power factor 1: 1,247 W and 1,247 W, not 1,440 each."""
    assert line_line(12, 1) == pytest.approx([1247.1, 1247.1], abs=0.1)
    assert line_line(12, 0.5) == pytest.approx([0, V * 12 * np.cos(radians(30))], abs=0.1)
