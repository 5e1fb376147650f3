"""The energy of a formula by interval: exact sums, the worst of its members, never cut to 0."""

from math import hypot, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.load_profile import profile_of
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.usage.formula.load import formula_load
from bcm_mqtt.domain.usage.formula.uncertainty import MemberErrors, formula_components
from bcm_mqtt.domain.usage.uncertainty.accuracy import NOMINAL_VOLTAGE
from bcm_mqtt.domain.usage.uncertainty.budget import Budget, Cause, Component
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad, Horizon
from bcm_mqtt.domain.vee.interval_energy import CircuitIntervals
from bcm_mqtt.domain.vee.quality import Quality
from unit.builders import UNHURRIED

WHOLE, HALF = INTERVAL_MS, INTERVAL_MS // 2


def load(
    energy: list[int], incomplete: dict[int, tuple[Quality, list[int]]] | None = None
) -> CircuitLoad:
    """Of consecutive slots; `how` of incomplete ones is by slot."""
    incomplete = incomplete or {}
    slots = Slots(0, len(energy))
    amounts = np.array(energy, np.int64)
    measured = np.full(len(energy), INTERVAL_MS, np.int64)
    for slot, (_, how) in incomplete.items():
        measured[slot] = how[2]
    return CircuitLoad(
        slots,
        CircuitIntervals(profile_of({}, slots), (), amounts, measured),
        amounts,
        np.array(sorted(incomplete), np.intp),
        np.array([incomplete[slot][1] for slot in sorted(incomplete)], np.int64).reshape(-1, 5).T,
        np.array([incomplete[slot][0] for slot in sorted(incomplete)], np.uint8),
        Horizon(0, len(energy)),
    )


def test_a_main_without_two_circuits_is_what_is_left_of_each_interval() -> None:
    made = formula_load([(1, load([100, 90])), (-1, load([30, 35])), (-1, load([20, 60]))])
    assert made.microwatt_hours.tolist() == [50, -5]  # below 0 stays below 0
    assert made.incomplete.size == 0


def test_an_estimated_member_makes_the_interval_estimated_by_what_it_adds_or_takes() -> None:
    main = load([100, 90], {1: (Quality.LIKE_DAY, [90, 0, 0, WHOLE, 0])})
    taken = load([30, 40], {1: (Quality.MIXED, [20, 0, HALF, HALF, 0])})
    made = formula_load([(1, main), (-1, taken)])
    assert made.microwatt_hours.tolist() == [70, 50]
    assert made.incomplete.tolist() == [1]
    assert made.estimated.tolist() == [90 - 20]
    assert made.how[2:].ravel().tolist() == [0, WHOLE, 0]
    assert made.qualities.tolist() == [Quality.LIKE_DAY]


def test_an_interval_of_which_any_member_is_missing_is_missing_whole() -> None:
    gone = load([0, 40], {0: (Quality.MISSING, [0, 0, 0, 0, 0])})
    made = formula_load([(1, load([100, 90])), (-1, gone)])
    assert made.microwatt_hours.tolist() == [0, 50]
    assert made.missing_ms.tolist() == [WHOLE]
    assert made.qualities.tolist() == [Quality.MISSING]
    assert made.intervals.measured_ms.tolist() == [0, WHOLE]


def test_what_was_entered_for_a_member_is_entered_of_the_formula() -> None:
    entered = load([30, 40], {1: (Quality.EDITED, [0, 40, 0, 0, WHOLE])})
    made = formula_load([(1, load([100, 90])), (-1, entered)])
    assert made.edited.tolist() == [-40]
    assert made.edited_ms.tolist() == [WHOLE]


SLOT = st.one_of(
    st.just((Quality.MISSING, [0, 0, 0, 0, 0])),
    st.integers(0, WHOLE - 1).map(lambda ms: (Quality.MIXED, [0, 0, ms, WHOLE - ms, 0])),
    st.integers(0, WHOLE - 1).map(lambda ms: (Quality.MISSING, [0, 0, ms, 0, 0])),
    st.just((Quality.EDITED, [0, 0, 0, 0, WHOLE])),
)
LOADS = st.tuples(
    st.sampled_from([1, -1]),
    st.lists(st.integers(0, 10**15), min_size=4, max_size=4),
    st.dictionaries(st.integers(0, 3), SLOT),
)


@UNHURRIED
@given(st.lists(LOADS, min_size=1, max_size=5))
def test_sums_are_exact_and_times_add_up(
    members: list[tuple[int, list[int], dict[int, tuple[Quality, list[int]]]]],
) -> None:
    loads = [(sign, load(energy, how)) for sign, energy, how in members]
    made = formula_load(loads)
    gone = {
        slot for _, _, how in members for slot, (_, times) in how.items() if sum(times[2:]) < WHOLE
    }
    for slot in range(4):
        expected = 0 if slot in gone else sum(sign * energy[slot] for sign, energy, _ in members)
        assert made.microwatt_hours[slot] == expected
    assert (made.how[2:] >= 0).all()
    assert (made.missing_ms >= 0).all()
    missing = dict(zip(made.incomplete.tolist(), made.missing_ms.tolist(), strict=True))
    assert {slot for slot, ms in missing.items() if ms} == gone
    for _, one in loads:  # no member is measured for less than the formula is
        least = np.full(4, WHOLE)
        least[one.incomplete] = one.measured_ms
        own = np.full(4, WHOLE)
        own[made.incomplete] = made.measured_ms
        assert (own <= least).all()


def errors(sign: int, kwh: float, *components: Component, meter: str = "") -> MemberErrors:
    return MemberErrors(sign, components, kwh, meter, 0.01, "120/208")


def accuracy(kwh: float) -> Component:
    return Component(Cause.ACCURACY, kwh, "class", "Maker M")


def test_what_one_meter_is_off_is_off_by_the_difference_alone() -> None:
    """A meter of 1 % standard without transformers: of 100 - 90 kWh 1 % of 10 is left."""
    members = [errors(1, 100, accuracy(1), meter="m"), errors(-1, 90, accuracy(0.9), meter="m")]
    (one,) = formula_components(members)
    assert one.kwh == pytest.approx(0.1)


def test_two_meters_err_by_themselves_in_a_difference_and_together_in_a_sum() -> None:
    members = [errors(1, 100, accuracy(1), meter="m"), errors(-1, 90, accuracy(0.9), meter="n")]
    (one,) = formula_components(members)
    assert one.kwh == pytest.approx(hypot(1, 0.9))
    members = [errors(1, 100, accuracy(1), meter="m"), errors(1, 90, accuracy(0.9), meter="n")]
    (one,) = formula_components(members)
    assert one.kwh == pytest.approx(1.9)


def test_transformers_do_not_cancel_where_their_meter_does() -> None:
    by_both = hypot(1, 2), hypot(0.9, 1.8)
    members = [
        errors(sign, kwh, accuracy(both), meter="m")
        for sign, kwh, both in zip((1, -1), (100, 90), by_both, strict=True)
    ]
    (one,) = formula_components(members)
    assert one.kwh == pytest.approx(hypot(0.1, hypot(2, 1.8)))


def test_nominal_voltage_is_shared_and_a_power_factor_is_not() -> None:
    voltage = Component(Cause.VOLTAGE, 3, "nominal", NOMINAL_VOLTAGE)
    factor = Component(Cause.POWER_FACTOR, 20, "assumed", "not stated")
    made = formula_components([errors(1, 100, voltage, factor), errors(-1, 90, voltage, factor)])
    (factors,) = made
    assert factors.cause is Cause.POWER_FACTOR
    assert factors.kwh == pytest.approx(hypot(20, 20))


def test_what_is_independent_goes_in_quadrature_and_what_is_left_out_is_named() -> None:
    sampling = Component(Cause.SAMPLING, 3), Component(Cause.SAMPLING, 4)
    unknown = Component(Cause.RESOLUTION, 0.0, "of currents whose step is not known")
    made = formula_components([errors(1, 100, sampling[0], unknown), errors(-1, 90, sampling[1])])
    assert made[0].kwh == pytest.approx(5)
    (line,) = [one for one in Budget.of(made).lines if one.cause is Cause.RESOLUTION]
    assert line.omitted == ("of currents whose step is not known",)


SIZES = st.floats(0, 1000)


@given(st.lists(st.tuples(st.sampled_from([1, -1]), SIZES), min_size=1, max_size=5))
def test_nothing_is_more_than_if_all_of_it_added_up_or_less_than_what_is_left(
    parts: list[tuple[int, float]],
) -> None:
    members = [errors(sign, 0, Component(Cause.VOLTAGE, kwh, "x", "one")) for sign, kwh in parts]
    made = sum(one.kwh for one in formula_components(members))
    assert made <= sum(kwh for _, kwh in parts) + 1e-6
    assert made >= abs(sum(sign * kwh for sign, kwh in parts)) / sqrt(2) - 1e-6
