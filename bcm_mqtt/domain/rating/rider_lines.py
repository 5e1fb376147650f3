"""Riders: a price of each kWh on top of its energy price."""

from decimal import Decimal
from fractions import Fraction

from bcm_mqtt.domain.money import WATT_HOUR, rounded
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import Rated, Trace
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Stretch
from bcm_mqtt.domain.tariff import EnergyRider, RateVersion
from bcm_mqtt.domain.usage.usage import total_kwh

_Ridden = tuple[EnergyRider, Decimal]
"""A rider, and the factor that its energy counts with."""


def rider_lines(month: RatedMonth) -> Rated:
    """A line for each rider, and for each part of the month in which it is another."""
    rated = Rated()
    for stretches in month.each_by_name(_ridden):
        for stretch in stretches:
            rated += _rated(month, stretch)
    return rated


def _ridden(rate: RateVersion) -> dict[str, _Ridden]:
    return {
        one.name: (one, rate.overhead if one.with_overhead else Decimal(1)) for one in rate.riders
    }


def _rated(month: RatedMonth, stretch: Stretch[_Ridden]) -> Rated:
    rider, overhead = stretch.charge
    rows = [
        row
        for row in month.usage
        if stretch.start <= row.start < stretch.end and rider.period in {"", row.period}
    ]
    if not rows:
        return Rated()
    kwh, basis = total_kwh(rows), ""
    if overhead != 1:
        basis = f"{kwh:,} kWh x {overhead}"
        kwh = rounded(Fraction(kwh) * Fraction(overhead), WATT_HOUR)
    rated = month.charged(
        LineKind.RIDER,
        stretch,
        f"rider/{rider.name}",
        rider.name,
        kwh,
        "kWh",
        rider.price,
        basis,
    )
    return rated.traced(Trace(usage=tuple(rows), overhead=overhead))
