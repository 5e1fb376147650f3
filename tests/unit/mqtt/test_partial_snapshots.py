"""Snapshots of one source of several: what they do not read is absent, both ways."""

import json
from dataclasses import replace

import pytest

from bcm_mqtt.bridge.outbox.codec import pack, unpack
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.mqtt.payloads import PayloadError, decode_snapshot, encode_snapshot
from bcm_mqtt.mqtt.payloads.snapshots import decode_snapshots
from unit.builders import NOON

ENERGY = Snapshot(
    *("rpp-1a", NOON, 7, 60_000), energy=(None, 5_000_000, None), source="b-3", poles=(2, 3)
)


def test_a_snapshot_of_energy_alone_has_no_current() -> None:
    payload = encode_snapshot(ENERGY)
    assert json.loads(payload) == {
        "v": 1,
        "panel": "rpp-1a",
        "time": "2026-11-20T12:00:00.000Z",
        "seq": 7,
        "interval": 60.0,
        "energy": [None, 5000.0, None],
        "source": "b-3",
        "poles": [2, 3],
    }
    assert decode_snapshot(payload, "rpp-1a") == ENERGY
    assert decode_snapshots([(payload, "rpp-1a")]) == [ENERGY]


def test_one_of_a_whole_panel_must_have_a_current() -> None:
    with pytest.raises(PayloadError, match=r"current: expected a list .*, but it is missing"):
        decode_snapshot(encode_snapshot(replace(ENERGY, poles=())), "rpp-1a")


@pytest.mark.parametrize("poles", [[], [0], [85 * 10], [1, 1], ["1"], [True], 3, [1.0]])
def test_poles_that_are_none_are_refused(poles: object) -> None:
    body = {**json.loads(encode_snapshot(ENERGY)), "poles": poles}
    with pytest.raises(PayloadError, match="poles: expected a list of poles"):
        decode_snapshot(json.dumps(body).encode(), "rpp-1a")


def test_they_are_sealed_as_small_as_others() -> None:
    payloads = [encode_snapshot(replace(ENERGY, seq=seq)) for seq in range(1, 20)]
    assert unpack(pack(payloads), "rpp-1a", "b-3") == payloads


def test_those_of_two_periods_are_of_different_shapes() -> None:
    current = Snapshot("rpp-1a", NOON, 8, 1000, (None, 1, 2), source="b-3", poles=(2, 3))
    with pytest.raises(ValueError, match="different shapes"):
        pack([encode_snapshot(ENERGY), encode_snapshot(current)])
