"""A circuit's load after VEE: every interval measured, estimated, edited, or missing.

An interval that is measured for at least half of its time stands for all of it: the rest
is estimated by its own mean. One measured for less is estimated as a gap is, and the
estimate counts for the time that was not measured. Edits come last, and in place of both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.interval import HALF_MEASURED_MS, INTERVAL_MS
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Flags, Integers, Slots
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.vee.estimate import Estimates, Indices, LikeDays, estimates
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.domain.vee.interval_energy import CircuitIntervals
from bcm_mqtt.domain.vee.measured_energy import microwatt_hours
from bcm_mqtt.domain.vee.quality import Quality


@dataclass(frozen=True, slots=True)
class Horizon:
    """Where time may be estimated: between the circuit's first reading and the panel's last.

    Attributes:
        begin: First slot (of the series).
        end: After the last.
        present: The first slot that has not wholly come; None where all of the series has.
    """

    begin: int
    end: int
    present: int | None = None


@dataclass(frozen=True, slots=True)
class CircuitLoad:
    """Energy of a circuit version by slot of the month.

    Attributes:
        slots: Of the month.
        intervals: What was measured of them.
        microwatt_hours: int64, slots: measured, estimated and edited.
        incomplete: Slots that are not wholly measured, ascending.
        how: int64, 5 x incomplete slots, how they came about: uWh that are estimated, and that were
            entered by hand; ms that are measured, estimated, and entered by hand. What is
            left of 900,000 ms is missing.
        qualities: uint8, incomplete slots.
        horizon: Where time was estimated.
    """

    slots: Slots
    intervals: CircuitIntervals
    microwatt_hours: Integers = field(repr=False)
    incomplete: Indices
    how: Integers = field(repr=False)
    qualities: NDArray[np.uint8] = field(repr=False)
    horizon: Horizon

    @property
    def estimated(self) -> Integers:
        """Estimated energy of incomplete slots, in uWh."""
        return self._row(0)

    @property
    def edited(self) -> Integers:
        """Energy of incomplete slots that was entered by hand, in uWh."""
        return self._row(1)

    @property
    def measured_ms(self) -> Integers:
        """Time with readings of incomplete slots, in ms."""
        return self._row(2)

    @property
    def estimated_ms(self) -> Integers:
        """Estimated time of incomplete slots, in ms."""
        return self._row(3)

    @property
    def edited_ms(self) -> Integers:
        """Time of incomplete slots that was entered by hand, in ms."""
        return self._row(4)

    @property
    def missing_ms(self) -> Integers:
        """Time of incomplete slots neither measured nor estimated nor edited, in ms."""
        missing: Integers = INTERVAL_MS - self.how[2:].sum(axis=0)
        return missing

    @property
    def coming_ms(self) -> Integers:
        """Of `missing_ms`, what is missing because it has not yet come.

        The quarter hour that goes on is over as far as it was measured.
        """
        if self.horizon.present is None:
            return np.zeros_like(self.incomplete, np.int64)
        present = self.horizon.present - self.slots.within(self.intervals.slots).start
        return np.where(self.incomplete >= present, self.missing_ms, 0)

    def is_incomplete(self, slot: int) -> bool:
        """Whether a slot of the month is not wholly measured."""
        at = int(self.incomplete.searchsorted(slot))
        return at < self.incomplete.size and int(self.incomplete[at]) == slot

    def _row(self, number: int) -> Integers:
        row: Integers = self.how[number]
        return row


@dataclass(frozen=True, slots=True)
class Unvalidated:
    """What a load is made of.

    Attributes:
        intervals: Of the month and some time around it.
        horizon: Of the estimates.
        edits: Those in force, on quarter hours; of two for the same time the later one wins.
    """

    intervals: CircuitIntervals
    horizon: Horizon
    edits: Sequence[IntervalEdit] = ()

    @property
    def entered(self) -> list[IntervalEdit]:
        """Edits that put something in place of what was measured."""
        return [edit for edit in self.edits if edit.action is not EditAction.ACCEPT]

    def measured(self) -> tuple[Integers, Integers]:
        """The uWh and ms that were measured by slot, but where an entry takes their place.

        Not to be changed: without such an entry they are the arrays of the intervals.
        """
        if not self.entered:
            return self.intervals.microwatt_hours, self.intervals.measured_ms
        energy = self.intervals.microwatt_hours.copy()
        measured_ms = self.intervals.measured_ms.copy()
        for edit in self.entered:
            gone = _slots_of(edit, self.intervals.slots)
            energy[gone] = measured_ms[gone] = 0
        return energy, measured_ms


def validated_loads(
    parts: Sequence[Unvalidated], month: Slots, like: LikeDays
) -> list[tuple[CircuitLoad, bool]]:
    """The loads of a month, many at once: a panel has dozens of circuits.

    Args:
        parts: All of the same slots.
        month: Its slots.
        like: Calendar of the intervals' slots.

    Returns:
        Of each the load, and whether like days before the intervals could change it.
    """
    if not parts:
        return []
    slots = parts[0].intervals.slots
    within = month.within(slots)
    energy, measured_ms = map(np.stack, zip(*(part.measured() for part in parts), strict=True))
    partly = measured_ms[:, within] != INTERVAL_MS
    rows = np.repeat(np.arange(len(parts)), np.count_nonzero(partly, axis=1))
    incomplete = np.flatnonzero(partly) - rows * month.count
    places = incomplete + within.start
    at = rows * slots.count + places
    begin, end = np.array([(part.horizon.begin, part.horizon.end) for part in parts]).T
    within_span = (places >= begin[rows]) & (places < end[rows])
    energies, times = energy.reshape(-1), measured_ms.reshape(-1)
    estimated = _completed(energies, times, at, within_span, like)

    how = np.zeros((5, incomplete.size), np.int64)
    how[2] = times[at]
    how[3] = np.where(estimated.qualities == Quality.MISSING, 0, INTERVAL_MS - how[2])
    how[0] = (2 * estimated.values * how[3] + INTERVAL_MS) // (2 * INTERVAL_MS)
    energies[at] += how[0]
    bounds = np.searchsorted(rows, np.arange(len(parts) + 1)).tolist()
    loads = []
    for row, part in enumerate(parts):
        own = slice(bounds[row], bounds[row + 1])
        load = CircuitLoad(
            month,
            part.intervals,
            energy[row, within],
            incomplete[own],
            how[:, own],
            estimated.qualities[own],
            part.horizon,
        )
        loads.append((_with_entries(load, part.entered), bool(estimated.wants_earlier[own].any())))
    return loads


def with_earlier(load: CircuitLoad, part: Unvalidated) -> CircuitLoad | None:
    """A load with intervals that begin earlier, of which none is measured; else None.

    What is estimated then stays as it is: its like days are the same.
    """
    before, now = load.intervals, part.intervals
    within = before.slots.within(now.slots)
    # The first local day may have begun before the slots, and was no like day.
    if now.measured_ms[: within.start + QUARTERS_A_DAY].any():
        return None
    alike = np.array_equal(now.measured_ms[within], before.measured_ms) and np.array_equal(
        now.microwatt_hours[within], before.microwatt_hours
    )
    return replace(load, intervals=now, horizon=part.horizon) if alike else None


def loads_again(
    parts: Sequence[Unvalidated],
    shorter: Sequence[CircuitLoad | None],
    month: Slots,
    like: LikeDays,
) -> list[tuple[CircuitLoad, bool]]:
    """As `validated_loads`; `shorter` are by fewer days, which may have been all that was read."""
    as_before = [
        with_earlier(load, part) if load else None
        for load, part in zip(shorter, parts, strict=True)
    ]
    others = [part for part, load in zip(parts, as_before, strict=True) if load is None]
    made = iter(validated_loads(others, month, like))
    return [next(made) if load is None else (load, False) for load in as_before]


def _completed(
    energy: Integers, measured_ms: Integers, at: Indices, fill: Flags, like: LikeDays
) -> Estimates:
    """Values of whole intervals for slots that are not wholly measured, where `fill` is set."""
    known, whole = wholes(energy, measured_ms)
    completed = Estimates(
        np.where(known[at], whole[at], 0),
        np.where(known[at] & fill, Quality.MIXED, Quality.MISSING).astype(np.uint8),
        np.zeros(at.size, np.bool_),
    )
    gap = np.flatnonzero(~known[at] & fill)
    if gap.size:
        made = estimates(whole, known, at[gap], like)
        partly = (measured_ms[at[gap]] > 0) & (made.qualities != Quality.MISSING)
        completed.values[gap] = made.values
        completed.qualities[gap] = np.where(partly, Quality.MIXED, made.qualities)
        completed.wants_earlier[gap] = made.wants_earlier
    return completed


def wholes(energy: Integers, measured_ms: Integers) -> tuple[Flags, Integers]:
    """Which intervals stand for all of their time, and what of all of it by their own mean."""
    known = measured_ms >= HALF_MEASURED_MS
    whole = energy
    if (partly := np.flatnonzero(known & (measured_ms != INTERVAL_MS))).size:
        whole = energy.copy()
        ms = measured_ms[partly]
        whole[partly] = (2 * energy[partly] * INTERVAL_MS + ms) // (2 * ms)
    return known, whole


def _with_entries(load: CircuitLoad, entered: Sequence[IntervalEdit]) -> CircuitLoad:
    last = np.full(load.slots.count if entered else 0, -1)
    for number, edit in enumerate(entered):
        last[_slots_of(edit, load.slots)] = number
    for number, edit in enumerate(entered):
        if edit.action is EditAction.SET:
            load = _edited(load, edit, np.flatnonzero(last == number))
    return load


def _edited(load: CircuitLoad, edit: IntervalEdit, changed: Indices) -> CircuitLoad:
    """The load with what was entered in place of what was there."""
    if not changed.size:
        return load
    incomplete = np.union1d(load.incomplete, changed)
    before = np.searchsorted(incomplete, load.incomplete)
    now = np.searchsorted(incomplete, changed)
    amount = microwatt_hours((edit.milliwatts or 0) * INTERVAL_MS)

    how = np.zeros((5, incomplete.size), np.int64)
    how[:, before] = load.how
    how[:, now] = [[0], [amount], [0], [0], [INTERVAL_MS]]
    qualities = np.zeros(incomplete.size, np.uint8)
    qualities[before] = load.qualities
    qualities[now] = Quality.EDITED
    amounts = load.microwatt_hours.copy()
    amounts[changed] = amount
    return CircuitLoad(
        load.slots, load.intervals, amounts, incomplete, how, qualities, load.horizon
    )


def _slots_of(edit: IntervalEdit, slots: Slots) -> slice:
    first = (to_ms(edit.start) - slots.first_ms) // INTERVAL_MS
    until = (to_ms(edit.end) - slots.first_ms) // INTERVAL_MS
    return slice(max(0, first), max(0, min(slots.count, until)))
