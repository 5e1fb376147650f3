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
from bcm_mqtt.mqtt.payloads import MAX_POLES, PayloadError, decode_snapshot, encode_snapshot
from bcm_mqtt.mqtt.payloads.snapshots import decode_snapshots
from unit.builders import JSON_VALUES, UNHURRIED

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


def each(arrived: list[tuple[bytes, str]]) -> list[Snapshot | str]:
    """By itself: its snapshot, or the complaint."""
    read: list[Snapshot | str] = []
    for payload, panel in arrived:
        try:
            read.append(decode_snapshot(payload, panel))
        except PayloadError as error:
            read.append(str(error))
    return read


def together(arrived: list[tuple[bytes, str]]) -> list[Snapshot | str]:
    return [str(one) if isinstance(one, PayloadError) else one for one in decode_snapshots(arrived)]


def types_of(read: list[Snapshot | str]) -> set[type]:
    """Of all their values."""
    snapshots = [one for one in read if isinstance(one, Snapshot)]
    return {
        type(value)
        for one in snapshots
        for each in map(one.values, Quantity)
        for value in each or ()
    }


FLOATS = st.lists(
    st.floats(-2_147_483.647, 2_147_483.647).map(lambda value: round(value, 4)),
    min_size=1,
    max_size=84,
)
NUMBERS = st.none() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False)
BODIES = st.fixed_dictionaries(
    {"v": st.sampled_from((1, 1, 1, 1, 2, True)), "current": FLOATS},
    optional={
        **{quantity.value: FLOATS for quantity in Quantity if quantity is not Quantity.CURRENT},
        "seq": st.integers(-1, 2**64),
        "interval": st.sampled_from((15.0, 15, 0.0001, 1.5, 86_400, 86_401, True, None, "15")),
        "time": st.sampled_from(("2026-11-20T20:15:00.123+01:00", "2026-11-20T20:15:00", "0", 7)),
        "errors": st.just({"3": "no answer"}),
        "source": st.sampled_from(("", "b")),
        "panel": st.sampled_from(("rpp-1a", "rpp-2")),
        "unknown": st.none(),
    },
)
ODD = st.fixed_dictionaries(
    {},
    optional={quantity.value: st.lists(NUMBERS, max_size=3) | JSON_VALUES for quantity in Quantity},
)
PAYLOADS = (
    BODIES.map(lambda of: json.dumps(body(**of)).encode())
    | st.builds(lambda of, odd: json.dumps(body(**{**of, **odd})).encode(), BODIES, ODD)
    | SNAPSHOTS.map(encode_snapshot)
    | st.sampled_from((b"", b"{", b"[]", b"null", b'{"v":1,"panel":"rpp-1a"}'))
)


@UNHURRIED
@given(st.lists(PAYLOADS, max_size=8))
def test_together_they_are_read_as_each_by_itself(payloads: list[bytes]) -> None:
    arrived = [(payload, "rpp-1a") for payload in payloads]
    read = each(arrived)
    assert together(arrived) == read
    assert types_of(read) <= {int, type(None)}


@UNHURRIED
@given(st.lists(st.integers(-MOST_MILLIS, MOST_MILLIS), min_size=1, max_size=84))
def test_together_each_thousandth_comes_back(values: list[int]) -> None:
    sent = Snapshot("rpp-1a", MOMENT, 1, 15_000, tuple(values))
    (read,) = decode_snapshots([(encode_snapshot(sent), "rpp-1a")])
    assert read == sent
    assert types_of([sent]) == {int}


@pytest.mark.parametrize("beyond", [2_147_483.6480, -2_147_483.6480, 1e300, -1e308])
def test_a_value_beyond_its_limit_is_refused_alone(beyond: float) -> None:
    texts = [json.dumps(body(current=[1.5, value])).encode() for value in (2.5, beyond, 3.5)]
    first, refused, last = decode_snapshots([(text, "rpp-1a") for text in texts])
    assert isinstance(refused, PayloadError)
    assert str(refused).startswith("current: expected a list of numbers and nulls")
    assert isinstance(first, Snapshot)
    assert isinstance(last, Snapshot)
    assert (first.current, last.current) == ((1500, 2500), (1500, 3500))


def test_plain_payloads_are_not_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else all of the above would hold, and nothing would be gained."""
    monkeypatch.delattr("bcm_mqtt.mqtt.payloads.snapshots.decode_snapshot")
    sent = Snapshot("rpp-1a", MOMENT, 1, 15_000, (1500, 0), energy=(7, 10**13))
    assert decode_snapshots([(encode_snapshot(sent), "rpp-1a")]) == [sent]
