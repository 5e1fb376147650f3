"""Entries about intervals: which of them hold."""

from datetime import timedelta

import pytest

from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit, in_force
from unit.builders import NOON


def entry(number: int, withdraws: int | None = None) -> IntervalEdit:
    return IntervalEdit(
        "rpp-1a",
        1,
        NOON,
        NOON + timedelta(hours=1),
        EditAction.WITHDRAW if withdraws else EditAction.SET,
        "A. Miller",
        "the clamp was open",
        NOON,
        None if withdraws else 1000 * number,
        number,
        withdraws,
    )


@pytest.mark.parametrize(
    ("withdrawals", "expected"),
    [
        ({}, [1, 2]),
        ({3: 1}, [2]),
        ({3: 2}, [1]),
        ({3: 1, 4: 2}, []),
        ({3: 1, 4: 3}, [1, 2]),
        ({3: 1, 4: 3, 5: 4}, [2]),
        ({3: 1, 4: 1}, [2]),
        ({3: 9}, [1, 2]),
    ],
)
def test_what_was_taken_back_does_not_hold(
    withdrawals: dict[int, int], expected: list[int]
) -> None:
    entries = [entry(1), entry(2), *(entry(*pair) for pair in withdrawals.items())]
    assert [one.id for one in in_force(entries)] == expected
    assert in_force(reversed(entries)) == in_force(entries)
