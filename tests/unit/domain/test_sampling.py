"""What sampling misses: the stated uncertainty against the energy that really flowed."""

from datetime import timedelta
from itertools import groupby

import numpy as np
import pytest

from bcm_mqtt.domain.interval.interval import Interval, interval_start_ms, intervals_of
from bcm_mqtt.domain.interval.load_profile import sampling_variance, uncertainty
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.time import Month, from_ms, to_ms
from bcm_mqtt.domain.usage.cut import PricedTime
from bcm_mqtt.domain.usage.panel_usage import BilledTime, panel_usage
from bcm_mqtt.domain.usage.usage import Usage
from unit.domain.examples import NEW_YORK, Readings, panel, snapshot

START, END = Month(2026, 11).bounds(NEW_YORK)
CYCLE_MS, ON_MS = 7 * 60_000, 3 * 60_000
"""A load of 10 A for three of every seven minutes."""


def polled(every: timedelta, phase: timedelta) -> list[Interval]:
    """The month's intervals of the load, looked at so often."""
    step = every // timedelta(milliseconds=1)
    first = to_ms(START) + phase // timedelta(milliseconds=1)
    readings = [
        snapshot(from_ms(ms), [10_000 if (ms % CYCLE_MS) < ON_MS else 0], poll_ms=step)
        for ms in range(first - 2 * step, to_ms(END), step)
    ]
    found = []
    before: list[object] = []
    for start, group in groupby(readings, lambda one: interval_start_ms(to_ms(one.time))):
        own = list(group)
        found += intervals_of([*before, *own], from_ms(start))  # type: ignore[list-item]
        before = [own[-1]]
    return found


def exact_kwh() -> float:
    ms = sum(
        min(begin + ON_MS, to_ms(END)) - max(begin, to_ms(START))
        for begin in range(to_ms(START) // CYCLE_MS * CYCLE_MS, to_ms(END), CYCLE_MS)
        if begin + ON_MS > to_ms(START)
    )
    return 1.2 * ms / 3_600_000


def row_of(every: timedelta, phase: timedelta) -> Usage:
    """The bill's row of the load, polled so often from that instant on."""
    (part,) = panel_usage(
        Directory(panel(), (CircuitVersion((1,), "Customer1-A"),)),
        Readings(START, END, {1: polled(every, phase)}),
        CustomerRule(),
        lambda _: [PricedTime(START, END)],
        BilledTime(START, END, NEW_YORK),
    )
    (row,) = part.rows
    return row


def billed(every: timedelta, phase: timedelta) -> tuple[float, float]:
    """The month's kWh and its stated uncertainty."""
    row = row_of(every, phase)
    return float(row.kwh), uncertainty(row.sampling_variance)


@pytest.mark.parametrize("phase", [0, 4, 11])
@pytest.mark.parametrize("every", [15, 60, 900])
def test_the_bills_uncertainty_brackets_the_exact_energy_of_a_cycling_load(
    every: int, phase: int
) -> None:
    row = row_of(timedelta(seconds=every), timedelta(seconds=phase))
    exact, stated = exact_kwh(), uncertainty(row.sampling_variance)
    error = float(row.kwh) - exact
    assert abs(error) <= stated, (error, stated)
    # It is no use to state what nobody would believe: under 5 % even at 15 minutes.
    assert stated < 0.05 * exact
    assert row.indicative is (every > 60)


def test_more_readings_of_the_same_spread_leave_less_to_miss() -> None:
    def variance(samples: int) -> float:
        return sampling_variance(
            *(np.array([value] * 96) for value in (900_000, samples, 0, 10_000))
        )

    # 5 A times 900 s is the most that one reading's interval can be off.
    assert variance(1) == pytest.approx(96 * (5_000 * 900_000) ** 2)
    assert variance(60) == pytest.approx(variance(1) / 60)


def test_a_load_that_never_changes_leaves_nothing_to_miss() -> None:
    same = [np.array([value] * 96) for value in (900_000, 1, 7_000, 7_000)]
    assert sampling_variance(*same) == 0
    assert sampling_variance(*(np.array([], np.int64) for _ in range(4))) == 0


def test_the_interval_before_counts_where_each_has_one_reading() -> None:
    least = np.array([0, 10_000] * 48)
    ones = np.ones(96, np.int64)
    found = sampling_variance(900_000 * ones, ones, least, least)
    assert found == pytest.approx(95 * (5_000 * 900_000) ** 2)


def test_uncertainties_of_circuits_add_up_as_independent_ones_do() -> None:
    assert uncertainty(np.array([9.0, 16.0])) == 10.0
