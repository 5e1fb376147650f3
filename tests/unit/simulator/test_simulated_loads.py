"""What the simulated loads draw: purity first, then what each kind looks like."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.simulator.loads import (
    DAY_SECONDS,
    HOUR_SECONDS,
    IDLE,
    Cycling,
    Daytime,
    Load,
    Off,
    Overloading,
    Steady,
    weekday,
)
from bcm_mqtt.simulator.waveform import NOISE, NOISE_BITS, circuit_key

KEY = circuit_key(7, "rpp-1a", 1)
MONDAY = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
WEEK = range(MONDAY, MONDAY + 7 * DAY_SECONDS, 60)
EVERY_KIND = (
    Steady(8_000, jobs=120),
    Cycling(16_000, 1_200, 730),
    Daytime(9_000, 400),
    Overloading(20),
    Off(),
    IDLE,
)


def amps(load: Load, seconds: Sequence[int]) -> list[float]:
    return [value / 1000 for value in load.milliamps(KEY, seconds)]


@pytest.mark.parametrize("load", EVERY_KIND, ids=lambda load: type(load).__name__)
@given(
    start=st.integers(MONDAY, MONDAY + 60 * DAY_SECONDS),
    distances=st.lists(st.integers(0, 3 * HOUR_SECONDS), min_size=1, max_size=20),
)
def test_an_instant_has_one_value_whatever_is_drawn_with_it(
    load: Load, start: int, distances: list[int]
) -> None:
    seconds = [start]
    for distance in distances:
        seconds.append(seconds[-1] + distance)
    column = load.milliamps(KEY, seconds)
    assert column == [load.milliamps(KEY, [second])[0] for second in seconds]


def test_a_circuit_key_is_the_same_on_every_machine() -> None:
    assert circuit_key(7, "rpp-1a", 1) == 7_929_277_648_194_302_564
    assert circuit_key(7, "rpp-1a", 1) != circuit_key(8, "rpp-1a", 1)


def test_the_noise_has_no_bias_and_stays_within_its_bounds() -> None:
    bound = 1 << NOISE_BITS
    assert -bound <= min(NOISE) <= max(NOISE) <= bound
    assert abs(fmean(NOISE)) < bound / 50


def test_a_week_begins_on_monday() -> None:
    assert weekday(MONDAY // DAY_SECONDS) == 0


def test_servers_draw_more_in_the_afternoon_than_before_dawn() -> None:
    days = range(MONDAY, MONDAY + 5 * DAY_SECONDS, DAY_SECONDS)
    load = Steady(8_000, daily=100)
    afternoon = fmean(amps(load, [day + 15 * HOUR_SECONDS for day in days]))
    night = fmean(amps(load, [day + 3 * HOUR_SECONDS for day in days]))
    assert 1.0 < afternoon - night < 2.0


def test_servers_keep_near_their_mean_over_a_year() -> None:
    year = range(MONDAY, MONDAY + 365 * DAY_SECONDS, 6 * HOUR_SECONDS)
    assert fmean(amps(Steady(8_000), year)) == pytest.approx(8.0, rel=0.02)


def test_a_compressor_is_on_or_off_and_starts_once_a_cycle() -> None:
    day = amps(Cycling(16_000, 1_200, period_seconds=720), range(MONDAY, MONDAY + DAY_SECONDS))
    running = [value > 10 for value in day]
    starts = [
        second for second, (before, after) in enumerate(pairwise(running)) if after and not before
    ]
    assert len(starts) == DAY_SECONDS // 720
    distances = {after - before for before, after in pairwise(starts)}
    assert min(distances) >= 7 * 60
    assert max(distances) <= 20 * 60
    assert len(distances) > 20
    assert all(value < 1.3 or value > 16 for value in day)
    assert 0.4 < fmean(running) < 0.65


def test_lights_are_out_at_night_and_on_weekends() -> None:
    load = Daytime(full_milliamps=9_000, night_milliamps=400)
    noons = amps(load, range(MONDAY + 12 * HOUR_SECONDS, WEEK[-1], DAY_SECONDS))
    nights = amps(load, range(MONDAY + 2 * HOUR_SECONDS, WEEK[-1], DAY_SECONDS))
    assert all(value > 8.5 for value in noons[:5])
    assert all(value < 0.5 for value in [*noons[5:], *nights])


def test_an_idle_circuit_draws_nothing_or_a_tenth() -> None:
    tenths = [round(10 * value) for value in amps(IDLE, WEEK)]
    assert set(tenths) == {0, 1}


def test_a_spare_draws_nothing() -> None:
    assert set(Off().milliamps(KEY, WEEK)) == {0}


@pytest.mark.parametrize("first_day", range(7))
@pytest.mark.parametrize("pole", [1, 2, 3])
def test_any_seven_days_show_an_overload_of_some_minutes(first_day: int, pole: int) -> None:
    key = circuit_key(7, "rpp-1a", pole)
    start = MONDAY + first_day * DAY_SECONDS
    week = Overloading(20).milliamps(key, range(start, start + 7 * DAY_SECONDS, 60))
    days = [week[day * 1440 : (day + 1) * 1440] for day in range(7)]
    minutes_above_rating = [sum(value > 20_000 for value in day) for day in days]
    assert 1 <= sum(minutes > 0 for minutes in minutes_above_rating) <= 5
    assert all(minutes == 0 or 3 <= minutes <= 9 for minutes in minutes_above_rating)
    assert max(week) < 23_000


def test_most_afternoons_are_above_80_percent_and_no_night_is() -> None:
    seconds = range(MONDAY, MONDAY + 60 * DAY_SECONDS, 900)
    column = Overloading(20).milliamps(KEY, seconds)
    days = [column[day * 96 : (day + 1) * 96] for day in range(60)]
    assert 40 <= sum(max(day) > 16_000 for day in days) < 60
    assert all(value < 16_000 for day in days for value in (*day[:50], *day[70:]))
