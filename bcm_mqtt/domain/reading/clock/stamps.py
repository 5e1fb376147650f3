"""Stamps of polls: the wall clock's time in ms, but none that a panel's poll was given before.

A snapshot is named by its panel and time, so a time that is stamped again would name two. A clock
that is set back shows times again. Which of them were used is not remembered one by one, but as
spans, each with its depth: how many runs of the clock went over it. Where none did, stamps are
even; where one did, they leave 1 when divided by 4; where two did, 3 when divided by 8, and so
on. So no stamp of one run is one of another, however far back the clock was set, and each is
within 32 ms of what the clock shows.

Where more than four runs went over a time (a host without a clock that begins at the same time at
each boot), stamps go on after it.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from bcm_mqtt.domain.time import from_ms, to_ms

DEEPEST: Final = 4
"""Depth up to which a time is used again."""
_MOST_SPANS: Final = 64
_NEVER: Final = 1 << 62
_SAME_RUN: Final = timedelta(seconds=1)
"""A clock that is set back by less stays in its run: the next stamps follow in steps of 2 ms."""


class Used(NamedTuple):
    """A span of times that were used, both ends included.

    Attributes:
        first_ms: Since 1970.
        last_ms: Since 1970.
        depth: How many runs of the clock may have used them.
    """

    first_ms: int
    last_ms: int
    depth: int


class Stamps:
    """Gives polls their times."""

    def __init__(self, used: Iterable[Used] = ()) -> None:
        """Goes on after earlier runs.

        Args:
            used: Of all earlier runs, disjoint, by time.
        """
        self._used = tuple(used)
        self._first_ms = self._last_ms = 0
        self._latest: datetime | None = None
        self._newest: dict[str, int] = {}

    def stamp(self, panel: str, wall: datetime) -> datetime:
        """The time of a panel's poll that begins now.

        Args:
            panel: Id.
            wall: What the wall clock shows, UTC.
        """
        if self._latest is not None and wall < self._latest - _SAME_RUN:
            self._used = self.used()
            self._newest.clear()
            self._latest = None
        begins = self._latest is None
        self._latest = wall if self._latest is None else max(wall, self._latest)
        ms = self._free_from(max(to_ms(wall), self._newest.get(panel, -1) + 1))
        self._newest[panel] = ms
        self._first_ms = ms if begins else min(ms, self._first_ms)
        self._last_ms = ms if begins else max(ms, self._last_ms)
        return from_ms(ms)

    @property
    def last(self) -> datetime | None:
        """The latest stamp of this run of the clock; None before the first."""
        return None if self._latest is None else from_ms(self._last_ms)

    def used(self, ahead: timedelta = timedelta()) -> tuple[Used, ...]:
        """What was used until now, and is used from now on for a time.

        Args:
            ahead: For how long.
        """
        if self._latest is None:
            return self._used
        last_ms = self._last_ms + int(ahead / timedelta(milliseconds=1))
        return _bounded(_over(self._used, self._first_ms, last_ms))

    def _free_from(self, ms: int) -> int:
        at = bisect_right(self._used, ms, key=lambda span: span.first_ms) - 1
        while True:
            span = self._used[at] if at >= 0 else None
            following = self._used[at + 1].first_ms if at + 1 < len(self._used) else _NEVER
            depth, end = 0, following
            if span and ms <= span.last_ms:
                depth, end = span.depth, span.last_ms + 1
            if depth <= DEEPEST:
                found = ms + ((1 << depth) - 1 - ms) % (1 << (depth + 1))
                if found < end:
                    return found
            ms = end
            at += ms >= following


def _over(used: tuple[Used, ...], first_ms: int, last_ms: int) -> list[Used]:
    """One run more over a span: what is in it is deeper by one."""
    spans: list[Used] = []
    ms = first_ms
    for first, last, depth in used:
        if last < first_ms or first > last_ms:
            spans.append(Used(first, last, depth))
            continue
        if first < first_ms:
            spans.append(Used(first, first_ms - 1, depth))
        begins, ends = max(first, first_ms), min(last, last_ms)
        if ms < begins:
            spans.append(Used(ms, begins - 1, 1))
        spans.append(Used(begins, ends, depth + 1))
        ms = ends + 1
        if last > last_ms:
            spans.append(Used(last_ms + 1, last, depth))
    if ms <= last_ms:
        spans.append(Used(ms, last_ms, 1))
    return sorted(spans)


def _bounded(spans: list[Used]) -> tuple[Used, ...]:
    """Joins neighbours until there are few: the deeper one's depth holds for both."""
    joined: list[Used] = []
    for span in spans:
        if joined and joined[-1].depth == span.depth and joined[-1].last_ms + 1 == span.first_ms:
            joined[-1] = joined[-1]._replace(last_ms=span.last_ms)
        else:
            joined.append(span)
    while len(joined) > _MOST_SPANS:
        # The pair whose joining declares the least time used that was not, or not so often.
        costs = [_cost(one, other) for one, other in pairwise(joined)]
        at = costs.index(min(costs))
        one, other = joined[at : at + 2]
        depth = max(one.depth, other.depth)
        joined[at : at + 2] = [Used(one.first_ms, other.last_ms, depth)]
    return tuple(joined)


def _cost(one: Used, other: Used) -> int:
    depth = max(one.depth, other.depth)
    wider = sum((depth - span.depth) * (span.last_ms - span.first_ms + 1) for span in (one, other))
    return wider + depth * (other.first_ms - one.last_ms - 1)
