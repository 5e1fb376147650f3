"""Billing periods: the time of a bill, from one reading day of a customer's contract to the next.

Each month has one reading, so each has one bill: that of the period which begins in it. Without a
reading day the period is the calendar month. A contract that begins or ends within a period cuts
it; what is priced by the period is then prorated by the whole one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.site.customer import TermsVersion, at_its_time
from bcm_mqtt.domain.time import Month, midnight

LAST_READING_DAY: Final = 28
"""Every month has it."""


@dataclass(frozen=True, slots=True)
class WholePeriod:
    """By what fees, tiers, limits and committed power of a bill are prorated.

    Attributes:
        start: UTC.
        end: UTC.
        by_days: Whether local days are counted; else time is.
    """

    start: datetime
    end: datetime
    by_days: bool = False


@dataclass(frozen=True, slots=True)
class BillingPeriod:
    """The time of a bill: start <= t < end, UTC.

    Attributes:
        month: In which it begins, by the reading day, and by which the bill is named.
        start: UTC.
        end: UTC.
        whole: That by which it is prorated; None is the period itself, by its time.
    """

    month: Month
    start: datetime
    end: datetime
    whole: WholePeriod | None = None

    @classmethod
    def calendar(cls, month: Month, zone: ZoneInfo) -> "BillingPeriod":
        """That of a customer without a reading day."""
        return cls(month, *month.bounds(zone))

    def is_within(self, other: "BillingPeriod") -> bool:
        """Whether all of its time is of another period."""
        return other.start <= self.start and self.end <= other.end

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Start and end."""
        return self.start, self.end


def reading_date(versions: Sequence[TermsVersion], month: Month) -> date:
    """The day of a month at whose beginning one period ends and the next begins.

    A new reading day holds from its version on: the period that ends on the day of the old one
    before that, or on the first day of the version itself, stays as it was. Where the month has
    neither an old day before the change nor a new one after it, the old one is read once more.

    Args:
        versions: Of the customer, by valid_from.
        month: Any.
    """
    first, following = month.first_day, month.shifted(1).first_day
    day = _of(versions[0])
    for version in versions[1:]:
        since = version.valid_from
        if since is None or since >= following:
            break
        if since < first:
            day = _of(version)
        elif day <= since.day:
            break
        elif _of(version) >= since.day:
            day = _of(version)
    return first.replace(day=day)


def _of(version: TermsVersion) -> int:
    return version.reading_day or 1


def billing_period(versions: Sequence[TermsVersion], month: Month, zone: ZoneInfo) -> BillingPeriod:
    """The period that begins in a month.

    One of another length than a month, after the reading day has changed, is prorated by the
    month that ends on the same day.

    Args:
        versions: Of the customer, by valid_from, at least one.
        month: Whose reading begins it.
        zone: Whose midnights begin days.
    """
    begins, ends = (reading_date(versions, one) for one in (month, month.shifted(1)))
    start, end = midnight(begins, zone), midnight(ends, zone)
    held = [one for one in versions if one.valid_from is None or one.valid_from < ends]
    by_days = held[-1].reading_day is not None
    whole_start = midnight(begins.replace(day=ends.day), zone)
    whole = WholePeriod(whole_start, end, by_days)
    if parts := at_its_time(versions, start, end, zone).parts:
        first, last = parts[0].start, parts[-1].end
        if first < last:  # else nothing of it is of the contract
            start, end = first, last
    is_whole = not by_days and (start, end) == (whole.start, whole.end)
    return BillingPeriod(month, start, end, None if is_whole else whole)


def running_month(versions: Sequence[TermsVersion], at: datetime, zone: ZoneInfo) -> Month:
    """The month whose reading began the period that an instant falls into."""
    month = Month.of(at, zone)
    has_begun = midnight(reading_date(versions, month), zone) <= at
    return month if has_begun else month.shifted(-1)
