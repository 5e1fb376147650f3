"""Where numbers of polls fall and rise again, the clock of a bridge ran back."""

from datetime import UTC, datetime, timedelta

import pytest

from bcm_mqtt.domain.reading.clock import out_of_order

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("numbers", "out"),
    [
        ([], []),
        ([1, 2, 3], []),
        ([5, 6, 3, 7, 4, 8], [2, 4]),
        ([5, 6, 1, 2, 3], []),  # the bridge was started again
        ([2, 1, 2], [1]),
        ([2, 1], []),
    ],
)
def test_a_number_that_falls_for_a_moment(numbers: list[int], out: list[int]) -> None:
    polls = [(NOON + timedelta(seconds=at), number, "") for at, number in enumerate(numbers)]
    assert [(time - NOON).seconds for time in out_of_order(polls)] == out


def test_each_source_of_a_panel_has_numbers_of_its_own() -> None:
    polls = [
        (NOON + timedelta(seconds=at), number, source)
        for at, (number, source) in enumerate(
            [(1, "a"), (7, "b"), (2, "a"), (6, "b"), (3, "a"), (7, "b")]
        )
    ]
    assert [(time - NOON).seconds for time in out_of_order(polls)] == [3]
