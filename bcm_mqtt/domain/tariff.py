"""Tariffs: dated rates in the tariff's own time zone. At present flat: one price per kWh."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.month import midnight
from bcm_mqtt.domain.priced_time import PricedTime
from bcm_mqtt.domain.slots import Slots


@dataclass(frozen=True, slots=True)
class RateVersion:
    """The rate of a tariff from one local day on.

    Attributes:
        valid_from: First day.
        energy: Price of a kWh in the tariff's currency.
        valid_until: Last day, or None for "until the next version".
    """

    valid_from: date
    energy: Decimal
    valid_until: date | None = None


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

    def periods(self, start: datetime, end: datetime) -> Iterator[RatePeriod]:
        """The rates between two instants, in order, covering each instant exactly once.

        Raises:
            ValueError: some of the time has no rate; says which tariff and from when.
        """
        covered = start
        for version, following in pairwise([*self.versions, None]):
            if version is None:
                continue
            begins = midnight(version.valid_from, self.zone)
            ends = midnight(following.valid_from, self.zone) if following else end
            if version.valid_until:
                ends = min(ends, midnight(version.valid_until + timedelta(days=1), self.zone))
            period = RatePeriod(version, max(start, begins), min(end, ends))
            if period.start < period.end:
                if period.start > covered:
                    break
                yield period
                covered = period.end
        if covered < end:
            local = covered.astimezone(self.zone)
            message = f"tariff {self.id} has no rate from {local:%Y-%m-%d %H:%M} on"
            raise ValueError(message)

    def priced(self, start: datetime, end: datetime, slots: Slots) -> list[PricedTime]:
        """How the tariff cuts a month of slots."""
        return [PricedTime(period.start, period.end) for period in self.periods(start, end)]


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
