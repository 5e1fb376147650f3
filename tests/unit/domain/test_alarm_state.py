"""Alarms: delays, deadband and the states of ISA-18.2."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.alarm import Alarm, AlarmState, Limits, Severity
from unit.builders import UNHURRIED
from unit.domain.examples import NOON

LIMITS = Limits(warning=80, critical=100, deadband=5, on_delay=2, off_delay=1)
POLL = timedelta(seconds=15)
ALL_DAY = NOON + timedelta(days=1)


def after(*loading: float | None, limits: Limits = LIMITS, begin: Alarm | None = None) -> Alarm:
    """The alarm after polls 15 s apart, the first at NOON."""
    alarm = begin or Alarm()
    for number, percent in enumerate(loading):
        alarm = alarm.next(percent, poll(number), limits)
    return alarm


def poll(number: int) -> datetime:
    return NOON + number * POLL


def test_one_poll_above_the_limit_is_no_alarm() -> None:
    assert not after(81).active


def test_two_polls_in_a_row_above_the_limit_are_an_alarm_since_the_second() -> None:
    alarm = after(81, 95)
    assert (alarm.state, alarm.severity) == (AlarmState.UNACKNOWLEDGED, Severity.WARNING)
    assert (alarm.since, alarm.value) == (poll(1), 95)


def test_a_poll_below_the_limit_in_between_starts_the_count_again() -> None:
    assert not after(81, 79, 81).active
    assert after(81, 79, 81, 81).active


def test_a_load_at_the_limit_is_allowed() -> None:
    assert not after(80, 80, 80).active
    assert after(80.1, 80.1).active
    assert after(100, 100, 100).severity is Severity.WARNING
    assert after(100.1, 100.1).severity is Severity.CRITICAL


@pytest.mark.parametrize(("percent", "active"), [(79.9, True), (75.1, True), (75, False)])
def test_an_alarm_ends_at_the_limit_less_the_deadband(percent: float, *, active: bool) -> None:
    assert after(90, 90, percent).active is active


def test_a_critical_alarm_becomes_a_warning_at_its_own_deadband() -> None:
    assert after(110, 110, 96).severity is Severity.CRITICAL
    assert after(110, 110, 95).severity is Severity.WARNING
    assert after(110, 110, 70).severity is Severity.NONE


def test_the_off_delay_counts_polls_in_a_row() -> None:
    limits = Limits(warning=80, deadband=5, off_delay=2)
    assert after(90, 90, 70, limits=limits).active
    assert after(90, 90, 70, 90, 70, limits=limits).active
    assert not after(90, 90, 70, 70, limits=limits).active


def test_without_a_critical_limit_an_alarm_stays_a_warning() -> None:
    assert after(500, 500, 500, limits=Limits(warning=80)).severity is Severity.WARNING


def test_a_missing_reading_neither_begins_nor_ends_an_alarm() -> None:
    assert not after(None, None, 81, None).active
    assert after(81, None, 81).active
    assert after(90, 90, None, None).active


def test_an_alarm_keeps_the_time_it_began_while_it_changes_severity() -> None:
    alarm = after(90, 90, 110, 110, 90)
    assert (alarm.severity, alarm.since) == (Severity.WARNING, poll(1))


def test_acknowledged_and_then_over_is_normal() -> None:
    alarm = after(90, 90).acknowledged()
    assert alarm.state is AlarmState.ACKNOWLEDGED
    over = alarm.next(70, poll(9), LIMITS)
    assert (over.state, over.since, over.value) == (AlarmState.NORMAL, poll(9), 70)


def test_over_before_anybody_saw_it_stays_until_it_is_acknowledged() -> None:
    alarm = after(90, 90, 70)
    assert (alarm.state, alarm.active) == (AlarmState.RETURNED, False)
    assert alarm.acknowledged().state is AlarmState.NORMAL


def test_what_returned_unacknowledged_and_begins_again_is_unacknowledged_since_then() -> None:
    alarm = after(90, 90, 70, 90, 90)
    assert (alarm.state, alarm.since) == (AlarmState.UNACKNOWLEDGED, poll(4))


def test_a_rise_to_critical_asks_for_attention_again_and_a_fall_to_warning_does_not() -> None:
    seen = after(90, 90).acknowledged()
    worse = after(110, 110, begin=seen)
    assert (worse.state, worse.severity) == (AlarmState.UNACKNOWLEDGED, Severity.CRITICAL)
    better = after(90, begin=worse.acknowledged())
    assert (better.state, better.severity) == (AlarmState.ACKNOWLEDGED, Severity.WARNING)


def test_acknowledging_what_is_normal_changes_nothing() -> None:
    assert Alarm().acknowledged() == Alarm()


def test_a_shelved_alarm_says_nothing_but_keeps_watching() -> None:
    alarm = after(90, 90, 110, 110, begin=Alarm().shelved(ALL_DAY))
    assert (alarm.state, alarm.severity) == (AlarmState.SHELVED, Severity.CRITICAL)


@pytest.mark.parametrize(
    ("loading", "state"),
    [(90, AlarmState.UNACKNOWLEDGED), (50, AlarmState.NORMAL)],
)
def test_a_shelved_alarm_comes_back_when_its_time_is_over(
    loading: float, state: AlarmState
) -> None:
    shelved = after(loading, loading, begin=Alarm().shelved(NOON + 3 * POLL))
    assert shelved.state is AlarmState.SHELVED
    back = shelved.next(None, NOON + 3 * POLL, LIMITS)
    assert (back.state, back.until) == (state, None)


def test_out_of_service_lasts_until_it_is_put_back() -> None:
    alarm = after(90, 90, begin=Alarm().out_of_service())
    assert alarm.state is AlarmState.OUT_OF_SERVICE
    assert alarm.next(90, NOON + timedelta(days=900), LIMITS).state is AlarmState.OUT_OF_SERVICE
    assert alarm.in_service().state is AlarmState.UNACKNOWLEDGED


def test_putting_into_service_what_is_in_service_changes_nothing() -> None:
    alarm = after(90, 90).acknowledged()
    assert alarm.in_service() == alarm


LOADS = st.lists(st.none() | st.floats(0, 200), max_size=40)


@UNHURRIED
@given(LOADS)
def test_it_is_active_only_after_enough_polls_in_a_row_above_the_limit(
    loads: list[float | None],
) -> None:
    known = [load for load in loads if load is not None]
    ever = any(one > 80 and other > 80 for one, other in pairwise(known))
    alarm, seen = Alarm(), False
    for number, load in enumerate(loads):
        alarm = alarm.next(load, poll(number), LIMITS)
        seen |= alarm.active
    assert seen is ever
    assert alarm.active == (alarm.state is AlarmState.UNACKNOWLEDGED)


@UNHURRIED
@given(LOADS, st.data())
def test_whatever_people_do_the_severity_is_that_of_the_figures_alone(
    loads: list[float | None], data: st.DataObject
) -> None:
    alone = watched = Alarm()
    for number, load in enumerate(loads):
        alone = alone.next(load, poll(number), LIMITS)
        act = data.draw(st.sampled_from(["", "acknowledge", "shelve", "out", "in"]))
        acted = {
            "": watched,
            "acknowledge": watched.acknowledged(),
            "shelve": watched.shelved(poll(number) + 2 * POLL),
            "out": watched.out_of_service(),
            "in": watched.in_service(),
        }
        watched = acted[act].next(load, poll(number), LIMITS)
    assert watched.severity is alone.severity
