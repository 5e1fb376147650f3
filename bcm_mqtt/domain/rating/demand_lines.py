"""Demand: the greatest mean power over 15 minutes, and committed power with what is above it.

Demand is billed with ratchet and minimum; committed power is paid for whether used or not.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import partial

import numpy as np

from bcm_mqtt.domain.money import WATT_HOUR, rounded
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import Determinant, Rated, Trace
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Stretch
from bcm_mqtt.domain.tariff import CommittedPower, DemandCharge, RateVersion
from bcm_mqtt.domain.usage.customer_load import Load, kw_of
from bcm_mqtt.domain.usage.usage import Usage

NO_DEMAND = Decimal("0.000")
_MOST_SPELLED_OUT = 6


def demand_lines(month: RatedMonth) -> Rated:
    """A line for each charge, and for each part of the month in which it is another.

    Coincident demand is left out of a month without a load.
    """
    measures = {charge.measure: charge for period in month.rates for charge in period.rate.demand}
    rated = Rated()
    for name, measure in measures.items():
        measured = measured_demand(month, measure)
        if measured is None:
            continue
        rated += Rated(determinants=(measured,))
        for stretch in month.stretches(partial(_charge_of, measure=name)):
            rated += _rated(month, stretch, measured)
    return rated


def measured_demand(month: RatedMonth, charge: DemandCharge) -> Determinant | None:
    """What a charge measures, of the whole month; None where the load is not known."""
    if not charge.coincident:
        kw, basis = _own_peaks(month, charge.period)
    elif month.load is not None:
        kw, basis = _coincident(month, month.load, charge.period)
    else:
        return None
    return Determinant(charge.measure, kw, "kW", month.start, month.end, basis)


def _charge_of(rate: RateVersion, measure: str) -> DemandCharge | None:
    return next((charge for charge in rate.demand if charge.measure == measure), None)


def _coincident(month: RatedMonth, load: Load, period: str) -> tuple[Decimal, str]:
    """The customer's sum; of a period, in the time that was in it."""
    flags = None
    if period:
        priced = month.tariff.priced(month.start, month.end, load.slots)
        flags = np.logical_or.reduce([time.flags(period, load.slots) for time in priced])
    peak = load.peak(flags)
    if peak is None:
        return NO_DEMAND, "no load"
    incomplete = "" if peak.measured else ", not all of it measured"
    return peak.kw, f"mean of the 15 minutes from {month.at(peak.at)}{incomplete}"


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


def _rated(month: RatedMonth, stretch: Stretch[DemandCharge], measured: Determinant) -> Rated:
    charge, share = stretch.charge, month.share(stretch)
    if not share.time:
        return Rated()
    name, kw, basis = measured.name, measured.quantity, measured.basis
    if charge.ratchet or charge.minimum_kw or not share.whole:
        name = f"billed-{name}"
        kw, basis = _floored(month, charge, kw)
        basis = basis if share.whole else f"{basis} x {share}"
    scope = "" if charge.coincident else "each circuit's own"
    rated = month.charged(
        LineKind.DEMAND,
        stretch,
        name,
        ", ".join(filter(None, ("Demand", scope, charge.period))),
        share.of(kw),
        "kW",
        charge.price,
        basis,
    )
    return rated.traced(Trace(measured=measured, demand=charge))


def _floored(month: RatedMonth, charge: DemandCharge, kw: Decimal) -> tuple[Decimal, str]:
    """The greatest of what was measured, the ratchet and the minimum; and of what it is made."""
    floors = [(kw, f"{kw} measured")]
    if charge.ratchet and (past := _greatest_before(month, charge.measure, charge.ratchet.months)):
        greatest, when = past
        floor = rounded(Fraction(charge.ratchet.share) * Fraction(greatest), WATT_HOUR)
        floors.append((floor, f"{charge.ratchet.share} x {greatest} of {when}"))
    if charge.minimum_kw:
        floors.append((charge.minimum_kw, f"{charge.minimum_kw} minimum"))
    texts = ", ".join(text for _, text in floors)
    return max(kw for kw, _ in floors), f"max({texts})" if len(floors) > 1 else texts


def _greatest_before(month: RatedMonth, measure: str, months: int) -> tuple[Decimal, str] | None:
    """The greatest of the months before this one, and which (the last, of equals)."""
    before = [month.month.shifted(-back) for back in range(1, months + 1)]
    known = [
        (month.past_demands[one][measure].quantize(WATT_HOUR), str(one))
        for one in before
        if measure in month.past_demands.get(one, {})
    ]
    return max(known, default=None)


_COINCIDENT = DemandCharge(price=Decimal(0))


def committed_lines(month: RatedMonth) -> Rated:
    """Lines for committed power and, where the load is known, for demand above it."""
    stretches = month.stretches(lambda rate: rate.committed)
    measured = measured_demand(month, _COINCIDENT) if stretches else None
    rated = Rated(determinants=(measured,) if measured else ())
    for stretch in stretches:
        rated += _committed(month, stretch, measured)
    return rated


def _committed(
    month: RatedMonth, stretch: Stretch[CommittedPower], measured: Determinant | None
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
    if measured and measured.quantity > kw:
        basis = f"{measured.quantity} measured - {kw} committed"
        overage = month.charged(
            LineKind.COMMITTED,
            stretch,
            "overage",
            "Power above the committed",
            share.of(measured.quantity - kw),
            "kW",
            terms.overage_price,
            basis if share.whole else f"({basis}) x {share}",
        )
        rated += overage.traced(Trace(measured=measured, demand=_COINCIDENT))
    return rated
