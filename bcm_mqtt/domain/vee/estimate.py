"""Estimation of missing intervals (VEE): by interpolation, or by like days.

A gap of at most 2 h lies on a line between its measured neighbours. A longer one, or one
at the end of all readings, takes for each local day that it touches the mean of the three
nearest like days: days of the same class (Monday to Friday, or the weekend) within 14 days
before or after, of two that are equally near the earlier, which are measured in every
quarter hour that the gap covers on that day. Where there are fewer than three, each quarter
hour takes the three nearest like days on which it was measured. Days after the month are
not like days of it, so that an estimate does not change as they come; and days before the
series that could be nearer are reported, so that it does not depend on what was loaded.

All functions take one series of slots or several, one after the other, as circuits of one
panel are: what they are given and give are positions in all of them.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Flags, Integers, Slots
from bcm_mqtt.domain.vee.quality import Quality

LONGEST_INTERPOLATED: Final = 8
"""Intervals: 2 h."""
LIKE_DAYS: Final = 3
REACH_DAYS: Final = 14
"""So far from its own day a like day may be."""
LIKE_DAY_REACH: Final = timedelta(days=REACH_DAYS)
_AT_ONCE: Final = 40_000
"""Slots estimated by like days; each takes up to a kilobyte meanwhile."""
_SATURDAY = 5
_NO_DAY, _NOT_LOADED = -1, -2

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates of some slots.

    Attributes:
        values: int64: of the whole interval; 0 where there is none.
        qualities: uint8: `INTERPOLATED`, `LIKE_DAY` or `MISSING`.
        wants_earlier: bool: whether like days before the first slot could matter.
    """

    values: Integers
    qualities: NDArray[np.uint8]
    wants_earlier: Flags


def estimates(values: Integers, known: Flags, gaps: Indices, like: "LikeDays") -> Estimates:
    """Estimates for some slots.

    Args:
        values: int64: of whole intervals, where known.
        known: Which slots count as measured.
        gaps: The unknown slots to estimate, ascending; of a day all that are in one gap.
        like: Calendar of each series.
    """
    made = np.zeros(gaps.size, np.int64)
    qualities = np.full(gaps.size, Quality.MISSING, np.uint8)
    wants_earlier = np.zeros(gaps.size, np.bool_)
    left, right, short = neighbours(known, gaps, like.days.size)
    made[short] = interpolated(values, gaps[short], left[short], right[short])
    qualities[short] = Quality.INTERPOLATED
    all_long = np.flatnonzero(~short)
    if not all_long.size:
        return Estimates(made, qualities, wants_earlier)
    starts = like.day_starts(gaps[all_long])
    # Each day of a gap wholly in one portion.
    portions = starts[np.flatnonzero(np.diff(starts // _AT_ONCE)) + 1]
    for long in np.split(all_long, portions):
        some, sources, wants_earlier[long] = like.nearest(known, gaps[long])
        there = sources >= 0
        count = there.sum(axis=1)
        total = np.where(there, values[sources], 0).sum(axis=1)
        made[long[some]] = (2 * total + count) // (2 * count)
        qualities[long[some]] = Quality.LIKE_DAY
    return Estimates(made, qualities, wants_earlier)


def neighbours(known: Flags, gaps: Indices, length: int) -> tuple[Indices, Indices, Flags]:
    """The nearest known slots before and after each of some unknown ones; -1 for none.

    And whether their gap is short enough to lie on a line between them.

    Args:
        known: Of one or several series.
        gaps: Positions.
        length: Of each series.
    """
    by_series = known.reshape(-1, length)
    begins, ends = ~by_series, ~by_series
    begins[:, 1:] &= by_series[:, :-1]
    ends[:, :-1] &= by_series[:, 1:]
    first, last = np.flatnonzero(begins), np.flatnonzero(ends)  # of each run of unknown ones
    left = np.where(first % length, first - 1, -1)
    right = np.where((last + 1) % length, last + 1, -1)
    short = (left >= 0) & (right >= 0) & (right - left - 1 <= LONGEST_INTERPOLATED)
    counts = np.diff(np.searchsorted(gaps, first), append=gaps.size)
    return np.repeat(left, counts), np.repeat(right, counts), np.repeat(short, counts)


def sources_of(known: Flags, gaps: Indices, gap: int, like: "LikeDays") -> tuple[int, ...]:
    """The slots that one slot is estimated from: its neighbours, or like days.

    Args:
        known: As of `estimates`.
        gaps: As of `estimates`.
        gap: One of them.
        like: Calendar of each series.
    """
    left, right, short = neighbours(known, gaps, like.days.size)
    at = int(np.searchsorted(gaps, gap))
    if short[at]:
        return int(left[at]), int(right[at])
    long = gaps[~short]
    some, sources, _ = like.nearest(known, long)
    return tuple(int(slot) for slot in sources[long[some] == gap].reshape(-1) if slot >= 0)


def interpolated(values: Integers, gaps: Indices, left: Indices, right: Indices) -> Integers:
    """Values on the line between two slots, rounded half up: 75, four, 100 is 80 85 90 95."""
    steps = right - left
    rise = (values[right] - values[left]) * (gaps - left)
    between: Integers = values[left] + (2 * rise + steps) // (2 * steps)
    return between


@dataclass(frozen=True, slots=True)
class LikeDays:
    """Which slots are of the same quarter hour on like days.

    Attributes:
        days: Local day (ordinal) of each slot.
        quarters: Quarter hour of it.
        first_day: The first local day of the series.
        slot_of: intp, days x 96: the first slot of each quarter hour, -1 where there is none.
        like: intp, days x candidates: rows of like days, the nearest first; `_NO_DAY` for no
            more, `_NOT_LOADED` for a day that is not wholly in the series.
    """

    days: Integers = field(repr=False)
    quarters: Integers = field(repr=False)
    first_day: int
    slot_of: Indices = field(repr=False)
    like: Indices = field(repr=False)

    @classmethod
    def of(cls, slots: Slots, zone: ZoneInfo, until: int) -> "LikeDays":
        """The calendar of a series, of which days from ordinal `until` on are none to take."""
        return _calendar(slots, zone, until)

    def day_starts(self, gaps: Indices) -> Indices:
        """Where in some ascending slots another gap begins, or another local day of one."""
        days = self.days[gaps % self.days.size]
        away = np.diff(gaps, prepend=-2) > 1
        return np.flatnonzero(away | (np.diff(days, prepend=-1) != 0))

    def nearest(self, known: Flags, gaps: Indices) -> tuple[Indices, Indices, Flags]:
        """The like days' slots that each of some slots is estimated from.

        Returns:
            Which have any; their slots, x 3, the nearest first, -1 for no more; and where days
            before the series, if they were loaded, could be nearer.
        """
        slots = gaps % self.days.size
        days, quarters = self.days[slots] - self.first_day, self.quarters[slots]
        starts = self.day_starts(gaps)
        of_day = np.repeat(np.arange(starts.size), np.diff(starts, append=gaps.size))
        # Most slots of an empty month have none: no day was measured at that quarter hour.
        some = self._ever(known, gaps)[gaps // self.days.size - gaps[0] // self.days.size, quarters]
        chosen = np.flatnonzero(some)
        candidates = self.like[days[chosen]]
        places = self.slot_of[candidates, quarters[chosen][:, None]]
        good = (candidates >= 0) & (places >= 0)
        places += (gaps - slots)[chosen, None]
        good &= known[places]

        whole = np.zeros((starts.size, self.like.shape[1]), np.bool_)
        possible = np.logical_and.reduceat(some, starts)
        own = of_day[chosen]
        within = possible[own]
        if within.any():
            begins = np.flatnonzero(np.diff(own[within], prepend=-1))
            whole[possible] = np.logical_and.reduceat(good[within], begins, axis=0)
        nearer = (self.like[days[starts]] == _NOT_LOADED) & (np.cumsum(whole, axis=1) < LIKE_DAYS)
        enough = whole.sum(axis=1) >= LIKE_DAYS
        by_day = np.flatnonzero(enough[own])
        good[by_day] = whole[own[by_day]]
        rows, columns = np.nonzero(good)
        # Which of its own each is.
        begins = np.flatnonzero(np.diff(rows, prepend=-1))
        rank = np.arange(rows.size) - np.repeat(begins, np.diff(begins, append=rows.size))
        first = np.flatnonzero(rank < LIKE_DAYS)
        some = rows[begins]
        sources = np.full((chosen.size, LIKE_DAYS), -1, np.intp)
        sources[rows[first], rank[first]] = places[rows[first], columns[first]]
        return chosen[some], sources[some], nearer.any(axis=1)[of_day]

    def _ever(self, known: Flags, gaps: Indices) -> Flags:
        """By series that has gaps and quarter hour of the day: whether it is known on any day."""
        series = slice(gaps[0] // self.days.size, gaps[-1] // self.days.size + 1)
        by_series = known.reshape(-1, self.days.size)[series]
        on_days = by_series[:, self.slot_of] & (self.slot_of >= 0)
        ever: Flags = np.logical_or.reduce(on_days, axis=1)
        return ever


@lru_cache(maxsize=16)
def _calendar(slots: Slots, zone: ZoneInfo, until: int) -> LikeDays:
    local = slots.local(zone)
    first = int(local.days[0])
    count = int(local.days[-1]) - first + 1
    slot_of = np.full((count, QUARTERS_A_DAY), -1, np.intp)
    # Backwards: of an hour that comes twice, the first one counts.
    order = np.arange(slots.count)[::-1]
    slot_of[local.days[order] - first, local.quarters[order]] = order

    def weekend(day: int) -> bool:
        return (first + day + 6) % 7 >= _SATURDAY  # ordinal 1 is a Monday

    loaded = int(local.quarters[0] > 0)
    like = np.full((count, 2 * REACH_DAYS), _NO_DAY, np.intp)
    for day in range(count):
        near = [day + sign * far for far in range(1, REACH_DAYS + 1) for sign in (-1, 1)]
        rows = [
            other if other >= loaded else _NOT_LOADED
            for other in near
            if other < min(count, until - first) and weekend(other) == weekend(day)
        ]
        like[day, : len(rows)] = rows
    return LikeDays(local.days, local.quarters, first, slot_of, like)
