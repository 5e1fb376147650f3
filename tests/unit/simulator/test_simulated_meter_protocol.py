"""What a meter answers, byte for byte."""

import struct

import pytest

from bcm_mqtt.simulator import SimulatedGateway
from bcm_mqtt.simulator.meters import answer

VALUES = [1, 2, 3, 400, 0, 65_535]


def read(function: int, address: int, count: int) -> bytes:
    return answer(struct.pack(">BHH", function, address, count), lambda: VALUES)


@pytest.mark.parametrize("function", [3, 4])
def test_both_read_functions_give_the_registers(function: int) -> None:
    expected = struct.pack(">BB6H", function, 12, *VALUES)
    assert read(function, 501, 6) == expected
    assert read(function, 504, 2) == struct.pack(">BBHH", function, 4, 400, 0)


@pytest.mark.parametrize(
    ("function", "address", "count", "code"),
    [
        (3, 500, 6, 2),
        (3, 500, 1, 2),
        (3, 501, 7, 2),
        (4, 507, 1, 2),
        (3, 0, 1, 2),
        (3, 65_535, 1, 2),
        (3, 501, 0, 3),
        (3, 501, 126, 3),
        (1, 501, 6, 1),
        (6, 501, 6, 1),
    ],
)
def test_all_else_is_refused(function: int, address: int, count: int, code: int) -> None:
    assert read(function, address, count) == bytes((function | 0x80, code))


def test_a_request_of_the_wrong_length_is_refused() -> None:
    assert answer(b"\x03\x01\xf5", lambda: VALUES) == b"\x83\x03"


@pytest.mark.parametrize("unit_id", [0, 248])
def test_a_unit_id_that_modbus_does_not_have_is_refused(unit_id: int) -> None:
    with pytest.raises(ValueError, match="1 to 247"):
        SimulatedGateway({unit_id: lambda: VALUES})
