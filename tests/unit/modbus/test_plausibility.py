"""Plausibility: what a meter can show is never doubted, what it cannot is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.modbus.plausibility import Values, plausibility
from unit.builders import UNHURRIED

CURRENT, POWER, VOLTAGE, ENERGY = (
    Quantity.CURRENT,
    Quantity.POWER,
    Quantity.VOLTAGE,
    Quantity.ENERGY,
)
MISSING = (None, None, None)


def implausible(values: Values, later: Values | None = None) -> tuple[str, ...]:
    return plausibility(values, later or values).implausible


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({VOLTAGE: (230_000, 0, 231_000)}, ()),  # a phase that is not connected
        ({VOLTAGE: (49_999,)}, ("a voltage of 49.999 V",)),
        ({VOLTAGE: (50_000, 700_000)}, ()),
        ({VOLTAGE: (230_000, 700_001, 900_000)}, ("a voltage of 700.001 V",)),
        ({VOLTAGE: (-230_000,)}, ("a voltage of -230 V",)),
        ({Quantity.FREQUENCY: (0, 10_000, 500_000)}, ()),
        ({Quantity.FREQUENCY: (0, 9_999)}, ("a frequency of 9.999 Hz",)),
        ({Quantity.FREQUENCY: (500_001,)}, ("a frequency of 500.001 Hz",)),
        ({CURRENT: (10_000_000, 0, -1_000)}, ()),
        ({CURRENT: (10_000_001,)}, ("a current of 10000 A",)),
        ({CURRENT: (-1_001,)}, ("a current of -1.001 A",)),
        # 1.2 x 230 V x 10 A = 2760 W, and 25 W of noise.
        ({CURRENT: (10_000,), VOLTAGE: (230_000,), POWER: (2_785_000,)}, ()),
        ({CURRENT: (10_000,), VOLTAGE: (230_000,), POWER: (-2_785_000,)}, ()),
        (
            {CURRENT: (10_000,), VOLTAGE: (230_000,), POWER: (2_785_001,)},
            ("a power of 2785.001 W at 10 A",),
        ),
        ({CURRENT: (10_000,), POWER: (8_425_000,)}, ()),  # at 700 V
        ({CURRENT: (10_000,), POWER: (8_425_001,)}, ("a power of 8425.001 W at 10 A",)),
        ({CURRENT: (None,), POWER: (8_425_001,)}, ()),
        ({POWER: (8_425_001,)}, ()),
        ({ENERGY: (0, 10**12)}, ()),
        ({ENERGY: (-1,)}, ("an energy of -0.001 kWh",)),
        ({CURRENT: MISSING, POWER: MISSING, VOLTAGE: MISSING, ENERGY: MISSING}, ()),
    ],
)
def test_a_reading_is_doubted_for_what_cannot_be(values: Values, expected: tuple[str, ...]) -> None:
    assert implausible(values) == expected


def test_each_kind_of_doubt_is_named_once() -> None:
    found = implausible({VOLTAGE: (1, 2, 3), CURRENT: (10**9, 10**9, 0), ENERGY: (-1, -1, -1)})
    assert [reason.split(" of ")[0] for reason in found] == ["a voltage", "a current", "an energy"]


def test_an_energy_may_rise_or_stand_but_not_fall() -> None:
    assert implausible({ENERGY: (5_000,)}, {ENERGY: (5_001,)}) == ()
    assert implausible({ENERGY: (5_000,)}, {ENERGY: (5_000,)}) == ()
    fell = implausible({ENERGY: (5_000,)}, {ENERGY: (4_999,)})
    assert fell == ("an energy that fell from 5 to 4.999 kWh",)
    assert implausible({ENERGY: (5_000, None)}, {ENERGY: (None, 1)}) == ()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, 0),
        ({CURRENT: (0, None), VOLTAGE: (0, 0)}, 0),
        ({CURRENT: (0, 1)}, 1),
        ({CURRENT: (1_000, 1_000), VOLTAGE: (230_000, 0), POWER: (9, 9), ENERGY: (0, 1)}, 7),
        ({CURRENT: (1_000,), VOLTAGE: (1,)}, 0),
    ],
)
def test_what_is_not_0_and_not_doubted_is_evidence(values: Values, expected: int) -> None:
    assert plausibility(values, values).evidence == expected


AMPS = st.integers(0, 10_000_000)
VOLTS = st.integers(50_000, 700_000)


@UNHURRIED
@given(
    poles=st.lists(
        st.tuples(AMPS, VOLTS, st.floats(-1, 1), st.integers(0, 10**12), st.integers(0, 10**6)),
        min_size=1,
        max_size=12,
    ),
    missing=st.sets(st.tuples(st.integers(0, 3), st.integers(0, 11))),
)
def test_no_true_reading_is_doubted_whatever_is_missing(
    poles: list[tuple[int, int, float, int, int]], missing: set[tuple[int, int]]
) -> None:
    def values(place: int, found: list[int]) -> tuple[int | None, ...]:
        return tuple(
            None if (place, pole) in missing else value for pole, value in enumerate(found)
        )

    true = {
        CURRENT: values(0, [amps for amps, *_ in poles]),
        VOLTAGE: values(1, [volts for _, volts, *_ in poles]),
        POWER: values(2, [int(amps * volts / 1000 * pf) for amps, volts, pf, *_ in poles]),
        ENERGY: values(3, [energy for *_, energy, _ in poles]),
    }
    later = {**true, ENERGY: values(3, [energy + more for *_, energy, more in poles])}
    assert implausible(true, later) == ()


@UNHURRIED
@given(
    values=st.dictionaries(
        st.sampled_from([CURRENT, POWER, VOLTAGE, ENERGY]),
        st.tuples(*[st.none() | st.integers(-(10**13), 10**13)] * 3),
    )
)
def test_whatever_is_read_there_is_a_judgement_and_no_evidence_beside_a_doubt(
    values: Values,
) -> None:
    found = plausibility(values, values)
    assert not (found.implausible and found.evidence)
    assert all("\n" not in reason for reason in found.implausible)
