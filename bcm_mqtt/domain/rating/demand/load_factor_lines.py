"""Load factor: the kWh beyond so many hours of use of the month's demand, as a line."""

from fractions import Fraction
from math import floor

from bcm_mqtt.domain.money import WATT_HOUR, rounded
from bcm_mqtt.domain.rating.demand.hours_use import billed_kw
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import Rated
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Stretch
from bcm_mqtt.domain.tariff import DemandCharge, LoadFactorCharge, RateVersion
from bcm_mqtt.domain.time import MILLISECOND, MS_PER_HOUR
from bcm_mqtt.domain.usage.usage import total_kwh

_Used = tuple[LoadFactorCharge, DemandCharge | None]
"""A charge, and the demand whose use it is about."""


def load_factor_lines(month: RatedMonth) -> Rated:
    """A line for each charge, and for each part of the month in which it is another.

    Left out where nothing is beyond the limit, and where the demand is not known.
    """
    rated = Rated()
    for stretches in month.each_by_name(_used):
        for stretch in stretches:
            rated += _rated(month, stretch)
    return rated


def _used(rate: RateVersion) -> dict[str, _Used]:
    return {one.name: (one, next(iter(rate.demand), None)) for one in rate.load_factor}


def _rated(month: RatedMonth, stretch: Stretch[_Used]) -> Rated:
    charge, demand = stretch.charge
    share = month.share(stretch)
    billed = billed_kw(month, demand)
    if billed is None or not share.time:
        return Rated()
    kwh, kw = total_kwh(month.usage), billed[0]
    hours = Fraction(kwh) / Fraction(kw) if kw > 0 else Fraction(0)
    if charge.whole_hours:
        hours = Fraction(floor(hours))
    beyond = hours - _limit(month, charge)
    if beyond <= 0:
        return Rated()
    quantity = share.of(rounded(beyond * Fraction(kw), WATT_HOUR))
    limit = rounded(_limit(month, charge), WATT_HOUR).normalize()
    basis = f"{kwh:,} kWh / {kw} kW, above {limit:f} hours of use"
    return month.charged(
        *(LineKind.RIDER, stretch, f"load-factor/{charge.name}", charge.name, quantity, "kWh"),
        *(charge.price, basis if share.whole else f"{basis} x {share}"),
    )


def _limit(month: RatedMonth, charge: LoadFactorCharge) -> Fraction:
    """In hours of use."""
    if charge.above_hours is not None:
        return Fraction(charge.above_hours)
    hours = Fraction((month.end - month.start) // MILLISECOND, MS_PER_HOUR)
    return Fraction(charge.above_share or 0) * hours
