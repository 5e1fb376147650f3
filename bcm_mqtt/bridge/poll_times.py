"""Poll times: the instants at which a panel is due, on a grid or spread over the clock.

A load that runs in step with the clock is read at the same point of its cycle by each poll of a
grid, and no reading shows what all of them miss. Spread polls read it at every point: the time
from one to the next is between half a period and one and a half, evenly drawn, so that where in
its period a poll falls says nothing of where the next one does.

It is the times between polls that are drawn, and not the place of each poll in a period of its
own: a reading stands until the next, so that early polls would count for longer than late ones,
and a load of 5 minutes in each 15 would be billed up to a third too high.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random

from bcm_mqtt.domain.time import EPOCH

POLLS_A_ROUND = 127
"""So many spread polls take as many periods, but for where in its first one a round begins: they
never drift. It is prime so that rounds begin at all times of an hour."""
_STEPS = tuple(0.5 + (number + 0.5) / POLLS_A_ROUND for number in range(POLLS_A_ROUND))
"""From poll to poll, in periods: of a round each once."""
SHORTEST = timedelta(milliseconds=100)
"""The least interval that a free running poll claims, as the least that can be configured."""
_MEMORY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Grid:
    """Multiples of the period since the epoch, moved by an offset."""

    interval: timedelta
    offset: timedelta = timedelta(0)

    @property
    def longest(self) -> timedelta:
        """From one poll to the next."""
        return self.interval

    def from_on(self, now: datetime) -> datetime:
        """The first instant that is not past."""
        begun = EPOCH + self.offset
        return begun - (begun - now) // self.interval * self.interval


@dataclass(frozen=True, slots=True)
class Spread:
    """Pseudo-random instants, by panel: see above."""

    panel: str
    interval: timedelta

    @property
    def longest(self) -> timedelta:
        """From one poll to the next, at most."""
        return (1.5 + 1 / POLLS_A_ROUND) * self.interval

    def from_on(self, now: datetime) -> datetime:
        """The first instant that is not past."""
        number = (now - EPOCH) // (POLLS_A_ROUND * self.interval)
        due = [
            time
            # The round before reaches into this one, and this one's last poll may be past.
            for near in (number - 1, number, number + 1)
            for time in _round(self.panel, self.interval, near)
        ]
        return due[bisect_left(due, now)]


PollTimes = Grid | Spread
"""When a panel is due: after a restart at the same instants."""


def poll_times(panel: str, interval: timedelta, offset: timedelta | None) -> PollTimes:
    """When a panel is due.

    Args:
        panel: Its id.
        interval: Poll period, above 0.
        offset: Of the grid from the epoch; None spreads the polls.
    """
    return Spread(panel, interval) if offset is None else Grid(interval, offset)


@lru_cache(maxsize=1024)
def _round(panel: str, interval: timedelta, number: int) -> Sequence[datetime]:
    """The polls of a round, of which the first is in the round's first period."""
    first, following = (_random(panel, one).random() for one in (number, number + 1))
    steps = list(_STEPS)
    _random(panel, number, "steps").shuffle(steps)
    drift = (following - first) / POLLS_A_ROUND  # so that the next round begins where it does
    at = accumulate((step + drift for step in steps[:-1]), initial=first)
    begun = EPOCH + number * POLLS_A_ROUND * interval
    return [begun + one * interval for one in at]


def _random(*seed: object) -> Random:
    """The same for the same seed, on every machine; not for secrets."""
    return Random(" ".join(map(str, seed)))  # noqa: S311


class MeasuredPeriod:
    """The time from poll to poll of a panel that is polled as fast as it goes.

    It is the longest of the last minute or two, since a reading stands for 1.5 of it at
    most: the poll that tries a silent unit again must leave no gap in what the others say.
    """

    def __init__(self) -> None:
        """Nothing measured yet."""
        self._begun: datetime | None = None
        self._since: datetime | None = None
        self._before = self._now = SHORTEST

    def at(self, now: datetime) -> timedelta:
        """The period that holds for the poll that begins now."""
        if self._begun is not None and self._begun <= now <= self._begun + _MEMORY:
            self._now = max(self._now, now - self._begun)
        if self._since is None or not self._since <= now < self._since + _MEMORY:
            self._since, self._before, self._now = now, self._now, SHORTEST
        self._begun = now
        return max(self._before, self._now)
