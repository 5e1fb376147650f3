"""Hours of use: tiers of energy that end at so many kWh for each kW of demand."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from bcm_mqtt.domain.money import WATT_HOUR, rounded
from bcm_mqtt.domain.rating.demand.floors import floored
from bcm_mqtt.domain.rating.demand.lines import measured_demand
from bcm_mqtt.domain.rating.rated_month import RatedMonth
from bcm_mqtt.domain.tariff import DemandCharge, Tier

_COINCIDENT = DemandCharge(price=Decimal(0))


def kwh_tiers(
    month: RatedMonth, tiers: Sequence[Tier], demand: DemandCharge | None
) -> tuple[tuple[Tier, ...], list[str]]:
    """Tiers that end at kWh of the whole month, and of what demand those of hours are made.

    Args:
        month: Whose demand it is.
        tiers: By kWh, or by hours of use.
        demand: The first charge of the rate, whose billed kW count; None for the coincident
            demand as measured.

    Raises:
        ValueError: the load is not known, and with it the demand.
    """
    if not any(tier.hours_use for tier in tiers):
        return tuple(tiers), []
    billed = billed_kw(month, demand)
    if billed is None:
        message = f"tariff {month.tariff.id}: hours of use without a load"
        raise ValueError(message)
    kw, words = billed
    ends = (
        None
        if tier.hours_use is None
        else rounded(Fraction(tier.hours_use) * Fraction(kw), WATT_HOUR)
        for tier in tiers
    )
    by_kwh = tuple(Tier(tier.price, end) for tier, end in zip(tiers, ends, strict=True))
    return by_kwh, [f"hours of use of {kw} kW ({words})"]


def billed_kw(month: RatedMonth, demand: DemandCharge | None) -> tuple[Decimal, str] | None:
    """The kW of a whole month whose use counts, and how they came about; None of no known load."""
    measured = measured_demand(month, demand or _COINCIDENT)
    if measured is None:
        return None
    return floored(month, demand or _COINCIDENT, measured.determinant.quantity)
