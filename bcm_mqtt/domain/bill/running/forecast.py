"""What a running month may come to: the days left are like the measured ones of the last weeks.

Each quarter hour that is left is the mean of that quarter hour on whole measured days of its kind,
weekdays or weekends, of the last 28 days. The range is what those days' own spread makes of it:
the days left vary as they did, and the mean of so few days is itself uncertain; both in
quadrature, times Student's t for 95 %. A change of use that no measured day has is not in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from decimal import Decimal
from math import sqrt
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.domain.bill.bill import Bill, bill_of
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Flags, Floats, Integers, Slots
from bcm_mqtt.domain.rating.grouped.tariffs import TariffsByGroup
from bcm_mqtt.domain.rating.rated_month import PastDemands
from bcm_mqtt.domain.tariff import SlotPrices, Tariff
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.usage.customer_load import Load, kwh_of
from bcm_mqtt.domain.vee.flag import Flag

LOOKS_BACK: Final = 28
"""Days."""
FEWEST: Final = 3
"""Whole measured days of each kind that is left; else those of all kinds count together."""
_SATURDAY: Final = 5
_NOT_STORED_YET: Final = 8
"""Quarter hours before the present that may still come."""
_T_95: Final = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16)
"""Student's t, two-sided 95 %, by degrees of freedom from 1 on; from 14 on 2.14, which is its
greatest there."""
_T_OF_MORE: Final = 2.14


@dataclass(frozen=True, slots=True)
class KindOfDay:
    """Days that are alike, and what they say of those that are left.

    Attributes:
        weekend: Whether they are Saturdays and Sundays; None is all days together.
        days: Whole measured days that it is made of.
        mean_kwh: Of such a day, rounded to 0.001.
        deviation_kwh: Standard deviation of these days.
        left: Days of the kind that are left, whole and parts.
    """

    weekend: bool | None
    days: int
    mean_kwh: Decimal
    deviation_kwh: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True)
class Forecast:
    """Energy of a whole month that is not over.

    Attributes:
        so_far_kwh: Of the quarter hours that are over.
        kwh: Of the month as expected, rounded to 0.001.
        low_kwh: It is above that and below `high_kwh` in 19 of 20 months whose days vary so.
        high_kwh: See `low_kwh`.
        kinds: What it is made of.
        first: The first slot that is expected and not measured.
        energy: uWh by slot, as measured and from `first` on as expected.
    """

    so_far_kwh: Decimal
    kwh: Decimal
    low_kwh: Decimal
    high_kwh: Decimal
    kinds: tuple[KindOfDay, ...]
    first: int
    energy: Integers = field(repr=False, compare=False)

    def with_rest(self, kwh: Decimal) -> Integers:
        """The same energy whose expected part comes to the month's `kwh`."""
        expected = self.kwh - self.so_far_kwh
        scale = float((kwh - self.so_far_kwh) / expected) if expected else 0.0
        energy = self.energy.copy()
        energy[self.first :] = np.rint(energy[self.first :] * scale).astype(np.int64)
        return energy


@dataclass(frozen=True, slots=True)
class _Days:
    """Whole measured days: the energy of each, and the mean of each quarter hour."""

    totals: Floats
    profile: Floats


def forecast(
    past: Sequence[Load], as_of: datetime, since: datetime, until: datetime, zone: ZoneInfo
) -> Forecast | None:
    """The forecast of a month; None before there are three whole measured days.

    Args:
        past: The customer's loads, each of a month, the last one of the running month.
        as_of: The present.
        since: From when on the customer had circuits, in the months of the loads.
        until: Until when it has circuits in the running month.
        zone: Of days.
    """
    running = past[-1]
    local = running.slots.local(zone)
    first = _first_expected(running, as_of)
    left = np.zeros(running.slots.count, np.bool_)
    left[first:] = running.slots.starts_ms[first:] < to_ms(until)
    weekend = _weekend(local.days)
    needed = [kind for kind in (False, True) if (left & (weekend == kind)).any()]
    by_kind = {kind: _whole_days(past, as_of, since, zone, kind=kind) for kind in (*needed, None)}
    apart = all(_is_enough(by_kind[kind]) for kind in needed)
    if not _is_enough(by_kind[None]):
        return None
    energy, kinds = running.microwatt_hours.copy(), []
    energy[first:] = 0
    for kind in needed:
        own, chosen = left & (weekend == kind), kind if apart else None
        days = by_kind[chosen]
        energy[own] = np.rint(days.profile[local.quarters[own]]).astype(np.int64)
        kinds.append(_kind(days, int(own.sum()), kind=chosen))
    so_far, rest = kwh_of(int(energy[:first].sum())), kwh_of(int(energy[first:].sum()))
    off = min(_half_range(kinds), rest) if rest > 0 else Decimal(0)
    high = so_far + rest + _half_range(kinds)
    return Forecast(so_far, so_far + rest, so_far + rest - off, high, tuple(kinds), first, energy)


def expected_bill(
    bill: Bill,
    tariff: Tariff,
    energy: Integers,
    first: int,
    past_demands: PastDemands = MappingProxyType({}),
    prices: Mapping[str, SlotPrices] = MappingProxyType({}),
) -> Bill | None:
    """The bill of the whole month, with energy that is expected; None where it is not known.

    That is where some of it has no price yet, and where groups of circuits have tariffs of their
    own: what is expected is the customer's, and of no group.

    Its fees, tiers, minimum and taxes are those of the tariff; its demand is the greater of what
    was measured and what is expected.

    Args:
        bill: The month to date, with its load.
        tariff: By which it is priced.
        energy: uWh by slot of the load, as measured and as expected.
        first: The first slot that is expected.
        past_demands: Of earlier months, as of `bill_of`.
        prices: Of series, as of `bill_of`.
    """
    if bill.load is None or isinstance(tariff, TariffsByGroup):
        return None
    slots, rows = bill.load.slots, list(bill.usage)
    left = np.zeros(slots.count, np.bool_)
    left[first:] = True
    measured = bill.load.microwatt_hours.copy()
    measured[first:] = 0
    # What was measured of the slots that are expected is in both: it goes out of the rows.
    rest = np.where(left, energy - np.where(left, bill.load.microwatt_hours, 0), 0)
    priced = tariff.priced(bill.start, bill.end, slots)
    for number, row in enumerate(rows):
        own = left & _times(row.start, row.end, slots)
        flags = [one.flags(row.period, slots) for one in priced if row.period in one.periods]
        own &= np.logical_or.reduce(flags) if flags else False
        rows[number] = replace(row, kwh=row.kwh + kwh_of(int(rest[own].sum())))
        left &= ~own
    whole = np.where(left, 0, np.where(np.arange(slots.count) < first, measured, energy))
    nothing = np.zeros(slots.count, np.int64)
    load = Load(slots, whole, bill.load.estimated, nothing)
    bounds = bill.start, bill.end
    priced_as = bill.customer, tariff, bill.month, bounds, rows, bill.currency
    made = bill_of(*priced_as, load, past_demands, prices, None, bill.whole)
    unpriced = any(one.flag is Flag.PRICE_MISSING for one in made.findings)
    return None if unpriced else made


def _first_expected(running: Load, as_of: datetime) -> int:
    """The first quarter hour that is not over, or of which readings are still to come."""
    over = (to_ms(as_of) - running.slots.first_ms) // INTERVAL_MS
    first = min(max(int(over), 0), running.slots.count)
    least = max(0, first - _NOT_STORED_YET)
    while first > least and running.missing_ms[first - 1] > 0:
        first -= 1
    return first


def _times(start: datetime, end: datetime, slots: Slots) -> Flags:
    starts = slots.starts_ms
    return (starts >= to_ms(start)) & (starts < to_ms(end))


def _weekend(days: Integers) -> Flags:
    """Of ordinals of days; that of a Monday leaves 1 when it is divided by 7."""
    flags: Flags = (days - 1) % 7 >= _SATURDAY
    return flags


def _whole_days(
    past: Sequence[Load], as_of: datetime, since: datetime, zone: ZoneInfo, *, kind: bool | None
) -> _Days:
    """The days of a kind that are over, wholly known and the customer's from their beginning."""
    today = as_of.astimezone(zone).date().toordinal()
    begun = since.astimezone(zone)
    first = begun.date().toordinal() + (begun.time() != time.min)
    totals = list[float]()
    sums, counts = np.zeros(QUARTERS_A_DAY), np.zeros(QUARTERS_A_DAY)
    for load in past:
        local = load.slots.local(zone)
        for day in np.unique(local.days).tolist():
            own = local.days == day
            is_kind = kind is None or bool(_weekend(np.array([day]))[0]) == kind
            if not (max(first, today - LOOKS_BACK) <= day < today and is_kind):
                continue
            if load.missing_ms[own].any():
                continue
            totals.append(float(load.microwatt_hours[own].sum()))
            np.add.at(sums, local.quarters[own], load.microwatt_hours[own])
            np.add.at(counts, local.quarters[own], 1)
    profile = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    return _Days(np.array(totals), profile)


def _is_enough(days: _Days) -> bool:
    return len(days.totals) >= FEWEST


def _kind(days: _Days, slots: int, *, kind: bool | None) -> KindOfDay:
    return KindOfDay(
        weekend=kind,
        days=len(days.totals),
        mean_kwh=kwh_of(round(days.totals.mean())),
        deviation_kwh=kwh_of(round(days.totals.std(ddof=1))),
        left=(Decimal(slots) / QUARTERS_A_DAY).quantize(Decimal("0.01")),
    )


def _half_range(kinds: Sequence[KindOfDay]) -> Decimal:
    """How far the energy of the days left may be off, either way."""
    if not kinds:
        return Decimal(0)
    variance, of_means = 0.0, dict[bool | None, float]()
    for one in kinds:
        deviation, left = float(one.deviation_kwh), float(one.left)
        variance += left * deviation**2
        # Two kinds that share their days share the error of their mean: it adds up linearly.
        of_mean = left * deviation / sqrt(one.days)
        of_means[one.weekend] = of_means.get(one.weekend, 0.0) + of_mean
    freedom = min(one.days for one in kinds) - 1
    t = _T_95[freedom - 1] if freedom <= len(_T_95) else _T_OF_MORE
    off = t * sqrt(variance + sum(one**2 for one in of_means.values()))
    return Decimal(str(round(off, 3)))
