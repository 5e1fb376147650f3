"""Apparent power and power factor of a customer's load, where reactive power is measured.

Quarter hours in which it is unknown of any circuit count for neither, and hold the bill with a
finding for each of these circuits.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple

from bcm_mqtt.domain.interval.slots import Flags, Slots
from bcm_mqtt.domain.money import WATT_HOUR, rounded
from bcm_mqtt.domain.rating.rated_month import RatedMonth
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH, Load
from bcm_mqtt.domain.vee.quality import Finding, Flag

_DIGITS = 60
_POWER_FACTOR_STEP = Decimal("0.0001")


class Energies(NamedTuple):
    """Active and reactive energy of quarter hours in which both are known."""

    kwh: Decimal
    kvarh: Decimal

    @property
    def power_factor(self) -> Decimal | None:
        """Of both, rounded half up to 0.0001; None of no energy."""
        if self.kwh <= 0:
            return None
        with localcontext(prec=_DIGITS):
            factor = self.kwh / (self.kwh**2 + self.kvarh**2).sqrt()
            return factor.quantize(_POWER_FACTOR_STEP, ROUND_HALF_UP)


def known_slots(load: Load) -> Flags | None:
    """Where the reactive power of each circuit is known; None where it never is."""
    if load.reactive.microvar_hours is None or load.reactive.unknown is None:
        return None
    known = ~load.reactive.unknown
    used = load.microwatt_hours != 0
    return None if used.any() and not (used & known).any() else known


def energies(load: Load, slots: Slots) -> Energies | None:
    """Of some of a load's time; None where reactive power is never known.

    Args:
        load: By quarter hour.
        slots: Some of its slots.
    """
    known = known_slots(load)
    if known is None or load.reactive.microvar_hours is None:
        return None
    within = slots.within(load.slots)
    kwh, kvarh = (
        rounded(
            Fraction(int(values[within][known[within]].sum()), MICROWATT_HOURS_PER_KWH), WATT_HOUR
        )
        for values in (load.microwatt_hours, load.reactive.microvar_hours)
    )
    return Energies(kwh, kvarh)


def unmeasured(month: RatedMonth) -> Iterator[Finding]:
    """A finding for each circuit whose reactive power is not known in all of its time."""
    known = month.load.reactive.unknown_by if month.load else {}
    for (panel, circuit), rows in month.circuits().items():
        slots = known.get((panel, str(circuit)))
        if slots is None and any(row.kwh for row in rows):
            what = "reactive power is not measured"
        elif slots:
            what = f"reactive power is not known in {slots:,} quarter hours"
        else:
            continue
        poles = rows[0].circuit.poles
        yield Finding(Flag.TARIFF_UNKNOWN, panel, poles, month.start, month.end, what)
