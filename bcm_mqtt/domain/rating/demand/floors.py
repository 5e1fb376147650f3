"""What of a demand is billed: the greatest of measured, ratchet and minimum, in stated steps."""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.money import WATT_HOUR, rounded
from bcm_mqtt.domain.rating.demand.apparent import energies
from bcm_mqtt.domain.rating.rated_month import RatedMonth
from bcm_mqtt.domain.tariff import DemandCharge, Ratchet
from bcm_mqtt.domain.tariff.demand.charge import DOWN, UP
from bcm_mqtt.domain.time import Month

RATCHETED = "ratcheted"
"""Begins the name of the kW that a ratchet on billed demand sees: before the share of the month."""


def floored(month: RatedMonth, charge: DemandCharge, kw: Decimal) -> tuple[Decimal, str]:
    """The kW that is billed of what was measured, before the share of the month; and its basis."""
    floors = [_by_power_factor(month, charge, kw)]
    if charge.ratchet and (past := _greatest_before(month, charge, charge.ratchet)):
        greatest, when = past
        least = rounded(Fraction(charge.ratchet.share) * Fraction(greatest), WATT_HOUR)
        floors.append((least, f"{charge.ratchet.share} x {greatest} {when}"))
    if charge.minimum_kw:
        floors.append((charge.minimum_kw, f"{charge.minimum_kw} minimum"))
    texts = ", ".join(text for _, text in floors)
    basis = f"max({texts})" if len(floors) > 1 else texts
    kw = max(kw for kw, _ in floors)
    if charge.round_to is None:
        return kw, basis
    words = f"rounded {charge.rounding.replace('-', ' ')} to {charge.round_to} {charge.unit}"
    return in_steps(kw, charge.round_to, charge.rounding), f"{basis}, {words}"


def _by_power_factor(month: RatedMonth, charge: DemandCharge, kw: Decimal) -> tuple[Decimal, str]:
    """The measured kW, more of them below the power factor that the sheet asks for."""
    least = charge.power_factor
    slots = Slots.between(month.start, month.end)
    found = energies(month.load, slots) if least and month.load else None
    factor = found.power_factor if found else None
    if least is None or factor is None or not 0 < factor < least:
        return kw, f"{kw} measured"
    if charge.by_difference:
        more, words = 1 + Fraction(least) - Fraction(factor), f"(1 + {least} - {factor})"
    else:
        more, words = Fraction(least) / Fraction(factor), f"{least} / {factor}"
    return rounded(Fraction(kw) * more, WATT_HOUR), f"{kw} measured x {words}"


def in_steps(kw: Decimal, step: Decimal, rounding: str) -> Decimal:
    """Demand in steps of a sheet, half up, up or down."""
    steps = Fraction(kw) / Fraction(step)
    if rounding == UP:
        return ceil(steps) * step
    if rounding == DOWN:
        return floor(steps) * step
    return rounded(Fraction(kw), step)


def ratcheted_name(charge: DemandCharge) -> str:
    """The determinant at which a ratchet on billed demand looks."""
    return f"{RATCHETED}-{charge.measure}" + (f": {charge.name}" if charge.name else "")


def _greatest_before(
    month: RatedMonth, charge: DemandCharge, ratchet: Ratchet
) -> tuple[Decimal, str] | None:
    """The greatest of the months before this one, and which (the last, of equals)."""
    known = (_of(month, charge, ratchet, when) for when in ratchet.before(month.month))
    return max(filter(None, known), default=None)


def _of(
    month: RatedMonth, charge: DemandCharge, ratchet: Ratchet, when: Month
) -> tuple[Decimal, str] | None:
    """A month's demand: of its bill, else as stated."""
    past = month.past_demands.get(when, {})
    billed = ratcheted_name(charge)
    found = [
        kw
        for name, kw in past.items()
        if ratchet.billed and (name == billed or name.startswith(f"{billed}@"))
    ]
    if not found and charge.measure in past:
        found = [past[charge.measure]]
    if found:
        return max(found).quantize(WATT_HOUR), f"of {when}"
    stated = ratchet.stated(when, month.customer.id)
    return None if stated is None else (stated.quantize(WATT_HOUR), f"stated for {when}")
