"""Daily charges: so many local days at a fixed price."""

from decimal import Decimal
from functools import partial

from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import Rated
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Stretch
from bcm_mqtt.domain.tariff import DailyCharge, RateVersion


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
    days = month.days(stretch)
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
