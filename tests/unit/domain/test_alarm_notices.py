"""Which messages alarms, rules and a set clock give."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

import pytest

from bcm_mqtt.domain.alarms.groups import SiteAlarm, Supply
from bcm_mqtt.domain.alarms.notices import MOST_LINES, Hours, Notice, Rule, Site, State, due
from bcm_mqtt.domain.reading.alarm import MAIN, AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from unit.builders import NEW_YORK
from unit.domain.examples import NOON

EVERYONE = Rule("duty", ("duty",))
CALLED = Rule("called", ("boss",), after=timedelta(minutes=10))
SITE = Site("Test", NEW_YORK, Supply({"a": "g1", "b": "g1"}), {"a": "RPP 1A"})
STEP = timedelta(seconds=5)


def overload(pole: int = 1, panel: str = "a", since: datetime = NOON) -> SiteAlarm:
    state, severity = AlarmState.UNACKNOWLEDGED, Severity.WARNING
    return SiteAlarm(panel, pole, AlarmKind.OVERLOAD, state, severity, since)


def acknowledged(alarm: SiteAlarm) -> SiteAlarm:
    return replace(alarm, state=AlarmState.ACKNOWLEDGED)


@dataclass
class Simulated:
    """A site whose rules are judged every five seconds."""

    rules: Sequence[Rule] = (EVERYONE,)
    site: Site = SITE
    now: datetime = NOON
    alarms: Sequence[SiteAlarm] = ()

    def __post_init__(self) -> None:
        self.state: State = {}
        self.sent: list[tuple[timedelta, Notice]] = []

    def go_on(self, minutes: float) -> list[Notice]:
        """What is sent in the next minutes, the last instant included."""
        end, before = self.now + timedelta(minutes=minutes), len(self.sent)
        while self.now < end:
            self.now += STEP
            notices, self.state = due(self.rules, self.alarms, self.site, self.state, self.now)
            self.sent += [(self.now - NOON, notice) for notice in notices]
        return [notice for _, notice in self.sent[before:]]


def test_an_alarm_is_one_message_and_its_end_another() -> None:
    site = Simulated(alarms=[overload(3)])
    (begun,) = site.go_on(60)
    assert begun.title == "Test: 1 alarm"
    assert begun.lines == ("warning: RPP 1A: overload, poles 3, since 2026-11-20 07:00 EST",)
    assert (begun.to, begun.severity) == (("duty",), Severity.WARNING)
    site.alarms = []
    (over,) = site.go_on(60)
    assert (over.title, over.lines) == ("Test: 1 over", ("over: RPP 1A: overload, 3",))
    assert over.severity is Severity.NONE


def test_a_flood_of_400_alarms_is_one_message() -> None:
    site = Simulated(alarms=[overload(pole, panel) for panel in "abcdefgh" for pole in range(50)])
    (notice,) = site.go_on(60)
    assert notice.title == "Test: 400 alarms in 8 groups"
    assert len(notice.begun) == 400
    assert len(notice.lines) == 8


def test_a_flood_of_67_minutes_is_a_message_every_five_minutes() -> None:
    site, told = Simulated(), []
    for number in range(400):
        site.alarms = [*site.alarms, overload(number % 50, "abcdefgh"[number // 50], site.now)]
        told += site.go_on(1 / 6)
    told += site.go_on(10)
    assert len(told) == 15  # 67 minutes, and once it is over
    assert sum(len(notice.begun) for notice in told) == 400


def test_a_message_is_never_longer_than_people_read() -> None:
    panels = [f"p{number}" for number in range(100)]
    (notice,) = Simulated(alarms=[overload(1, panel) for panel in panels]).go_on(1)
    assert len(notice.lines) == MOST_LINES + 1
    assert notice.lines[-1] == "and 88 more lines: see the page of alarms"


def test_who_is_called_is_called_after_ten_minutes_without_an_acknowledgement() -> None:
    site = Simulated(rules=(EVERYONE, CALLED), alarms=[overload()])
    site.go_on(30)
    assert [(at, notice.to) for at, notice in site.sent] == [
        (timedelta(seconds=15), ("duty",)),
        (timedelta(minutes=10, seconds=10), ("boss",)),
    ]


def test_nobody_is_called_about_what_was_acknowledged_in_time() -> None:
    site = Simulated(rules=(CALLED,), alarms=[overload()])
    assert site.go_on(9) == []
    site.alarms = [acknowledged(overload())]
    assert site.go_on(60) == []
    site.alarms = []
    assert site.go_on(60) == []  # nor about its end


def test_a_rise_to_critical_is_a_message_again() -> None:
    site = Simulated(alarms=[overload()])
    assert len(site.go_on(20)) == 1
    site.alarms = [acknowledged(overload())]
    assert site.go_on(20) == []
    site.alarms = [replace(overload(), severity=Severity.CRITICAL)]
    (notice,) = site.go_on(20)
    assert notice.severity is Severity.CRITICAL


def test_what_comes_and_goes_before_it_is_sent_is_no_message() -> None:
    site = Simulated(alarms=[overload()])
    assert site.go_on(1 / 12) == []
    site.alarms = []
    assert site.go_on(60) == []


def test_a_dead_gateway_is_one_line() -> None:
    silent = [
        replace(overload(pole, panel), kind=AlarmKind.NO_DATA)
        for panel in "ab"
        for pole in (MAIN, 1, 2, 3)
    ]
    away = replace(SITE, supply=replace(SITE.supply, away={"g1"}))
    (notice,) = Simulated(site=away, alarms=silent).go_on(1)
    (line,) = notice.lines
    assert line.startswith("warning: Gateway g1 is away, with 2 panels, since")


@pytest.mark.parametrize(
    ("rule", "poles"),
    [
        (Rule("r", ("x",), severities=frozenset({Severity.CRITICAL})), [2]),
        (Rule("r", ("x",), panels=frozenset("b")), [3]),
        (Rule("r", ("x",), customers=frozenset({"Acme"})), [1]),
        (Rule("r", ("x",), kinds=frozenset({AlarmKind.WIRING})), [4]),
        (Rule("r", ("x",)), [1, 2, 3, 4]),
    ],
    ids=["severity", "panel", "customer", "kind", "all"],
)
def test_a_rule_sends_what_it_is_about(rule: Rule, poles: list[int]) -> None:
    alarms = [
        replace(overload(1), customer="Acme"),
        replace(overload(2), severity=Severity.CRITICAL),
        overload(3, "b"),
        replace(overload(4), kind=AlarmKind.WIRING),
    ]
    (notice,) = Simulated(rules=(rule,), alarms=alarms).go_on(1)
    assert sorted(alarm.pole for alarm in notice.begun) == poles


@pytest.mark.parametrize(
    ("hours", "local", "holds"),
    [
        (Hours(), "2026-11-22T03:00", True),
        (Hours(begin=time(8), end=time(17)), "2026-11-20T07:59", False),
        (Hours(begin=time(8), end=time(17)), "2026-11-20T08:00", True),
        (Hours(begin=time(8), end=time(17)), "2026-11-20T17:00", False),
        (Hours(frozenset({4}), time(22), time(6)), "2026-11-20T23:00", True),  # a Friday
        (Hours(frozenset({4}), time(22), time(6)), "2026-11-21T05:59", True),
        (Hours(frozenset({4}), time(22), time(6)), "2026-11-21T22:00", False),
        (Hours(frozenset({4}), time(22), time(6)), "2026-11-20T05:00", False),
    ],
)
def test_hours_are_those_of_the_site(hours: Hours, local: str, holds: bool) -> None:  # noqa: FBT001
    at = datetime.fromisoformat(local).replace(tzinfo=NEW_YORK)
    assert hours.hold(at, NEW_YORK) is holds


def test_what_comes_at_night_is_sent_in_the_morning_if_it_still_stands() -> None:
    rule = replace(EVERYONE, hours=Hours(begin=time(8), end=time(17)))
    site = Simulated(rules=(rule,), alarms=[overload(1), overload(2)])  # 07:00 in New York
    assert site.go_on(59) == []
    site.alarms = [overload(2)]
    (notice,) = site.go_on(2)
    assert [alarm.pole for alarm in notice.begun] == [2]


def test_ends_are_left_out_where_the_rule_says_so() -> None:
    site = Simulated(rules=(replace(EVERYONE, ended=False),), alarms=[overload()])
    assert len(site.go_on(5)) == 1
    site.alarms = []
    assert site.go_on(20) == []
    site.alarms = [overload()]
    assert len(site.go_on(20)) == 1
