"""Levels of an energy register: for how long it showed the same, and which of them matter.

Of 15 minutes a few levels say all that the rules of registers ask (`register_steps`): the
first two and the last, every fall with the level before it, and of the rises those that no
other one exceeds in less time. If none of these is too steep, none is. The rises between two of
them are taken as one, with their number, because each may be off by one step of the register.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

_MOST_FALLS: Final = 64
"""Of 15 minutes; polls of 15 s see no more. What falls more often is no register of energy."""

_FAR_ABOVE: Final = 8
"""Times the usual rise: hardly a load does that, and readings that were wrong do."""
_MOST_FAR_ABOVE: Final = 4


class RegisterLevel(NamedTuple):
    """A time in which a register showed the same at every reading.

    Attributes:
        first_ms: First reading that showed it, ms since the epoch.
        last_ms: Last one.
        watt_hours: What it showed.
        changes: How many times it changed since the level before, all rises if more than one.
    """

    first_ms: int
    last_ms: int
    watt_hours: int
    changes: int = 1


def levels_of(readings: Iterable[tuple[int, int]]) -> list[RegisterLevel]:
    """The levels of one register.

    Args:
        readings: Time (ms) and Wh of each, by time.
    """
    levels: list[RegisterLevel] = []
    for time_ms, watt_hours in readings:
        if levels and levels[-1].watt_hours == watt_hours:
            levels[-1] = levels[-1]._replace(last_ms=time_ms)
        else:
            levels.append(RegisterLevel(time_ms, time_ms, watt_hours))
    return levels


def joined(levels: Iterable[RegisterLevel]) -> list[RegisterLevel]:
    """Levels of times that follow one another; one that goes on is one level."""
    whole: list[RegisterLevel] = []
    for level in levels:
        if whole and whole[-1].watt_hours == level.watt_hours and level.changes <= 1:
            whole[-1] = whole[-1]._replace(last_ms=level.last_ms)
        else:
            whole.append(level)
    return whole


def corners(levels: Sequence[RegisterLevel]) -> list[RegisterLevel]:
    """Those of some levels, by time, from which the rules decide as from all of them."""
    if not levels:
        return []
    # How long the first one has been shown, and so how steep the rise after it is, is not known.
    chosen = {0, min(1, len(levels) - 1), len(levels) - 1}
    falls = [
        at for at, (one, other) in enumerate(pairwise(levels)) if other.watt_hours < one.watt_hours
    ]
    for at in falls[:_MOST_FALLS]:
        chosen |= {max(0, at - 1), at, at + 1}
    for start, end in pairwise([1, *(at + 1 for at in falls[:_MOST_FALLS]), len(levels)]):
        for at in _steepest(levels[start:end]):
            chosen |= {start + at, start + at + 1}
    found: list[RegisterLevel] = []
    before = 0
    for at in sorted(chosen):
        found.append(levels[at]._replace(changes=max(1, at - before)))
        before = at
    return found


def _steepest(levels: Sequence[RegisterLevel]) -> list[int]:
    """Rises that no other one equals or exceeds in as little time; by the level before.

    One that is far above the usual hides the others: then those among the others count as well.
    """
    rises = sorted(
        (other.first_ms - one.first_ms, one.watt_hours - other.watt_hours, at)
        for at, (one, other) in enumerate(pairwise(levels))
        if other.watt_hours > one.watt_hours
    )
    steepest: list[int] = []
    usual = sorted(-fallen for _, fallen, _ in rises)[len(rises) // 2] if rises else 0
    for _ in range(_MOST_FAR_ABOVE):
        greatest, others = 0, []
        for length, fallen, at in rises:
            if -fallen > greatest:
                greatest = -fallen
                steepest.append(at)
            else:
                others.append((length, fallen, at))
        rises = others
        if greatest <= _FAR_ABOVE * usual:
            break
    return steepest
