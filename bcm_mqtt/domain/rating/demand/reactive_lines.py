"""Reactive energy: kvarh above a share of the kWh, where reactive power is measured."""

from decimal import Decimal
from fractions import Fraction

from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.money import WATT_HOUR, rounded
from bcm_mqtt.domain.rating.demand.apparent import energies, unmeasured
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import Rated
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Stretch
from bcm_mqtt.domain.tariff import ReactiveCharge


def reactive_lines(month: RatedMonth) -> Rated:
    """A line for each charge, and for each part of the month in which it is another.

    Left out where reactive power is never known; wherever it is not, findings hold the bill.
    """
    charges = list(month.each_by_name(lambda rate: {one.name: one for one in rate.reactive}))
    rated = Rated(findings=tuple(unmeasured(month)) if charges else ())
    for stretches in charges:
        for stretch in stretches:
            rated += _rated(month, stretch)
    return rated


def _rated(month: RatedMonth, stretch: Stretch[ReactiveCharge]) -> Rated:
    charge = stretch.charge
    slots = Slots.between(stretch.start, stretch.end)
    found = energies(month.load, slots) if month.load else None
    if found is None:
        return Rated()
    free = rounded(Fraction(charge.above_share) * Fraction(found.kwh), WATT_HOUR)
    basis = ""
    if charge.above_share:
        basis = f"{found.kvarh} kvarh - {charge.above_share} x {found.kwh} kWh"
    return month.charged(
        LineKind.REACTIVE,
        stretch,
        f"reactive/{charge.name}",
        charge.name,
        max(found.kvarh - free, Decimal("0.000")),
        "kvarh",
        charge.price,
        basis,
    )
