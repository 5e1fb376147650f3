"""A circuit's or a customer's past by 15-minute interval, as the circuits were at the time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from bcm_mqtt.domain.history.grid import Grid
from bcm_mqtt.domain.history.points import Band, Floats, Points, Source, ratio
from bcm_mqtt.domain.interval.interval import HALF_MEASURED, INTERVAL_MS
from bcm_mqtt.domain.interval.load_profile import LoadProfile
from bcm_mqtt.domain.interval.phase_values import PhaseValues
from bcm_mqtt.domain.interval.slots import Integers, Slots
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.site.directory import CircuitSpan
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.vee.interval_energy import circuit_intervals
from bcm_mqtt.domain.vee.measured_energy import DeviceIntervals
from bcm_mqtt.domain.vee.panel_registers import NO_REGISTERS, Registers

_WATTS: Final = 3.6
"""Of 1 uWh in 1 ms."""
_KWH: Final = 1e-9
"""Of 1 uWh."""


@dataclass(frozen=True)
class Extremes:
    """Least and greatest readings of a pole's intervals, or of several of one point together.

    Attributes:
        starts_ms: int64: of the intervals that there are, ms since the epoch.
        least: int64, mA.
        greatest: int64, mA.
    """

    starts_ms: Integers
    least: Integers
    greatest: Integers


@dataclass(frozen=True)
class PanelPast:
    """What was measured of a panel, as its instruments correct it.

    Attributes:
        panel: Gives voltages, default power factor and unmonitored poles.
        profile: Of the poles in question.
        devices: What their devices measured.
        first_ms: Start of the first interval ever, by pole; nothing is expected before it.
        now_ms: The present; nothing is expected after it.
        extremes: By pole; none where the query does not include them.
        registers: What their energy registers showed.
        phases: What companions measured, by slot of the profile; None where it has none.
    """

    panel: Panel
    profile: LoadProfile
    devices: DeviceIntervals
    first_ms: Mapping[int, int]
    now_ms: int
    extremes: Mapping[int, Extremes] = field(default_factory=dict)
    registers: Registers = NO_REGISTERS
    phases: PhaseValues | None = None


@dataclass(frozen=True)
class PoleSlots:
    """Current of a pole by slot, of the time in which it was the circuit's.

    Attributes:
        amp_ms: A x ms over the covered time.
        covered_ms: Time for which a reading stood.
        least: A, NaN where there is none.
        greatest: A.
    """

    amp_ms: Floats
    covered_ms: Floats
    least: Floats
    greatest: Floats


@dataclass(frozen=True)
class CircuitSlots:
    """A circuit by slot.

    Attributes:
        slots: The intervals.
        poles: All that it ever had in this time.
        microwatt_hours: Over the measured time.
        measured_ms: For which every monitored leg had a reading.
        expected_ms: In which the circuit was there, after its first reading and up to now.
        held: 0 to 1: for which part of the slot it was there, as `expected_ms` without the end.
    """

    slots: Slots
    poles: Mapping[int, PoleSlots]
    microwatt_hours: Floats
    measured_ms: Floats
    expected_ms: Floats
    held: Floats

    @property
    def watts(self) -> Floats:
        """Mean power over the measured time of each."""
        return ratio(self.microwatt_hours * _WATTS, self.measured_ms)


def circuit_slots(past: PanelPast, spans: Sequence[CircuitSpan], slots: Slots) -> CircuitSlots:
    """A circuit by slot.

    Args:
        past: Of its panel, with a profile that has all the slots.
        spans: Its versions with their times.
        slots: Of the query.
    """
    energy, measured_ms, expected_ms, held = np.zeros((4, slots.count))
    shares: dict[int, Floats] = {}
    part = slots.within(past.profile.slots)
    elapsed_ms = np.clip(past.now_ms - slots.starts_ms, 0, INTERVAL_MS)
    for span in spans:
        share = _share(span, slots)
        poles = past.panel.monitored(span.version.poles)
        for pole in poles:
            shares[pole] = shares.get(pole, 0.0) + share
        first = [past.first_ms.get(pole) for pole in poles]
        begun = [at for at in first if at is not None]
        if not begun or len(begun) < len(first):
            continue  # of some leg there has never been a reading
        intervals = circuit_intervals(
            past.panel,
            span.version,
            past.profile,
            past.devices,
            past.registers,
            phases=past.phases,
        )
        energy += share * intervals.microwatt_hours[part]
        measured_ms += share * intervals.measured_ms[part]
        there = share * (slots.starts_ms >= max(begun))
        expected_ms += there * elapsed_ms
        held += there
    return CircuitSlots(
        slots,
        {pole: _pole(past, pole, share, slots) for pole, share in sorted(shares.items())},
        energy,
        measured_ms,
        expected_ms,
        held,
    )


def circuit_points(circuit: CircuitSlots, grid: Grid) -> Points:
    """The points of a circuit on a grid of the same time."""
    of = _Sums(grid)
    energy, measured_ms = of.sum(circuit.microwatt_hours), of.sum(circuit.measured_ms)
    watts = circuit.watts
    return Points(
        grid,
        (Source.INTERVALS,),
        {
            pole: Band(
                of.least(one.least),
                ratio(of.sum(one.amp_ms), of.sum(one.covered_ms)),
                of.greatest(one.greatest),
            )
            for pole, one in circuit.poles.items()
        },
        Band(of.least(watts), ratio(energy * _WATTS, measured_ms), of.greatest(watts)),
        np.where(measured_ms > 0, energy * _KWH, np.nan),
        measured_ms,
        of.sum(circuit.expected_ms),
    )


def customer_slots(circuits: Iterable[CircuitSlots], slots: Slots) -> tuple[Floats, CircuitSlots]:
    """A customer's circuits together, each for the time in which it was his.

    Returns:
        Mean power by slot, NaN where a circuit that was there is measured for less than half
        of the time: a sum without it would not be the customer's. And all energy and time.
    """
    watts, energy, measured_ms, expected_ms, held = np.zeros((5, slots.count))
    for one in circuits:
        known = one.measured_ms >= HALF_MEASURED * one.expected_ms
        mean = np.where(one.expected_ms > 0, one.watts * one.held, 0.0)
        watts += np.where(known, mean, np.nan)
        held += one.held
        energy += one.microwatt_hours
        measured_ms += one.measured_ms
        expected_ms += one.expected_ms
    watts[expected_ms == 0] = np.nan
    return watts, CircuitSlots(slots, {}, energy, measured_ms, expected_ms, held)


def customer_points(watts: Floats, customer: CircuitSlots, grid: Grid) -> Points:
    """The points of a customer on a grid of the same time; see `customer_slots`."""
    of = _Sums(grid)
    known = ~np.isnan(watts)
    mean = ratio(of.sum(np.where(known, watts, 0.0)), of.sum(known.astype(np.float64)))
    measured_ms = of.sum(customer.measured_ms)
    return Points(
        grid,
        (Source.INTERVALS,),
        {},
        Band(of.least(watts), mean, of.greatest(watts)),
        np.where(measured_ms > 0, of.sum(customer.microwatt_hours) * _KWH, np.nan),
        measured_ms,
        of.sum(customer.expected_ms),
    )


class _Sums:
    """Slots into points."""

    def __init__(self, grid: Grid) -> None:
        self._first = (grid.starts_ms - grid.slots.first_ms) // INTERVAL_MS

    def sum(self, values: Floats) -> Floats:
        sums: Floats = np.add.reduceat(values, self._first)
        return sums

    def least(self, values: Floats) -> Floats:
        minima: Floats = np.fmin.reduceat(values, self._first)
        return minima

    def greatest(self, values: Floats) -> Floats:
        maxima: Floats = np.fmax.reduceat(values, self._first)
        return maxima


def _share(span: CircuitSpan, slots: Slots) -> Floats:
    """Which part of each slot a span holds."""
    starts = slots.starts_ms
    begin, end = to_ms(span.start), to_ms(span.end)
    held = np.minimum(starts + INTERVAL_MS, end) - np.maximum(starts, begin)
    share: Floats = np.maximum(held, 0) / INTERVAL_MS
    return share


def _pole(past: PanelPast, pole: int, share: Floats, slots: Slots) -> PoleSlots:
    nothing = np.zeros(slots.count)
    least, greatest = np.full((2, slots.count), np.nan)
    rows = past.profile.rows_of([pole])
    if rows is None:
        return PoleSlots(nothing, nothing, least, greatest)
    part = slots.within(past.profile.slots)
    if known := past.extremes.get(pole):
        at = (known.starts_ms - slots.first_ms) // INTERVAL_MS
        there = (at >= 0) & (at < slots.count)
        at = at[there]
        least[at], greatest[at] = known.least[there] / PER_UNIT, known.greatest[there] / PER_UNIT
        for values in (least, greatest):
            values[share == 0] = np.nan
    amp_ms = past.profile.milliamp_ms[rows[0], part] / PER_UNIT * share
    return PoleSlots(amp_ms, past.profile.covered_ms[rows[0], part] * share, least, greatest)
