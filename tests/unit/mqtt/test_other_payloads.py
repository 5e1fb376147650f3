"""Plain numbers and the bridge's info."""

import json

import pytest

from bcm_mqtt.mqtt.payloads import encode_info, number


@pytest.mark.parametrize(
    ("value", "decimals", "payload"),
    [
        (12.34, 1, b"12.3"),
        (12, 1, b"12.0"),
        (1475.6, 0, b"1476"),
        (891.6, 3, b"891.600"),
        (0.0, 0, b"0"),
        (1e9, 1, b"1000000000.0"),
        (1e-9, 1, b"0.0"),
    ],
)
def test_a_number_is_plain_and_has_its_decimals(
    value: float, decimals: int, payload: bytes
) -> None:
    assert number(value, decimals) == payload


def test_the_info_carries_its_version_and_is_utf_8() -> None:
    payload = encode_info({"site": {"name": "Zürich"}})
    assert json.loads(payload) == {"v": 1, "site": {"name": "Zürich"}}
    assert "Zürich".encode() in payload
