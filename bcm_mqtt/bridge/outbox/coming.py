"""Snapshots in the order of their coming, which a clock that is set back does not change."""

from collections.abc import Iterable
from typing import NamedTuple


class Key(NamedTuple):
    """Where a snapshot is: a block and the place in it, or 0 and the entry's id."""

    block: int
    place: int


def came_between(
    found: Iterable[tuple[Key, int]], first: int, last: int, snapshots: int
) -> set[Key]:
    """Those that a range names, where others lie between them.

    A range is of polls that followed one another: what came between its first and its last, and
    lies between them, is in it. Times are stamped once, so both are known by theirs.

    Args:
        found: All of a series from the first to the last time, each with its own.
        first: Of the range, ms.
        last: Of the range, ms.
        snapshots: How many it names. Of more, only the ends are certain.
    """
    in_order = sorted(found, key=lambda one: (one[0].block == 0, one[0]))
    ends = [at for at, (_, time) in enumerate(in_order) if time in {first, last}]
    if not ends:
        return set()
    run = in_order[ends[0] : ends[-1] + 1]
    if run[0][1] != first or len(run) > snapshots:
        run = [in_order[at] for at in ends]
    return {key for key, _ in run}
