"""What recorders say: their state and what they have stored."""

import json

import pytest

from bcm_mqtt.domain.reading.stored import Name, Range, Series
from bcm_mqtt.mqtt.payloads import (
    PayloadError,
    RecorderPresence,
    RecorderState,
    StoredReport,
    decode_recorder_state,
    decode_snapshot,
    decode_stored,
    encode_recorder_state,
    encode_snapshot,
    encode_stored,
    name_of,
)
from unit.builders import NOON, SECOND, snapshot

A, B = Series("rpp-1a"), Series("rpp-1a", "b")
REPORT = StoredReport(
    "dc1",
    "0123456789abcdef",
    7,
    {A: [Range(NOON, NOON + 30 * SECOND, 3)], B: [Range(NOON, NOON, 1)]},
)


def test_a_receipt_is_the_same_both_ways() -> None:
    payload = encode_stored(REPORT)
    assert decode_stored(payload) == REPORT
    assert json.loads(payload)["panels"] == {
        "rpp-1a": {
            "": [["2026-11-20T12:00:00.000Z", "2026-11-20T12:00:30.000Z", 3]],
            "b": [["2026-11-20T12:00:00.000Z", "2026-11-20T12:00:00.000Z", 1]],
        }
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2},
        {"recorder": 1},
        {"commits": "x"},
        {"panels": []},
        {"panels": {"a": {"": [["2026-11-20T12:00:00Z", "x", 1]]}}},
        {"panels": {"a": {"": [["2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z", 0]]}}},
        {"panels": {"a": [1]}},
    ],
)
def test_a_receipt_that_is_none_is_refused(changes: dict[str, object]) -> None:
    body = {**json.loads(encode_stored(REPORT)), **changes}
    with pytest.raises(PayloadError):
        decode_stored(json.dumps(body).encode())


def test_a_recorders_state_is_the_same_both_ways() -> None:
    state = RecorderState("dc1", RecorderPresence.ONLINE, "0123", "boot", 7, {"rpp-1a": NOON})
    assert decode_recorder_state(encode_recorder_state(state)) == state
    gone = RecorderState("dc1", RecorderPresence.OFFLINE)
    assert json.loads(encode_recorder_state(gone)) == {
        "v": 1,
        "recorder": "dc1",
        "state": "offline",
    }
    assert decode_recorder_state(encode_recorder_state(gone)) == gone


def test_a_state_that_is_none_is_refused() -> None:
    with pytest.raises(PayloadError, match="state: expected one of online, offline, forgotten"):
        decode_recorder_state(b'{"v":1,"recorder":"dc1","state":"asleep"}')


def test_a_snapshots_source_is_absent_where_there_is_one() -> None:
    plain = snapshot(NOON, [1000])
    assert b"source" not in encode_snapshot(plain)
    assert decode_snapshot(encode_snapshot(plain), "rpp-1a") == plain


def test_a_snapshot_that_cannot_be_read_may_still_have_a_name() -> None:
    body = json.loads(encode_snapshot(snapshot(NOON, [1000], seq=5)))
    body |= {"v": 2, "current": "?"}
    assert name_of(json.dumps(body).encode(), "rpp-1a") == Name(A, NOON, 5)
    assert name_of(b"{", "rpp-1a") is None
    assert name_of(b'{"time":"2026-11-20T12:00:00Z"}', "rpp-1a") is None
