"""Stored sums corrected are the sums of the readings that a right installation had given."""

from cmath import rect
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from math import acos, radians

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.corrected import (
    corrected_powers,
    corrected_profile,
    corrected_reactive,
    corrected_registers,
    shifted_poles,
)
from bcm_mqtt.domain.interval.device_interval import DeviceInterval
from bcm_mqtt.domain.interval.electrical_interval import ElectricalInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.load_profile import LoadProfile, profile_of, whole_days
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.vee.measured_energy import Leg, register_pieces
from unit.domain.examples import NOON, QUARTER, UNHURRIED, full

DAY = timedelta(days=1)
SLOTS = whole_days(NOON, NOON + DAY)
DOUBLED = Instrument((1,), multiplier=Fraction(2))
REVERSED = Instrument((1,), sign=-1)
ITEM = DeviceInterval(1, NOON, -360 * INTERVAL_MS, INTERVAL_MS, 100, INTERVAL_MS, register_falls=0)


def profile(milliamps: int = 10_000, *, pole: int = 1) -> LoadProfile:
    return profile_of({pole: full(NOON, NOON + DAY, pole=pole, milliamps=milliamps)}, SLOTS)


def slot_of(minutes: int) -> int:
    return 48 + minutes // 15


def test_a_multiplier_from_the_beginning_is_that_of_every_sum() -> None:
    stored = profile()
    corrected = corrected_profile(stored, (DOUBLED,))

    assert (corrected.milliamp_ms == 2 * stored.milliamp_ms).all()
    assert (corrected.covered_ms == stored.covered_ms).all()
    assert np.allclose(corrected.sampling_variance, 4 * stored.sampling_variance)


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (Instrument((1,), serial="A-1"),),
        (REVERSED,),
        (Instrument((2,), multiplier=Fraction(2)),),
    ],
    ids=["no row", "a meter's number", "a sign", "another pole's"],
)
def test_what_corrects_no_current_leaves_the_profile_as_it_is(rows: tuple[Instrument, ...]) -> None:
    stored = profile()
    corrected = corrected_profile(stored, rows)

    assert (corrected.milliamp_ms == stored.milliamp_ms).all()


def test_a_row_that_begins_within_a_quarter_hour_counts_by_its_time() -> None:
    since = NOON + timedelta(minutes=35)  # 10 of the 15 minutes from 12:30 on are after it
    corrected = corrected_profile(profile(), (replace(DOUBLED, valid_from=since),))

    amp_s = corrected.milliamp_ms[0] / 1e6
    assert amp_s[slot_of(15)] == 9_000
    assert amp_s[slot_of(30)] == 9_000 / 3 + 2 * 9_000 * 2 / 3
    assert amp_s[slot_of(45)] == 18_000


@UNHURRIED
@given(
    st.integers(0, 500_000),
    st.fractions(min_value=Fraction(1, 100), max_value=100, max_denominator=400),
)
def test_each_sum_is_rounded_once_half_up(milliamps: int, ratio: Fraction) -> None:
    row = Instrument((1,), multiplier=ratio)
    corrected = corrected_profile(profile(milliamps), (row,))

    exact = milliamps * INTERVAL_MS * ratio
    assert abs(int(corrected.milliamp_ms[0, slot_of(0)]) - exact) <= Fraction(1, 2) + exact / 2**52


def test_the_power_of_a_reversed_transformer_is_turned_and_its_register_is_no_energy() -> None:
    (item,) = corrected_registers(corrected_powers({1: [ITEM]}, (REVERSED,))[1], (REVERSED,))

    assert (item.milliwatt_ms, item.power_ms) == (360 * INTERVAL_MS, INTERVAL_MS)
    assert (item.watt_hours, item.energy_ms) == (None, 0)


def test_where_the_sign_changes_within_a_quarter_hour_its_power_is_unknown() -> None:
    rows = (REVERSED, Instrument((1,), valid_from=NOON + timedelta(minutes=5)))
    (item,) = corrected_registers(corrected_powers({1: [ITEM]}, rows)[1], rows)

    assert (item.milliwatt_ms, item.power_ms, item.watt_hours) == (None, 0, None)


def test_a_step_of_a_register_is_energy_by_its_multiplier_to_the_last_watt_hour() -> None:
    third = Instrument((1,), multiplier=Fraction(4, 3))
    items = [replace(ITEM, start=NOON + number * QUARTER, watt_hours=10) for number in range(300)]
    corrected = corrected_registers(items, (third,))

    energy = sum(piece.microwatt_hours for piece in register_pieces([Leg(corrected)]))
    assert energy == pytest.approx(4_000_000_000, abs=300)  # 300 x 13 1/3 Wh, not 300 x 13


def test_a_step_over_a_pause_has_the_multipliers_of_all_its_time() -> None:
    item = replace(ITEM, energy_ms=4 * INTERVAL_MS)
    since = NOON - QUARTER  # of the hour up to 12:15 the second half
    (corrected,) = corrected_registers([item], (replace(DOUBLED, valid_from=since),))

    assert corrected.multiplier == Fraction(3, 2)


def supply(vars_: float) -> list[ElectricalInterval]:
    return [
        ElectricalInterval(
            1, NOON, millivar_ms=round(vars_ * 1000) * INTERVAL_MS, reactive_ms=INTERVAL_MS
        )
    ]


@pytest.mark.parametrize(("shift", "degrees"), [(120, -120), (240, 120), (240, -240)])
def test_power_by_another_phases_voltage_is_turned_back(shift: int, degrees: int) -> None:
    """960 VA at power factor 0.9, seen with a voltage that is 120 degrees off: 864 W."""
    seen = rect(960, acos(0.9) + radians(degrees))
    item = replace(ITEM, milliwatt_ms=round(seen.real * 1000) * INTERVAL_MS)
    row = Instrument((1,), voltage_shift=shift)
    turned = corrected_powers({1: [item]}, (row,), {1: supply(seen.imag)})[1][0]

    assert turned.milliwatt_ms == pytest.approx(864_000 * INTERVAL_MS, rel=1e-5)
    assert corrected_registers([turned], (row,))[0].watt_hours is None
    (mended,) = corrected_reactive({1: supply(seen.imag)}, (row,), {1: [item]})[1]
    assert mended.millivar_ms == pytest.approx(418_454 * INTERVAL_MS, rel=1e-5)
    assert mended.reactive_ms == INTERVAL_MS


def test_reactive_power_has_the_sign_and_the_multiplier_of_power() -> None:
    row = Instrument((1,), sign=-1, multiplier=Fraction(3, 2))
    (mended,) = corrected_reactive({1: supply(-100.0)}, (row,))[1]
    assert (mended.millivar_ms, mended.reactive_ms) == (150_000 * INTERVAL_MS, INTERVAL_MS)


def test_power_and_reactive_power_may_be_measured_for_different_times() -> None:
    """Means of 900 W over ten minutes and of 300 var over five, turned by 120 degrees."""
    item = replace(ITEM, milliwatt_ms=900_000 * 600_000, power_ms=600_000)
    reactive = ElectricalInterval(1, NOON, millivar_ms=300_000 * 300_000, reactive_ms=300_000)
    row = Instrument((1,), voltage_shift=120)
    right = complex(900, 300) * rect(1, radians(120))
    (power,) = corrected_powers({1: [item]}, (row,), {1: [reactive]})[1]
    (mended,) = corrected_reactive({1: [reactive]}, (row,), {1: [item]})[1]
    assert (power.milliwatt_ms or 0) / 600_000_000 == pytest.approx(right.real)
    assert (mended.millivar_ms or 0) / 300_000_000 == pytest.approx(right.imag)


def test_one_without_the_other_is_unknown() -> None:
    row = Instrument((1,), voltage_shift=120)
    (item,) = corrected_powers({1: [ITEM]}, (row,))[1]

    assert (item.milliwatt_ms, item.power_ms) == (None, 0)
    for devices in ({}, {1: [replace(ITEM, milliwatt_ms=None, power_ms=0)]}):
        (reactive,) = corrected_reactive({1: supply(100.0)}, (row,), devices)[1]
        assert (reactive.millivar_ms, reactive.reactive_ms) == (None, 0)
    assert shifted_poles((row, REVERSED)) == (1,)


def test_poles_without_a_correction_keep_their_items() -> None:
    items = [ITEM]

    assert corrected_powers({1: items}, (Instrument((1,), serial="A-1"),))[1] is items
    assert corrected_registers(items, ()) is items
    reactive = supply(100.0)
    assert corrected_reactive({1: reactive}, (Instrument((1,), serial="A-1"),))[1] is reactive
