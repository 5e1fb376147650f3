"""Numbers as people write them, and what only a program would read as one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.number import decimal_of, whole_of
from unit.builders import UNHURRIED


@UNHURRIED
@given(st.decimals(allow_nan=False, allow_infinity=False, places=6), st.integers(-(10**30), 10**30))
def test_a_number_is_read_exactly(number: Decimal, whole: int) -> None:
    assert decimal_of(str(number)) == number
    assert whole_of(str(whole)) == whole


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1_0",
        "٢٣",
        "٣",
        "²",
        "0x10",
        "nan",
        "inf",
        "-Infinity",
        "1,5",
        "1e",
        "9" * 101,
    ],
)
def test_what_is_no_number_in_ascii_digits_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a number"):
        decimal_of(text)
    with pytest.raises(ValueError, match="expected a whole number"):
        whole_of(text)
