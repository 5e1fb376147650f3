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

from math import isqrt
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.polls import Integers

_FITS: Final = 2**63


def missed(times_ms: Integers, values: Integers) -> tuple[Integers, Integers]:
    """What readings miss, and for how long they are the same, of poles that were read together.

    Args:
        times_ms: pairs: between each reading and the next one, at most as long as it stands.
        values: readings x poles: thousandths; of two readings in a row there is one pair.

    Returns:
        By pole: standard deviation of thousandths x ms, rounded down, and ms.
    """
    steps = np.diff(values, axis=0)
    steady_ms = times_ms @ (steps == 0)
    moved = steps * times_ms[:, None]
    if not moved.any():
        return np.zeros_like(steady_ms), steady_ms
    squares = _dots(moved, moved)
    products = _dots(moved[1:], moved[:-1])
    deviations = [
        deviation(square, product, first)
        for square, product, first in zip(squares, products, moved[0].tolist(), strict=True)
    ]
    return np.array(deviations), steady_ms


def deviation(squares: int, products: int, first: int) -> int:
    """The standard deviation of one pole's differences, rounded down.

    Args:
        squares: Their sum of squares.
        products: Their sum of products of neighbours.
        first: The first of them, which has none before it.
    """
    return isqrt(max(squares, squares + 5 * first**2 - 10 * products) // 12)  # in twelfths


def _dots(one: Integers, other: Integers) -> list[int]:
    """Sums of products by column, exact however large they are."""
    most, most_of_other = (int(np.abs(part).max(initial=0)) for part in (one, other))
    if most * most_of_other * len(one) < _FITS:
        sums: list[int] = np.einsum("ij,ij->j", one, other).tolist()
        return sums
    if most < most_of_other:
        return _dots(other, one)
    half = most.bit_length() // 2
    upper, lower = _dots(one >> half, other), _dots(one & ((1 << half) - 1), other)
    return [(high << half) + low for high, low in zip(upper, lower, strict=True)]
