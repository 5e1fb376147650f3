"""Currents over time that look random, yet can be computed for any instant without a state.

A random generator gives its values in order, so the value at one instant would depend on which
values were requested before. Here a number is a hash of what it belongs to: a circuit's key and a
count (a day, a compressor cycle, a second). Currents are ramps between knots or steps within
windows, drawn for a whole column of instants at once, since pure Python spends its time on calls;
an instant has the same value whatever the other instants of its column are.

Time is in whole seconds: the meter reports one value a second. Current is in integer milliamps.
"""

import hashlib
import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

NOISE_BITS: Final = 10
"""Entries of `NOISE` lie within plus and minus 2 ** NOISE_BITS."""

NOISE_MASK: Final = 4095
"""Length of `NOISE` less one."""

WEYL: Final = 0x9E3779B1
"""Odd multiplier that spreads successive seconds over `NOISE`."""

WEYL_SHIFT: Final = 13
"""Low bits to drop: the walk through `NOISE` then repeats after 2 ** 25 s, a year."""

_WORD: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15


def mix(key: int, count: int) -> int:
    """Return 64 bits that depend on every bit of both arguments (the splitmix64 hash)."""
    bits = (key + count * _GOLDEN) & _WORD
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _WORD
    return bits ^ (bits >> 31)


def between(low: int, high: int, key: int, count: int) -> int:
    """Return a number from `low` to `high`, both included, that belongs to `key` and `count`."""
    return low + mix(key, count) % (high - low + 1)


@lru_cache(maxsize=65536)
def circuit_key(seed: int, panel_id: str, first_pole: int) -> int:
    """Return the key of one circuit: the same in every process, unlike Python's own hash."""
    name = f"{seed}/{panel_id}/{first_pole}".encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big")


def drift(key: int, count: int, period: int) -> int:
    """Return a slowly wandering number in thousandths, -1000 to 1000.

    Args:
        key: Whose drift it is.
        count: Position, in any unit.
        period: Distance, in the same unit, over which the drift finds a new value.
    """
    index, offset = divmod(count, period)
    before = mix(key, index) % 2001 - 1000
    after = mix(key, index + 1) % 2001 - 1000
    return before + (after - before) * offset // period


def cosine(length: int, peak: int) -> tuple[int, ...]:
    """Return one turn of a cosine in thousandths, `length` entries, highest at entry `peak`."""
    return tuple(
        round(1000 * math.cos(2 * math.pi * (entry - peak) / length)) for entry in range(length)
    )


def _bell(entry: int) -> int:
    """Return one entry of `NOISE`: the mean of four even numbers, so that extremes are rare."""
    bits = mix(0, entry)
    span = 2 << NOISE_BITS
    total = sum((bits >> shift & 0xFFFF) % (span + 1) for shift in (0, 16, 32, 48))
    return total // 4 - span // 2


# One lookup in a table costs a third of `mix`, and the noise is most of the work of a history.
NOISE: Final = tuple(_bell(entry) for entry in range(NOISE_MASK + 1))


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
