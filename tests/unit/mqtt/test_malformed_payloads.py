"""A payload that is not what its topic promises is a PayloadError of one line, nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bcm_mqtt.mqtt.payloads import (
    MAX_POLES,
    PayloadError,
    decode_directory,
    decode_snapshot,
    encode_directory,
)
from unit.builders import JSON_VALUES, UNHURRIED, circuit, directory

SNAPSHOT: dict[str, Any] = {
    "v": 1,
    "panel": "rpp-1a",
    "time": "2026-11-20T20:15:00.123Z",
    "seq": 4711,
    "interval": 15.0,
    "current": [12.3, None],
}
DIRECTORY: dict[str, Any] = json.loads(encode_directory(directory(circuit((1,)), circuit((2, 4)))))
CIRCUIT: dict[str, Any] = DIRECTORY["circuits"][0]
DECODERS: dict[str, tuple[Callable[[bytes, str], object], dict[str, Any]]] = {
    "snapshot": (decode_snapshot, SNAPSHOT),
    "directory": (decode_directory, DIRECTORY),
}
ANY_KIND = pytest.mark.parametrize("kind", DECODERS)


def refusal(kind: str, payload: bytes) -> str:
    with pytest.raises(PayloadError) as caught:
        DECODERS[kind][0](payload, "rpp-1a")
    said = str(caught.value)
    assert "\n" not in said
    assert len(said) < 250
    return said


def refused(kind: str, **changes: object) -> str:
    return refusal(kind, json.dumps({**DECODERS[kind][1], **changes}).encode())


def attempt(kind: str, payload: bytes) -> None:
    """Decodes or refuses; any other exception is the test's failure."""
    try:
        DECODERS[kind][0](payload, "rpp-1a")
    except PayloadError as error:
        assert "\n" not in str(error)  # noqa: PT017 - it need not be raised
        assert len(str(error)) < 250  # noqa: PT017


@ANY_KIND
def test_the_examples_themselves_are_taken(kind: str) -> None:
    decode, body = DECODERS[kind]
    assert decode(json.dumps(body).encode(), "rpp-1a")


@ANY_KIND
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_numbers_that_json_has_not_are_refused_wherever_they_are(kind: str, number: str) -> None:
    """Python's parser takes them; what was made of them is no JSON for others."""
    body = json.dumps(DECODERS[kind][1])
    for where in (f'{{"x":{number},', f'{{"x":[{{"y":[{number}]}}],'):
        said = refusal(kind, (where + body[1:]).encode())
        assert said == f"{number}: expected JSON, which has no such number"


@ANY_KIND
@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b"online",
        b"{",
        b'{"v":1,}',
        b"[" * 100_000,
        b"9" * 5000,
        b'{"v":1,"panel":"rpp-1a","seq":' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_json_is_refused(kind: str, payload: bytes) -> None:
    assert refusal(kind, payload).startswith("not JSON: b'")


@ANY_KIND
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le"])
def test_json_is_utf_8(kind: str, encoding: str) -> None:
    payload = json.dumps(DECODERS[kind][1]).encode(encoding)
    assert refusal(kind, payload).startswith("not JSON: b'")


@ANY_KIND
@pytest.mark.parametrize("value", [[], "text", 1, None, True])
def test_json_that_is_no_object_is_refused(kind: str, value: object) -> None:
    said = refusal(kind, json.dumps(value).encode())
    assert said == f"expected a JSON object, not {type(value).__name__}"


@ANY_KIND
@pytest.mark.parametrize("version", [0, 2, "1", None, True, 1.5, [1] * 1000])
def test_another_version_is_refused_instead_of_guessed(kind: str, version: object) -> None:
    assert refused(kind, v=version).startswith("v: expected 1, not ")


@ANY_KIND
@pytest.mark.parametrize("panel", ["rpp-1b", "", None, 1, ["rpp-1a"], "x" * 1000])
def test_a_payload_on_another_panels_topic_is_refused(kind: str, panel: object) -> None:
    said = refused(kind, panel=panel)
    assert said.startswith("panel: expected 'rpp-1a' as in the topic, not ")


@ANY_KIND
@pytest.mark.parametrize("panel", ["", "..", "RPP 1A", "rpp-ä", "a=b", "%2e", "x" * 201])
def test_a_panel_that_no_folder_may_be_named_after_is_refused(kind: str, panel: str) -> None:
    decode, body = DECODERS[kind]
    with pytest.raises(PayloadError, match=r"^panel: expected an id of "):
        decode(json.dumps({**body, "panel": panel}).encode(), panel)


@ANY_KIND
@pytest.mark.parametrize("key", ["v", "panel"])
def test_a_payload_that_does_not_say_what_it_is_is_refused(kind: str, key: str) -> None:
    body = {name: value for name, value in DECODERS[kind][1].items() if name != key}
    assert refusal(kind, json.dumps(body).encode()).startswith(f"{key}: expected ")


@pytest.mark.parametrize(
    ("kind", "key"),
    [(kind, key) for kind, (_, body) in DECODERS.items() for key in list(body)[2:]],
)
def test_a_key_that_is_missing_is_named(kind: str, key: str) -> None:
    body = {name: value for name, value in DECODERS[kind][1].items() if name != key}
    said = refusal(kind, json.dumps(body).encode())
    assert said.startswith(f"{key}: expected ")
    assert said.endswith(", but it is missing")


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("time", [1, None, "", "yesterday", "2026-11-20T20:15:00", "0001-01-01T00:00:00+14:00"]),
        ("time", ["9999-12-31T23:59:59-12:00", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z"]),
        ("seq", ["1", 1.0, True, None, [1], 2**63, -(2**70)]),
        ("interval", [0, -1, "15", True, None, 86_401, 10**400]),
        ("current", [None, [], {}, "12", 12.3, [["1"]], ["1"], [True], [{}]]),
        ("current", [[1e300], [10**400], [2**63]]),
        ("current", [[1.0] * (MAX_POLES + 1), [2_147_483.648], [-3e6]]),
        ("power", [[], [True], "1"]),
        ("energy", [[], ["1"], {}]),
        ("voltage", [[], [[]], 1, [1e18], [2_147_483.648]]),
        ("power_factor", [[], [[]], 1, ["1"], [2_147_483.648]]),
        ("reactive_power", [[], [[]], 1, [True], [1e18]]),
        ("apparent_power", [[], [[]], 1, [1e18]]),
        ("frequency", [[], [[]], 1, [2_147_483.648]]),
        ("errors", [[], "text", 3, {"three": "silent"}, {"3": 1}, {"3": None}, {"3": ["x"]}]),
    ],
)
def test_a_snapshots_value_that_cannot_be_is_refused_by_name(key: str, values: list[Any]) -> None:
    for value in values:
        assert refused("snapshot", **{key: value}).startswith(f"{key}: expected ")


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("name", [None, 1, [], "\ud800", "a\0b"]),
        ("service", [None, 120, "", "0", "0/0", "120/200", "120/208/208", "wye"]),
        ("poles", [0, -1, "48", 48.0, True, None, MAX_POLES + 1, 10**400]),
        ("main_rating", ["225", 225.5, True, -1, 0, 2**63, 10**400]),
        ("power_factor", [0, -0.5, 1.01, "1", True, None, 10**400]),
        ("feed", [None, 1]),
        ("redundant_with", [None, 1]),
        ("unmonitored", [None, 1, "1", [0], ["1"], [True], [1.0], {}]),
        ("current_step", [0, -0.1, "0.1", True, 1e9]),
        ("power_step", [0, -0.1, "0.1", True, 1e9]),
        ("valid_from", [1, True, "", "noon", "2026-03-10", []]),
        ("valid_to", [1, True, "", "noon", "2026-03-10", []]),
        ("circuits", [None, 1, "", "text", {}, {"a": 1}, [1], [[]], [None]]),
    ],
)
def test_a_directorys_value_that_cannot_be_is_refused_by_name(key: str, values: list[Any]) -> None:
    for value in values:
        assert refused("directory", **{key: value}).startswith(f"{key}: expected ")


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("poles", [None, [], [0], ["1"], [True], [1.5], 1, [1, 1], [1, 2], [3, 1], [1, 3]]),
        ("poles", [[49], [1, 3, 5, 7], list(range(1, MAX_POLES))]),
        ("description", [None, 1, "\ud800", "a\0b"]),
        ("customer", [None, 1, "\udfff"]),
        ("rating", ["20", 20.5, True, -1, 0, 2**63]),
        ("connection", [None, "4P", "1p", 1, "3P", ["1P"]]),
        ("power_factor", [0, 1.5, "1", True]),
        ("valid_from", [None, 1, "2026-03-10", "2026-03-10T00:00:00", "9999-12-31T23:59:59-12:00"]),
    ],
)
def test_a_circuit_that_cannot_be_is_refused(key: str, values: list[Any]) -> None:
    for value in values:
        changed = [{**CIRCUIT, key: value}]
        assert refused("directory", circuits=changed).startswith("circuits: ")


@pytest.mark.parametrize("key", CIRCUIT)
def test_a_circuit_without_one_of_its_keys_is_refused(key: str) -> None:
    short = {name: value for name, value in CIRCUIT.items() if name != key}
    said = refused("directory", circuits=[short])
    assert said.startswith("circuits: expected ")
    assert not said.endswith("but it is missing")  # the circuits are there


def test_two_versions_of_a_breaker_from_one_instant_are_refused() -> None:
    other = {**CIRCUIT, "description": "Customer2-A-1"}
    assert "two versions" in refused("directory", circuits=[CIRCUIT, other])


def test_a_pole_on_two_breakers_at_once_is_refused() -> None:
    wide = {**CIRCUIT, "poles": [1, 3], "connection": "2P"}
    inner = {**CIRCUIT, "poles": [3]}
    assert "at the same time" in refused("directory", circuits=[wide, inner])


@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize("kind", DECODERS)
@given(payload=st.binary(max_size=60))
def test_random_bytes_are_refused(kind: str, payload: bytes) -> None:
    refusal(kind, payload)


@UNHURRIED
@pytest.mark.parametrize("kind", DECODERS)
@given(data=st.data())
def test_any_json_value_for_any_key_is_decoded_or_refused(kind: str, data: st.DataObject) -> None:
    body = DECODERS[kind][1]
    keys = st.sampled_from([*body, "errors", "power"])
    changes = data.draw(st.dictionaries(keys, JSON_VALUES, min_size=1, max_size=3))
    attempt(kind, json.dumps({**body, **changes}).encode())


@UNHURRIED
@given(st.dictionaries(st.sampled_from(list(CIRCUIT)), JSON_VALUES, min_size=1, max_size=3))
@example({"poles": [1, 1]})
def test_any_json_value_in_a_circuit_is_decoded_or_refused(changes: dict[str, object]) -> None:
    attempt("directory", json.dumps({**DIRECTORY, "circuits": [{**CIRCUIT, **changes}]}).encode())


@ANY_KIND
@pytest.mark.parametrize("depth", [*range(900, 1000, 7), 5000])
def test_deep_nesting_is_refused_at_every_depth(kind: str, depth: int) -> None:
    nested = b"[" * depth + b"]" * depth
    opened = json.dumps(DECODERS[kind][1]).encode()[:-1]
    key = b"current" if kind == "snapshot" else b"circuits"
    refusal(kind, opened + b',"' + key + b'":' + nested + b"}")
    attempt(kind, opened + b',"errors":{"3":' + nested + b"}}")
