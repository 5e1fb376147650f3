"""Successive readings: what a poll misses of a load, seen in how readings follow one another.

A load is not looked at between two readings. Left-hold gives the whole time between them to the
first. With e = (difference of two successive readings) x (time between them):

- a load that stays as it is for many polls and then changes once is off by at most e, evenly
  spread around its mean: variance e^2 / 12 (JCGM 100, 4.3.7);
- a load that changes within each poll gives readings that are independent of one another: each
  stands for its time with the variance of the load, which is half the mean square of e.

Readings themselves say which of the two it is: differences of the second kind are followed by
opposite ones (the mean product of neighbours is - e^2 / 2), those of the first by none. With the
sum S of e^2 and the sum C of products of neighbours the variance is S / 12 - 5 C / 6, exact for
any mixture of the two, and never taken as less than S / 12. It is the extension variance of
systematic sampling for a variogram of a nugget and a line (Matheron, 1965), seen at one and two
polls. A difference without one before it counts as of the second kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from operator import mul, sub
from typing import NamedTuple, Self

from bcm_mqtt.domain.reading.reading import Thousandths


class Reading(NamedTuple):
    """One quantity of all poles at one poll.

    Attributes:
        time_ms: Since the epoch.
        until_ms: When it stands no more, even if no other comes.
        values: Thousandths by pole.
    """

    time_ms: int
    until_ms: int
    values: Thousandths


@dataclass(frozen=True, slots=True)
class Successive:
    """For how long the readings of one interval stood before the next ones came.

    A pair of readings belongs to the interval in which the second was taken, with all of the
    time between them, at most as long as the first stands.

    Attributes:
        first: Index of the first reading that has one before it.
        times_ms: From the reading before each until it.
    """

    first: int
    times_ms: tuple[int, ...]

    @classmethod
    def of(cls, readings: Sequence[Reading], begin_ms: int) -> Self:
        """The pairs of an interval.

        Args:
            readings: By time, none after the interval. One before it has a successor in it
                only where it stands into it, so that no more of them matter.
            begin_ms: Start of the interval, ms since the epoch.
        """
        within = next(
            (at for at, one in enumerate(readings) if one.time_ms >= begin_ms), len(readings)
        )
        first = within + (within == 0 or readings[within - 1].until_ms <= begin_ms)
        times = (
            min(following.time_ms, one.until_ms) - one.time_ms
            for one, following in zip(readings[max(0, first - 1) :], readings[first:], strict=False)
        )
        return cls(first, tuple(times))

    def missed(self, column: Sequence[int]) -> tuple[int, int]:
        """What readings of a pole miss, and for how long they are the same.

        Args:
            column: Thousandths by reading.

        Returns:
            Standard deviation of thousandths x ms, rounded down, and ms.
        """
        if not self.times_ms:
            return 0, 0
        values = column[self.first - 1 :]
        steps = list(map(sub, values[1:], values))
        if not any(steps):
            return 0, sum(self.times_ms)
        moved = list(map(mul, steps, self.times_ms))
        squares = sum(map(mul, moved, moved))
        products = sum(map(mul, moved[1:], moved))
        # In twelfths; the first one has none before it.
        variance = max(squares, squares + 5 * moved[0] ** 2 - 10 * products)
        steady = sum(ms for ms, step in zip(self.times_ms, steps, strict=True) if not step)
        return isqrt(variance // 12), steady
