"""What a watcher of the whole site reads, and what it asks: as the bridge writes and reads it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given

from bcm_mqtt.domain.reading.alarm import MAIN, AlarmKind
from bcm_mqtt.domain.site.circuit import CircuitChange
from bcm_mqtt.domain.site.connection import Connection
from bcm_mqtt.mqtt.payloads import (
    Acknowledge,
    AlarmSelection,
    ChangeCircuits,
    PayloadError,
    Shelve,
    decode_alarm,
    decode_info,
    decode_request,
    decode_response,
    encode_acknowledge,
    encode_changes,
    encode_response,
    encode_shelve,
)
from bcm_mqtt.mqtt.topics import Kind, Subject, Topics
from unit.builders import JSON_VALUES, NEW_YORK, UNHURRIED

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
    payload = encode_changes([change], "t1")
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
    payload = encode_acknowledge(alarms, "t1")
    assert decode_request("acknowledge", payload, NEW_YORK) == Acknowledge(alarms)
    for hours in (8.0, 0.0, None):
        shelve = Shelve(alarms, hours)
        assert decode_request("shelve", encode_shelve(shelve, "t1"), NEW_YORK) == shelve


@pytest.mark.parametrize("error", ["", "circuits.csv is gone: bring it back first"])
def test_a_response_is_read_as_the_bridge_wrote_it(error: str) -> None:
    response = decode_response(encode_response("t1", error))
    assert (response.transaction, response.error) == ("t1", error)


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
