"""Energy: kWh of each period of a rate, by tiers or by a series where it has them."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import chain
from typing import NamedTuple

from bcm_mqtt.domain.money import WATT_HOUR, money, rounded
from bcm_mqtt.domain.rating.demand.hours_use import kwh_tiers
from bcm_mqtt.domain.rating.lines import BillLine, Determinant, Rated, Trace
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Stretch
from bcm_mqtt.domain.rating.series import series_lines
from bcm_mqtt.domain.rating.tiers import by_tier
from bcm_mqtt.domain.tariff import (
    DemandCharge,
    EnergyPrice,
    RateVersion,
    SeriesPrice,
    Tier,
    tiers_of,
)
from bcm_mqtt.domain.usage.cut import ALL_HOURS
from bcm_mqtt.domain.usage.usage import Coverage, Usage, total_kwh


class _PricedPeriod(NamedTuple):
    """Where one of these changes, a new line begins; a demand is that of hours of use."""

    name: str
    price: EnergyPrice
    overhead: Decimal
    demand: DemandCharge | None


def energy_lines(month: RatedMonth) -> Rated:
    """A line for each period and tier, and for each part of the month with another price.

    Raises:
        ValueError: a row is of no period of its rate; it would be left out.
    """
    names = dict.fromkeys(chain.from_iterable(one.rate.energy_prices for one in month.rates))
    parts = [
        (stretch, rows)
        for name in names
        for stretch in month.stretches(partial(_price_of, name=name))
        if (rows := _rows_of(month.usage, stretch))
    ]
    if sum(len(rows) for _, rows in parts) != len(month.usage):
        message = f"tariff {month.tariff.id}: usage that is not cut by the rate's periods"
        raise ValueError(message)
    parts.sort(key=lambda part: part[0].start)
    return sum((_rated(month, stretch, rows) for stretch, rows in parts), Rated())


def _price_of(rate: RateVersion, name: str) -> _PricedPeriod | None:
    price = rate.energy_prices.get(name)
    if price is None:
        return None
    if isinstance(price, SeriesPrice):
        return _PricedPeriod(name, price, rate.overhead, None)
    by_hours = any(tier.hours_use for tier in tiers_of(price))
    demand = next(iter(rate.demand), None) if by_hours else None
    return _PricedPeriod(name, price, rate.overhead, demand)


def _rows_of(usage: Sequence[Usage], stretch: Stretch[_PricedPeriod]) -> list[Usage]:
    name = stretch.charge.name
    return [
        row
        for row in usage
        if stretch.start <= row.start < stretch.end and name in {ALL_HOURS, row.period}
    ]


def _rated(month: RatedMonth, stretch: Stretch[_PricedPeriod], rows: list[Usage]) -> Rated:
    name, price, overhead, demand = stretch.charge
    if isinstance(price, SeriesPrice):
        return series_lines(month, stretch, rows, name, price, overhead)
    kwh, basis = total_kwh(rows), []
    if overhead != 1:
        basis.append(f"{kwh:,} kWh x {overhead}")
        kwh = rounded(Fraction(kwh) * Fraction(overhead), WATT_HOUR)
    share = month.share(stretch)
    tiers, of_hours = kwh_tiers(month, tiers_of(price), demand)
    basis += of_hours
    if any(tier.per_day for tier in tiers):
        days = month.days(stretch)
        tiers = tuple(Tier(tier.price, _threshold(tier.up_to, Fraction(days))) for tier in tiers)
        basis.append(f"tiers of {days} days")
    elif len(tiers) > 1 and not share.whole:
        tiers = tuple(Tier(tier.price, _threshold(tier.up_to, share.exact)) for tier in tiers)
        basis.append(f"tiers of {share}")
    determinant = Determinant(
        name=month.named("/".join(filter(None, ("energy", name))), stretch),
        quantity=kwh,
        unit="kWh",
        start=stretch.start,
        end=stretch.end,
        basis="; ".join(basis),
    )
    coverage = Coverage.total(row.coverage for row in rows)
    lines = tuple(
        BillLine(
            label=month.labelled(", ".join(filter(None, ("Energy", name, tier_label))), stretch),
            quantity=quantity,
            unit="kWh",
            price=tier_price,
            amount=money(quantity * tier_price, month.tariff.currency),
            coverage=coverage,
            determinant=determinant.name,
        )
        for tier_label, quantity, tier_price in by_tier(kwh, tiers)
    )
    return Rated(lines, (determinant,)).traced(Trace(usage=tuple(rows), overhead=overhead))


def _threshold(kwh: Decimal | None, share: Fraction) -> Decimal | None:
    return None if kwh is None else rounded(Fraction(kwh) * share, WATT_HOUR)
