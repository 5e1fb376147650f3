"""Retention: of which months what is stored may go.

A month whose bill was not issued retains its data however old it is: without it the bill
could neither be made nor explained.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.time import Month, midnight

_CATCHES_UP: Final = 2


def believed_now(
    now: datetime, newest: datetime, seen: datetime | None, passed: timedelta
) -> datetime | None:
    """The present by which data is old: no clock that was set makes it old at once.

    It is never later than the newest data, and goes on at most twice as fast as time passes, so
    that it catches up after the recorder was away.

    Args:
        now: By the clock, UTC.
        newest: Time of the newest data.
        seen: The present of the last look, also of an earlier run; None before the first one.
        passed: Since this run first saw that present, by a clock that never jumps.

    Returns:
        None where nothing may go yet.
    """
    return None if seen is None else min(now, newest, seen + _CATCHES_UP * passed)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a site retains what is stored; None is for ever.

    Attributes:
        raw: Snapshots.
        intervals: Intervals; never shorter than snapshots, from which they would come back.
        unissued: Whether months go whose bill was not issued.
    """

    raw: timedelta | None = None
    intervals: timedelta | None = None
    unissued: bool = False


@dataclass(frozen=True, slots=True)
class MonthSpan:
    """The part of a month that may go: from its start, to its end or to a local midnight.

    Attributes:
        month: Of the site.
        start: UTC.
        end: UTC: start <= t < end.
    """

    month: Month
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is old enough, by whether it may go.

    Attributes:
        removable: Oldest first.
        held: Months that are retained only because their bill was not issued.
    """

    removable: tuple[MonthSpan, ...]
    held: tuple[Month, ...]


def verdict(
    first: datetime,
    last: datetime,
    keep: timedelta,
    issued: Collection[Month],
    now: datetime,
    zone: ZoneInfo,
    *,
    unissued: bool = False,
    whole_months: bool = False,
) -> Verdict:
    """What may go of data.

    Args:
        first: Of the oldest data, UTC.
        last: Of the newest.
        keep: For how long data is stored; it goes by whole local days.
        issued: Months whose bill was issued.
        now: UTC.
        zone: The site's.
        unissued: Whether the others may go, too.
        whole_months: Whether a month goes only once all of it is old enough.
    """
    until = midnight((now - keep).astimezone(zone).date(), zone)
    removable, held = [], []
    month = Month.of(first, zone)
    while (span := month.bounds(zone))[0] < until and span[0] <= last:
        start, end = span
        if not whole_months or end <= until:
            if unissued or month in issued:
                removable.append(MonthSpan(month, start, min(end, until)))
            else:
                held.append(month)
        month = month.shifted(1)
    return Verdict(tuple(removable), tuple(held))
