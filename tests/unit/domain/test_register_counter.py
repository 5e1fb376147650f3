"""Live counting of a register: it never falls, and ends where the bill does."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.register_counter import RegisterCount, counted
from bcm_mqtt.domain.reading.register_step import RegisterLimit, RegisterScale
from unit.billing.register_histories import EVENT, HISTORIES, History, times
from unit.domain.examples import UNHURRIED

LIMIT = RegisterLimit(9200.0, RegisterScale(1.0, (10**9, 2**32)))
COARSE = {"counts in steps of 10 kWh": 10_000.0, "is a float32 at 200,000 kWh": 16.0}
MINUTE = 60_000


def total(
    readings: Iterable[tuple[int, int | None]], limit: RegisterLimit = LIMIT
) -> tuple[int, RegisterCount | None]:
    register, energy = None, 0
    for time_ms, watt_hours in readings:
        register, gained = counted(register, watt_hours, time_ms, limit)
        assert gained >= 0
        energy += gained
    return energy, register


def by_minute(*shown: int | None) -> list[tuple[int, int | None]]:
    return [(at * MINUTE, value) for at, value in enumerate(shown)]


@pytest.mark.parametrize(
    ("shown", "energy"),
    [
        ((5000, 5017, None, 5050), 50),
        ((5000, 0, 5033), 33),
        ((5000, 90_000, 90_001, 5050), 50),
        # What stays counts after 15 minutes, with what it has counted since.
        ((5000, *range(10, 10 + 17 * 15, 17)), 0),
        ((5000, *range(10, 10 + 17 * 16, 17)), 10 + 15 * 17),
        ((5000, *range(90_000, 90_000 + 17 * 16, 17)), 15 * 17),
        ((900_000, *range(899_500, 899_500 + 17 * 16, 17)), 15 * 17),
        ((10**9 - 5, *range(12, 12 + 17 * 16, 17)), 17 + 15 * 17),
        # Another meter for 20 minutes: the first one's own count covers that time.
        ((5000, *range(90_000, 90_000 + 17 * 20, 17), 5357), 357),
    ],
)
def test_what_is_not_normal_counts_when_it_has_stayed(
    shown: tuple[int | None, ...], energy: int
) -> None:
    assert total(by_minute(*shown))[0] == energy


def test_a_clock_that_is_two_days_behind_for_ten_minutes_loses_nothing() -> None:
    day = 24 * 60 * MINUTE
    before = [(2 * day + at * MINUTE, 5000 + 17 * at) for at in range(60)]
    behind = [(at * MINUTE, 6100 + 17 * at) for at in range(10)]
    after = [(2 * day + (75 + at) * MINUTE, 6275 + 17 * at) for at in range(60)]
    assert total([*before, *behind, *after])[0] == 6275 + 17 * 59 - 5000


def test_a_clock_that_was_ahead_and_is_set_right_for_good_counts_on_after_15_minutes() -> None:
    ahead = [(10**9 + at * MINUTE, 5000 + 17 * at) for at in range(60)]
    right = [(at * MINUTE, 6020 + 17 * at) for at in range(60)]
    energy, _ = total([*ahead, *right])
    assert 59 * 17 * 2 - 40 < energy <= 59 * 17 * 2 + 17


@pytest.mark.parametrize(
    "history",
    [one for one in HISTORIES if one.legitimate and not one.dated],
    ids=lambda one: one.name,
)
def test_a_legitimate_history_ends_right(history: History) -> None:
    limit = RegisterLimit(
        9200.0, RegisterScale(COARSE.get(history.name, 1.0), LIMIT.scale.capacities_watt_hours)
    )
    begun, *_ = times()
    readings = [
        (int(at.timestamp() * 1000), history.shown((at - EVENT).total_seconds() / 3600, number))
        for number, (at, _) in enumerate(times())
    ]
    hours = (times()[-1][0] - begun[0]).total_seconds() / 3600
    energy, _ = total(readings, limit)
    assert energy == pytest.approx(hours * 1000, abs=max(1000, COARSE.get(history.name, 0)))


SHOWN = st.lists(st.none() | st.integers(-100, 40_000) | st.sampled_from([0, 10**9 - 1]))


@UNHURRIED
@given(SHOWN, st.lists(st.integers(-5, 30), min_size=1))
def test_a_counter_never_falls_and_counts_no_more_than_can_flow(
    shown: list[int | None], waits: list[int]
) -> None:
    readings, time_ms = [], 10**12
    for at, value in enumerate(shown):
        time_ms += waits[at % len(waits)] * MINUTE
        readings.append((time_ms, value))
    energy, _ = total(readings)
    elapsed = sum(abs(waits[at % len(waits)]) for at in range(len(shown))) * MINUTE
    # Each reading may be off by a step; what was gone for a time may count twice its time.
    assert energy <= 2 * LIMIT.watts * elapsed / 3_600_000 + 2 * len(shown)
