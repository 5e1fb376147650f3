"""The lines of energy that is priced by a series, and what of it has no price."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.slots import Flags, Slots
from bcm_mqtt.domain.money import WATT_HOUR, minor_digits, money, rounded
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine, Determinant, Rated, Trace
from bcm_mqtt.domain.rating.rated_month import Charge, RatedMonth, Stretch
from bcm_mqtt.domain.rating.series.by_interval import IntervalEnergy, by_interval
from bcm_mqtt.domain.rating.series.unpriced import differing, unpriced
from bcm_mqtt.domain.tariff import NO_PRICES, BlockUse, PricedIntervals, SeriesPrice, SlotPrices
from bcm_mqtt.domain.usage.cut import ALL_HOURS
from bcm_mqtt.domain.usage.usage import Coverage, Usage, total_kwh

_LEAST_DIGITS: Final = 4
"""Decimals of a weighted price; as many more as its amount needs."""


def series_lines(
    month: RatedMonth,
    stretch: Stretch[Charge],
    rows: Sequence[Usage],
    name: str,
    price: SeriesPrice,
    overhead: Decimal,
) -> Rated:
    """A line with the weighted price, another of what is fed in, and one of a block.

    Args:
        month: With the prices of the series, and the load.
        stretch: In which the price holds.
        rows: Of the stretch and the period.
        name: Of the period.
        price: By the series.
        overhead: What each kWh counts for.

    Raises:
        ValueError: the load by interval is not known.
    """
    load = month.load
    if load is None:
        message = f"tariff {month.tariff.id}: prices of {price.series} without a load"
        raise ValueError(message)
    known = month.prices.get(price.series) or NO_PRICES.on(load.slots)
    flags = _flags(month, stretch, name, load.slots)
    span = Slots.between(stretch.start, stretch.end).within(load.slots)
    energy = np.where(flags, load.microwatt_hours, 0)
    kwh = total_kwh(rows)
    found = by_interval(energy, known, (span, flags), int(kwh.scaleb(3)), len(rows))
    if found is None:
        return Rated(findings=(differing(stretch, rows),))
    total = _energy(month, stretch, rows, (name, price, overhead), known, found)
    held = np.zeros(load.slots.count, np.bool_)
    for first, size in _runs(found, span):
        held[first : first + size] = True
    if price.block:
        total += _block(month, stretch, rows, (price, overhead), known, found)
        held |= _bought(month, stretch, rows, load.slots) & (known.of_slot < 0)
    return total + Rated(findings=tuple(unpriced(month, rows, price.series, held, energy)))


def _runs(found: IntervalEnergy, span: slice) -> Iterator[tuple[int, int]]:
    """The slots with energy and without a price: first and count."""
    sizes = np.diff(found.first, append=span.stop)
    for run in np.flatnonzero((found.price < 0) & found.loaded).tolist():
        yield int(found.first[run]), int(sizes[run])


def _flags(month: RatedMonth, stretch: Stretch[Charge], name: str, slots: Slots) -> Flags:
    flags = np.zeros(slots.count, np.bool_)
    flags[Slots.between(stretch.start, stretch.end).within(slots)] = True
    if name == ALL_HOURS:
        return flags
    priced = month.tariff.priced(month.start, month.end, slots)
    in_period: Flags = np.logical_or.reduce([time.flags(name, slots) for time in priced])
    return flags & in_period


def _energy(
    month: RatedMonth,
    stretch: Stretch[Charge],
    rows: Sequence[Usage],
    charged: tuple[str, SeriesPrice, Decimal],
    known: SlotPrices,
    found: IntervalEnergy,
) -> Rated:
    name, by, overhead = charged
    priced = found.price >= 0
    measured = Decimal(int(found.watt_hours.sum())).scaleb(-3)
    named = month.named("/".join(filter(None, ("energy", name))), stretch)
    basis = [f"{measured:,} kWh x {overhead}"] if overhead != 1 else []
    basis.append(f"{int((priced & found.wanted).sum())} prices of {by.formula}")
    billed = _counted(Decimal(int(found.watt_hours[priced].sum())).scaleb(-3), overhead)
    total = Rated((), ())
    for label, chosen in (("", found.watt_hours >= 0), ("fed in", found.watt_hours < 0)):
        some = priced & chosen
        if not some.any() or (label and not found.watt_hours[some].any()):
            continue
        intervals = PricedIntervals(by, known.prices, found.price[some], found.watt_hours[some])
        quantity = _counted(intervals.kwh, overhead)
        exactly = intervals.amount(overhead)
        words = ", ".join(filter(None, ("Energy", name, label)))
        line = BillLine(
            label=month.labelled(words, stretch),
            quantity=quantity,
            unit="kWh",
            price=weighted(exactly, quantity, month.tariff.currency),
            amount=_money(exactly, month.tariff.currency),
            coverage=Coverage.total(row.coverage for row in rows),
            determinant=named,
        )
        trace = Trace(usage=tuple(rows), overhead=overhead, intervals=intervals)
        total += Rated((line,)).traced(trace)
    determinant = Determinant(named, billed, "kWh", stretch.start, stretch.end, "; ".join(basis))
    return Rated((), (determinant,)) + total


def _counted(kwh: Decimal, overhead: Decimal) -> Decimal:
    return kwh if overhead == 1 else rounded(Fraction(kwh) * Fraction(overhead), WATT_HOUR)


def _bought(
    month: RatedMonth, stretch: Stretch[Charge], rows: Sequence[Usage], slots: Slots
) -> Flags:
    """The slots for which a block is bought: those of the customer's circuits that have come."""
    start = max(stretch.start, min(row.start for row in rows))
    end = min(stretch.end, max(row.end for row in rows), month.present or month.end)
    flags = np.zeros(slots.count, np.bool_)
    if start < end:
        flags[Slots.between(start, end).within(slots)] = True
    return flags


def _block(
    month: RatedMonth,
    stretch: Stretch[Charge],
    rows: Sequence[Usage],
    charged: tuple[SeriesPrice, Decimal],
    known: SlotPrices,
    found: IntervalEnergy,
) -> Rated:
    """What a block costs against the series: the energy line has all that was used at its price."""
    by, overhead = charged
    if by.block is None:
        return Rated()
    bought = known.of_slot[_bought(month, stretch, rows, known.slots)]
    index, counts = np.unique(bought[bought >= 0], return_counts=True)
    one = PricedIntervals(by, known.prices, index, 250 * counts.astype(np.int64))
    hours = one.kwh  # a block of 1 kW
    quantity = rounded(Fraction(by.block.kw) * Fraction(hours), WATT_HOUR)
    against = Fraction(by.block.price) * Fraction(hours) - one.amount(Decimal(1))
    exactly = Fraction(by.block.kw) * against
    kw = f"{by.block.kw:f}"
    line = BillLine(
        label=month.labelled(f"Block of {kw} kW", stretch),
        quantity=quantity,
        unit="kWh",
        price=weighted(exactly, quantity, month.tariff.currency),
        amount=_money(exactly, month.tariff.currency),
        kind=LineKind.RIDER,
        determinant=month.named("block", stretch),
    )
    basis = f"{kw} kW x {hours.normalize():f} h at {by.block.price:f} less {by.formula}"
    determinant = Determinant(line.determinant, quantity, "kWh", stretch.start, stretch.end, basis)
    priced = found.price >= 0
    used = np.zeros(known.prices.nano.size, np.int64)
    np.add.at(used, found.price[priced], found.watt_hours[priced])
    trace = Trace(block=BlockUse(by.block, one, used[index], overhead))
    return Rated((line,), (determinant,)).traced(trace)


def weighted(amount: Fraction, quantity: Decimal, currency: str) -> Decimal:
    """The price that gives an amount, with as many decimals as reproduce it to the minor unit."""
    if not quantity:
        return Decimal(0)
    goal = _money(amount, currency)
    for digits in range(max(_LEAST_DIGITS, minor_digits(currency)), 30):
        # What is half a minor unit exactly is not met from below, but its rounded amount is.
        for exactly in (amount, Fraction(goal)):
            price = rounded(exactly / Fraction(quantity), Decimal(1).scaleb(-digits))
            if money(quantity * price, currency) == goal:
                return price
    return rounded(amount / Fraction(quantity), Decimal(1).scaleb(-30))


def _money(amount: Fraction, currency: str) -> Decimal:
    """Rounded once, half up."""
    return rounded(amount, Decimal(1).scaleb(-minor_digits(currency)))
