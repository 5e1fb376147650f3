"""A line by a series of prices: each interval's kWh at its own price, day by day."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import groupby
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.explaining.steps import SUM, Section, Step, exact, local
from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.lines import BillLine, Trace
from bcm_mqtt.domain.tariff import PricedIntervals
from bcm_mqtt.domain.time import from_ms
from bcm_mqtt.languages import _, day, number


def price_sections(
    line: BillLine, trace: Trace, currency: str, zone: ZoneInfo
) -> Iterator[Section]:
    """A section for each local day with energy, and their sum; nothing of any other line.

    Args:
        line: Of the bill.
        trace: Of the line, by what is stored now.
        currency: Of the tariff.
        zone: Of local times.
    """
    intervals = trace.intervals
    if intervals is None:
        return
    used = [index for index, energy in enumerate(intervals.watt_hours.tolist()) if energy]
    days = list[Step]()
    for date, same in groupby(used, lambda at: _start(intervals, at, zone).date()):
        steps = [_interval(intervals, at, trace.overhead, currency, zone) for at in same]
        total = _sum(steps)
        title = _("prices of %(day)s", day=day(date))
        yield Section(title, (*steps, Step(_("together"), total, currency, SUM)))
        days.append(Step(title, total, currency))
    if days:
        what, note = _("together, before it is rounded"), ""
        if money(_sum(days), currency) != line.amount:
            note = _("the prices and readings stored now give another amount than was issued")
        yield Section(_("days"), (*days, Step(what, _sum(days), currency, SUM, note)))


def _start(intervals: PricedIntervals, at: int, zone: ZoneInfo) -> datetime:
    return from_ms(int(intervals.prices.starts_ms[int(intervals.index[at])])).astimezone(zone)


def _interval(
    intervals: PricedIntervals, at: int, overhead: Decimal, currency: str, zone: ZoneInfo
) -> Step:
    start, end = intervals.times(at)
    kwh = Decimal(int(intervals.watt_hours[at])).scaleb(-3)
    published, by = intervals.prices.decimal(int(intervals.index[at])), intervals.by
    price = number(published.normalize() if published else Decimal(0))
    if by.factor != 1:
        price = f"{price} x {exact(by.factor)}"
    if by.adder:
        price = f"({price} {'-' if by.adder < 0 else '+'} {exact(abs(by.adder))})"
    factors = [str(one) for one in (by.losses, overhead) if one != 1]
    formula = " x ".join([f"{number(kwh)} kWh", price, *map(exact, factors)])
    amount = _decimal(intervals.price(at) * Fraction(kwh) * Fraction(overhead))
    what = _("%(start)s to %(end)s", start=local(start, zone), end=local(end, zone))
    return Step(what, amount, currency, formula)


def _decimal(value: Fraction) -> Decimal:
    """All of its digits: it is made of decimals by products and sums."""
    with localcontext() as context:
        context.prec = 60
        found = Decimal(value.numerator) / Decimal(value.denominator)
        digits = -int(found.normalize().as_tuple().exponent)
        return found.quantize(Decimal(1).scaleb(-max(2, digits)))


def _sum(steps: list[Step]) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        return sum((Decimal(step.amount or 0) for step in steps), Decimal("0.00"))
