"""Windows that are finer than quarter hours, or slide so: the greatest of each day and month."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Flags, Integers, Slots
from bcm_mqtt.domain.money import WATT_HOUR, rounded
from bcm_mqtt.domain.rating.lines import Determinant
from bcm_mqtt.domain.rating.rated_month import RatedMonth
from bcm_mqtt.domain.tariff import DemandCharge
from bcm_mqtt.domain.tariff.demand.window import QUARTER_MINUTES
from bcm_mqtt.domain.time import from_ms
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH, Load
from bcm_mqtt.domain.usage.fine.day_peak import DayPeak, FineDemand
from bcm_mqtt.domain.usage.fine.spread import spread
from bcm_mqtt.domain.vee.quality import Finding, Flag

_MINUTES_AN_HOUR = 60
_MINUTE_MS = 60_000


def kw_of_window(microwatt_hours: int, minutes: int) -> Decimal:
    """Mean power of a window in kW, rounded half up to 0.001."""
    exact = Fraction(microwatt_hours * _MINUTES_AN_HOUR, minutes * MICROWATT_HOURS_PER_KWH)
    return rounded(exact, WATT_HOUR)


def day_peaks(
    charge: DemandCharge,
    zone: ZoneInfo,
    days: Iterable[date],
    energy: Integers,
    slots: Slots,
    incomplete: Flags,
    where: Flags | None = None,
    loads: Mapping[date, str] | None = None,
) -> list[DayPeak]:
    """The greatest window of each of some days.

    Args:
        charge: Says how long windows are, and in what steps they slide.
        zone: Whose days they are, and on whose clocks fixed windows stand.
        days: Local.
        energy: Micro-watt-hours by slot and part.
        slots: Of the energy; the days, and what of the month is after them for their last windows.
        incomplete: Slots that were not all measured.
        where: Slots of which windows may consist; None for all.
        loads: Fingerprints of the days.
    """
    parts = energy.shape[1]
    minutes = INTERVAL_MS // _MINUTE_MS // parts
    length = charge.window // minutes
    local = slots.local(zone)
    fine = energy.ravel()
    firsts = np.arange(max(0, fine.size - length + 1))
    if charge.sliding:
        firsts = firsts[:: max(1, charge.step_minutes // minutes)]
    else:
        within = np.tile(np.arange(parts) * minutes, slots.count)
        clock = np.repeat(local.quarters * QUARTER_MINUTES, parts) + within
        firsts = firsts[clock[firsts] % charge.window == 0]
    totals = np.concatenate([[0], np.cumsum(fine)])
    sums = totals[firsts + length] - totals[firsts]
    if where is not None:
        allowed = np.concatenate([[0], np.cumsum(np.repeat(where, parts))])
        sums = np.where(allowed[firsts + length] - allowed[firsts] == length, sums, 0)
    missing = np.concatenate([[0], np.cumsum(np.repeat(incomplete, parts))])
    of_day = local.days[firsts // parts]
    found = []
    for day in days:
        own = np.flatnonzero(of_day == day.toordinal())
        at, most, whole = slots.at(0), 0, True
        if own.size:
            best = own[int(sums[own].argmax())]
            first, most = int(firsts[best]), int(sums[best])
            at = from_ms(slots.first_ms + first * minutes * _MINUTE_MS)
            whole = bool(missing[first + length] == missing[first])
        found.append(DayPeak(day, most, at, whole, (loads or {}).get(day, "")))
    return found


def fine_measured(
    month: RatedMonth, charge: DemandCharge, load: Load, where: Flags | None
) -> tuple[Determinant, DayPeak | None]:
    """What a charge with finer windows measures of a month, and the greatest window."""
    peak = _known(month, charge, load, where).greatest
    kw, basis = Decimal("0.000"), "no load"
    if peak:
        kw = kw_of_window(peak.microwatt_hours, charge.window)
        incomplete = "" if peak.measured else ", not all of it measured"
        basis = f"mean of the {charge.window} minutes from {month.at(peak.at)}{incomplete}"
    return Determinant(charge.measure, kw, charge.unit, month.start, month.end, basis), peak


def unknown_windows(month: RatedMonth, charge: DemandCharge) -> Iterator[Finding]:
    """That windows of some days are not known: their demand is then at least what is billed."""
    if month.load is None:
        return
    days = _known(month, charge, month.load, None).unknown
    if not days:
        return
    what = f"windows of {charge.window} minutes on {days[0]}"
    if len(days) > 1:
        what += f" and on {len(days) - 1} more days"
    what += ": polls of these days are not stored, or are not five in a step"
    for panel in dict.fromkeys(row.panel for row in month.usage):
        yield Finding(Flag.TARIFF_UNKNOWN, panel, (), month.start, month.end, what)


def _known(month: RatedMonth, charge: DemandCharge, load: Load, where: Flags | None) -> FineDemand:
    """As it was measured; where nobody looked, of even quarter hours, none of which is known."""
    if charge.measure in month.fine:
        return month.fine[charge.measure]
    parts, zone = charge.parts_of_quarter, month.tariff.zone
    even, _ = spread(load.microwatt_hours, np.zeros((load.slots.count, parts)))
    incomplete = np.ones(load.slots.count, np.bool_)
    days = load.slots.local(zone).dates()
    peaks = day_peaks(charge, zone, days, even, load.slots, incomplete, where)
    used = tuple(one.day for one in peaks if one.microwatt_hours)
    return FineDemand({one.day: one for one in peaks}, used)
