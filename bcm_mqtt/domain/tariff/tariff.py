"""Tariffs: dated rates in the tariff's own time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.tariff.holidays import NO_HOLIDAYS, Holidays
from bcm_mqtt.domain.tariff.rate import RateVersion
from bcm_mqtt.domain.tariff.schedule import Schedule
from bcm_mqtt.domain.time import midnight
from bcm_mqtt.domain.usage.cut import Codes, PricedTime


@dataclass(frozen=True, slots=True)
class RatePeriod:
    """A rate and the time for which it holds: start <= t < end, UTC."""

    rate: RateVersion
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Tariff:
    """A tariff with all its rate versions, by valid-from."""

    id: str
    currency: str
    zone: ZoneInfo
    versions: tuple[RateVersion, ...]
    holidays: Holidays = NO_HOLIDAYS

    @property
    def needs_reactive(self) -> bool:
        """Whether any version prices something that reactive power is part of."""
        return any(version.needs_reactive for one in self.each for version in one.versions)

    @property
    def each(self) -> tuple["Tariff", ...]:
        """The tariffs that it is made of: itself alone, unless it is one of several."""
        return (self,)

    @property
    def by_group(self) -> tuple["Tariff", ...]:
        """The tariffs that each cover all time of their own group of circuits."""
        return (self,)

    def of_group(self, _name: str) -> "Tariff":
        """The tariff of a group of circuits: itself, unless it is one by group."""
        return self

    @property
    def needs_site(self) -> bool:
        """Whether any version prices demand at the peak of the site."""
        return any(charge.site_peak for version in self.versions for charge in version.demand)

    @property
    def has_fine_windows(self) -> bool:
        """Whether any version prices demand in windows finer than quarter hours."""
        return any(charge.is_fine for version in self.versions for charge in version.demand)

    @property
    def charges_invoices(self) -> bool:
        """Whether any version charges by a supplier's invoices."""
        return any(version.allocation for version in self.versions)

    def periods(self, start: datetime, end: datetime) -> Iterator[RatePeriod]:
        """The rates between two instants, in order, covering each instant exactly once.

        Raises:
            ValueError: some of the time has no rate; says which tariff and from when.
        """
        rated_until = start
        for version, following in pairwise([*self.versions, None]):
            if version is None:
                continue
            begins = midnight(version.valid_from, self.zone)
            ends = midnight(following.valid_from, self.zone) if following else end
            if version.valid_until:
                ends = min(ends, midnight(version.valid_until + timedelta(days=1), self.zone))
            period = RatePeriod(version, max(start, begins), min(end, ends))
            if period.start < period.end:
                if period.start > rated_until:
                    break
                yield period
                rated_until = period.end
        if rated_until < end:
            local = rated_until.astimezone(self.zone)
            message = f"tariff {self.id} has no rate from {local:%Y-%m-%d %H:%M} on"
            raise ValueError(message)

    def priced(self, start: datetime, end: datetime, slots: Slots) -> list[PricedTime]:
        """The time between two instants by rate, and the time-of-use periods of its slots.

        Args:
            start: UTC.
            end: UTC.
            slots: Of the month; they hold all of the time.

        Raises:
            ValueError: as `periods`.
        """
        return [
            PricedTime(period.start, period.end, period.rate.periods, self._codes(period, slots))
            for period in self.periods(start, end)
        ]

    def _codes(self, period: RatePeriod, slots: Slots) -> Codes | None:
        schedule = period.rate.schedule
        if schedule is None or len(schedule.periods) == 1:
            return None
        span = Slots.between(period.start, period.end)
        return _codes(schedule, self.holidays, self.zone, span, slots)


@lru_cache(maxsize=64)
def _codes(
    schedule: Schedule, holidays: Holidays, zone: ZoneInfo, span: Slots, slots: Slots
) -> Codes:
    """Of a span alone: before and after it a schedule need not name every hour."""
    codes = np.zeros(slots.count, np.uint8)
    codes[span.within(slots)] = schedule.codes(span.local(zone), holidays)
    codes.flags.writeable = False  # they are shared: by all customers of the tariff
    return codes


def last_day(rate: RateVersion, following: RateVersion | None) -> date | None:
    """The day on which a rate ends, by itself or by the one after it; None for never."""
    ends = [rate.valid_until] if rate.valid_until else []
    if following:
        ends.append(following.valid_from - timedelta(days=1))
    return min(ends, default=None)


def rate_problems(versions: tuple[RateVersion, ...]) -> Iterator[tuple[int, str]]:
    """Index of a rate version and why the versions do not give every day exactly one rate."""
    for index, version in enumerate(versions):
        if version.valid_until and version.valid_until < version.valid_from:
            yield index, f"valid_until {version.valid_until} is before {version.valid_from}"
    for index, (one, other) in enumerate(pairwise(versions), start=1):
        if other.valid_from <= one.valid_from:
            yield index, f"valid_from {other.valid_from} is not after {one.valid_from}"
        elif one.valid_until is None:
            continue
        elif one.valid_until >= other.valid_from:
            yield index, f"overlaps the version before it, which holds until {one.valid_until}"
        elif one.valid_until + timedelta(days=1) < other.valid_from:
            gap = one.valid_until + timedelta(days=1)
            yield index, f"leaves a hole: no rate from {gap} until {other.valid_from}"
    if versions and versions[-1].valid_until:
        yield len(versions) - 1, f"leaves a hole: no rate after {versions[-1].valid_until}"
