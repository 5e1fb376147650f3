"""Stamps: no time is given twice to a panel, however the clock is set and the bridge restarted."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.interval import intervals_of
from bcm_mqtt.domain.reading.clock import Stamps, Used
from bcm_mqtt.domain.time import from_ms, to_ms
from unit.builders import NOON, SECOND, UNHURRIED, snapshot

MS = timedelta(milliseconds=1)
YEARS = 3653 * 24 * 3600
STEPS = [sign * step for step in (1, 60, 3600, 86_400, 8 * 86_400, YEARS) for sign in (-1, 1)]
JUMPS = st.sampled_from(STEPS) | st.floats(-500_000, 500_000)
RUNS = st.tuples(
    st.sampled_from(["set", "stop", "kill"]), JUMPS, st.integers(1, 40), st.integers(1, 5000)
)
BEGIN = datetime(2036, 6, 1, tzinfo=UTC)


def test_a_clock_that_goes_on_is_stamped_as_it_is_in_even_milliseconds() -> None:
    stamps = Stamps()
    shown = [NOON + index * SECOND for index in range(5)]
    assert [stamps.stamp("a", wall) for wall in shown] == shown
    assert stamps.stamp("a", NOON + 5001 * MS) == NOON + 5002 * MS


def test_an_hour_that_is_shown_again_is_stamped_between_the_times_of_before() -> None:
    stamps = Stamps()
    shown = [NOON + index * SECOND for index in range(3600)]
    first, again, third = ([stamps.stamp("a", wall) for wall in shown] for _ in range(3))
    assert first == shown
    assert again[:-1] == [wall + MS for wall in shown[:-1]]
    assert third[:-1] == [wall + 3 * MS for wall in shown[:-1]]
    assert len({*first, *again, *third}) == 3 * 3600
    later = NOON + 4000 * SECOND
    assert stamps.stamp("a", later) == later


def test_a_clock_that_is_set_back_by_less_than_a_second_stays_in_order() -> None:
    stamps = Stamps()
    found = [stamps.stamp("a", NOON + ms * MS) for ms in (0, 200, 400, -200, 0, 200, 400, 600)]
    assert found == [NOON + ms * MS for ms in (0, 200, 400, 402, 404, 406, 408, 600)]


def test_panels_that_are_polled_at_the_same_time_have_the_same_time() -> None:
    stamps = Stamps()
    assert stamps.stamp("a", NOON) == stamps.stamp("b", NOON) == NOON


def test_what_is_used_is_one_span_while_the_clock_goes_on() -> None:
    stamps = Stamps()
    for index in range(10):
        stamps.stamp("a", NOON + index * SECOND)
    noon = to_ms(NOON)
    assert stamps.used() == (Used(noon, noon + 9000, 1),)
    assert stamps.used(ahead=10 * SECOND) == (Used(noon, noon + 19_000, 1),)


def test_a_span_over_others_makes_them_deeper() -> None:
    stamps = Stamps([Used(1000, 2000, 1), Used(3000, 4000, 2)])
    stamps.stamp("a", from_ms(1501))
    stamps.stamp("a", from_ms(3499))
    assert stamps.used() == (
        Used(1000, 1500, 1),
        Used(1501, 2000, 2),
        Used(2001, 2999, 1),
        Used(3000, 3499, 3),
        Used(3500, 4000, 2),
    )


def test_a_host_that_boots_at_the_same_time_again_and_again_is_never_far_off() -> None:
    """As one without a clock of its own does: 100 boots of a minute, all from 1970 on."""
    used: tuple[Used, ...] = ()
    known: set[datetime] = set()
    for _ in range(100):
        stamps = Stamps(used)
        found = {stamps.stamp("a", from_ms(0) + index * SECOND) for index in range(60)}
        assert len(found) == 60
        assert not known & found
        known |= found
        used = stamps.used()
    assert len(used) <= 64
    assert max(known) < from_ms(0) + timedelta(minutes=30)


@pytest.mark.parametrize("step_s", STEPS)
def test_a_stamp_is_what_the_clock_shows_but_for_32_ms(step_s: int) -> None:
    stamps, wall = Stamps(), NOON
    found = set()
    for index in range(400):
        if index in {100, 200}:
            wall += step_s * SECOND
        at = stamps.stamp("a", wall)
        assert timedelta() <= at - wall <= 32 * MS
        found.add(at)
        wall += 15 * SECOND
    assert len(found) == 400


def test_a_quarter_hour_that_comes_again_counts_once() -> None:
    """15 min at 10 A are shown again, at 4 A: 3,600.366 As, and not the 12,600 As of both.

    4 A x 900 s, and 6 A more for 1 ms of each poll and 2 ms of the last.
    """
    stamps, shown = Stamps(), [NOON + index * 15 * SECOND for index in range(60)]
    taken = [
        snapshot(stamps.stamp("rpp-1a", wall), [milliamps])
        for milliamps in (10_000, 4_000)
        for wall in shown
    ]
    assert len({one.time for one in taken}) == 120
    [interval] = intervals_of(sorted(taken, key=lambda one: one.time), NOON)
    assert interval.milliamp_ms == 4_000 * 900_000 + 6_000 * 59 + 6_000 * 2
    assert interval.covered_ms == 900_000


@UNHURRIED
@given(st.lists(RUNS, max_size=25))
def test_no_time_is_given_twice(runs: list[tuple[str, float, int, int]]) -> None:
    """Whatever the clock is set to, and whenever the bridge is stopped or killed meanwhile."""
    stamps, wall = Stamps(), BEGIN
    known: set[tuple[str, datetime]] = set()
    for end, jump_s, polls, apart_ms in runs:
        for number in range(polls):
            for panel in ("a", "b")[: 1 + number % 2]:
                at = stamps.stamp(panel, wall)
                assert (panel, at) not in known
                known.add((panel, at))
            wall += apart_ms * MS
        if end != "set":  # of a kill, what is on disk reaches further than what was used
            noted = stamps.used(ahead=(10 if end == "kill" else 0) * SECOND)
            stamps = Stamps(Used(*span) for span in json.loads(json.dumps(noted)))
        wall += jump_s * SECOND
        if abs(wall - BEGIN) > timedelta(days=9000):
            wall = BEGIN
        assert len(stamps.used()) <= 64
