"""The greatest mean power over windows of quarter hours: the demand of a charge.

Fixed windows stand on the clock's half hours and hours. Where clocks change by half an hour a
window is as long as its hour is; its mean is of its own time. A window of a period, of peak times,
or at the edge of a month in another zone, counts where all of it is in them.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import isqrt
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.slots import Flags, Integers, LocalSlots
from bcm_mqtt.domain.money import WATT_HOUR, rounded
from bcm_mqtt.domain.tariff import DemandCharge
from bcm_mqtt.domain.tariff.demand.window import QUARTER_MINUTES
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH, Load

Numbers: TypeAlias = NDArray[Any]
_QUARTERS_AN_HOUR = 4
_COMMON = 12
"""A multiple of each count of quarters in a window, 1 to 4: means compare as whole numbers."""


@dataclass(frozen=True, slots=True)
class WindowPeak:
    """The greatest window.

    Attributes:
        kw: Mean power, or kVA of apparent power, rounded half up to 0.001.
        at: Its start, UTC; the first of equals.
        first: Its first slot.
        slots: How many it has.
        measured: Whether all of it was measured.
    """

    kw: Decimal
    at: datetime
    first: int
    slots: int
    measured: bool


def window_peak(
    load: Load, charge: DemandCharge, zone: ZoneInfo, where: Flags | None = None
) -> WindowPeak | None:
    """The greatest window of a load; None when all are 0 or there is none.

    Args:
        load: By quarter hour.
        charge: Says how long windows are and whether they slide.
        zone: Whose clocks fixed windows stand on.
        where: Slots of which windows may consist; None for all.
    """
    firsts, lengths = _windows(load.slots.local(zone), charge)
    if not firsts.size:
        return None
    sums = _sums(load.microwatt_hours, firsts, lengths)
    if where is not None:
        sums = np.where(_sums(where.astype(np.int64), firsts, lengths) == lengths, sums, 0)
    means: Numbers = sums * (_COMMON // lengths)
    reactive = _reactive_sums(load, firsts, lengths) if charge.kva else None
    if reactive is not None:
        scaled = (reactive * (_COMMON // lengths)).astype(np.float64)
        means = np.where(means != 0, np.hypot(means.astype(np.float64), scaled), 0)
    greatest = int(means.argmax())
    if not means[greatest]:
        return None
    first, length = int(firsts[greatest]), int(lengths[greatest])
    kw = mean_kw(int(sums[greatest]), length)
    if reactive is not None:
        kw = mean_kva(int(sums[greatest]), int(reactive[greatest]), length)
    within = slice(first, first + length)
    whole = not load.estimated[within].any() and not load.missing_ms[within].any()
    return WindowPeak(kw, load.slots.at(first), first, length, bool(whole))


def mean_kw(microwatt_hours: int, slots: int) -> Decimal:
    """Mean power of some quarter hours' energy in kW, rounded half up to 0.001."""
    exact = Fraction(microwatt_hours * _QUARTERS_AN_HOUR, slots * MICROWATT_HOURS_PER_KWH)
    return rounded(exact, WATT_HOUR)


def mean_kva(microwatt_hours: int, microvar_hours: int, slots: int) -> Decimal:
    """Mean apparent power of some quarter hours in kVA, rounded half up to 0.001."""
    # floor(sqrt(P^2 + Q^2) x 4 / slots / 10^6 + 1/2), in whole numbers
    eightfold = isqrt(64 * (microwatt_hours**2 + microvar_hours**2))
    step = slots * MICROWATT_HOURS_PER_KWH // 1000
    return Decimal((eightfold + step) // (2 * step)).scaleb(-3)


def _reactive_sums(load: Load, firsts: Integers, lengths: Integers) -> Integers | None:
    values = load.reactive.microvar_hours
    return None if values is None else _sums(values, firsts, lengths)


def _windows(local: LocalSlots, charge: DemandCharge) -> tuple[Integers, Integers]:
    """First slot and length of each window."""
    length, count = charge.window // QUARTER_MINUTES, local.quarters.size
    if charge.sliding:
        firsts = np.arange(max(0, count - length + 1), dtype=np.int64)
        return firsts, np.full(firsts.size, length, np.int64)
    # A window ends where the next stands on the clock, and where the clock jumps.
    steps = np.diff(local.days * 96 + local.quarters)
    begins = (local.quarters[1:] % length == 0) | (steps != 1)
    firsts = np.concatenate([[0], np.flatnonzero(begins) + 1]).astype(np.int64)[:count]
    lengths = np.diff(firsts, append=count)
    # What the month's edge cuts off has its other part in another month.
    whole = np.ones(firsts.size, np.bool_)
    whole[:1] = local.quarters[:1] % length == 0
    whole[-1:] &= (local.quarters[-1:] + 1) % length == 0
    return firsts[whole], lengths[whole]


def _sums(values: Integers, firsts: Integers, lengths: Integers) -> Integers:
    totals = np.concatenate([[0], np.cumsum(values)])
    sums: Integers = totals[firsts + lengths] - totals[firsts]
    return sums
