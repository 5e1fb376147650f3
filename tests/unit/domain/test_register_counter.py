"""Live counting of a register: it never falls, and ends where the bill does."""

from collections.abc import Iterable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.register_counter import RegisterCount, counted
from bcm_mqtt.domain.reading.register_step import RegisterExchange, RegisterLimit, RegisterScale
from unit.billing.register_histories import EVENT, HISTORIES, History, times
from unit.domain.examples import UNHURRIED

LIMIT = RegisterLimit(9200.0, RegisterScale(1.0, (10**9, 2**32)))
COARSE = {"counts in steps of 10 kWh": 10_000.0, "is a float32 at 200,000 kWh": 16.0}
MINUTE = 60_000


def total(
    readings: Iterable[tuple[int, int | None]],
    limit: RegisterLimit = LIMIT,
    *exchanges: RegisterExchange,
    dated_ms: int = 0,
) -> tuple[int, RegisterCount | None]:
    """What is counted, never falling; exchanges are known from `dated_ms` on."""
    register, energy = None, 0
    for time_ms, watt_hours in readings:
        known = exchanges if time_ms >= dated_ms else ()
        register, gained = counted(register, watt_hours, time_ms, limit, known)
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
    "history", [one for one in HISTORIES if one.legitimate], ids=lambda one: one.name
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
    exchanges = [
        RegisterExchange(
            int(EVENT.timestamp() * 1000) + after * 60 * MINUTE, 1000 * last, 1000 * first
        )
        for after, last, first in history.dated
    ]
    for dated_ms in {0, readings[-1][0] if exchanges else 0}:
        energy, _ = total(readings, limit, *exchanges, dated_ms=dated_ms)
        assert energy == pytest.approx(hours * 1000, abs=max(1000, COARSE.get(history.name, 0)))


def exchanged(
    before: int, last: int, first: int, after: int, *, silent: int = 10
) -> tuple[list[tuple[int, int | None]], RegisterExchange]:
    """By minute: an hour of 17 Wh each, none for a while, an hour of 17 Wh on another meter.

    Args:
        before: Last that is seen of the old meter.
        last: That it shows when it is taken away.
        first: That the new one shows when it begins.
        after: That is first seen of it.
        silent: Minutes without a reading.
    """
    old = [before - 17 * at for at in reversed(range(60))]
    new = [after + 17 * at for at in range(60)]
    at_ms = 10**9 + 59 * MINUTE + (silent + 1) * MINUTE // 2
    readings = by_minute(*old, *[None] * silent, *new)
    return [(10**9 + ms, wh) for ms, wh in readings], RegisterExchange(at_ms, last, first)


EXCHANGES = {
    "for a new one": (500_000, 500_150, 0, 120),
    "for one that shows less": (500_000, 500_150, 400_000, 400_120),
    "for one that shows more": (500_000, 500_150, 9_000_000, 9_000_120),
    "for one that shows about the same": (500_000, 500_150, 500_300, 500_420),
    "for one that shows the same": (500_000, 500_150, 500_020, 500_140),
    "that was read without the last digit": (500_000, 499_700, 400_200, 400_120),
    "at the end of its register": (10**9 - 100, 10**9 - 50, 0, 120),
}


def of_both_meters(before: int, last: int, first: int, after: int) -> int:
    """With the two hours of `exchanged`."""
    return 2 * 59 * 17 + max(0, last - before) + max(0, after - first)


@pytest.mark.parametrize("name", EXCHANGES)
@pytest.mark.parametrize("silent", [0, 1, 10, 120])
def test_a_dated_exchange_counts_what_both_meters_have(name: str, silent: int) -> None:
    readings, exchange = exchanged(*EXCHANGES[name], silent=silent)
    assert total(readings, LIMIT, exchange)[0] == of_both_meters(*EXCHANGES[name])


@pytest.mark.parametrize("name", [name for name in EXCHANGES if "the same" not in name])
@pytest.mark.parametrize("silent", [0, 1, 10, 120])
@pytest.mark.parametrize("hours_off", [-5, 0, 5])
def test_it_may_be_dated_afterwards_and_only_about_right(
    name: str, silent: int, hours_off: int
) -> None:
    """But registers that show about the same are told apart by the right date alone."""
    readings, exchange = exchanged(*EXCHANGES[name], silent=silent)
    exchange = exchange._replace(time_ms=exchange.time_ms + hours_off * 60 * MINUTE)
    for at in (0, 60 + silent + 5, len(readings) - 20, len(readings) - 1):
        found, register = total(readings, LIMIT, exchange, dated_ms=readings[at][0])
        assert register
        assert found == of_both_meters(*EXCHANGES[name]) + register.ahead


def test_what_was_counted_too_much_before_the_date_was_known_is_stood_out() -> None:
    """5 kWh of the meter before its time here were taken for 2 h of load after a reset."""
    readings, exchange = exchanged(500_000, 500_000, 5_000, 5_000, silent=120)
    late = {60 + 120 + 30: 0, len(readings) - 1: 0}
    for at in late:
        found, register = total(readings, LIMIT, exchange, dated_ms=readings[at][0])
        assert register
        late[at] = found - register.ahead
        assert register.ahead > 0
    assert set(late.values()) == {2 * 59 * 17}
    last_ms, shown = readings[-1]
    more = [(last_ms + at * MINUTE, (shown or 0) + 17 * at) for at in range(1, 400)]
    found, register = total([*readings, *more], LIMIT, exchange, dated_ms=last_ms)
    assert register
    assert (found, register.ahead) == (2 * 59 * 17 + 399 * 17, 0)


@pytest.mark.parametrize("wrong", [(500_150, 700_000), (5_001_500, 400_000), (500_150, None)])
def test_readings_that_do_not_fit_count_nothing(wrong: tuple[int, int | None]) -> None:
    readings, exchange = exchanged(500_000, 500_150, 400_000, 400_120)
    unfit = exchange._replace(last_watt_hours=wrong[0], first_watt_hours=wrong[1])
    assert total(readings, LIMIT, unfit)[0] == total(readings)[0] == 2 * 59 * 17
    # And count once they are amended.
    register, energy = total(readings, LIMIT, unfit)[1], 0
    last_ms, shown = readings[-1]
    for at in range(1, 5):
        time_ms = last_ms + at * MINUTE
        register, gained = counted(register, (shown or 0) + 17 * at, time_ms, LIMIT, [exchange])
        energy += gained
    assert energy == 4 * 17 + 150 + 120


def test_the_old_meter_counts_by_its_own_multiplier() -> None:
    readings, exchange = exchanged(500_000, 500_150, 400_000, 400_120)
    for share, old in ((Fraction(2), 300), (Fraction(1, 4), 38)):
        energy, _ = total(readings, LIMIT, exchange._replace(old_share=share))
        assert energy == 2 * 59 * 17 + old + 120


def test_a_register_that_comes_back_after_a_dated_exchange_is_another_step() -> None:
    readings, exchange = exchanged(500_000, 500_150, 400_000, 400_120)
    last_ms, _ = readings[-1]
    back = [(last_ms + (1 + at) * MINUTE, 500_170 + 17 * at) for at in range(60)]
    energy, register = total([*readings, *back], LIMIT, exchange)
    assert register
    assert register.left is not None  # and not the glitch that ended when the first came back
    assert energy == 3 * 59 * 17 + 150 + 120


DATED = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 40_000), st.integers(0, 40_000)), max_size=2
)
SHOWN = st.lists(st.none() | st.integers(-100, 40_000) | st.sampled_from([0, 10**9 - 1]))


@UNHURRIED
@given(SHOWN, st.lists(st.integers(-5, 30), min_size=1), DATED)
def test_a_counter_never_falls_and_counts_no_more_than_can_flow(
    shown: list[int | None], waits: list[int], dated: list[tuple[int, int, int]]
) -> None:
    readings, time_ms = [], 10**12
    for at, value in enumerate(shown):
        time_ms += waits[at % len(waits)] * MINUTE
        readings.append((time_ms, value))
    exchanges = [
        RegisterExchange(10**12 + minute * MINUTE, last, first) for minute, last, first in dated
    ]
    energy, _ = total(readings, LIMIT, *exchanges)
    elapsed = sum(abs(waits[at % len(waits)]) for at in range(len(shown))) * MINUTE
    # Each reading may be off by a step; what was gone for a time may count twice its time.
    # What is read off the face of a meter may be off by a kWh.
    most = 2 * LIMIT.watts * elapsed / 3_600_000 + 2 * len(shown)
    assert energy <= most + 2_000 * len(exchanges) * len(shown)
