"""Changes of level: days whose energy is far from that of the like days before them.

A day is held against the like days (Monday to Friday, or the weekend) of the 14 days before
it, of which at least three must be known; what was read before the month counts as far as it
was loaded. It is beyond them where it is off their median by more than
max(4 x 1.4826 MAD, 25 % of the median, 1 kWh), MAD being the median of their own distances
from it (1.4826 MAD estimates a standard deviation, Rousseeuw and Croux 1993). After a change
the days differ from those before it until the median follows: they are one change.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.domain.interval.slots import Flags, Floats, Integers, Slots
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH, kwh_of
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage
from bcm_mqtt.domain.vee.estimate import LIKE_DAYS, REACH_DAYS
from bcm_mqtt.domain.vee.quality import Flag, Found

_DEVIATIONS: Final = 4 * 1.4826
_SHARE: Final = 0.25
_LEAST: Final = MICROWATT_HOURS_PER_KWH
_MEASURED: Final = 0.9
"""So much of a day must be measured for it to count; the rest is estimated."""
_ONE_CHANGE_DAYS: Final = 4
"""So far apart two days of the same change may be: a weekend lies between."""
_FRIDAY = 4


def level_findings(part: CircuitUsage, measured: Flags) -> Iterator[Found]:
    """Each change once, from its first day through its last that differs.

    Args:
        part: A circuit's time with a customer.
        measured: Which slots of the month are in it and measured for any time.
    """
    days = _days(part.load.slots, part.zone)
    energy = np.add.reduceat(part.load.microwatt_hours, days.starts)
    if energy.max() <= _LEAST:
        return
    known = np.add.reduceat(measured.astype(np.int64), days.starts) >= _MEASURED * days.counts
    if np.count_nonzero(known) <= LIKE_DAYS or _alike(energy[known]):
        return
    off, medians, beyond = _beyond(energy, known, days)
    run: list[int] = []
    for day in [*np.flatnonzero(beyond).tolist(), None]:
        if run and (
            day is None or day - run[-1] > _ONE_CHANGE_DAYS or (off[day] > 0) != (off[run[0]] > 0)
        ):
            first, last = run[0], run[-1]
            end = int(days.starts[last] + days.counts[last]) - 1
            amount, usual = kwh_of(int(energy[first])), kwh_of(round(medians[first]))
            detail = f"{amount} kWh on {days.dates[first]}, like days before it had {usual} kWh"
            yield Found(Flag.LEVEL, int(days.starts[first]), end, detail)
            run = []
        if day is not None:
            run.append(day)


class _Days:
    """The local days of a month: first slot and count of each, and like days before it."""

    def __init__(self, slots: Slots, zone: ZoneInfo) -> None:
        ordinals, self.starts = np.unique(slots.local(zone).days, return_index=True)
        self.counts = np.diff(self.starts, append=slots.count)
        self.dates = [date.fromordinal(int(day)) for day in ordinals]
        weekend = [day.weekday() > _FRIDAY for day in self.dates]
        self.like = np.array(
            [
                [
                    far <= day and weekend[day - far] == weekend[day]
                    for far in range(1, REACH_DAYS + 1)
                ]
                for day in range(len(self.dates))
            ]
        )
        """bool, days x 14: whether the day that is so many before it is like it."""
        self.before = np.arange(len(self.dates))[:, None] - np.arange(1, REACH_DAYS + 1)
        """intp, days x 14: which day that is; of no meaning where it is not like it."""
        self.counts_like = self.like.sum(axis=1)
        """int, by day: how many days before it are like it."""


@lru_cache(maxsize=8)
def _days(slots: Slots, zone: ZoneInfo) -> _Days:
    return _Days(slots, zone)


def _alike(energy: Integers) -> bool:
    """Whether no day can be beyond another's limits, whatever the median of its like days is."""
    least, greatest = int(energy.min()), int(energy.max())
    return greatest - least <= max(_LEAST, _SHARE * least)


def _beyond(energy: Integers, known: Flags, days: _Days) -> tuple[Floats, Floats, Flags]:
    """How far each day is off the median of the like days before it, that, and if it is too far.

    Both are NaN where the median is unknown.
    """
    usable, count = days.like, days.counts_like
    if not known.all():
        usable = usable & known[days.before]
        count = usable.sum(axis=1)
    values = np.where(usable, energy[days.before], np.inf)
    medians = _medians(values, count)
    off = energy - medians
    far = known & (np.abs(off) > np.maximum(_SHARE * np.abs(medians), _LEAST))
    if far.any():  # as rarely: how far the like days are off each other matters as well
        distances = np.where(usable, np.abs(values - medians[:, None]), np.inf)
        far &= np.abs(off) > _DEVIATIONS * _medians(distances, count)
    return off, medians, far


def _medians(values: Floats, count: Integers) -> Floats:
    """Of each row the median of its `count` least values; NaN of fewer than three."""
    ordered = np.sort(values, axis=1)
    rows = np.arange(count.size)
    enough = np.maximum(count, 1)
    middle = (ordered[rows, (enough - 1) // 2] + ordered[rows, enough // 2]) / 2
    medians: Floats = np.where(count >= LIKE_DAYS, middle, np.nan)
    return medians
