"""A circuit's load after VEE: every interval measured, estimated, edited, or missing.

An interval that is measured for at least half of its time stands for all of it: the rest
is estimated by its own mean. One measured for less is estimated as a gap is, and the
estimate counts for the time that was not measured. Edits come last, and in place of both.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.estimate import Estimates, Indices, LikeDays, estimates
from bcm_mqtt.domain.instants import to_ms
from bcm_mqtt.domain.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.domain.interval_energy import CircuitIntervals
from bcm_mqtt.domain.left_hold import INTERVAL_MS
from bcm_mqtt.domain.quality import Quality
from bcm_mqtt.domain.slots import Integers, Slots

_ENOUGH_MS = INTERVAL_MS // 2


@dataclass(frozen=True, slots=True)
class CircuitLoad:
    """Energy of a circuit version by slot of the month; the arrays after `odd` go with it.

    Attributes:
        slots: Of the month.
        intervals: What was measured of them.
        microwatt_hours: int64, slots: measured, estimated and edited.
        odd: Slots that are not wholly measured, ascending.
        estimated: int64: uWh that are estimated.
        edited: int64: uWh that were entered by hand.
        measured_ms: int64: time with readings.
        estimated_ms: int64: estimated time.
        edited_ms: int64: time entered by hand; what is left of 900,000 is missing.
        qualities: uint8: of each.
    """

    slots: Slots
    intervals: CircuitIntervals
    microwatt_hours: Integers = field(repr=False)
    odd: Indices
    estimated: Integers = field(repr=False)
    edited: Integers = field(repr=False)
    measured_ms: Integers = field(repr=False)
    estimated_ms: Integers = field(repr=False)
    edited_ms: Integers = field(repr=False)
    qualities: NDArray[np.uint8] = field(repr=False)

    @property
    def missing_ms(self) -> Integers:
        """int64, odd slots: time that is neither measured nor estimated nor edited."""
        return INTERVAL_MS - self.measured_ms - self.estimated_ms - self.edited_ms


@dataclass(frozen=True, slots=True)
class Horizon:
    """Where time may be estimated: between the circuit's first reading and the present.

    Attributes:
        begin: First slot (of the series).
        end: After the last.
    """

    begin: int
    end: int


def validated_load(
    intervals: CircuitIntervals,
    month: Slots,
    like: LikeDays,
    horizon: Horizon,
    edits: Iterable[IntervalEdit] = (),
) -> tuple[CircuitLoad, bool]:
    """The load of a month.

    Args:
        intervals: Of the month and some time around it.
        month: Its slots.
        like: Calendar of the intervals' slots.
        horizon: Of the estimates.
        edits: Those in force, on quarter hours.

    Returns:
        The load, and whether like days before the intervals could change it.
    """
    part = month.within(intervals.slots)
    entered = list(edits)
    energy, measured_ms = intervals.microwatt_hours, intervals.measured_ms
    if any(edit.action is EditAction.DISCARD for edit in entered):
        energy, measured_ms = energy.copy(), measured_ms.copy()
        for edit in entered:
            if edit.action is EditAction.DISCARD:
                gone = _slots_of(edit.start, edit.end, intervals.slots)
                energy[gone] = measured_ms[gone] = 0
    odd = np.flatnonzero(measured_ms[part] != INTERVAL_MS)
    amounts = energy[part]
    wants_earlier = False
    if odd.size:
        amounts = amounts.copy()
        at = odd + part.start
        found = _completed(energy, measured_ms, at, like, horizon)
        wants_earlier = found.wants_earlier
        rest_ms = np.where(found.qualities == Quality.MISSING, 0, INTERVAL_MS - measured_ms[at])
        estimated = (2 * found.values * rest_ms + INTERVAL_MS) // (2 * INTERVAL_MS)
        amounts[odd] += estimated
    else:
        found = Estimates(odd, odd.astype(np.uint8), wants_earlier=False)
        rest_ms = estimated = odd
    load = CircuitLoad(
        slots=month,
        intervals=intervals,
        microwatt_hours=amounts,
        odd=odd,
        estimated=estimated,
        edited=np.zeros(odd.size, np.int64),
        measured_ms=measured_ms[part][odd],
        estimated_ms=rest_ms,
        edited_ms=np.zeros(odd.size, np.int64),
        qualities=found.qualities,
    )
    for edit in entered:
        if edit.action is EditAction.SET:
            load = _edited(load, edit)
    return load, wants_earlier


def _completed(
    energy: Integers, measured_ms: Integers, at: Indices, like: LikeDays, horizon: Horizon
) -> Estimates:
    """Values of whole intervals for slots that are not wholly measured."""
    known = measured_ms >= _ENOUGH_MS
    whole = np.where(
        known, (2 * energy * INTERVAL_MS + measured_ms) // np.maximum(2 * measured_ms, 1), 0
    )
    values = whole[at]
    qualities = np.full(at.size, Quality.MISSING, np.uint8)
    within = (at >= horizon.begin) & (at < horizon.end)
    qualities[known[at] & within] = Quality.MIXED
    gap = np.flatnonzero(~known[at] & within)
    if not gap.size:
        return Estimates(values, qualities, wants_earlier=False)
    found = estimates(whole, known, at[gap], like)
    values[gap] = found.values
    partly = (measured_ms[at[gap]] > 0) & (found.qualities != Quality.MISSING)
    qualities[gap] = np.where(partly, Quality.MIXED, found.qualities)
    return Estimates(values, qualities, found.wants_earlier)


def _edited(load: CircuitLoad, edit: IntervalEdit) -> CircuitLoad:
    """The load with what was entered in place of what was there."""
    changed = np.arange(load.slots.count)[_slots_of(edit.start, edit.end, load.slots)]
    if not changed.size:
        return load
    odd = np.union1d(load.odd, changed)
    before = np.searchsorted(odd, load.odd)
    now = np.searchsorted(odd, changed)
    amount = (2 * (edit.milliwatts or 0) * INTERVAL_MS + 3_600) // 7_200

    def grown(values: NDArray[np.integer[Any]], entered: int) -> Integers:
        wide = np.zeros(odd.size, np.int64)
        wide[before] = values
        wide[now] = entered
        return wide

    amounts = load.microwatt_hours.copy()
    amounts[changed] = amount
    return CircuitLoad(
        slots=load.slots,
        intervals=load.intervals,
        microwatt_hours=amounts,
        odd=odd,
        estimated=grown(load.estimated, 0),
        edited=grown(load.edited, amount),
        measured_ms=grown(load.measured_ms, 0),
        estimated_ms=grown(load.estimated_ms, 0),
        edited_ms=grown(load.edited_ms, INTERVAL_MS),
        qualities=grown(load.qualities, Quality.EDITED).astype(np.uint8),
    )


def _slots_of(start: datetime, end: datetime, slots: Slots) -> slice:
    first = (to_ms(start) - slots.first_ms) // INTERVAL_MS
    until = -(-(to_ms(end) - slots.first_ms) // INTERVAL_MS)
    return slice(max(0, first), max(0, min(slots.count, until)))
