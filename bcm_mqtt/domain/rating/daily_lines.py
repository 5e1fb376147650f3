"""Daily charges: so many local days at a fixed price."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import Rated
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Stretch
from bcm_mqtt.domain.tariff import DailyCharge, RateVersion
from bcm_mqtt.domain.time import MILLISECOND

_DAY = timedelta(days=1)


def daily_lines(month: RatedMonth) -> Rated:
    """A line for each charge, and for each part of the month in which it is another."""
    names = dict.fromkeys(one.name for period in month.rates for one in period.rate.daily)
    return sum(
        (
            _rated(month, stretch)
            for name in names
            for stretch in month.stretches(partial(_charge_of, name=name))
        ),
        Rated(),
    )


def _charge_of(rate: RateVersion, name: str) -> DailyCharge | None:
    return next((one for one in rate.daily if one.name == name), None)


def _rated(month: RatedMonth, stretch: Stretch[DailyCharge]) -> Rated:
    days = days_within(month, stretch)
    if not days:
        return Rated()
    return month.charged(
        LineKind.FEE,
        stretch,
        f"daily/{stretch.charge.name}",
        stretch.charge.name,
        Decimal(days),
        "days",
        stretch.charge.price,
        "",
    )


def days_within(month: RatedMonth, stretch: Stretch[DailyCharge]) -> int:
    """Local days, of the tariff's zone, on which the customer has a circuit at any time."""
    days = set[date]()
    for row in month.usage:
        start, end = max(row.start, stretch.start), min(row.end, stretch.end)
        if start < end:
            zone = month.tariff.zone
            day = start.astimezone(zone).date()
            last = (end - MILLISECOND).astimezone(zone).date()
            while day <= last:
                days.add(day)
                day += _DAY
    return len(days)
