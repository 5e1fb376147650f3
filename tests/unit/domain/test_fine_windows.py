"""Windows finer than quarter hours: sums of parts, their spread, and the greatest window."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bcm_mqtt.domain.interval.interval import held
from bcm_mqtt.domain.interval.polls import MISSING, Readings
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.rating.demand.fine import day_peaks, kw_of_window
from bcm_mqtt.domain.tariff import DemandCharge
from bcm_mqtt.domain.time import Month, to_ms
from bcm_mqtt.domain.usage.fine.spread import spread
from bcm_mqtt.domain.usage.fine.sums import fine_sums
from unit.domain.examples import NEW_YORK, UNHURRIED

ONE = Decimal(1)
START = Month(2026, 3).bounds(NEW_YORK)[0]
MINUTE = 60_000


def readings(every_ms: int, values: list[int | None], begin_ms: int = 0) -> Readings:
    times = begin_ms + every_ms * np.arange(len(values), dtype=np.int64)
    numbers = [[MISSING if value is None else value] for value in values]
    return Readings(times, times + every_ms * 3 // 2, np.array(numbers, np.int64))


def test_a_reading_stands_until_the_next_one_and_is_cut_at_the_edge_of_a_part() -> None:
    # 40 s apart: 10 until 0:40, 20 until 1:20, none at 1:20, so 20 stands to 1:40 at most
    found = fine_sums(readings(40_000, [10, 20, None, 40]), 2, 0, 3 * MINUTE, MINUTE)
    assert found.amount.tolist() == [
        [10 * 40_000 + 20 * 20_000, 20 * 40_000, 40 * 60_000],
        [0, 0, 0],
    ]
    assert found.covered_ms.tolist() == [[60_000, 40_000, 60_000], [0, 0, 0]]


@given(
    values=st.lists(st.none() | st.integers(-50_000, 50_000), min_size=1, max_size=90),
    every_s=st.integers(5, 120),
    late_s=st.integers(-100, 700),
)
def test_parts_add_up_to_the_quarter_hour(
    values: list[int | None], every_s: int, late_s: int
) -> None:
    begin_ms = to_ms(START)
    given_ = readings(every_s * 1000, values, begin_ms + late_s * 1000)
    fine = fine_sums(given_, 1, begin_ms, begin_ms + 15 * MINUTE, MINUTE)
    whole = held(given_, begin_ms)
    assert fine.amount.sum() == whole.amount.sum()
    assert fine.covered_ms.sum() == whole.covered_ms.sum()


ENERGY = st.integers(-(10**12), 10**12)
WEIGHTS = arrays.arrays(np.float64, (4, 15), elements=st.floats(-1e9, 1e9, width=32))


@given(
    energy=st.lists(ENERGY, min_size=4, max_size=4).map(lambda one: np.array(one, np.int64)),
    weights=WEIGHTS,
)
def test_a_spread_quarter_hour_is_neither_more_nor_less(
    energy: np.ndarray, weights: np.ndarray
) -> None:
    fine, even = spread(energy, weights)
    assert (fine.sum(axis=1) == energy).all()
    for row, of in zip(fine[even], energy[even], strict=True):
        assert np.ptp(row) <= 1 or abs(int(of)) < 15


def test_energy_is_where_power_was() -> None:
    weights = np.zeros((1, 3))
    weights[0] = [1, 2, 1]
    assert spread(np.array([400]), weights)[0].tolist() == [[100, 200, 100]]
    assert spread(np.array([-400]), -weights)[0].tolist() == [[-100, -200, -100]]
    ran_both_ways = np.array([[5.0, -4.0, 0.0]])
    found, even = spread(np.array([300]), ran_both_ways)
    assert (found.tolist(), even.tolist()) == ([[100, 100, 100]], [True])


LOADS = arrays.arrays(np.int64, 15 * 96, elements=st.integers(0, 10**9))


@UNHURRIED
@given(minutes=LOADS, day=st.sampled_from([1, 8]))
def test_demand_of_a_finer_window_is_not_below_that_of_a_coarser_one(
    minutes: np.ndarray, day: int
) -> None:
    slots = Slots(to_ms(START) + (day - 1) * 86_400_000, 96)
    whole = np.zeros(slots.count, np.bool_)

    def kw(window: int, step: int | None = None) -> Decimal:
        charge = DemandCharge(ONE, window=window, sliding=step is not None, step=step)
        parts = charge.parts_of_quarter
        energy = minutes.reshape(96, parts, -1).sum(axis=2)
        days = slots.local(NEW_YORK).dates()
        found = day_peaks(charge, NEW_YORK, days, energy, slots, whole)
        return max(kw_of_window(one.microwatt_hours, window) for one in found)

    assert kw(5) >= kw(10) >= kw(30)
    assert kw(5) >= kw(10, 5) >= kw(10)
    assert kw(10, 1) >= kw(10, 5)
    assert kw(5) >= kw(15, 5) >= kw(30, 5) >= kw(60, 5)
    assert kw(15, 1) >= kw(15, 5)


@pytest.mark.parametrize(
    ("charge", "measure", "parts"),
    [
        (DemandCharge(ONE, window=5), "demand-5min", 3),
        (DemandCharge(ONE, window=10), "demand-10min", 3),
        (DemandCharge(ONE, window=10, sliding=True, step=1), "demand-10min-sliding-1min", 15),
        (DemandCharge(ONE, sliding=True, step=5), "demand-15min-sliding-5min", 3),
        (DemandCharge(ONE, window=60, sliding=True, step=15), "demand-60min-sliding", 1),
    ],
)
def test_each_has_a_measure_of_its_own(charge: DemandCharge, measure: str, parts: int) -> None:
    assert (charge.measure, charge.parts_of_quarter) == (measure, parts)
    assert charge.is_fine == (parts > 1)


def test_a_window_is_of_the_day_in_which_it_begins_and_says_whether_all_was_measured() -> None:
    slots = Slots.between(START, Month(2026, 3).bounds(NEW_YORK)[1])
    energy = np.zeros((slots.count, 3), np.int64)
    energy[95, 2] = energy[96, 0] = 100_000_000  # 23:55 of the 1st to 00:05 of the 2nd
    incomplete = np.zeros(slots.count, np.bool_)
    incomplete[96] = True
    charge = DemandCharge(ONE, window=10, sliding=True, step=5)
    first, second = day_peaks(
        charge, NEW_YORK, [date(2026, 3, 1), date(2026, 3, 2)], energy, slots, incomplete
    )
    assert (first.microwatt_hours, first.measured) == (200_000_000, False)
    assert (second.microwatt_hours, second.measured) == (100_000_000, False)
    assert str(kw_of_window(first.microwatt_hours, 10)) == "1.200"
