"""Loads in step with the clock: found by what repeats, and no load that runs by itself is."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from bcm_mqtt.domain.interval.device_interval import DeviceInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS, Interval
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.domain.vee.quality import Finding
from unit.domain.in_step_loads import (
    ORDINARY,
    Kind,
    feed_of,
    found_at,
    heater,
    timed_among_others,
    timed_at_work,
    timed_short,
)
from unit.domain.test_validating import END, START, found_in

Milliamps = Callable[[int, int], float]
"""By number of the hour since the epoch, and quarter of it."""


def month(
    milliamps: Milliamps, *, polls: int = 60, deviation: int = 0, seed: int = 6
) -> list[Interval]:
    """A month of intervals.

    Args:
        milliamps: Their mean.
        polls: Of each.
        deviation: What polls miss of each, mA x 15 min, as a standard deviation.
        seed: Of chance.
    """
    random = Random(seed)
    found = []
    for ms in range(to_ms(START), to_ms(END), INTERVAL_MS):
        quarters = ms // INTERVAL_MS
        amps = round(milliamps(quarters // 4, quarters % 4) + random.gauss(0, 20))
        amount = amps * INTERVAL_MS
        missed = deviation * INTERVAL_MS
        one = Interval(1, from_ms(ms), amount, INTERVAL_MS, polls, amps, amps, missed, 0)
        found.append(one)
    return found


def in_step(intervals: list[Interval]) -> list[Finding]:
    return [one for one in found_in(intervals) if one.flag is Flag.IN_STEP]


@pytest.mark.parametrize(("range_ma", "expected"), [(950, 0), (1_100, 1)])
def test_quarters_of_the_hour_differ_by_a_tenth_of_the_mean(range_ma: int, expected: int) -> None:
    found = in_step(month(lambda _, quarter: 10_000 + range_ma * (quarter == 1)))
    assert len(found) == expected
    for one in found:
        assert (one.start, one.end) == (START, END)
        assert one.detail == (
            "in the quarter hours of an hour, on average: "
            "0.300 kWh from :00, 0.333 kWh from :15, 0.300 kWh from :30, 0.300 kWh from :45"
        )


@pytest.mark.parametrize(
    ("milliamps", "expected"),
    [
        # From 8 to 18 h of New York it is what repeats from hour to hour.
        (lambda hour, quarter: 6_000 * ((hour - 12) % 24 < 10) * (quarter == 2), 1),
        # For 3 hours a day it explains an eighth of the variance.
        (lambda hour, quarter: 12_000 * (hour % 24 < 3) * (quarter == 2), 0),
        # Every other hour: no hour is like the next.
        (lambda hour, quarter: 6_000 * (hour % 2) * (quarter == 2), 0),
        # A quarter later each day: it drifts past the clock.
        (lambda hour, quarter: 6_000 * (quarter == hour // 24 % 4), 0),
        # The same every day, but it switches at 07:15, 07:45, 16:30 and 18:00 alone.
        (lambda hour, quarter: 6_000 * (29 <= (4 * hour + quarter) % 96 < 66), 0),
        (lambda hour, quarter: 300 * ((4 * hour + quarter) % 96), 0),
    ],
    ids=["ten hours", "three hours", "every other hour", "drifts", "a schedule", "a ramp"],
)
def test_the_pattern_is_in_most_of_what_changes_within_hours(
    milliamps: Milliamps, expected: int
) -> None:
    found = in_step(month(lambda hour, quarter: 2_000 + milliamps(hour, quarter)))
    assert len(found) == expected


@pytest.mark.parametrize(
    ("polls", "deviation", "expected"),
    # 20 mA of chance between two intervals: (20 / 29)^2 = 0.48, (20 / 27)^2 = 0.55
    [(60, 30, 1), (60, 26, 0), (15, 150, 1), (15, 90, 0), (3, 150, 1), (3, 90, 0), (1, 150, 0)],
)
def test_what_polls_miss_repeats_where_it_should_be_random(
    polls: int, deviation: int, expected: int
) -> None:
    found = in_step(month(lambda *_: 3_000, polls=polls, deviation=deviation))
    assert len(found) == expected
    for one in found:
        assert one.detail.startswith(f"polled every {900 // polls} s, hours differ by ")


def test_what_polls_miss_matters_from_half_a_percent_on() -> None:
    assert in_step(month(lambda *_: 9_000, deviation=40)) == []
    assert len(in_step(month(lambda *_: 7_000, deviation=40))) == 1


def test_less_than_a_week_shows_nothing() -> None:
    week = [one for one in month(lambda _, q: 9_000 * (q == 1)) if one.start.day <= 7]
    assert in_step(week) == []


def test_an_energy_register_misses_nothing_between_two_polls() -> None:
    intervals = month(lambda _, quarter: 10_000 * (quarter == 1))
    by_register = [
        DeviceInterval(1, one.start, None, 0, 10 + 290 * (number % 4 == 1), INTERVAL_MS)
        for number, one in enumerate(intervals)
    ]
    found = found_in(intervals, devices={1: by_register})
    assert Flag.IN_STEP not in [one.flag for one in found]
    by_power = [
        replace(
            one,
            milliwatt_ms=(one.watt_hours or 0) * 4_000 * INTERVAL_MS,
            power_ms=INTERVAL_MS,
            watt_hours=None,
        )
        for one in by_register
    ]
    found = found_in(intervals, devices={1: by_power})
    assert Flag.IN_STEP in [one.flag for one in found]


@pytest.mark.parametrize(
    "kind", [heater, timed_among_others, timed_at_work], ids=lambda k: k.__name__
)
def test_a_load_in_step_is_found_at_any_rate_of_polls(kind: Kind) -> None:
    feeds = [feed_of(kind, number) for number in range(2)]
    for every in (15, 60, 300):
        assert all(found_at(feeds, every)), every


def test_a_cycle_within_quarter_hours_is_found_where_polls_are_faster() -> None:
    feeds = [feed_of(timed_short, number) for number in range(2)]
    assert all(found_at(feeds, 60))
    assert not any(found_at(feeds, 900))


@pytest.mark.parametrize("kind", ORDINARY, ids=lambda kind: kind.__name__)
def test_no_ordinary_load_is_in_step(kind: Kind) -> None:
    for every in (15, 300, 900):
        assert found_at([feed_of(kind, 1)], every) == [""], every
