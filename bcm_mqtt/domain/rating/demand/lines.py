"""Demand: the greatest mean power over a window, and committed power with what is above it.

Demand is billed with ratchet and minimum; committed power is paid for whether used or not.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import NamedTuple

import numpy as np

from bcm_mqtt.domain.interval.slots import Flags, Slots
from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.demand.apparent import known_slots, unmeasured
from bcm_mqtt.domain.rating.demand.fine import fine_measured, unknown_windows
from bcm_mqtt.domain.rating.demand.floors import floored, ratcheted_name
from bcm_mqtt.domain.rating.demand.least import least_line
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine, Determinant, Rated, Trace
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Share, Stretch
from bcm_mqtt.domain.rating.tiers import by_tier
from bcm_mqtt.domain.rating.window_peak import WindowPeak, window_peak
from bcm_mqtt.domain.tariff import CommittedPower, DemandCharge, RateVersion, Tier, tiers_of
from bcm_mqtt.domain.tariff.demand.window import QUARTER_MINUTES, at_peak_times
from bcm_mqtt.domain.time import midnight
from bcm_mqtt.domain.usage.customer_load import kw_of
from bcm_mqtt.domain.usage.fine.day_peak import DayPeak
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.domain.vee.quality import Finding, Flag

NO_DEMAND = Decimal("0.000")
_MOST_SPELLED_OUT = 6


def demand_lines(month: RatedMonth) -> Rated:
    """The lines of each charge, and of each part of the month in which it is another.

    Coincident demand is left out of a month without a load.
    """
    charges = {charge.key: charge for period in month.rates for charge in period.rate.demand}
    rated = Rated()
    for key, charge in charges.items():
        rated += Rated(findings=tuple(_lacking(month, charge)))
        measured = measured_demand(month, charge)
        if measured is None:
            continue
        rated += Rated(determinants=(measured.determinant,))
        for stretch in month.stretches(partial(_charge_of, key=key)):
            rated += _rated(month, stretch, measured)
    return rated


class Measured(NamedTuple):
    """What a charge measures of a month, and the window of coincident demand, or a finer one."""

    determinant: Determinant
    peak: WindowPeak | None = None
    window: DayPeak | None = None


def measured_demand(month: RatedMonth, charge: DemandCharge) -> Measured | None:
    """What a charge measures, of the whole month; None where the load is not known."""
    peak = None
    if not charge.coincident:
        kw, basis = _own_peaks(month, charge.period)
    elif month.load is not None:
        flags = counted(month, month.load.slots, charge)
        if charge.is_fine:
            determinant, window = fine_measured(month, charge, month.load, flags)
            return Measured(determinant, window=window)
        if charge.needs_reactive:
            known = known_slots(month.load)
            if known is None:
                return None
            if charge.kva:
                flags = known if flags is None else flags & known
        peak = window_peak(month.load, charge, month.tariff.zone, flags)
        kw, basis = _coincident(month, charge, peak)
    else:
        return None
    measured = Determinant(charge.measure, kw, charge.unit, month.start, month.end, basis)
    return Measured(measured, peak)


def _charge_of(rate: RateVersion, key: tuple[str, str]) -> DemandCharge | None:
    return next((charge for charge in rate.demand if charge.key == key), None)


def counted(month: RatedMonth, slots: Slots, charge: DemandCharge) -> Flags | None:
    """The slots of which a charge's windows consist; None for all."""
    flags = None
    if charge.period:
        priced = month.tariff.priced(month.start, month.end, slots)
        flags = np.logical_or.reduce([time.flags(charge.period, slots) for time in priced])
    if charge.site_peak:
        peaks = _at_site_peak(month, slots, charge, flags)
        flags = peaks if flags is None else flags & peaks
    if charge.peak_times:
        local = slots.local(month.tariff.zone)
        stated = [at_peak_times(one.peak_times, one.window, local) for one in _same(month, charge)]
        peaks = np.logical_or.reduce(stated)
        flags = peaks if flags is None else flags & peaks
    return flags


def _at_site_peak(
    month: RatedMonth, slots: Slots, charge: DemandCharge, where: Flags | None
) -> Flags:
    """The slots of the site's own greatest window; none where it is not known."""
    flags = np.zeros(slots.count, np.bool_)
    peak = window_peak(month.site, charge, month.tariff.zone, where) if month.site else None
    if peak:
        flags[peak.first : peak.first + peak.slots] = True
    return flags


def _same(month: RatedMonth, charge: DemandCharge) -> Iterator[DemandCharge]:
    """The charge as each version of the month has it."""
    versions = (_charge_of(period.rate, charge.key) for period in month.rates)
    return filter(None, versions)


def _lacking(month: RatedMonth, charge: DemandCharge) -> Iterator[Finding]:
    """That no peak time of the month is stated: its demand is not known, and not 0."""
    if charge.needs_reactive:
        yield from unmeasured(month)
    if charge.site_peak and month.site is None:
        what = f"the peak of the site in {month.month} is not known"
        for panel in dict.fromkeys(row.panel for row in month.usage):
            yield Finding(Flag.TARIFF_UNKNOWN, panel, (), month.start, month.end, what)
    if charge.is_fine:
        yield from unknown_windows(month, charge)
    days = (time.day for one in _same(month, charge) for time in one.peak_times)
    stated = (midnight(day, month.tariff.zone) for day in days)
    if charge.peak_times and not any(month.start <= one < month.end for one in stated):
        what = f"no peak time of {month.month} is stated for {charge.name or charge.measure}"
        for panel in dict.fromkeys(row.panel for row in month.usage):
            yield Finding(Flag.TARIFF_UNKNOWN, panel, (), month.start, month.end, what)


def _coincident(
    month: RatedMonth, charge: DemandCharge, peak: WindowPeak | None
) -> tuple[Decimal, str]:
    """The customer's sum; of a period, in the time that was in it."""
    if peak is None:
        return NO_DEMAND, "no load"
    incomplete = "" if peak.measured else ", not all of it measured"
    return peak.kw, f"mean of the {charge.window} minutes from {month.at(peak.at)}{incomplete}"


def _own_peaks(month: RatedMonth, period: str) -> tuple[Decimal, str]:
    peaks = [
        kw
        for rows in month.circuits().values()
        if (kw := own_peak([row for row in rows if period in {"", row.period}]))
    ]
    parts = (
        " + ".join(map(str, peaks)) if len(peaks) <= _MOST_SPELLED_OUT else f"{len(peaks)} in all"
    )
    return sum(peaks, NO_DEMAND), f"greatest 15 minutes of each circuit: {parts or 'none'}"


def own_peak(rows: Sequence[Usage]) -> Decimal:
    """The greatest 15 minutes of a circuit's rows, in kW; 0 for none.

    An interval in which one row took over from another is the sum of what the rows have of it.
    """
    shared = Counter[datetime]()
    for part in (part for row in rows for part in row.parts):
        shared[part.at] += part.microwatt_hours
    whole = [row.peak.kw for row in rows if row.peak]
    return max([*whole, *map(kw_of, shared.values())], default=NO_DEMAND)


def _rated(month: RatedMonth, stretch: Stretch[DemandCharge], measured: Measured) -> Rated:
    charge, share = stretch.charge, month.measured_share(stretch)
    if not share.time:
        return Rated()
    of = measured.determinant
    name, kw, basis = of.name, of.quantity, of.basis
    rated = Rated()
    if _more_than_measured(charge) or not share.whole:
        name = f"demand-charge/{charge.name}" if charge.name else f"billed-{name}"
        kw, basis = floored(month, charge, kw)
        if charge.ratchet and charge.ratchet.billed:
            before = month.named(ratcheted_name(charge), stretch)
            rated += Rated(
                determinants=(
                    Determinant(before, kw, charge.unit, stretch.start, stretch.end, basis),
                )
            )
        basis = basis if share.whole else f"{basis} x {share}"
    named = month.named(name, stretch)
    determinant = Determinant(named, share.of(kw), charge.unit, stretch.start, stretch.end, basis)
    lines = tuple(
        BillLine(
            month.labelled(", ".join(filter(None, (_label(charge), tier))), stretch),
            quantity,
            charge.unit,
            price,
            money(quantity * price, month.tariff.currency),
            kind=LineKind.DEMAND,
            determinant=named,
        )
        for tier, quantity, price in by_tier(
            determinant.quantity, _tiers(charge, share), charge.unit
        )
    )
    priced = Rated(lines, (determinant,)) + least_line(month, stretch, _label(charge), lines)
    made_from = Trace(measured=of, demand=charge, peak=measured.peak, window=measured.window)
    return rated + priced.traced(made_from)


def _more_than_measured(charge: DemandCharge) -> bool:
    """Whether what is billed is another determinant than what was measured."""
    floors = charge.ratchet or charge.minimum_kw or charge.round_to is not None
    return bool(charge.name or floors or charge.power_factor is not None)


def _tiers(charge: DemandCharge, share: Share) -> tuple[Tier, ...]:
    """Of a part of the month, as its kW."""
    return tuple(
        Tier(tier.price, None if tier.up_to is None else share.of(tier.up_to))
        for tier in tiers_of(charge.price)
    )


def _label(charge: DemandCharge) -> str:
    if charge.name:
        return charge.name
    scope = "" if charge.coincident else "each circuit's own"
    plain = charge.window == QUARTER_MINUTES and not charge.is_fine
    window = "" if plain else f"{charge.window} minutes"
    times = "at peak times" if charge.peak_times else ""
    times = "at the site's peak" if charge.site_peak else times
    demand = "Apparent demand" if charge.kva else "Demand"
    return ", ".join(filter(None, (demand, scope, window, times, charge.period)))


_COINCIDENT = DemandCharge(price=Decimal(0))


def committed_lines(month: RatedMonth) -> Rated:
    """Lines for committed power and, where the load is known, for demand above it."""
    stretches = month.stretches(lambda rate: rate.committed)
    measured = measured_demand(month, _COINCIDENT) if stretches else None
    rated = Rated(determinants=(measured.determinant,) if measured else ())
    for stretch in stretches:
        rated += _committed(month, stretch, measured)
    return rated


def _committed(
    month: RatedMonth, stretch: Stretch[CommittedPower], measured: Measured | None
) -> Rated:
    share = month.share(stretch)
    if not share.time:
        return Rated()
    terms = stretch.charge
    kw = None if month.customer.parts else month.customer.committed_kw
    if kw is None:  # of the tariff, or of a part of the month
        kw = terms.kw or Decimal(0)
    basis = f"{kw} committed"
    rated = month.charged(
        LineKind.COMMITTED,
        stretch,
        "committed",
        "Committed power",
        share.of(kw),
        "kW",
        terms.price,
        basis if share.whole else f"{basis} x {share}",
    )
    if measured and (most := measured.determinant.quantity) > kw:
        basis = f"{most} measured - {kw} committed"
        above = month.measured_share(stretch)
        overage = month.charged(
            LineKind.COMMITTED,
            stretch,
            "overage",
            "Power above the committed",
            above.of(most - kw),
            "kW",
            terms.overage_price,
            basis if above.whole else f"({basis}) x {above}",
        )
        of = measured.determinant
        rated += overage.traced(Trace(measured=of, demand=_COINCIDENT, peak=measured.peak))
    return rated
