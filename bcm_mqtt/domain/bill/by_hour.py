"""A customer's month by hour: energy and cost, which other programs make statistics of.

A kWh costs in its hour what it costs in its period and tier, with the taxes on energy; tiers
fill up in the order of time. What no kWh is the reason of (demand, committed power, fees, the
minimum, taxes on them) is spread evenly. Of a running month nothing but a new peak of demand
changes the hours before, and the minimum, which nobody knows yet, is left out.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.groups import by_group
from bcm_mqtt.domain.bill.review import is_barred
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Flags, Floats, Integers, Slots
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine, cost_of
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.tariff import (
    EnergyPrice,
    RateVersion,
    SeriesPrice,
    SlotPrices,
    Tariff,
    slot_prices,
)
from bcm_mqtt.domain.time import MILLISECOND, MS_PER_HOUR, from_ms, to_ms
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH, Load
from bcm_mqtt.domain.usage.cut import ALL_HOURS

_COST_DECIMALS = 4
"""Of an hour's cost, which may be a small part of a cent."""


@dataclass(frozen=True, slots=True)
class CustomerHours:
    """A customer's hours of a month, from the first to the last of which anything is known.

    Attributes:
        customer: Whose.
        start: Of the first hour, UTC, a whole hour.
        kwh: One for each hour, rounded to 0.001.
        currency: Of the cost.
        cost: One for each hour, rounded to 0.0001; None where no tariff applies, or where
            some energy of the month has no price yet.
    """

    customer: Customer
    start: datetime
    kwh: tuple[Decimal, ...]
    currency: str
    cost: tuple[Decimal, ...] | None


def by_hour(
    bill: Bill,
    tariff: Tariff | None,
    now: datetime,
    prices: Mapping[str, SlotPrices] = MappingProxyType({}),
) -> CustomerHours | None:
    """The whole hours of a bill's month before now; of a month that is over they add up to it.

    Args:
        bill: A draft, with its load.
        tariff: By which it was made; None where it has no price.
        now: The present.
        prices: Of series by slot of the load, by the id of the series.

    Returns:
        None where nothing was measured, estimated or entered by hand: it is unknown, and not 0.
    """
    if bill.load is None:
        return None
    energy = bill.load.hours(now)
    first_ms = to_ms(energy.start)
    hours = (bill.load.slots.starts_ms - first_ms) // MS_PER_HOUR
    known = np.unique(hours[_known(bill, bill.load)])
    known = known[known < len(energy.kwh)]
    if not known.size:
        return None
    first, last = int(known[0]), int(known[-1])
    cost = None
    if tariff is not None and not is_barred(bill):
        amounts = np.zeros(int(hours[-1]) + 1)
        parts = list(by_group(bill, tariff))
        for part, own in parts:
            if part.load is not None:
                np.add.at(amounts, hours, _energy_cost(part, part.load, own, prices))
        over = len(energy.kwh) == amounts.size
        rest = float(cost_of(bill.lines)) - amounts.sum()
        if not over:
            rest = sum(_known_of_rest(part, own) for part, own in parts)
        spread_over = amounts[first : last + 1] if over else amounts[first:]
        spread_over += rest / spread_over.size
        cost = tuple(_in_steps(amounts[first : last + 1]))
    start = from_ms(first_ms + first * MS_PER_HOUR)
    kwh = energy.kwh[first : last + 1]
    return CustomerHours(bill.customer, start, kwh, bill.currency, cost)


def _known(bill: Bill, load: Load) -> Flags:
    """Slots in which some time of some circuit was measured, estimated or entered by hand."""
    circuits = {(row.panel, row.circuit.id, row.start, row.end) for row in bill.usage}
    total_ms = np.zeros(load.slots.count, np.int64)
    for (start, end), count in Counter((start, end) for *_, start, end in circuits).items():
        total_ms += count * _overlap_ms(load.slots, start, end)
    return total_ms > load.missing_ms


def _overlap_ms(slots: Slots, start: datetime, end: datetime) -> Integers:
    begins = np.maximum(slots.starts_ms, to_ms(start))
    ends = np.minimum(slots.starts_ms + INTERVAL_MS, to_ms(end))
    inside: Integers = np.maximum(ends - begins, 0)
    return inside


def _energy_cost(
    bill: Bill, load: Load, tariff: Tariff, prices: Mapping[str, SlotPrices]
) -> Floats:
    """What the energy of each slot costs, with the taxes on it."""
    costs = np.zeros(load.slots.count)
    for determinant in bill.determinants:
        lines = [
            line
            for line in bill.lines
            if line.kind is LineKind.ENERGY and line.determinant == determinant.name
        ]
        if not lines:
            continue
        counted = np.zeros(load.slots.count)
        factor = _with_taxes(bill, tariff, LineKind.ENERGY, determinant.end)
        named = determinant.name, determinant.start
        for rate, price, flags in _priced(tariff, *named, bill, load.slots):
            energy = np.where(flags, load.microwatt_hours * float(rate.overhead), 0)
            if isinstance(price, SeriesPrice):
                each = np.nan_to_num(slot_prices(price, prices[price.series]))
                costs += energy * each / MICROWATT_HOURS_PER_KWH * factor
            else:
                counted += energy
        if counted.any():
            ends = np.cumsum(counted) / MICROWATT_HOURS_PER_KWH
            costs += np.diff(_up_to(ends, lines), prepend=0.0) * factor
    return costs


def _priced(
    tariff: Tariff, name: str, start: datetime, bill: Bill, slots: Slots
) -> Iterator[tuple[RateVersion, EnergyPrice, Flags]]:
    """The rates of a determinant of energy with its price, and its slots in each."""
    others = [one.start for one in bill.determinants if _same_period(one.name, name)]
    until = min((other for other in others if other > start), default=bill.end)
    spans = tariff.priced(bill.start, bill.end, slots)
    for one, span in zip(tariff.periods(bill.start, bill.end), spans, strict=True):
        if not start <= one.start < until:
            continue
        for period, price in one.rate.energy_prices.items():
            if _same_period("/".join(filter(None, ("energy", period))), name):
                named = [period] if period != ALL_HOURS else span.periods
                flags = np.logical_or.reduce([span.flags(each, slots) for each in named])
                yield one.rate, price, flags


def _same_period(one: str, other: str) -> bool:
    """Whether names of determinants are of one period; later ones end with their first day."""
    return one.partition("@")[0] == other.partition("@")[0]


def _up_to(kwh: Floats, lines: Sequence[BillLine]) -> Floats:
    """What so many kWh from none on cost; the last tier that was reached has no end."""
    ends, amounts = [0.0], [0.0]
    for line in lines[:-1]:
        ends.append(ends[-1] + float(line.quantity))
        amounts.append(amounts[-1] + float(line.quantity * line.price))
    beyond = np.maximum(kwh - ends[-1], 0) * float(lines[-1].price)
    return np.interp(kwh, ends, amounts) + beyond


def _with_taxes(bill: Bill, tariff: Tariff, kind: LineKind, until: datetime) -> float:
    """By how much more a line of a kind, for a time until then, costs with the taxes on it."""
    if bill.customer.is_exempt_at(until - MILLISECOND):
        return 1.0
    (*_, last) = tariff.periods(bill.start, bill.end)
    shares = dict[str, Decimal]()
    for tax in last.rate.taxes:
        base = Decimal(not tax.on or kind in tax.on)
        base += sum((shares[name] for name in tax.on_taxes), Decimal(0))
        shares[tax.name] = base * tax.percent / 100
    return 1 + float(sum(shares.values(), Decimal(0)))


def _known_of_rest(bill: Bill, tariff: Tariff) -> float:
    """What no kWh of a running month is the reason of, with the taxes on it."""
    left_out = {LineKind.ENERGY, LineKind.MINIMUM, LineKind.TAX, LineKind.ROUNDING}
    spread = (line for line in bill.lines if line.kind not in left_out and not line.is_settled)
    ends = {one.name: one.end for one in bill.determinants}
    return sum(
        float(line.amount)
        * _with_taxes(bill, tariff, line.kind, ends.get(line.determinant, bill.end))
        for line in spread
    )


def _in_steps(amounts: Floats) -> Iterator[Decimal]:
    """Rounded so that they add up to the rounded sum of all."""
    totals = np.rint(np.cumsum(amounts) * 10**_COST_DECIMALS).astype(np.int64).tolist()
    for before, after in pairwise([0, *totals]):
        yield Decimal(after - before).scaleb(-_COST_DECIMALS)
