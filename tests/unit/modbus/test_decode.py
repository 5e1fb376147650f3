"""Registers to thousandths: every type, order, scale and way of saying "no value"."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from struct import pack, unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.quantity import MOST_THOUSANDTHS, Quantity
from bcm_mqtt.modbus import read_plan
from bcm_mqtt.profiles import (
    Factor,
    FactorKind,
    Measure,
    Profile,
    ValueType,
    WordOrder,
    shipped_profiles,
)
from unit.builders import UNHURRIED

GENERIC = shipped_profiles()["generic"]
LOW = WordOrder.LOW_FIRST


def profile(measure: Measure) -> Profile:
    """One pole: its current is in register 0 on, what scales it in register 9 on."""
    (first, *_) = GENERIC.channels
    return replace(GENERIC, measures=(measure,), channels=(first,), max_gap=9)


def decoded(measure: Measure, words: list[int], scaling: list[int] | None = None) -> int | None:
    plan = read_plan("p", profile(measure), [1], 1)
    (request,) = plan.requests
    reply = [*words, *[0xDEAD] * (9 - len(words)), *(scaling or [])]
    assert request.count == (len(reply) if scaling else len(words))
    (value,) = plan.decoding.decoded([reply[: request.count]])[measure.quantity]
    return value


def current(kind: str, scale: str = "1", order: WordOrder = WordOrder.HIGH_FIRST) -> Measure:
    return Measure(Quantity.CURRENT, ValueType(kind), order, Decimal(scale))


@pytest.mark.parametrize(
    ("measure", "words", "milliamps"),
    [
        (current("uint16", "0.1"), [65535], 6_553_500),
        (current("uint16", "0.0001"), [15], 2),  # half up
        (current("uint16", "0.0001"), [14], 1),
        (current("int16", "0.1"), [0xFFFF], -100),
        (current("int16"), [0x8000], -32_768_000),
        (current("uint32", "0.001"), [0x0001, 0x0000], 65_536),
        (current("uint32", "0.001", LOW), [0x0001, 0x0000], 1),
        (current("int32", "0.001"), [0xFFFF, 0xFFFE], -2),
        (current("int32", "0.001", LOW), [0xFFFE, 0xFFFF], -2),
        (current("uint64", "0.001"), [0, 0, 1, 2], 65_538),
        (current("uint64", "0.001", LOW), [2, 1, 0, 0], 65_538),
        (current("int64", "0.001"), [0xFFFF] * 4, -1),
        (current("float32"), [0x4148, 0x0000], 12_500),
        (current("float32", "1", LOW), [0x0000, 0x4148], 12_500),
        (current("float32", "1000"), [0xC148, 0x0000], -12_500_000),
        (current("float32"), [0x8000, 0x0000], 0),
        (current("uint32", "2.44141e-7"), [0x0271, 0x0000], 10_000),
    ],
)
def test_a_number_of_any_type_is_scaled(measure: Measure, words: list[int], milliamps: int) -> None:
    assert decoded(measure, words) == milliamps


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (current("float32"), [0x7FC0, 0x0000]),
        (current("float32"), [0x7FC0, 0x0001]),
        (current("float32"), [0x7F80, 0x0000]),
        (current("float32"), [0xFF80, 0x0000]),
        (replace(current("uint16"), invalid=((0xFFFF, 0xFFFF),)), [0xFFFF]),
        (replace(current("int16"), invalid=((0x8000, 0x8000),)), [0x8000]),
        (replace(current("int32", order=LOW), invalid=((0x7FFF0000, 0x7FFFFFFF),)), [7, 0x7FFF]),
        (current("uint64"), [0xFFFF] * 4),  # more than a snapshot can carry
        (current("float32"), [0x7F7F, 0xFFFF]),
    ],
)
def test_what_is_no_value_is_none_and_never_0(measure: Measure, words: list[int]) -> None:
    assert decoded(measure, words) is None


def scaled(kind: FactorKind, of: str, values: dict[int, str] | None = None) -> Measure:
    pairs = tuple((code, Decimal(scale)) for code, scale in (values or {}).items())
    factor = Factor(kind, ValueType(of), WordOrder.HIGH_FIRST, 9, 0, pairs)
    return replace(current("int16", "0.1"), factor=factor)


CODES = {0: "0.01", 5: "10"}


@pytest.mark.parametrize(
    ("measure", "scaling", "milliamps"),
    [
        (scaled(FactorKind.SCALE, "uint16"), [40], 492_000),
        (scaled(FactorKind.SCALE, "int16"), [0xFFFF], -12_300),
        (scaled(FactorKind.SCALE, "float32"), [0x3F00, 0x0000], 6_150),
        (scaled(FactorKind.SCALE, "uint16"), [0], None),
        (scaled(FactorKind.SCALE, "uint16", CODES), [0], 123),
        (scaled(FactorKind.SCALE, "uint16", CODES), [5], 123_000),
        (scaled(FactorKind.SCALE, "uint16", CODES), [4], None),
        (scaled(FactorKind.EXPONENT, "int16"), [0xFFFE], 123),
        (scaled(FactorKind.EXPONENT, "int16"), [0], 12_300),
        (scaled(FactorKind.EXPONENT, "int16"), [3], 12_300_000),
        (scaled(FactorKind.EXPONENT, "int16"), [0x8000], None),
        (scaled(FactorKind.EXPONENT, "int16"), [0x7FFF], None),
    ],
)
def test_a_register_may_scale_another(
    measure: Measure, scaling: list[int], milliamps: int | None
) -> None:
    assert decoded(measure, [123], scaling) == milliamps


def test_a_value_whose_scale_was_not_read_is_none() -> None:
    measure = scaled(FactorKind.SCALE, "uint16")
    plan = read_plan("p", replace(profile(measure), max_gap=0), [1], 1)
    assert [request.address for request in plan.requests] == [0, 9]
    assert plan.decoding.decoded([[123], None]) == {Quantity.CURRENT: (None,)}
    assert plan.decoding.decoded([None, [40]]) == {Quantity.CURRENT: (None,)}
    assert plan.decoding.decoded([[123], [40]]) == {Quantity.CURRENT: (492_000,)}


@UNHURRIED
@given(
    counts=st.integers(0, 2**64 - 1),
    scale=st.decimals("0.000000001", "1000", places=9),
)
def test_integers_are_exact_however_many_digits(counts: int, scale: Decimal) -> None:
    words = list(unpack(">4H", pack(">Q", counts)))
    exact = (counts * scale * 1000).quantize(Decimal(1), ROUND_HALF_UP)
    expected = int(exact) if exact <= MOST_THOUSANDTHS else None
    measure = replace(current("uint64", str(scale)), quantity=Quantity.ENERGY)
    assert decoded(measure, words) == expected


@pytest.mark.parametrize(
    ("quantity", "beyond"), [(Quantity.CURRENT, None), (Quantity.POWER, 2_147_484_000)]
)
def test_a_value_that_the_store_has_no_room_for_is_none(
    quantity: Quantity, beyond: int | None
) -> None:
    measure = replace(current("uint32", "1"), quantity=quantity)
    assert decoded(measure, [0x0020, 0xC49B]) == 2_147_483_000
    assert decoded(measure, [0x0020, 0xC49C]) == beyond


@UNHURRIED
@given(number=st.floats(allow_nan=False, min_value=-1e6, max_value=1e6))
def test_a_double_is_its_nearest_thousandth(number: float) -> None:
    words = list(unpack(">4H", pack(">d", number)))
    value = decoded(current("float64"), words)
    assert value is not None
    assert abs(Decimal(value) - Decimal(number) * 1000) <= Decimal("0.5")
    assert decoded(current("float64"), [0x7FF8, 0, 0, 0]) is None


@UNHURRIED
@given(number=st.floats(width=32, allow_nan=False, min_value=-2e6, max_value=2e6))
def test_a_float_is_its_nearest_thousandth(number: float) -> None:
    words = list(unpack(">2H", pack(">f", number)))
    value = decoded(current("float32"), words)
    assert value is not None
    assert abs(Decimal(value) - Decimal(number) * 1000) <= Decimal("0.5")
