"""What sampling misses: the stated uncertainty against the energy that really flowed."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import pairwise
from math import isqrt, sqrt
from random import Random

import numpy as np
import pytest

from bcm_mqtt.domain.interval.interval import Interval, intervals_of, touched_intervals
from bcm_mqtt.domain.interval.load_profile import UNKNOWN, DayFacts
from bcm_mqtt.domain.interval.slots import Integers
from bcm_mqtt.domain.interval.successive import missed as missed_of
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.time import Month, from_ms, to_ms
from bcm_mqtt.domain.usage.cut import PricedTime
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import panel_usage
from bcm_mqtt.domain.usage.uncertainty.budget import Cause
from bcm_mqtt.domain.usage.usage import Usage
from unit.domain.examples import NEW_YORK, Readings, panel, snapshot

START, END = Month(2026, 11).bounds(NEW_YORK)
CYCLE_MS, ON_MS = 7 * 60_000, 3 * 60_000
"""A load of 10 A for three of every seven minutes."""


Load = Callable[[int], int]
"""A current in mA by ms since the epoch."""


def on_for(on_ms: int, cycle_ms: int, milliamps: int = 10_000) -> Load:
    """A load that is on for so long of each cycle."""
    return lambda ms: milliamps if ms % cycle_ms < on_ms else 0


def polled(instants_ms: Iterable[int], step_ms: int, load: Load) -> list[Interval]:
    """The intervals of a load that is looked at at some instants, ascending."""
    by_quarter = defaultdict[int, list[Snapshot]](list)
    for ms in instants_ms:
        one = snapshot(from_ms(ms), [load(ms)], poll_ms=step_ms)
        for start in touched_intervals(ms, step_ms):
            by_quarter[start].append(one)
    return [
        interval
        for start, readings in sorted(by_quarter.items())
        for interval in intervals_of(readings, from_ms(start))
    ]


def exact_kwh() -> float:
    ms = sum(
        min(begin + ON_MS, to_ms(END)) - max(begin, to_ms(START))
        for begin in range(to_ms(START) // CYCLE_MS * CYCLE_MS, to_ms(END), CYCLE_MS)
        if begin + ON_MS > to_ms(START)
    )
    return 1.2 * ms / 3_600_000


def row_of(every: timedelta, phase: timedelta) -> Usage:
    """The bill's row of the load, polled so often from that instant on."""
    step, shift = (each // timedelta(milliseconds=1) for each in (every, phase))
    instants = range(to_ms(START) + shift - 2 * step, to_ms(END), step)
    return row_polled(instants, step, on_for(ON_MS, CYCLE_MS))


def row_polled(instants_ms: Iterable[int], step_ms: int, load: Load) -> Usage:
    """The bill's row of a load that is looked at at some instants, from before the month on."""
    (part,) = panel_usage(
        Directory(panel(), (CircuitVersion((1,), "Customer1-A"),)),
        Readings(START, END, {1: polled(instants_ms, step_ms, load)}),
        CustomerRule(),
        lambda _: [PricedTime(START, END)],
        BilledTime(START, END, NEW_YORK),
    )
    (row,) = part.rows
    return row


def stated_kwh(row: Usage) -> float:
    """What sampling may have missed of a row, with k = 2."""
    return 2 * sum(one.kwh for one in row.components if one.cause is Cause.SAMPLING)


def billed(every: timedelta, phase: timedelta) -> tuple[float, float]:
    """The month's kWh and what sampling may have missed of it."""
    row = row_of(every, phase)
    return float(row.kwh), stated_kwh(row)


@pytest.mark.parametrize("phase", [0, 4, 11])
@pytest.mark.parametrize("every", [15, 60, 900])
def test_the_bills_uncertainty_brackets_the_exact_energy_of_a_cycling_load(
    every: int, phase: int
) -> None:
    row = row_of(timedelta(seconds=every), timedelta(seconds=phase))
    exact, stated = exact_kwh(), stated_kwh(row)
    error = float(row.kwh) - exact
    assert abs(error) <= stated, (error, stated)
    # It is no use to state what nobody would believe: under 5 % even at 15 minutes.
    assert stated < 0.05 * exact
    assert row.indicative is (every > 60)


def by_range(covered_ms: Integers, samples: Integers, least: Integers, greatest: Integers) -> float:
    """The variance of intervals of an earlier release, which have no successive readings."""
    unknown = np.full(covered_ms.size, UNKNOWN)
    columns = covered_ms, samples, least, greatest, unknown, unknown
    [facts] = DayFacts.of_days(np.zeros(1, np.intp), *columns)
    return facts.sampling_variance


def test_more_readings_of_the_same_range_leave_less_to_miss() -> None:
    def variance(samples: int) -> float:
        return by_range(*(np.array([value] * 96) for value in (900_000, samples, 0, 10_000)))

    # 5 A times 900 s is the most that one reading's interval can be off.
    assert variance(1) == pytest.approx(96 * (5_000 * 900_000) ** 2)
    assert variance(60) == pytest.approx(variance(1) / 60)


def test_a_load_that_never_changes_leaves_nothing_to_miss() -> None:
    same = [np.array([value] * 96) for value in (900_000, 1, 7_000, 7_000)]
    assert by_range(*same) == 0


def test_the_interval_before_counts_where_each_has_one_reading() -> None:
    least = np.array([0, 10_000] * 48)
    ones = np.ones(96, np.int64)
    assert by_range(900_000 * ones, ones, least, least) == pytest.approx(
        95 * (5_000 * 900_000) ** 2
    )


def missed(*amps: int) -> tuple[float, int]:
    """Of readings a minute apart: standard deviation in A x min, and minutes of the same."""
    pairs = np.full(len(amps) - 1, 60_000)
    [deviation], [steady] = missed_of(pairs, 1_000 * np.array([amps]).T)
    return deviation / 60_000_000, steady // 60_000


def test_a_load_that_changes_once_is_missed_by_a_twelfth_of_its_square() -> None:
    deviation, steady = missed(0, 0, 0, 6, 6, 6)
    assert deviation == pytest.approx(sqrt(6**2 / 12))
    assert steady == 4


def test_a_load_that_changes_with_every_reading_is_missed_with_its_own_spread() -> None:
    # It jumps between 0 and 6 A at random: a variance of 9 A^2, for each reading's minute.
    random = Random(5)
    amps = [random.choice((0, 6)) for _ in range(4_000)]
    deviation, steady = missed(*amps)
    assert deviation**2 == pytest.approx(9 * 4_000, rel=0.1)
    assert steady == pytest.approx(2_000, rel=0.1)


def test_a_difference_without_one_before_it_counts_as_of_a_restless_load() -> None:
    assert missed(0, 6)[0] == pytest.approx(sqrt(6**2 / 2))
    assert missed(6) == (0, 0)


def test_sums_of_squares_are_exact_beyond_64_bits() -> None:
    values = [0, 2**31 - 1, -(2**31) + 1, 5, 2**31 - 1, 0] * 10
    times = [86_400_000 + at for at in range(len(values) - 1)]
    moved = [(after - one) * ms for one, after, ms in zip(values, values[1:], times, strict=False)]
    squares = sum(one * one for one in moved)
    products = sum(one * after for one, after in pairwise(moved))
    variance = max(squares, squares + 5 * moved[0] ** 2 - 10 * products) // 12
    [deviation], [steady] = missed_of(np.array(times), np.array([values]).T)
    assert (deviation, steady) == (isqrt(variance), sum(times[5::6]))


def test_a_day_knows_its_steps_and_how_long_it_was_steady() -> None:
    columns = [
        [900_000] * 2,
        [60] * 2,
        [300, 1_200],
        [300, 2_100],
        [0, UNKNOWN],
        [890_000, UNKNOWN],
    ]
    # Of the day after another one, which has nothing to do with it.
    twice = (np.array([*([7] * len(column)), *column]) for column in columns)
    _, facts = DayFacts.of_days(np.array([0, 2]), *twice)
    assert (facts.divisor, facts.steady_ms) == (300, 890_000)
