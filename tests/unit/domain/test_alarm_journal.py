"""The journal of alarms: from every published change to what became of each."""

from datetime import datetime, timedelta

import pytest

from bcm_mqtt.domain.alarms.journal import AlarmEvent, Deed, PastAlarm, narrowed, past_alarms
from bcm_mqtt.domain.reading.alarm import Alarm, AlarmState, Limits, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from unit.builders import NOON

LIMITS = Limits(80.0, 100.0, 5.0, on_delay=1)


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


class Happening:
    """An alarm that polls and people change, and every change that people see of it."""

    def __init__(self, pole: int = 1) -> None:
        self.alarm = Alarm()
        self.pole = pole
        self.events: list[AlarmEvent] = []

    def become(self, alarm: Alarm, minutes: int, by: str = "") -> None:
        before, self.alarm = self.alarm, alarm.noted(self.alarm, at(minutes), by)
        if self.alarm.visible == before.visible:
            return
        assert self.alarm.changed
        self.events.append(
            AlarmEvent(
                *("rpp-1a", self.pole, AlarmKind.OVERLOAD, self.alarm.changed),
                *(self.alarm.state, self.alarm.severity, self.alarm.value, LIMITS.warning),
                *(self.alarm.since, self.alarm.until, self.alarm.by),
            )
        )

    def polled(self, percent: float, minutes: int) -> None:
        self.become(self.alarm.next(percent, at(minutes), LIMITS), minutes)


def test_an_alarm_has_its_begin_its_worst_its_end_and_who_acknowledged_it() -> None:
    one = Happening()
    one.polled(85, 0)
    one.become(one.alarm.acknowledged(), 3, "ann")
    one.polled(104, 5)
    one.become(one.alarm.acknowledged(), 6, "Home Assistant")
    one.polled(60, 9)
    (past,) = past_alarms(reversed(one.events))
    assert (past.begin, past.end) == (at(0), at(9))
    assert (past.severity, past.loading) == (Severity.CRITICAL, 104)
    assert past.deeds == (
        Deed(at(3), "acknowledged", "ann"),
        Deed(at(6), "acknowledged", "Home Assistant"),
    )


def test_the_latest_alarm_is_the_first_and_one_that_goes_on_has_no_end() -> None:
    one, other = Happening(1), Happening(3)
    for percent, minute in ((85, 0), (60, 1), (90, 5)):
        one.polled(percent, minute)
    other.polled(120, 2)
    found = past_alarms([*one.events, *other.events])
    assert [(past.pole, past.begin, past.end) for past in found] == [
        (1, at(5), None),
        (3, at(2), None),
        (1, at(0), at(1)),
    ]


def test_one_that_is_acknowledged_after_its_end_says_so() -> None:
    one = Happening()
    one.polled(85, 0)
    one.polled(60, 1)
    one.become(one.alarm.acknowledged(), 7, "MQTT")
    (past,) = past_alarms(one.events)
    assert (past.end, past.deeds) == (at(1), (Deed(at(7), "acknowledged", "MQTT"),))


def test_the_shelf_is_told_with_its_end_and_who_put_the_alarm_back() -> None:
    one = Happening()
    one.polled(85, 0)
    one.become(one.alarm.shelved(at(60)), 1, "ann")
    one.become(one.alarm.shelved(at(90)), 2, "bob")
    one.polled(86, 95)
    one.become(one.alarm.out_of_service(), 96, "ann")
    one.become(one.alarm.in_service(), 97, "ann")
    (past,) = past_alarms(one.events)
    assert past.deeds == (
        Deed(at(1), "shelved", "ann", at(60)),
        Deed(at(2), "shelved", "bob", at(90)),
        Deed(at(95), "back from the shelf"),
        Deed(at(96), "put out of service", "ann"),
        Deed(at(97), "put back", "ann"),
    )


def test_a_clock_that_is_set_moves_the_shelf_and_is_nobodys_deed() -> None:
    one = Happening()
    one.polled(85, 0)
    one.become(one.alarm.shelved(at(60)), 1, "ann")
    one.become(one.alarm.shelved(at(70)), 2)
    assert [done.what for done in past_alarms(one.events)[0].deeds] == ["shelved"]


def test_what_is_put_aside_before_there_is_an_alarm_is_told_by_itself() -> None:
    one = Happening()
    one.become(one.alarm.shelved(at(60)), 1, "ann")
    one.become(one.alarm.in_service(), 2, "ann")
    one.polled(85, 3)
    alarm, aside = past_alarms(one.events)
    assert (alarm.begin, alarm.deeds) == (at(3), ())
    assert (aside.at, aside.begin, aside.severity) == (at(1), None, Severity.NONE)
    assert [done.what for done in aside.deeds] == ["shelved", "put back"]


@pytest.mark.parametrize("lost", [0, 1, 2, 3])
def test_a_change_that_nobody_recorded_costs_no_alarm(lost: int) -> None:
    one = Happening()
    one.polled(85, 0)
    one.polled(60, 1)
    one.polled(90, 5)
    one.polled(60, 6)
    found = past_alarms(event for index, event in enumerate(one.events) if index != lost)
    begins = [past.begin for past in found]
    assert begins == ([at(5), at(0)] if lost in {1, 3} else [at(5)] if lost == 0 else [at(0)])
    assert found[-1].end == {0: at(6), 1: at(5), 2: at(1), 3: at(1)}[lost]


def test_two_changes_of_an_instant_are_two() -> None:
    one = Happening()
    one.polled(85, 0)
    one.become(one.alarm.acknowledged(), 0, "ann")
    first, second = one.events
    assert second.changed - first.changed == timedelta(milliseconds=1)
    assert (first.state, second.state) == (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED)


def test_past_alarms_are_narrowed_to_a_severity_and_to_who_did_something() -> None:
    def past(pole: int, severity: Severity, *by: str) -> PastAlarm:
        deeds = tuple(Deed(at(1), "acknowledged", one) for one in by)
        return PastAlarm(
            "rpp-1a", pole, AlarmKind.OVERLOAD, NOON, NOON, severity=severity, deeds=deeds
        )

    listed = [
        past(1, Severity.WARNING, "ann"),
        past(2, Severity.CRITICAL, "bob", "Ann"),
        past(3, Severity.CRITICAL),
    ]
    assert narrowed(listed) == listed
    assert narrowed(listed, Severity.CRITICAL) == listed[1:]
    assert narrowed(listed, by="ANN") == listed[:2]
    assert narrowed(listed, Severity.CRITICAL, "ann") == [listed[1]]
    assert narrowed(listed, by="an") == []
