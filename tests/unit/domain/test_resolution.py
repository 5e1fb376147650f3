"""Resolution of powers and energy registers that devices give: worked numbers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.device_interval import DeviceInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.register_interval import RegisterInterval, RegisterPast
from bcm_mqtt.domain.reading.register_levels import RegisterLevel
from bcm_mqtt.domain.reading.register_step import RegisterScale
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.panel import Connection, Panel
from bcm_mqtt.domain.time import Month, to_ms
from bcm_mqtt.domain.usage.cut import PricedTime
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import panel_usage
from bcm_mqtt.domain.usage.uncertainty.budget import Budget, Cause
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.domain.vee.panel_registers import NO_REGISTERS, Registers
from unit.domain.examples import NEW_YORK, QUARTER, UNHURRIED, Devices, Readings, panel

START, END = Month(2026, 11).bounds(NEW_YORK)
HOURS = 721
STARTS = [START + number * QUARTER for number in range(HOURS * 4)]
THREE = CircuitVersion((1, 3, 5), "Customer1-A", connection=Connection.WYE)
ONE = CircuitVersion((1,), "Customer1-A")
IN_WATTS = replace(panel(), power_step=Decimal(1))


def rows(
    devices: Devices,
    version: CircuitVersion = ONE,
    of: Panel = IN_WATTS,
    shown: Registers = NO_REGISTERS,
    periods: tuple[str, ...] = ("",),
    changes: Sequence[datetime] = (),
    instruments: tuple[Instrument, ...] = (),
) -> list[Usage]:
    """The month's rows of a circuit; more periods take turns by quarter hour."""
    time = BilledTime(START, END, NEW_YORK)
    codes = (np.arange(time.slots.count) % len(periods)).astype(np.uint8)
    versions = [version, *(replace(version, valid_from=at, customer="x") for at in changes)]
    parts = panel_usage(
        Directory(of, tuple(versions), instruments),
        Readings(START, END, {}, devices, shown=shown),
        CustomerRule(),
        lambda _: [PricedTime(START, END, periods, codes if len(periods) > 1 else None)],
        time,
    )
    return [row for part in parts for row in part.rows]


def powers(milliwatts: Sequence[int], pole: int = 1) -> list[DeviceInterval]:
    """Quarter hours that take turns."""
    return [
        DeviceInterval(
            pole, at, milliwatts[number % len(milliwatts)] * INTERVAL_MS, INTERVAL_MS, None, 0
        )
        for number, at in enumerate(STARTS)
    ]


def resolution(found: Sequence[Usage]) -> float:
    """Standard, kWh."""
    lines = Budget.of(one for row in found for one in row.components).lines
    return sum(line.kwh for line in lines if line.cause is Cause.RESOLUTION)


def omitted(found: Sequence[Usage]) -> list[str]:
    lines = Budget.of(one for row in found for one in row.components).lines
    return [what for line in lines if line.cause is Cause.RESOLUTION for what in line.omitted]


def test_a_steady_power_is_off_by_its_step_all_month() -> None:
    # 12 W in steps of 1 W: 0.29 W, 2.4 % of it.
    found = rows({1: powers([12_000])})
    assert resolution(found) == pytest.approx(0.001 / sqrt(12) * HOURS, rel=1e-6)
    assert resolution(found) / float(found[0].kwh) == pytest.approx(0.024, rel=0.01)
    assert omitted(found) == []


def test_powers_of_several_levels_are_off_independently() -> None:
    alone = 0.001 / sqrt(12) * HOURS
    assert resolution(rows({1: powers([12_000, 40_000])})) == pytest.approx(alone / sqrt(2))
    # Within a step all are off by the same.
    assert resolution(rows({1: powers([12_100, 11_900])})) == pytest.approx(alone)


def test_the_legs_of_a_power_add_up_and_a_multiplier_makes_its_steps_wider() -> None:
    devices = {pole: powers([12_000], pole) for pole in (1, 3, 5)}
    alone = 0.001 / sqrt(12) * HOURS
    assert resolution(rows(devices, THREE)) == pytest.approx(3 * alone)
    twice = (Instrument((1,), multiplier=Fraction(2)),)
    assert resolution(rows({1: powers([24_000])}, instruments=twice)) == pytest.approx(2 * alone)


def test_rows_of_one_circuit_are_off_by_the_same_power() -> None:
    whole, parts = rows({1: powers([12_000])}), rows({1: powers([12_000])}, periods=("on", "off"))
    assert len(parts) == 2
    assert resolution(parts) == pytest.approx(resolution(whole))


def test_a_step_that_no_profile_knows_is_that_of_powers_which_stay() -> None:
    unknown = panel()
    # 20 W and 50 W stay for two quarter hours: in steps of 10 W at most.
    devices = {1: powers([20_000, 20_000, 50_000, 50_000])}
    known = rows(devices, of=replace(unknown, power_step=Decimal(10)))
    assert resolution(rows(devices, of=unknown)) == resolution(known) > 0
    # What never stays averages out.
    moving = powers([20_001, 50_003, 70_007])
    assert resolution(rows({1: moving}, of=unknown)) < 0.000_3
    assert omitted(rows({1: moving}, of=unknown)) == []


def shown(
    watt_hours: Sequence[int], step: float, rows_: tuple[Instrument, ...] = (), pole: int = 1
) -> Registers:
    """A register that is read at the beginning of each quarter hour."""
    past = [
        RegisterInterval(pole, at, (RegisterLevel(to_ms(at), to_ms(at), value),))
        for at, value in zip([*STARTS, END], watt_hours, strict=True)
    ]
    return Registers.of({pole: RegisterPast.of(past)}, rows_, {pole: RegisterScale(step)})


def counted(watt_hours: Sequence[int], pole: int = 1) -> list[DeviceInterval]:
    """What is stored of such a register."""
    rises = zip([*STARTS[1:], END], watt_hours, watt_hours[1:], strict=False)
    return [
        DeviceInterval(pole, at, None, 0, max(0, after - before), INTERVAL_MS)
        for at, before, after in rises
    ]


STEADY = [5_000_000 + 300 * number for number in range(len(STARTS) + 1)]
"""1.2 kW, in steps of 100 Wh."""
OF_100 = 0.1 / sqrt(6)


def test_a_months_difference_of_a_register_is_off_by_two_readings() -> None:
    found = rows({1: counted(STEADY)}, shown=shown(STEADY, 100.0))
    assert float(found[0].kwh) == pytest.approx(1.2 * HOURS, rel=0.01)
    assert resolution(found) == pytest.approx(OF_100)
    assert omitted(found) == []


def test_a_register_whose_scale_no_profile_knows_is_recognised() -> None:
    known = shown(STEADY, 100.0)
    assert resolution(rows({1: counted(STEADY)}, shown=replace(known, scales={}))) == (
        pytest.approx(OF_100)
    )


def test_the_readings_at_which_periods_change_are_on_both_sides() -> None:
    parts = rows({1: counted(STEADY)}, shown=shown(STEADY, 100.0), periods=("on", "off"))
    assert len(parts) == 2
    assert resolution(parts) == pytest.approx(OF_100, rel=1e-3)
    # Two customers have a difference each.
    moved = rows(
        {1: counted(STEADY)}, shown=shown(STEADY, 100.0), changes=[START + timedelta(days=10)]
    )
    assert [resolution([one]) for one in moved] == pytest.approx([OF_100, OF_100])


def test_a_reset_is_one_difference_more() -> None:
    at = len(STEADY) // 2
    fallen = [*STEADY[:at], *(300 * number for number in range(len(STEADY) - at))]
    found = rows({1: counted(fallen)}, shown=shown(fallen, 100.0))
    assert found[0].register_events == 1
    assert resolution(found) == pytest.approx(OF_100 * sqrt(2))


def test_the_registers_of_legs_add_up_and_a_multiplier_makes_their_steps_wider() -> None:
    registers = [shown(STEADY, 100.0, pole=pole) for pole in THREE.poles]
    together = Registers(
        {pole: one.past[pole] for pole, one in zip(THREE.poles, registers, strict=True)},
        {pole: RegisterScale(100.0) for pole in THREE.poles},
    )
    devices = {pole: counted(STEADY, pole) for pole in THREE.poles}
    assert resolution(rows(devices, THREE, shown=together)) == pytest.approx(3 * OF_100)
    twice = (Instrument((1,), multiplier=Fraction(2)),)
    corrected = rows({1: counted(STEADY)}, shown=shown(STEADY, 100.0, twice), instruments=twice)
    assert resolution(corrected) == pytest.approx(2 * OF_100)


def test_a_floating_point_register_counts_ever_more_coarsely() -> None:
    # Of 2^24 Wh and more a float32 of Wh counts by 2.
    high = [20_000_000 + 300 * number for number in range(len(STARTS) + 1)]
    registers = replace(shown(high, 1.0), scales={1: RegisterScale(float_bits=24)})
    found = rows({1: counted(high)}, shown=registers)
    assert resolution(found) == pytest.approx(0.002 / sqrt(6))


def test_a_register_of_which_no_reading_is_stored_is_named() -> None:
    found = rows({1: counted(STEADY)})
    assert omitted(found) == ["of energy registers whose step is not known"]


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=9), st.integers(1, 5_000))
@UNHURRIED
def test_powers_are_off_by_a_step_all_month_at_most_and_each_by_itself_at_least(
    milliwatts: list[int], step: int
) -> None:
    of = replace(panel(), power_step=Decimal(step) / 1000)
    found = resolution(rows({1: powers(milliwatts)}, of=of))
    most = step / 1e6 / sqrt(12) * HOURS
    assert most / sqrt(len(STARTS)) * 0.999 <= found <= most * 1.001
