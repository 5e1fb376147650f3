"""Rates: all that a tariff charges from one local day on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from bcm_mqtt.domain.tariff.charges import (
    CommittedPower,
    DemandCharge,
    Energy,
    Fee,
    Minimum,
    PeriodPrice,
    Price,
    Tax,
)
from bcm_mqtt.domain.tariff.schedule import Schedule
from bcm_mqtt.domain.usage.priced_time import ALL_HOURS


@dataclass(frozen=True, slots=True)
class RateVersion:
    """The rate of a tariff from one local day on.

    Attributes:
        valid_from: First day.
        energy: Price of a kWh in the tariff's currency.
        valid_until: Last day, or None for "until the next version".
        schedule: Of its time-of-use periods, or None where it has none.
        overhead: What each kWh of energy counts for: the site's PUE.
        demand: Charges for demand, each of another measure.
        committed: Committed power, or None.
        fees: Per month and per circuit, each of another name.
        minimum: Or None.
        taxes: On top, those of the version that holds when a month ends.
    """

    valid_from: date
    energy: Energy
    valid_until: date | None = None
    schedule: Schedule | None = None
    overhead: Decimal = Decimal(1)
    demand: tuple[DemandCharge, ...] = ()
    committed: CommittedPower | None = None
    fees: tuple[Fee, ...] = ()
    minimum: Minimum | None = None
    taxes: tuple[Tax, ...] = ()

    @property
    def periods(self) -> tuple[str, ...]:
        """Names of its time-of-use periods; ALL_HOURS alone where it has no schedule."""
        return self.schedule.periods if self.schedule else (ALL_HOURS,)

    @property
    def energy_prices(self) -> dict[str, Price]:
        """Prices by period, or one of ALL_HOURS."""
        if isinstance(self.energy, Decimal):
            return {ALL_HOURS: self.energy}
        by_period = {
            item.period: item.price for item in self.energy if isinstance(item, PeriodPrice)
        }
        tiers = tuple(item for item in self.energy if not isinstance(item, PeriodPrice))
        return by_period or {ALL_HOURS: tiers}


@dataclass(frozen=True, slots=True)
class RatePeriod:
    """A rate and the time for which it holds: start <= t < end, UTC."""

    rate: RateVersion
    start: datetime
    end: datetime


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
