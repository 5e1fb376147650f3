"""Which blocks of a series may have snapshots of a range, also where its clock was set back."""

from bisect import bisect_left, bisect_right
from typing import Final

_AFTER_ALL: Final = 1 << 62


class Spans:
    """First and last times of the blocks of one series.

    Blocks follow one another but where a clock was set: then some lie within others, and one may
    span years. So each place also knows the latest time up to it, and a search ends where no
    block before can reach the range.
    """

    def __init__(self) -> None:
        """There are none."""
        self._firsts: list[tuple[int, int]] = []  # first time, id
        self._lasts: list[int] = []
        self._latest: list[int] = []

    def add(self, first: int, last: int, block: int) -> None:
        """Adds a block by its times, ms, and its id."""
        at = bisect_left(self._firsts, (first, block))
        self._firsts.insert(at, (first, block))
        self._lasts.insert(at, last)
        self._latest.insert(at, last)
        self._find_latest(at)

    def remove(self, first: int, block: int) -> None:
        """Removes a block that was added."""
        at = bisect_left(self._firsts, (first, block))
        del self._firsts[at], self._lasts[at], self._latest[at]
        self._find_latest(at)

    def overlapping(self, first: int, last: int) -> list[int]:
        """Ids of the blocks that share a time with a range, ms, the latest first."""
        found = []
        at = bisect_right(self._firsts, (last, _AFTER_ALL))
        while at and self._latest[at - 1] >= first:
            at -= 1
            if self._lasts[at] >= first:
                found.append(self._firsts[at][1])
        return found

    def _find_latest(self, at: int) -> None:
        """From a place that changed on, until nothing changes any more."""
        latest = self._latest[at - 1] if at else -1
        for place in range(at, len(self._lasts)):
            latest = max(latest, self._lasts[place])
            if place > at and self._latest[place] == latest:
                return
            self._latest[place] = latest
