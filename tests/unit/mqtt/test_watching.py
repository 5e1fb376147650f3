"""What a watcher of the whole site reads, and what it asks: as the bridge writes and reads it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given

from bcm_mqtt.domain.reading.alarm import MAIN, Alarm, AlarmState, Limits, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.site.circuit import CircuitChange
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.mqtt.payloads import (
    Acknowledge,
    AlarmReport,
    AlarmSelection,
    ChangeCircuits,
    PayloadError,
    Shelve,
    action_of,
    decode_alarm,
    decode_info,
    decode_request,
    decode_response,
    encode_alarm,
    encode_request,
    encode_response,
)
from bcm_mqtt.mqtt.topics import Kind, Subject, Topics
from unit.builders import JSON_VALUES, NEW_YORK, NOON, UNHURRIED

T = Topics()
SUBJECTS = {
    T.bridge_state("dc1"): Subject(Kind.BRIDGE_STATE, "dc1"),
    T.bridge_info("dc1"): Subject(Kind.BRIDGE_INFO, "dc1"),
    T.response("dc1", "circuit"): Subject(Kind.RESPONSE, "dc1"),
    T.availability("rpp-1a"): Subject(Kind.AVAILABILITY, "rpp-1a"),
    T.directory("rpp-1a"): Subject(Kind.DIRECTORY, "rpp-1a"),
    T.snapshot("rpp-1a"): Subject(Kind.SNAPSHOT, "rpp-1a"),
    **{
        T.alarm("rpp-1a", 13, kind): Subject(Kind.ALARM, "rpp-1a", 13, kind)
        for kind in (AlarmKind.OVERLOAD, AlarmKind.NO_DATA)
    },
    **{
        T.alarm("rpp-1a", MAIN, kind): Subject(Kind.ALARM, "rpp-1a", MAIN, kind)
        for kind in AlarmKind
    },
}


@pytest.mark.parametrize("topic", SUBJECTS)
def test_a_topic_is_about_what_it_was_made_for(topic: str) -> None:
    assert T.subject_of(topic) == SUBJECTS[topic]


@pytest.mark.parametrize(
    "topic",
    [
        *("", "bcm", "other/rpp-1a/snapshot", "bcm/rpp-1a", "bcm/rpp-1a/circuit/x/alarm"),
        *("bcm/rpp-1a/circuit/13/current", "bcm/rpp-1a/main/load", "bcm/customer/x/month_to_date"),
        *("bcm/bridge/dc1/request/poll", "bcm/rpp-1a/circuit/\N{SUPERSCRIPT TWO}/alarm"),
    ],
)
def test_any_other_topic_is_about_nothing(topic: str) -> None:
    assert T.subject_of(topic) is None


def test_every_subject_is_subscribed_to() -> None:
    def matches(topic: str, pattern: str) -> bool:
        levels, wanted = topic.split("/"), pattern.split("/")
        return len(levels) == len(wanted) and all(
            want in ("+", level) for level, want in zip(levels, wanted, strict=True)
        )

    for topic in SUBJECTS:
        assert any(matches(topic, pattern) for pattern in T.everything_live), topic


@pytest.mark.parametrize(
    "change",
    [
        CircuitChange("rpp-1a", 1, description="Acme-1"),
        CircuitChange("rpp-1a", 1, rating_amps=None, power_factor=None),
        CircuitChange("rpp-1a", 1, connection=Connection.NONE),
        CircuitChange(
            "rpp-1a",
            3,
            description="",
            customer="Acme",
            rating_amps=30,
            connection=Connection.WYE,
            power_factor=Decimal("0.95"),
            poles=(3, 5, 7),
            valid_from=datetime(2026, 3, 10, 5, tzinfo=UTC),
        ),
    ],
)
def test_a_change_is_read_as_it_was_asked(change: CircuitChange) -> None:
    payload = encode_request(ChangeCircuits((change,)), "t1")
    assert json.loads(payload)["transaction"] == "t1"
    assert decode_request("circuit", payload, NEW_YORK) == ChangeCircuits((change,))


@pytest.mark.parametrize(
    "alarms",
    [
        AlarmSelection("rpp-1a", MAIN, AlarmKind.IMBALANCE),
        AlarmSelection("rpp-1a", 13, None),
        AlarmSelection(None, None, None),
    ],
)
def test_a_selection_of_alarms_is_read_as_it_was_asked(alarms: AlarmSelection) -> None:
    payload = encode_request(Acknowledge((alarms,)), "t1")
    assert decode_request("acknowledge", payload, NEW_YORK) == Acknowledge((alarms,))
    for hours in (8.0, 0.0, None):
        shelve = Shelve((alarms,), hours)
        assert decode_request("shelve", encode_request(shelve, "t1"), NEW_YORK) == shelve


def test_several_selections_are_read_as_they_were_asked() -> None:
    several = AlarmSelection("rpp-1a", MAIN, AlarmKind.NO_DATA), AlarmSelection("rpp-1b", 3)
    for asked in (Acknowledge(several), Shelve(several, 8.0), Shelve(several, None)):
        action = action_of(asked)
        assert decode_request(action, encode_request(asked, "t1"), NEW_YORK) == asked


@pytest.mark.parametrize("error", ["", "circuits.csv is gone: bring it back first"])
def test_a_response_is_read_as_the_bridge_wrote_it(error: str) -> None:
    response = decode_response(encode_response("t1", error))
    assert (response.transaction, response.error) == ("t1", error)


ALARM = Alarm(AlarmState.SHELVED, Severity.CRITICAL, NOON, 104.26, NOON, changed=NOON, by="ann")


def test_an_alarm_is_read_as_the_bridge_wrote_it() -> None:
    payload = encode_alarm("rpp-1a", 13, AlarmKind.OVERLOAD, ALARM, Limits(80.0, 100.0))
    assert payload.decode() == (
        '{"v":1,"panel":"rpp-1a","pole":13,"kind":"overload","state":"shelved","active":true,'
        '"severity":"critical","loading":104.3,"limit":100.0,"since":"2026-11-20T12:00:00.000Z",'
        '"until":"2026-11-20T12:00:00.000Z",'
        '"changed":"2026-11-20T12:00:00.000Z","by":"ann","warning":80.0,"critical":100.0}'
    )
    report = decode_alarm(payload, "rpp-1a")
    assert report == AlarmReport(
        *(ALARM.state, ALARM.severity, 104.3, 100.0, NOON, NOON, NOON, "ann", 80.0, 100.0)
    )
    assert (type(report.state), type(report.severity)) == (AlarmState, Severity)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"v": 2}, "v: expected 1, not 2"),
        ({"state": "over"}, "state: expected one of normal, unacknowledged"),
        ({"severity": None}, "severity: expected one of none, warning, critical, not None"),
        ({"loading": "104"}, "loading: expected a number or null, not '104'"),
        ({"limit": True}, "limit: expected a number or null, not True"),
        ({"since": "soon"}, "since: expected a time or null, not 'soon'"),
    ],
)
def test_what_cannot_be_in_an_alarm_is_named(changes: dict[str, object], reason: str) -> None:
    payload = encode_alarm("rpp-1a", 13, AlarmKind.OVERLOAD, ALARM, Limits(80.0, 100.0))
    with pytest.raises(PayloadError) as refused:
        decode_alarm(json.dumps({**json.loads(payload), **changes}).encode(), "rpp-1a")
    assert str(refused.value).startswith(reason)


DECODERS: dict[str, Callable[[bytes], object]] = {
    "alarm": lambda payload: decode_alarm(payload, "rpp-1a"),
    "info": decode_info,
    "response": decode_response,
}


@pytest.mark.parametrize("kind", DECODERS)
@given(JSON_VALUES)
@example({"v": 1, "outbox": {"waiting": None}})
@example({"v": 1, "status": "error", "error": 7})
@UNHURRIED
def test_whatever_arrives_is_read_or_refused_in_one_line(kind: str, value: object) -> None:
    try:
        DECODERS[kind](json.dumps(value).encode())
    except PayloadError as error:
        assert "\n" not in str(error)  # noqa: PT017 - it need not be raised
