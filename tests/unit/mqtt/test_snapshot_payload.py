"""The snapshot's JSON: as INTERFACES.md shows it, and the same both ways."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.quantity import MOST_MILLIS, MOST_THOUSANDTHS, Quantity
from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.domain.time import from_ms
from bcm_mqtt.mqtt.payloads import MAX_POLES, decode_snapshot, encode_snapshot
from unit.builders import UNHURRIED

MOMENT = datetime(2026, 11, 20, 20, 15, 0, 123_000, tzinfo=UTC)


def values(least: int, most: int) -> st.SearchStrategy[Thousandths]:
    one = st.none() | st.integers(least, most)
    return st.lists(one, min_size=1, max_size=84).map(tuple)


VALUES, MILLIS = values(-(10**9), MOST_THOUSANDTHS), values(-MOST_MILLIS, MOST_MILLIS)
SNAPSHOTS = st.builds(
    Snapshot,
    panel=st.sampled_from(["rpp-1a", "0", "_-"]),
    time=st.integers(0, 4_102_444_800_000).map(from_ms),
    seq=st.integers(0, 2**62),
    interval_ms=st.integers(1, 3_600_000),
    **{
        quantity.value: MILLIS
        if quantity is Quantity.CURRENT
        else st.none() | (VALUES if quantity.wide else MILLIS)
        for quantity in Quantity
    },
    errors=st.dictionaries(
        st.integers(1, 247), st.text(st.characters(codec="utf-8", exclude_characters="\0"))
    ),
)


def body(**changes: object) -> dict[str, Any]:
    """The example of INTERFACES.md."""
    return {
        "v": 1,
        "panel": "rpp-1a",
        "time": "2026-11-20T20:15:00.123Z",
        "seq": 4711,
        "interval": 15.0,
        "current": [12.3, None],
        **changes,
    }


def decoded(**changes: object) -> Snapshot:
    return decode_snapshot(json.dumps(body(**changes)).encode(), "rpp-1a")


def test_a_snapshot_looks_as_the_interfaces_show_it() -> None:
    snapshot = Snapshot("rpp-1a", MOMENT, 4711, 15_000, (12_300, None))
    assert encode_snapshot(snapshot) == (
        b'{"v":1,"panel":"rpp-1a","time":"2026-11-20T20:15:00.123Z","seq":4711,'
        b'"interval":15.0,"current":[12.3,null]}'
    )


def test_what_a_device_has_besides_and_what_failed_is_added() -> None:
    snapshot = Snapshot(
        *("rpp-1a", MOMENT, 1, 15_000, (None,), (1_500,), (7,), (120_100,)),
        power_factor=(950,),
        reactive_power=(-100,),
        apparent_power=(1_579,),
        frequency=(59_980,),
        errors={3: "no answer in time"},
    )
    assert json.loads(encode_snapshot(snapshot)) == body(
        seq=1,
        current=[None],
        power=[1.5],
        energy=[0.007],
        voltage=[120.1],
        power_factor=[0.95],
        reactive_power=[-0.1],
        apparent_power=[1.579],
        frequency=[59.98],
        errors={"3": "no answer in time"},
    )


@UNHURRIED
@given(SNAPSHOTS)
def test_a_snapshot_comes_back_as_it_was(snapshot: Snapshot) -> None:
    payload = encode_snapshot(snapshot)
    assert decode_snapshot(payload, snapshot.panel) == snapshot
    # orjson writes it as json does, with which the other messages are written.
    again = json.dumps(json.loads(payload), separators=(",", ":"), ensure_ascii=False)
    assert payload == again.encode()


@pytest.mark.parametrize("name", [*Quantity][1:])
def test_null_is_the_same_as_not_measured(name: str) -> None:
    assert decoded(**{name: None}) == decoded()


def test_unknown_keys_of_the_known_version_are_passed_over() -> None:
    assert decoded(firmware="2.1", temperature=[60.0]) == decoded()


@pytest.mark.parametrize(
    "time", ["2026-11-20T20:15:00.123Z", "2026-11-20T15:15:00.123-05:00", "20261120T201500.123Z"]
)
def test_a_time_may_have_any_offset_and_is_utc(time: str) -> None:
    assert decoded(time=time).time == MOMENT


@pytest.mark.parametrize(
    ("seconds", "ms"), [(15, 15_000), (0.1, 100), (1.001, 1001), (0.0001, 1), (3600, 3_600_000)]
)
def test_an_interval_is_whole_milliseconds_and_never_nothing(seconds: float, ms: int) -> None:
    assert decoded(interval=seconds).interval_ms == ms


@pytest.mark.parametrize(
    ("amps", "milliamps"), [(12.3, 12_300), (0, 0), (0.0004, 0), (0.0006, 1), (-1, -1000)]
)
def test_values_are_thousandths(amps: float, milliamps: int) -> None:
    assert decoded(current=[amps]).current == (milliamps,)


def test_the_largest_panel_that_is_taken_has_as_many_poles_as_said() -> None:
    assert len(decoded(current=[1] * MAX_POLES).current) == MAX_POLES
