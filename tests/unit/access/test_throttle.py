"""Waiting after wrong passwords."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.access.login import Throttle, neighbourhood
from unit.builders import NOON

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def test_each_failure_beyond_the_free_ones_doubles_the_wait() -> None:
    throttle, waits = Throttle(2, MINUTE), []
    for _ in range(10):
        throttle.failed("anna", NOON)
        waits.append(throttle.wait("anna", NOON) // SECOND)
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert throttle.wait("bob", NOON) == timedelta(0)
    assert throttle.wait("anna", NOON + 59 * SECOND) == SECOND
    assert throttle.wait("anna", NOON + MINUTE) == timedelta(0)


def test_who_succeeds_or_waits_an_hour_starts_anew() -> None:
    throttle = Throttle(0, MINUTE)
    for _ in range(5):
        throttle.failed("anna", NOON)
    throttle.succeeded("anna")
    throttle.failed("anna", NOON)
    assert throttle.wait("anna", NOON) == SECOND
    throttle.failed("anna", NOON + 61 * MINUTE)
    assert throttle.wait("anna", NOON + 61 * MINUTE) == SECOND


def test_a_million_failures_are_as_quick_as_one_and_no_longer_a_wait() -> None:
    throttle = Throttle(0, MINUTE)
    for _ in range(100_000):
        throttle.failed("anna", NOON)
    assert throttle.wait("anna", NOON) == MINUTE


ACTS = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.booleans(), st.integers(0, 4000)), max_size=80
)


@given(ACTS, st.integers(0, 5), st.integers(1, 4))
def test_a_wait_is_bounded_and_so_is_what_is_remembered(
    acts: list[tuple[str, bool, int]], free: int, most: int
) -> None:
    throttle, now = Throttle(free, MINUTE, most), NOON
    in_a_row = dict.fromkeys("abcdefgh", 0)
    for key, succeeds, pause_s in acts:
        now += pause_s * SECOND
        if succeeds:
            throttle.succeeded(key)
            in_a_row[key] = 0
        else:
            throttle.failed(key, now)
            in_a_row[key] += 1
        assert len(throttle) <= most
        for each, count in in_a_row.items():
            wait = throttle.wait(each, now)
            assert timedelta(0) <= wait <= MINUTE
            assert count > free or not wait
    if acts and not acts[-1][1] and free == 0:
        assert throttle.wait(acts[-1][0], now) >= SECOND


@given(st.integers(1, 9), st.integers(6, 30))
def test_trying_without_pause_ever_gets_few_tries(free: int, hours: int) -> None:
    throttle, now, tries = Throttle(free, 15 * MINUTE), NOON, 0
    while now < NOON + timedelta(hours=hours):
        if wait := throttle.wait("anna", now):
            now += wait
        else:
            tries += 1
            throttle.failed("anna", now)
    assert tries <= free + 10 + hours * 4 + 1


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("", ""),
    ],
)
def test_an_address_is_counted_with_its_neighbours(address: str, expected: str) -> None:
    assert neighbourhood(address) == expected
