"""Sealed snapshots: the very same come back, in a few bytes each."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.bridge.outbox.codec import pack, unpack
from bcm_mqtt.domain.reading.quantity import MOST_MILLIS, MOST_THOUSANDTHS, Quantity
from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.domain.time import MILLISECOND
from bcm_mqtt.mqtt.payloads import encode_snapshot
from unit.bridge.wandering_loads import wandering
from unit.builders import NOON, SECOND, UNHURRIED, snapshot


def packed(snapshots: list[Snapshot]) -> bytes:
    return pack([*map(encode_snapshot, snapshots)])


def same(snapshots: list[Snapshot]) -> None:
    back = unpack(packed(snapshots), snapshots[0].panel, snapshots[0].source)
    assert back == [*map(encode_snapshot, snapshots)]


def values(quantity: Quantity, poles: int) -> st.SearchStrategy[Thousandths]:
    most = MOST_THOUSANDTHS if quantity.wide else MOST_MILLIS
    number = st.none() | st.integers(-most, most) | st.integers(-5, 5)
    return st.lists(number, min_size=poles, max_size=poles).map(tuple)


@st.composite
def histories(draw: st.DrawFn) -> list[Snapshot]:
    poles = draw(st.integers(1, 6))
    measured = draw(st.sets(st.sampled_from([*Quantity][1:])))
    count = draw(st.integers(1, 12))
    at = NOON
    made = []
    for _ in range(count):
        at += draw(st.integers(-10_000, 10**9)) * MILLISECOND
        of: dict[str, Any] = {
            str(name): draw(values(name, poles)) for name in (*measured, Quantity.CURRENT)
        }
        errors = draw(st.dictionaries(st.integers(1, 247), st.text(max_size=5), max_size=2))
        seq, poll_ms = draw(st.integers(0, 2**63 - 1)), draw(st.integers(1, 86_400_000))
        made.append(Snapshot("rpp-1a", at, seq, poll_ms, **of, errors=errors, source="b"))
    return made


@UNHURRIED
@given(histories())
def test_what_was_packed_comes_back(history: list[Snapshot]) -> None:
    same(history)


def test_poles_that_share_a_register_and_constants_cost_nothing() -> None:
    one = replace(snapshot(NOON, [5000] * 48), voltage=(120_000, 121_000, 119_000) * 16)
    history = [replace(one, time=NOON + number * SECOND, seq=number) for number in range(128)]
    same(history)
    assert len(packed(history)) < 4 * 128


def test_snapshots_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes"):
        packed([snapshot(NOON, [1]), snapshot(NOON, [1, 2])])


@pytest.mark.parametrize(
    "part",
    [
        '"time":null',
        '"seq":99999999999999999999',
        '"interval":"1"',
        '"current":[1e300]',
        '"current":[[1,2]]',
        '"current":["a"]',
        '"current":1',
        '"errors":[1]',
    ],
)
def test_what_is_no_snapshot_is_refused(part: str) -> None:
    payload = encode_snapshot(snapshot(NOON, [1]))
    pack([payload])
    with pytest.raises(ValueError, match=r"."):
        pack([payload[:-1] + b"," + part.encode() + b"}"])  # of a key twice the last holds


def test_nothing_at_all_is_refused() -> None:
    for payload in (b"", b"[]", b"5", b"{}"):
        with pytest.raises(ValueError, match=r"."):
            pack([payload])


@pytest.mark.parametrize("cut", [0, 1, 10, 50])
def test_damaged_bytes_are_refused(cut: int) -> None:
    whole = packed([snapshot(NOON + number * SECOND, [number] * 48) for number in range(20)])
    with pytest.raises(ValueError, match=r"damaged|length"):
        unpack(whole[: len(whole) - cut - 1], "rpp-1a", "")


def test_a_week_of_50_panels_at_1_s_fits_into_10_gb() -> None:
    history = wandering("rpp-1a", 1, 512, NOON)
    blocks = [packed(history[at : at + 128]) for at in range(0, 512, 128)]
    size = sum(map(len, blocks)) / len(history)
    assert size < 150
    assert size * 50 * 7 * 86_400 < 5e9
