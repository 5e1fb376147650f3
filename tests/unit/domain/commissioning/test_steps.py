"""Which pole just changed: worked readings, noise, other loads, values below the floor."""

import random
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.commissioning.steps import floor_amps, latest_steps
from bcm_mqtt.domain.reading.reading import Snapshot
from unit.builders import UNHURRIED
from unit.domain.commissioning.walking import polled

FLOOR = 0.3


def series(*columns: Sequence[float | None]) -> list[Snapshot]:
    return [polled(row, at) for at, row in enumerate(zip(*columns, strict=True))]


def said(*columns: Sequence[float | None]) -> list[str]:
    return [str(step) for step in latest_steps(series(*columns), FLOOR)]


def test_a_pole_that_rose_is_named_with_its_change() -> None:
    assert said([0.0] * 7, [1.2, 1.2, 1.3, 1.2, 5.0, 9.5, 9.5]) == ["pole 2 rose by 8.3 A"]


def test_one_that_fell_as_well() -> None:
    assert said([9.5, 9.5, 9.4, 9.5, 9.5, 1.2, 1.2]) == ["pole 1 fell by 8.3 A"]


def test_the_largest_change_comes_first() -> None:
    small, large = [0, 0, 0, 0, 0, 2, 2], [0, 0, 0, 0, 0, 9, 9]
    assert said(small, large) == ["pole 2 rose by 9.0 A", "pole 1 rose by 2.0 A"]


@pytest.mark.parametrize(
    "column",
    [
        pytest.param([0.0, 0.0, 0.0, 0.0, 0.0, 0.2, 0.2], id="below-the-floor"),
        pytest.param([0.0, 5.0, 0.0, 5.0, 0.0, 6.0, 6.0], id="wanders-as-much"),
        pytest.param([0.0, 0.0, 0.0, 0.0, 0.0, 8.0, 0.0], id="did-not-stay"),
        pytest.param([None, None, None, 0.0, 0.0, 8.0, 8.0], id="too-few-before"),
        pytest.param([0.0, 0.0, 0.0, 0.0, 0.0, None, 8.0], id="too-few-after"),
    ],
)
def test_what_is_no_step(column: list[float | None]) -> None:
    assert said(column) == []


def test_nothing_is_said_of_too_few_polls() -> None:
    assert said([0.0, 0.0, 8.0, 8.0]) == []
    assert said([0.0, 0.0, 4.0, 8.0, 8.0]) == ["pole 1 rose by 8.0 A"]


def test_the_floor_follows_coarse_meters() -> None:
    assert floor_amps(None) == 0.3
    assert floor_amps(Decimal("0.25")) == 0.75


@UNHURRIED
@given(st.integers(1, 48), st.floats(1.0, 20.0), st.integers(0, 2**32))
def test_it_is_found_among_48_that_are_noisy(pole: int, amps: float, seed: int) -> None:
    noise = random.Random(seed)
    base = [noise.uniform(0, 15) for _ in range(48)]
    rows = []
    for at in range(7):
        row = [round(each + noise.uniform(-0.1, 0.1), 1) for each in base]
        row[pole - 1] += amps if at >= 5 else 0
        rows.append(polled(row, at))
    assert [step.pole for step in latest_steps(rows, FLOOR)][:1] == [pole]
