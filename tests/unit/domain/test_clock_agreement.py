"""Whose clock is believed: nobody's, as long as nobody agrees with the recorder's."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.clock import Agreement, ClockSteps, implausible, step_sentence
from unit.builders import NOON, SECOND, UNHURRIED, snapshot

HOUR = timedelta(hours=1)
YEARS = timedelta(days=3653)


@pytest.mark.parametrize(
    ("off", "reason"),
    [
        (timedelta(), None),
        (HOUR, None),
        (-YEARS, None),
        (HOUR + SECOND, "its time 2026-11-20T13:00:01.000Z is in the future"),
        (-YEARS - SECOND, "its time 2016-11-19T11:59:59.000Z is more than ten years ago"),
    ],
)
def test_a_snapshot_may_be_an_hour_ahead_and_ten_years_old(
    off: timedelta, reason: str | None
) -> None:
    assert implausible(snapshot(NOON + off, [1]), NOON) == reason


def test_nobody_is_believed_before_anybody_agrees() -> None:
    agreement = Agreement()
    assert [agreement.believed(at_s) for at_s in (0, 10, 10_000)] == [False] * 3


def test_who_agreed_before_the_doubt_may_have_the_same_wrong_clock_since() -> None:
    agreement = Agreement()
    agreement.heard(NOON, NOON, 100)
    assert not agreement.believed(101)
    agreement.heard(NOON, NOON, 103)  # was on its way when the clock was set
    assert not agreement.believed(104)


def test_who_agrees_after_the_doubt_decides_for_the_recorders_clock() -> None:
    agreement = Agreement()
    assert not agreement.believed(100)
    agreement.heard(NOON + HOUR, NOON, 160)
    assert agreement.believed(161)
    assert agreement.believed(600)


@pytest.mark.parametrize("off", [HOUR + SECOND, -HOUR - SECOND, YEARS])
def test_an_old_snapshot_says_nothing_of_now(off: timedelta) -> None:
    agreement = Agreement()
    assert not agreement.believed(100)
    agreement.heard(NOON + off, NOON, 160)
    assert not agreement.believed(161)


def test_who_has_not_agreed_for_an_hour_does_not_agree_any_more() -> None:
    agreement = Agreement()
    agreement.believed(0)
    agreement.heard(NOON, NOON, 60)
    assert agreement.believed(600)
    assert [agreement.believed(600 * number) for number in range(2, 6)] == [True] * 4
    assert not agreement.believed(3661)


def test_a_recorder_whose_clock_was_set_begins_again() -> None:
    agreement = Agreement()
    agreement.believed(0)
    agreement.heard(NOON, NOON, 60)
    assert agreement.believed(61)
    agreement.clock_was_set()
    assert not agreement.believed(62)


@pytest.mark.parametrize(
    ("passed_s", "shown_s", "step_s"),
    [(1, 1, 0), (1, 1.4, 0), (900, 899.6, 0), (1, 2, 1), (1, 0, -1), (900, -2700, -3600)],
)
def test_a_step_is_more_than_keeping_time(passed_s: float, shown_s: float, step_s: float) -> None:
    steps = ClockSteps(NOON, 50)
    assert steps.look(NOON + shown_s * SECOND, 50 + passed_s) == step_s * SECOND
    # The next look begins from there.
    assert steps.look(NOON + (shown_s + 1) * SECOND, 51 + passed_s) == timedelta()


@UNHURRIED
@given(st.floats(-3e8, 3e8).filter(lambda step: abs(step) >= 0.6), st.floats(0, 1e5))
def test_every_step_is_noticed_once(step_s: float, passed_s: float) -> None:
    steps = ClockSteps(NOON, 0)
    found = steps.look(NOON + (passed_s + step_s) * SECOND, passed_s)
    assert abs(found - step_s * SECOND) < timedelta(milliseconds=1)
    assert steps.look(NOON + (passed_s + step_s + 1) * SECOND, passed_s + 1) == timedelta()


def test_a_step_is_said_with_its_side() -> None:
    assert step_sentence(-3600 * SECOND) == "set back by 3,600.0 s"
    assert step_sentence(691_200.5 * SECOND) == "set forward by 691,200.5 s"
