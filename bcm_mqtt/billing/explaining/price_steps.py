"""A line by a series of prices: each interval's kWh at its own price, day by day."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import partial
from itertools import groupby
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.explaining.steps import SUM, Section, Step, exact, local
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.lines import BillLine, Trace
from bcm_mqtt.domain.tariff import BlockUse, PricedIntervals
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
    step = partial(_interval, intervals, trace.overhead, currency, zone)
    yield from _by_day(line, intervals, {at: step(at) for at in used}, currency, zone)


def block_sections(
    line: BillLine, trace: Trace, currency: str, zone: ZoneInfo
) -> Iterator[Section]:
    """The same of a block: what of it was used in each interval, and what went back.

    Takes what `price_sections` takes.
    """
    if block := trace.block:
        intervals = block.of_one_kw
        step = partial(_of_block, block, currency, zone)
        steps = {at: step(at) for at in range(intervals.index.size)}
        yield from _by_day(line, intervals, steps, currency, zone)


def _by_day(
    line: BillLine,
    intervals: PricedIntervals,
    by_interval: Mapping[int, Step],
    currency: str,
    zone: ZoneInfo,
) -> Iterator[Section]:
    days = list[Step]()
    for date, same in groupby(by_interval, lambda at: _start(intervals, at, zone).date()):
        steps = [by_interval[at] for at in same]
        total = _sum(steps)
        title = _("prices of %(day)s", day=day(date))
        yield Section(title, (*steps, Step(_("together"), total, currency, SUM)))
        days.append(Step(title, total, currency))
    if days:
        what, note = _("together, before it is rounded"), ""
        if money(_sum(days), currency) != line.amount:
            note = _("the prices and readings stored now give another amount than was issued")
        yield Section(_("days"), (*days, Step(what, _sum(days), currency, SUM, note)))


def used_sections(
    bill: Bill, index: int, traces: Sequence[Trace], used: Mapping[str, bool]
) -> Iterator[Section]:
    """That a line was explained by the prices that the bill was issued with.

    Args:
        bill: Issued, or a draft, of which this says nothing.
        index: Of the line, from 1.
        traces: Of the lines.
        used: By series, whether the prices that are stored now are the same.
    """
    line = bill.lines[index - 1]
    for trace in traces:
        made = any((one.kind, one.label) == (line.kind, line.label) for one in trace.lines)
        intervals = trace.intervals or (trace.block and trace.block.of_one_kw)
        if made and intervals and (name := intervals.by.series) in used:
            what = _("prices of %(series)s as this bill was issued with them", series=name)
            note = "" if used[name] else _("others are stored now: the bill differs until revised")
            yield Section(_("prices"), (Step(what, note=note),))
            return


def _start(intervals: PricedIntervals, at: int, zone: ZoneInfo) -> datetime:
    return from_ms(int(intervals.prices.starts_ms[int(intervals.index[at])])).astimezone(zone)


def _interval(
    intervals: PricedIntervals, overhead: Decimal, currency: str, zone: ZoneInfo, at: int
) -> Step:
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
    return Step(_times(intervals, at, zone), amount, currency, formula)


def _of_block(block: BlockUse, currency: str, zone: ZoneInfo, at: int) -> Step:
    """Its price less that of the series, and at which of them the energy of the interval is."""
    index = block.of_one_kw.price(at)
    bought, price = block.bought(at), Fraction(block.block.price)
    formula = (
        f"{_text(bought)} kWh x ({_text(price)} {'+' if index < 0 else '-'} {_text(abs(index))})"
    )
    used, within = _text(block.used_kwh(at)), _text(block.within(at))
    if beyond := block.beyond(at):
        note = _(
            "%(used)s kWh used: %(within)s at the block's price, %(beyond)s at the series' price",
            used=used,
            within=within,
            beyond=_text(beyond),
        )
    else:
        note = _(
            "%(used)s kWh used at the block's price, %(credited)s credited at the series' price",
            used=used,
            credited=_text(block.credited(at)),
        )
    amount = _decimal(bought * (price - index))
    return Step(_times(block.of_one_kw, at, zone), amount, currency, formula, note)


def _times(intervals: PricedIntervals, at: int, zone: ZoneInfo) -> str:
    start, end = intervals.times(at)
    return _("%(start)s to %(end)s", start=local(start, zone), end=local(end, zone))


def _text(value: Fraction) -> str:
    return exact(f"{_decimal(value).normalize():f}")


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
