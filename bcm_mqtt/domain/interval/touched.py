"""Which intervals new snapshots of a panel can change."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from bcm_mqtt.domain.interval.interval import touched_intervals


class Poll(NamedTuple):
    """When a snapshot was taken, and how long it stands at most.

    Attributes:
        time_ms: Since 1970.
        interval_ms: The poll period.
    """

    time_ms: int
    interval_ms: int


def touched_by(new: Iterable[Poll], outlasting: Iterable[Poll]) -> set[int]:
    """Starts (ms) of the intervals that new snapshots of a panel can change.

    Those they hold into, and those that an earlier snapshot held into until they came:
    where polls became faster, that reaches further than their own hold.

    Args:
        new: Snapshots that were not there before.
        outlasting: Those that can stand longer than one of them; new ones may be among them.
    """
    by_time = sorted(set(new))
    own = [touched_intervals(*poll) for poll in by_time]
    touched = {start for starts in own for start in starts}
    # Of an earlier one, what lies beyond the own intervals of any of those after it.
    reaches = list(accumulate((starts[-1] for starts in reversed(own)), min))[::-1]
    times = [poll.time_ms for poll in by_time]
    for earlier in set(outlasting):
        after = bisect_right(times, earlier.time_ms)
        if after < len(times):
            held = touched_intervals(*earlier)
            touched.update(start for start in held if start > reaches[after])
    return touched
