"""Daily charges: so many local days at a fixed price."""

from decimal import Decimal

from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import Rated
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Stretch
from bcm_mqtt.domain.tariff import DailyCharge


def daily_lines(month: RatedMonth) -> Rated:
    """A line for each charge, and for each part of the month in which it is another."""
    rated = Rated()
    for stretches in month.each_by_name(lambda rate: {one.name: one for one in rate.daily}):
        for stretch in stretches:
            rated += _rated(month, stretch)
    return rated


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
