"""The step of an energy register, of whole numbers and of floats."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.register_step import RegisterScale
from unit.builders import UNHURRIED


def test_a_whole_number_counts_in_equal_steps() -> None:
    assert RegisterScale(step_watt_hours=100.0).step_at(1e9) == 100.0


@pytest.mark.parametrize(
    ("kwh", "step"),
    [(0, 1.0), (16_383, 1.0), (16_384, 1.953125), (100_000, 7.8125), (1_000_000, 62.5)],
)
def test_a_float_of_kwh_counts_ever_more_coarsely(kwh: int, step: float) -> None:
    """From 2^14 kWh on 24 bits leave 9 for the fraction: 1/512 kWh."""
    scale = RegisterScale(float_bits=24, count_watt_hours=1000.0)
    assert scale.step_at(1000 * kwh) == step


@UNHURRIED
@given(st.floats(width=32, min_value=2**24, max_value=2**40))
def test_the_step_is_that_of_the_float(watt_hours: float) -> None:
    (bits,) = struct.unpack(">I", struct.pack(">f", watt_hours))
    (above,) = struct.unpack(">f", struct.pack(">I", bits + 1))
    assert RegisterScale(float_bits=24).step_at(watt_hours) == above - watt_hours
