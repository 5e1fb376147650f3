"""Requests: read exactly, or refused with what was expected."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.printable import has_controls
from bcm_mqtt.domain.reading.alarm import MAIN
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.site.circuit import LEAVE, CircuitChange
from bcm_mqtt.domain.site.circuit_field import BY_NAME as CIRCUIT_FIELDS
from bcm_mqtt.domain.site.instrument_field import BY_NAME as METER_FIELDS
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.mqtt.payloads import (
    ACTIONS,
    CHANGING,
    Acknowledge,
    AlarmSelection,
    ChangeCircuits,
    PayloadError,
    PollNow,
    Reload,
    Request,
    Shelve,
    decode_request,
    encode_response,
    transaction_of,
    validity_of,
)
from bcm_mqtt.mqtt.payloads.billing import decode_month_request
from unit.builders import NEW_YORK, UNHURRIED


def decoded(action: str, **body: object) -> Request:
    return decode_request(action, json.dumps(body).encode(), NEW_YORK)


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_a_request_with_a_number_that_json_has_not_is_refused(number: str) -> None:
    """Also in what is given back, which a strict parser could not read; that is then null."""
    for body in (f'{{"transaction":{number}}}', f'{{"transaction":"x","hours":{number}}}'):
        with pytest.raises(PayloadError, match="expected JSON, which has no such number"):
            decode_request("shelve", body.encode(), NEW_YORK)
        assert transaction_of(body.encode()) is None
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_response(float(number), outcome={})


EDGES = (
    *("9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00+14:00"),
    *("0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z"),
)


@pytest.mark.parametrize("at", EDGES)
def test_times_at_the_edges_of_the_calendar_are_told_as_such(at: str) -> None:
    said = f"expected a time from 1970 to 9998, not '{at}'"
    body = json.dumps({"deadline": at, "valid_from": at}).encode()
    with pytest.raises(PayloadError) as caught:
        validity_of("poll", body)
    assert str(caught.value) in {f"deadline: {said}", f"valid_from: {said}"}
    if at.startswith("1969"):
        return  # from when on a change holds may be earlier
    said = "expected a date or time of the years 2 to 9998"
    row = {"panel": "rpp-1a", "pole": 1, "description": "x", "valid_from": at}
    with pytest.raises(PayloadError) as caught:
        decoded("circuit", circuits=[row])
    assert str(caught.value) == f"circuits[0]: valid_from: {said}"
    with pytest.raises(PayloadError) as caught:
        decoded("exchange", panel="rpp-1a", poles=[1], serial="N-1", valid_from=at)
    assert str(caught.value) == f"valid_from: {said}"


@pytest.mark.parametrize("at", [[], {}, 1, True])
@pytest.mark.parametrize(
    ("action", "more"),
    [("exchange", {"poles": [1], "serial": "N-1"}), ("circuit", {"pole": 1, "description": "x"})],
)
def test_a_time_that_is_no_text_is_refused_by_name(
    action: str, more: dict[str, object], at: object
) -> None:
    with pytest.raises(PayloadError, match=r"^valid_from: expected a date, a time or null"):
        decoded(action, panel="rpp-1a", valid_from=at, **more)


GOOD: dict[str, dict[str, object]] = {
    "circuit": {"panel": "rpp-1a", "pole": 1, "description": "x"},
    "exchange": {"panel": "rpp-1a", "poles": [1], "serial": "N-1"},
    "meter": {"panel": "rpp-1a", "poles": [1], "serial": "N-1"},
    "shelve": {"hours": 1},
}
WEIRD: tuple[object, ...] = (
    *([], [[]], [None], {}, {"a": []}, True, None),
    *("", "\ud800", "x" * 5000, -1, 0, 1e300, 10**400),
)
EVERY_KEY = (
    *("panel", "pole", "poles", "unit_id", "kind", "hours", "circuits", "meters", "until"),
    *("valid_from", "deadline", "transaction", *CIRCUIT_FIELDS, *METER_FIELDS),
)


@pytest.mark.parametrize("action", ACTIONS)
def test_no_value_of_any_key_is_more_than_refused(action: str) -> None:
    """Anything but a refusal would end the bridge."""
    good, list_key = GOOD.get(action, {}), CHANGING.get(action)
    for key, value in product(EVERY_KEY, WEIRD):
        changed = {**good, key: value}
        bodies = [changed, {list_key: [changed]}] if list_key else [changed]
        for body in bodies:
            payload = json.dumps(body).encode()
            with suppress(PayloadError):
                validity_of(action, payload)
            with suppress(PayloadError):
                decode_request(action, payload, NEW_YORK)


def test_a_change_of_everything() -> None:
    found = decoded(
        "circuit",
        panel="rpp-1a",
        pole=1,
        description="Customer1-A",
        customer="",
        rating=30,
        connection="3P",
        power_factor=0.95,
        poles=[1, 3, 5],
        valid_from="2026-03-10",
        transaction="x",
    )
    assert found == ChangeCircuits(
        (
            CircuitChange(
                panel="rpp-1a",
                first_pole=1,
                description="Customer1-A",
                customer="",
                rating_amps=30,
                connection=Connection.WYE,
                power_factor=Decimal("0.95"),
                poles=(1, 3, 5),
                valid_from=datetime(2026, 3, 10, 4, tzinfo=UTC),  # midnight in New York
            ),
        )
    )


def test_what_is_not_named_stays_and_null_is_a_value() -> None:
    found = decoded("circuit", panel="rpp-1a", pole=1, rating=None, valid_from=None)
    assert isinstance(found, ChangeCircuits)
    (change,) = found.changes
    assert (change.rating_amps, change.description, change.poles) == (None, LEAVE, LEAVE)
    assert change.valid_from is None


def test_home_assistants_numbers_are_floats() -> None:
    found = decoded("circuit", panel="rpp-1a", pole=1, rating=20.0)
    assert isinstance(found, ChangeCircuits)
    assert found.changes[0].rating_amps == 20
    assert type(found.changes[0].rating_amps) is int


def test_several_changes_come_in_their_order() -> None:
    rows = [{"panel": "rpp-1a", "pole": pole, "rating": 20} for pole in (5, 3, 1)]
    found = decoded("circuit", circuits=rows)
    assert isinstance(found, ChangeCircuits)
    assert [change.first_pole for change in found.changes] == [5, 3, 1]


@pytest.mark.parametrize(
    ("action", "body", "request_"),
    [
        ("acknowledge", {}, Acknowledge((AlarmSelection(),))),
        ("acknowledge", {"pole": 3, "by": "ann"}, Acknowledge((AlarmSelection(pole=3),), "ann")),
        ("shelve", {"hours": 8, "by": "ann"}, Shelve((AlarmSelection(),), 8.0, "ann")),
        (
            "acknowledge",
            {"panel": "rpp-1a", "pole": "main", "kind": "imbalance"},
            Acknowledge((AlarmSelection("rpp-1a", MAIN, AlarmKind.IMBALANCE),)),
        ),
        ("shelve", {"pole": 3, "hours": 1.5}, Shelve((AlarmSelection(pole=3),), 1.5)),
        ("shelve", {"hours": None}, Shelve((AlarmSelection(),), None)),
        (
            "acknowledge",
            {"alarms": [{"panel": "rpp-1a", "pole": 1}, {"panel": "rpp-1b", "pole": "main"}]},
            Acknowledge((AlarmSelection("rpp-1a", 1), AlarmSelection("rpp-1b", MAIN))),
        ),
        (
            "shelve",
            {"alarms": [{"panel": "rpp-1a"}], "hours": 2},
            Shelve((AlarmSelection("rpp-1a"),), 2.0),
        ),
        ("reload", {}, Reload()),
        ("poll", {}, PollNow(None)),
        ("poll", {"panel": "rpp-1a"}, PollNow("rpp-1a")),
    ],
)
def test_the_other_actions(action: str, body: dict[str, object], request_: Request) -> None:
    assert decoded(action, **body) == request_


def test_nothing_at_all_is_an_empty_request() -> None:
    assert decode_request("reload", b"", NEW_YORK) == Reload()


@pytest.mark.parametrize(
    ("action", "body", "reason"),
    [
        ("circuit", {"pole": 1, "rating": 3}, "panel: expected a panel's id, but it is missing"),
        ("circuit", {"panel": "a", "pole": 0, "rating": 3}, "pole: expected a circuit's first"),
        ("circuit", {"panel": "a", "pole": 1, "rating": 20.5}, "rating: expected whole amps"),
        ("circuit", {"panel": "a", "pole": 1, "rating": True}, "rating: expected whole amps"),
        ("circuit", {"panel": "a", "pole": 1, "power_factor": 2}, "power_factor: expected"),
        ("circuit", {"panel": "a", "pole": 1, "description": 7}, "description: expected a text"),
        ("circuit", {"panel": "a", "pole": 1, "rating": 3, "valid_from": "soon"}, "valid_from:"),
        (
            "circuit",
            {"panel": "a", "pole": 1, "rating": 3, "valid_from": "2026-03-08T02:30"},
            "valid_from: 2026-03-08 02:30:00 does not exist in America/New_York",
        ),
        ("circuit", {"circuits": []}, "circuits: expected a list of 1 to 1000 objects"),
        ("circuit", {"circuits": [7]}, "circuits: expected a list"),
        ("circuit", {"circuits": [{}]}, "circuits[0]: nothing to change"),
        ("circuit", {"circuits": [], "panel": "a"}, "panel: unknown key"),
        ("shelve", {"hours": -1}, "hours: expected hours above 0 to 168"),
        ("shelve", {"hours": "8"}, "hours: expected"),
        ("acknowledge", {"pole": "top"}, "pole: expected a circuit's first pole or main"),
        ("acknowledge", {"alarms": []}, "alarms: expected a list of 1 to 1000 objects"),
        ("acknowledge", {"alarms": [{}], "pole": 1}, "pole: unknown key"),
        ("shelve", {"alarms": [{"hours": 1}], "hours": 1}, "alarms[0]: hours: unknown key"),
        ("shelve", {"alarms": [{"panel": "a"}]}, "hours: expected hours above 0"),
        ("reload", {"now": True}, "now: unknown key"),
        ("poll", {"panel": 7}, "panel: expected a panel's id, not 7"),
    ],
)
def test_a_mistake_is_named(action: str, body: dict[str, object], reason: str) -> None:
    with pytest.raises(PayloadError) as refused:
        decoded(action, **body)
    assert str(refused.value).startswith(reason)


def test_a_request_that_is_far_too_long_is_refused_unread() -> None:
    with pytest.raises(PayloadError, match="bytes: expected at most"):
        decode_request("circuit", b" " * 300_000, NEW_YORK)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
KEYS = ["panel", "pole", "description", "rating", "connection", "poles", "valid_from", "hours"]


@UNHURRIED
@given(st.sampled_from(ACTIONS), st.dictionaries(st.sampled_from([*KEYS, "circuits"]), JSON))
def test_whatever_comes_is_a_request_or_is_refused(action: str, body: dict[str, object]) -> None:
    payload = json.dumps(body).encode()
    refused = ""
    try:
        decode_request(action, payload, NEW_YORK)
    except PayloadError as error:
        refused = str(error)
    assert len(refused.splitlines()) <= 1
    encode_response(transaction_of(payload), refused)


@UNHURRIED
@given(st.binary())
def test_whatever_bytes_come_there_is_a_response(payload: bytes) -> None:
    assert json.loads(encode_response(transaction_of(payload), "no"))["status"] == "error"


@pytest.mark.parametrize("transaction", ["a", 7, 1.5, None, True])
def test_a_transaction_is_given_back_as_it_came(transaction: object) -> None:
    request = json.dumps({"transaction": transaction}).encode()
    response = json.loads(encode_response(transaction_of(request), outcome={"changed": 1}))
    assert response == {"status": "ok", "changed": 1, "transaction": transaction}


@pytest.mark.parametrize("hostile", [{"transaction": "\ud800"}, {"\udc00": 1, "transaction": "é"}])
def test_half_a_surrogate_pair_in_a_request_does_not_keep_it_from_its_response(
    hostile: dict[str, object],
) -> None:
    payload = json.dumps(hostile).encode()
    with pytest.raises(PayloadError) as caught:
        decode_request("circuit", payload, NEW_YORK)
    response = json.loads(encode_response(transaction_of(payload), str(caught.value)))
    assert response["error"] == str(caught.value)
    assert response["transaction"] == hostile["transaction"]


KEYS_OF: dict[str, list[str]] = {
    "circuit": ["panel", "valid_from", *CIRCUIT_FIELDS],
    "exchange": ["panel", "valid_from", "until", *METER_FIELDS],
    "meter": ["panel", "valid_from", "until", *METER_FIELDS],
    "acknowledge": ["panel", "pole", "kind"],
    "shelve": ["panel", "pole", "kind", "hours"],
    "reload": ["anything"],
    "poll": ["panel"],
    "report": ["month", "customer"],
}
WITHIN = {
    "circuit": "circuits",
    "exchange": "meters",
    "meter": "meters",
    "acknowledge": "alarms",
}
HOSTILE = "\x1b]0;x\x07A\u202eB\r\nX"


def request_of(action: str) -> Callable[[bytes], object]:
    return lambda payload: decode_request(action, payload, NEW_YORK)


@pytest.mark.parametrize("action", [*ACTIONS, "report"])
def test_control_characters_are_refused_in_every_text_of_every_request(action: str) -> None:
    read = decode_month_request if action == "report" else request_of(action)
    within = WITHIN.get(action)
    for key in KEYS_OF[action]:
        for body in ({key: HOSTILE}, {within: [{key: HOSTILE}]} if within else {key: [HOSTILE]}):
            payload = json.dumps(body).encode()
            with pytest.raises(PayloadError, match="expected one line without control") as caught:
                read(payload)
            assert key in str(caught.value)
            assert not has_controls(str(caught.value))


def test_a_key_that_is_not_known_is_written_out() -> None:
    with pytest.raises(PayloadError, match="unknown key") as caught:
        decode_request("poll", json.dumps({HOSTILE: 1}).encode(), NEW_YORK)
    assert not has_controls(str(caught.value))
