"""Two ways to draw a current over time: ramps between knots, and steps within windows.

Both draw a whole column of instants at once, since pure Python spends its time on calls and not on
sums, and both give an instant the same value whatever the other instants of its column are.

Time is in whole seconds: the meter reports one value a second. Current is in integer milliamps.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from bcm_mqtt.simulator.noise import NOISE, NOISE_BITS, NOISE_MASK, WEYL, WEYL_SHIFT

KNOT_SECONDS: Final = 900
"""Distance of the knots between which `ramped` draws straight lines."""


def windows(seconds: Sequence[int], width: int) -> Iterator[tuple[int, Sequence[int]]]:
    """Split ascending `seconds` at the multiples of `width`: (number of the window, its part)."""
    begin = 0
    while begin < len(seconds):
        number = seconds[begin] // width
        end = bisect_left(seconds, (number + 1) * width, begin)
        yield number, seconds[begin:end]
        begin = end


def ramped(seconds: Sequence[int], key: int, noise: int, level: Callable[[int], int]) -> list[int]:
    """Draw straight lines between knots, with noise.

    Args:
        seconds: Ascending instants.
        key: Whose noise it is.
        noise: Greatest noise, in thousandths of the level.
        level: Milliamps at a knot, given the knot's number (instant / KNOT_SECONDS).

    Returns:
        Milliamps at each instant.
    """
    column: list[int] = []
    known: tuple[int, int] | None = None
    for knot, part in windows(seconds, KNOT_SECONDS):
        # The end of one line is the start of the next: compute it once.
        before = known[1] if known and known[0] == knot else level(knot)
        after = level(knot + 1)
        known = (knot + 1, after)
        rise = after - before
        start = knot * KNOT_SECONDS
        swing = before * noise // 1000
        column += [
            before
            + rise * (second - start) // KNOT_SECONDS
            + (swing * NOISE[(second * WEYL + key >> WEYL_SHIFT) & NOISE_MASK] >> NOISE_BITS)
            for second in part
        ]
    return column


def stepped(
    seconds: Sequence[int],
    key: int,
    noise: int,
    width: int,
    steps: Callable[[int], Sequence[tuple[int, int]]],
) -> list[int]:
    """Draw steps that repeat in some form in every window of time, with noise.

    Args:
        seconds: Ascending instants.
        key: Whose noise it is.
        noise: Greatest noise, in thousandths of the level.
        width: Seconds of a window.
        steps: The steps of a window, given its number: (seconds after the window's start,
            milliamps from there on), ascending, the first at 0.

    Returns:
        Milliamps at each instant.
    """
    column: list[int] = []
    for number, part in windows(seconds, width):
        start = number * width
        plan = steps(number)
        ends = [start + offset for offset, _ in plan[1:]] + [start + width]
        begin = 0
        for (_, level), end_second in zip(plan, ends, strict=True):
            end = bisect_left(part, end_second, begin)
            swing = level * noise // 1000
            column += [
                level
                + (swing * NOISE[(second * WEYL + key >> WEYL_SHIFT) & NOISE_MASK] >> NOISE_BITS)
                for second in part[begin:end]
            ]
            begin = end
    return column
