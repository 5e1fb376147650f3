"""Polls whose numbers and times disagree: the clock of a bridge ran back."""

from collections.abc import Iterable, Iterator
from datetime import datetime


def out_of_order(polls: Iterable[tuple[datetime, int]]) -> Iterator[datetime]:
    """Times of polls with a lower number than the one before, after which it does not fall.

    Numbers that fall once and stay low are those of a bridge that was started again.

    Args:
        polls: Their times and numbers, by time.
    """
    times: list[datetime] = []
    numbers: list[int] = []
    for time, number in polls:
        times, numbers = [*times[-2:], time], [*numbers[-2:], number]
        if len(numbers) == 3 and numbers[1] < numbers[0] <= numbers[2]:
            yield times[1]
