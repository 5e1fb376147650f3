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
    polls = [(NOON + timedelta(seconds=at), number) for at, number in enumerate(numbers)]
    assert [(time - NOON).seconds for time in out_of_order(polls)] == out
