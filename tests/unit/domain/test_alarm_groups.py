"""Alarms grouped by cause, sorted and filtered."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.alarms.groups import (
    AlarmFilter,
    Cause,
    SiteAlarm,
    Standing,
    Supply,
    grouped,
    urgency,
)
from bcm_mqtt.domain.reading.alarm import MAIN, AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from unit.domain.examples import NOON

ALONE = Supply({})
TWO_GATEWAYS = Supply({"a": "g1", "b": "g1", "c": "g2"}, away={"g1"})


def alarm(
    panel: str = "a",
    pole: int = 1,
    kind: AlarmKind = AlarmKind.OVERLOAD,
    severity: Severity = Severity.WARNING,
    state: AlarmState = AlarmState.UNACKNOWLEDGED,
    minutes: int = 0,
    customer: str = "",
) -> SiteAlarm:
    """Since so many minutes before noon."""
    since = NOON - timedelta(minutes=minutes)
    return SiteAlarm(panel, pole, kind, state, severity, since, customer)


def silent(panel: str) -> list[SiteAlarm]:
    """A panel of 48 circuits whose meters went away one after the other."""
    circuits = [alarm(panel, pole, AlarmKind.NO_DATA, minutes=1) for pole in range(1, 49)]
    return [alarm(panel, MAIN, AlarmKind.NO_DATA), *circuits]


def test_a_dead_panel_is_one_alarm_with_its_circuits_as_consequences() -> None:
    (group,) = grouped(silent("a"), ALONE)
    assert group.cause == Cause(AlarmKind.NO_DATA, "a")
    assert [(one.pole, one.kind) for one in group.alarms] == [(MAIN, AlarmKind.NO_DATA)]
    assert len(group.consequences) == 48


def test_a_dead_gateway_is_one_alarm_for_all_of_its_panels() -> None:
    groups = grouped([*silent("a"), *silent("b"), *silent("c")], TWO_GATEWAYS)
    assert [(group.cause.key, len(group.alarms), len(group.consequences)) for group in groups] == [
        ("gateway:g1/no_data", 2, 96),
        ("c/no_data", 1, 48),
    ]


def test_circuits_without_data_of_a_panel_that_answers_are_no_consequences() -> None:
    (group,) = grouped([alarm(pole=pole, kind=AlarmKind.NO_DATA) for pole in (1, 3)], TWO_GATEWAYS)
    assert group.cause.key == "a/no_data"
    assert [one.pole for one in group.alarms] == [1, 3]
    assert group.consequences == ()


def test_an_overload_of_a_dead_panel_is_an_alarm_of_its_own() -> None:
    groups = grouped([*silent("a"), alarm(severity=Severity.CRITICAL)], ALONE)
    assert [group.cause.key for group in groups] == ["a/overload", "a/no_data"]


def test_a_panel_that_answers_again_causes_nothing_any_more() -> None:
    over = alarm("a", MAIN, AlarmKind.NO_DATA, Severity.NONE, AlarmState.RETURNED)
    (group,) = grouped([over, alarm("a", 3, AlarmKind.NO_DATA)], TWO_GATEWAYS)
    assert [one.pole for one in group.alarms] == [3, MAIN]
    assert group.severity is Severity.WARNING


def test_a_pair_without_redundancy_is_one_alarm() -> None:
    both = [alarm(panel, MAIN, AlarmKind.REDUNDANCY) for panel in ("b", "a")]
    (group,) = grouped(both, Supply({}, pairs={"a": "b", "b": "a"}))
    assert (group.cause.panel, group.cause.partner) == ("a", "b")


def test_four_hundred_alarms_are_few_groups() -> None:
    """8 panels of 48: a gateway with 4 is away, one panel is dead, others are overloaded."""
    alarms = [one for panel in "abcde" for one in silent(panel)]  # 245
    alarms += [alarm("f", pole) for pole in range(48)]
    alarms += [alarm("g", pole) for pole in range(48)]
    alarms += [alarm("h", pole, AlarmKind.WIRING) for pole in range(1, 48)]
    alarms += [alarm(panel, MAIN, AlarmKind.IMBALANCE) for panel in "abcdefgh"]
    alarms += [alarm("h", pole) for pole in range(1, 5)]
    assert len(alarms) == 400
    supply = Supply(dict.fromkeys("abcd", "g1") | {"e": "g2"}, away={"g1"})
    groups = grouped(alarms, supply)
    assert len(groups) == 14
    assert [g.cause.key for g in groups if g.cause.kind is AlarmKind.NO_DATA] == [
        "gateway:g1/no_data",
        "e/no_data",
    ]


def test_the_worst_comes_first_then_the_newest_and_active_above_returned() -> None:
    over = alarm("a", 7, severity=Severity.NONE, state=AlarmState.RETURNED)
    old, new = alarm("b", 1, minutes=60), alarm("c", 1, minutes=5)
    critical = alarm("d", 1, severity=Severity.CRITICAL, minutes=600)
    shelved = alarm("e", 1, severity=Severity.CRITICAL, state=AlarmState.SHELVED)
    seen = alarm("f", 1, state=AlarmState.ACKNOWLEDGED, minutes=1)
    groups = grouped([shelved, over, old, new, critical, seen], ALONE)
    assert "".join(group.cause.panel for group in groups) == "dfcbae"


def test_a_group_is_as_bad_and_as_urgent_as_the_worst_of_it_now() -> None:
    seen = alarm(pole=1, severity=Severity.CRITICAL, state=AlarmState.ACKNOWLEDGED)
    over = alarm(pole=3, severity=Severity.NONE, state=AlarmState.RETURNED)
    (group,) = grouped([over, seen], ALONE)
    assert (group.severity, group.state) == (Severity.CRITICAL, AlarmState.RETURNED)


def test_a_filter_by_customer_keeps_consequences_as_such() -> None:
    main = alarm("a", MAIN, AlarmKind.NO_DATA)
    circuits = [alarm("a", 1, AlarmKind.NO_DATA, customer="Acme"), alarm("a", 3, AlarmKind.NO_DATA)]
    (group,) = AlarmFilter(customer="Acme").of(grouped([main, *circuits], ALONE))
    assert group.alarms == ()
    assert [one.pole for one in group.consequences] == [1]


def test_each_part_of_a_filter_leaves_what_it_says() -> None:
    one = alarm("a", 1, severity=Severity.CRITICAL, customer="Acme")
    other = alarm("b", 3, AlarmKind.WIRING, state=AlarmState.ACKNOWLEDGED)
    over = alarm("c", 5, AlarmKind.NO_DATA, Severity.NONE, AlarmState.RETURNED)
    groups = grouped([one, other, over], ALONE)

    def panels(chosen: AlarmFilter) -> str:
        return "".join(group.cause.panel for group in chosen.of(groups))

    assert panels(AlarmFilter()) == "abc"
    assert panels(AlarmFilter(panel="b")) == "b"
    assert panels(AlarmFilter(severity=Severity.CRITICAL)) == "a"
    assert panels(AlarmFilter(kind=AlarmKind.WIRING)) == "b"
    assert panels(AlarmFilter(customer="Acme")) == "a"
    assert panels(AlarmFilter(customer="")) == "bc"
    assert panels(AlarmFilter(standing=Standing.ACTIVE)) == "ab"
    assert panels(AlarmFilter(unseen=True)) == "ac"


@st.composite
def any_alarm(draw: st.DrawFn) -> SiteAlarm:
    severity = draw(st.sampled_from(Severity))
    states = [state for state in AlarmState if state is not AlarmState.NORMAL]
    since: datetime | None = draw(st.none() | st.just(NOON))
    panel, pole = draw(st.sampled_from("abc")), draw(st.integers(0, 4))
    return SiteAlarm(
        panel,
        pole,
        draw(st.sampled_from(AlarmKind)),
        draw(st.sampled_from(states)),
        severity,
        since,
    )


@given(st.lists(any_alarm(), unique_by=lambda one: (one.panel, one.pole, one.kind)))
def test_every_alarm_is_in_one_group_whatever_there_is(alarms: list[SiteAlarm]) -> None:
    supply = Supply({"a": "g1", "b": "g1"}, away={"g1"}, pairs={"a": "b", "b": "a"})
    groups = grouped(alarms, supply)
    members = [one for group in groups for one in group.members]
    assert sorted(members, key=urgency) == sorted(alarms, key=urgency)
    assert len({group.cause.key for group in groups}) == len(groups)
