"""A circuit's load after VEE: every interval measured, estimated, edited, or missing.

An interval that is measured for at least half of its time stands for all of it: the rest
is estimated by its own mean. One measured for less is estimated as a gap is, and the
estimate counts for the time that was not measured. Edits come last, and in place of both.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

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
    """Energy of a circuit version by slot of the month.

    Attributes:
        slots: Of the month.
        intervals: What was measured of them.
        microwatt_hours: int64, slots: measured, estimated and edited.
        odd: Slots that are not wholly measured, ascending.
        how: int64, 5 x odd slots, how they came about: uWh that are estimated, and that were
            entered by hand; ms that are measured, estimated, and entered by hand. What is
            left of 900,000 ms is missing.
        qualities: uint8, odd slots.
    """

    slots: Slots
    intervals: CircuitIntervals
    microwatt_hours: Integers = field(repr=False)
    odd: Indices
    how: Integers = field(repr=False)
    qualities: NDArray[np.uint8] = field(repr=False)

    @property
    def estimated(self) -> Integers:
        """UWh that are estimated, of odd slots."""
        return self._row(0)

    @property
    def edited(self) -> Integers:
        """UWh that were entered by hand, of odd slots."""
        return self._row(1)

    @property
    def measured_ms(self) -> Integers:
        """Time with readings, of odd slots."""
        return self._row(2)

    @property
    def estimated_ms(self) -> Integers:
        """Estimated time, of odd slots."""
        return self._row(3)

    @property
    def edited_ms(self) -> Integers:
        """Time entered by hand, of odd slots."""
        return self._row(4)

    @property
    def missing_ms(self) -> Integers:
        """Time that is neither measured nor estimated nor edited, of odd slots."""
        found: Integers = INTERVAL_MS - self.how[2:].sum(axis=0)
        return found

    def _row(self, number: int) -> Integers:
        row: Integers = self.how[number]
        return row


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
        edits: Those in force, on quarter hours; of two for the same time the later one wins.

    Returns:
        The load, and whether like days before the intervals could change it.
    """
    part = month.within(intervals.slots)
    entered = [edit for edit in edits if edit.action is not EditAction.ACCEPT]
    energy, measured_ms = intervals.microwatt_hours, intervals.measured_ms
    last = np.full(intervals.slots.count if entered else 0, -1)
    if entered:
        energy, measured_ms = energy.copy(), measured_ms.copy()
        for number, edit in enumerate(entered):
            gone = _slots_of(edit, intervals.slots)
            energy[gone] = measured_ms[gone] = 0
            last[gone] = number
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
    how = np.zeros((5, odd.size), np.int64)
    how[0], how[2], how[3] = estimated, measured_ms[part][odd], rest_ms
    load = CircuitLoad(month, intervals, amounts, odd, how, found.qualities)
    for number, edit in enumerate(entered):
        if edit.action is EditAction.SET:
            load = _edited(load, edit, np.flatnonzero(last[part] == number))
    return load, wants_earlier


def _completed(
    energy: Integers, measured_ms: Integers, at: Indices, like: LikeDays, horizon: Horizon
) -> Estimates:
    """Values of whole intervals for slots that are not wholly measured."""
    known = measured_ms >= _ENOUGH_MS
    whole = energy
    if (partly := np.flatnonzero(known & (measured_ms != INTERVAL_MS))).size:
        whole = energy.copy()
        ms = measured_ms[partly]
        whole[partly] = (2 * energy[partly] * INTERVAL_MS + ms) // (2 * ms)
    values = np.where(known[at], whole[at], 0)
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


def _edited(load: CircuitLoad, edit: IntervalEdit, changed: Indices) -> CircuitLoad:
    """The load with what was entered in place of what was there."""
    if not changed.size:
        return load
    odd = np.union1d(load.odd, changed)
    before = np.searchsorted(odd, load.odd)
    now = np.searchsorted(odd, changed)
    amount = (2 * (edit.milliwatts or 0) * INTERVAL_MS + 3_600) // 7_200

    how = np.zeros((5, odd.size), np.int64)
    how[:, before] = load.how
    how[:, now] = [[0], [amount], [0], [0], [INTERVAL_MS]]
    qualities = np.zeros(odd.size, np.uint8)
    qualities[before] = load.qualities
    qualities[now] = Quality.EDITED
    amounts = load.microwatt_hours.copy()
    amounts[changed] = amount
    return CircuitLoad(load.slots, load.intervals, amounts, odd, how, qualities)


def _slots_of(edit: IntervalEdit, slots: Slots) -> slice:
    first = (to_ms(edit.start) - slots.first_ms) // INTERVAL_MS
    until = (to_ms(edit.end) - slots.first_ms) // INTERVAL_MS
    return slice(max(0, first), max(0, min(slots.count, until)))
