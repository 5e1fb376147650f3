"""Polls whose numbers and times disagree: the clock of a bridge ran back."""

from collections.abc import Iterable, Iterator
from datetime import datetime


def out_of_order(polls: Iterable[tuple[datetime, int, str]]) -> Iterator[datetime]:
    """Times of polls with a lower number than the one before, after which it does not fall.

    Numbers that fall once and stay low are those of a bridge that was started again.

    Each source of a panel has numbers of its own.

    Args:
        polls: Their times, numbers and sources, by time.
    """
    last: dict[str, list[tuple[datetime, int]]] = {}
    for time, number, source in polls:
        of_source = last[source] = [*last.get(source, [])[-2:], (time, number)]
        if len(of_source) == 3 and of_source[1][1] < of_source[0][1] <= number:
            yield of_source[1][0]
