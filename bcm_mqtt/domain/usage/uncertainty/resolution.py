"""Resolution: how far energy may be off as its readings come in steps.

What a reading leaves out is evenly spread over a step: step / sqrt(12) as a standard uncertainty
(JCGM 100, 4.3.7 and F.2.2.1). A reading that stays is off by the same all the time; readings that
move average out. What a register counts is the difference of two readings: step / sqrt(6).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, sqrt
from typing import Final, Self

import numpy as np

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.load_profile import LoadProfile
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Floats, Integers, Slots
from bcm_mqtt.domain.reading.register_step import StepKind
from bcm_mqtt.domain.site.directory import CircuitSpan
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.usage.cut import Cut
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad
from bcm_mqtt.domain.vee.estimate import Indices
from bcm_mqtt.domain.vee.interval_energy import CircuitIntervals
from bcm_mqtt.domain.vee.measured_energy import MILLIWATT_MS_PER_MICROWATT_HOUR, EnergySource
from bcm_mqtt.domain.vee.panel_registers import Registers

_SQRT6: Final = sqrt(6)
_SQRT12: Final = sqrt(12)
_MICRO: Final = 1_000_000
_STORED_MILLIWATTS: Final = 1.0
"""Power is stored in steps of 1 mW, whatever the steps of the meter are."""
_PER_MILLIWATT: Final = INTERVAL_MS // MILLIWATT_MS_PER_MICROWATT_HOUR
"""uWh in 15 minutes."""
_ON_ONE_SIDE: Final = frozenset({StepKind.NORMAL, StepKind.GLITCH, StepKind.ROLLOVER})
"""Steps over which the readings before and after take part in one difference."""


@dataclass(frozen=True, slots=True)
class Steps:
    """In what steps the readings of a circuit come.

    Attributes:
        milliamps: Of current; 0 where it is not known.
        milliwatts: Of the power that devices measure.
        watt_hours: Of the energy register of each leg, by pole; a leg whose step is not known has
            none.
        legs: How many are measured.
    """

    milliamps: float
    milliwatts: float = _STORED_MILLIWATTS
    watt_hours: Mapping[int, float] = field(default_factory=dict)
    legs: int = 1

    def of_power(self, load: CircuitLoad, cut: Cut) -> float:
        """Of energy from the power that devices measured, in uWh.

        Quarter hours whose means are within the same step are off by the same.
        """
        if load.intervals.sources is None:
            return 0.0
        held_ms, energy = _by_source(load, EnergySource.POWER)
        own = cut.chosen & (held_ms > 0)
        held, means = held_ms[own], energy[own] * MILLIWATT_MS_PER_MICROWATT_HOUR
        _, level = np.unique(np.rint(means / (held * self.milliwatts)), return_inverse=True)
        levels = np.bincount(level, weights=held)
        milliwatt_ms = self.legs * self.milliwatts / _SQRT12 * sqrt(float(levels @ levels))
        return milliwatt_ms / MILLIWATT_MS_PER_MICROWATT_HOUR

    def of_registers(self, load: CircuitLoad, cut: Cut, span: CircuitSpan) -> float:
        """Of energy that registers counted, in uWh.

        The readings at which a rate changes are on both sides: rows of a span share the difference
        of its first and its last reading by time.
        """
        if load.intervals.sources is None:
            return 0.0
        held_ms, _ = _by_source(load, EnergySource.REGISTER)
        within = Slots.between(span.start, span.end).within(load.slots)
        if not (of_span := int(held_ms[within].sum())):
            return 0.0
        share = int(held_ms[cut.chosen].sum()) / of_span
        begin, end = to_ms(span.start), to_ms(span.end)
        apart = [
            one.pole
            for one in load.intervals.register_steps
            if one.step.kind not in _ON_ONE_SIDE and begin < one.step.end_ms <= end
        ]
        steps = (
            step * sqrt(1 + apart.count(pole)) for pole, step in sorted(self.watt_hours.items())
        )
        return sum(steps) / _SQRT6 * share * _MICRO


@dataclass(frozen=True, slots=True)
class PanelSteps:
    """What is known of the steps in which a panel's readings come.

    Attributes:
        panel: May say the steps of its meters.
        milliamps: Of currents, as far as readings show it; 0 where they do not.
        milliwatts: Of powers, as far as readings show it.
        registers: What energy registers showed and how they count.
    """

    panel: Panel
    milliamps: float
    milliwatts: float
    registers: Registers

    def of(self, poles: Sequence[int], multiplier: float) -> Steps:
        """Of a circuit.

        Args:
            poles: Its monitored ones.
            multiplier: Of its instruments; what readings show is corrected by it already.
        """
        amps, watts = self.panel.current_step, self.panel.power_step
        return Steps(
            float(amps * 1000) * multiplier if amps else self.milliamps,
            float(watts * 1000) * multiplier if watts else self.milliwatts or _STORED_MILLIWATTS,
            {pole: step for pole in poles if (step := self._watt_hours(pole))},
            len(poles),
        )

    def _watt_hours(self, pole: int) -> float:
        """Of a pole's register where it showed most, after its multiplier; 0 for unknown."""
        if (past := self.registers.past.get(pole)) is None:
            return 0.0
        rows = self.registers.instruments.get(pole, ())
        multiplier = max((row.multiplier for row in rows), default=Fraction(1))
        most = float(np.abs(past.levels[:, 2]).max(initial=0))
        return self.registers.limit(pole, 0.0).scale.step_at(most) * float(multiplier)


def learned_milliwatts(circuits: Iterable[CircuitIntervals]) -> float:
    """The step of power as far as the readings of circuits show it, in mW.

    A power that was the same over two quarter hours is one that meters can show: the step is the
    greatest number of which all such are multiples. What never stays averages out, whatever its
    steps are.
    """
    shown: list[int] = []
    for one in circuits:
        if one.sources is None:
            continue
        whole = (one.sources == one.code(EnergySource.POWER)) & (one.measured_ms == INTERVAL_MS)
        stays = whole[1:] & whole[:-1] & (np.diff(one.microwatt_hours) == 0)
        shown += np.unique(one.microwatt_hours[1:][stays]).tolist()
    return gcd(*shown) / _PER_MILLIWATT


def _by_source(load: CircuitLoad, source: EnergySource) -> tuple[Integers, Integers]:
    """The ms and the uWh that a source measured, by slot of the month."""
    intervals = load.intervals
    within = load.slots.within(intervals.slots)
    if intervals.sources is None:
        nothing = np.zeros(load.slots.count, np.int64)
        return nothing, nothing
    own = intervals.sources[within] == intervals.code(source)
    held, energy = (
        np.where(own, each[within], 0)
        for each in (intervals.measured_ms, intervals.microwatt_hours)
    )
    return held, energy


_MOST_LEVELS: Final = 100_000
"""Of which each is counted, rather than all sorted: above the range of nearly every meter."""
_Share = tuple[Integers, Integers]
"""A part, and what it is of."""
_Held = tuple[Indices, Floats]
"""The day of each interval, and for how many ms it was covered."""


@dataclass(frozen=True, slots=True)
class Levels:
    """For how long a pole's readings of current stood at which level.

    A level is off by the same all the time, and another one by something else: they are known
    of intervals in which every reading was the same. All others may be of the same few levels.

    Attributes:
        step: mA.
        steady: By day, the share of the covered time between readings that are the same.
        moving: By day, the time between others, in ms x ms a reading.
        alike: Intervals whose level is known, and how long each was covered.
        level: Of each of those: its place among all levels, in their order.
        count: Of all levels.
        others: All other intervals, and how long each was covered.
    """

    step: float
    steady: _Share
    moving: Floats
    alike: _Held
    level: Indices
    count: int
    others: _Held

    @classmethod
    def of(cls, profile: LoadProfile, row: int, step: float) -> Self:
        """Those of a pole of a panel.

        Args:
            profile: Of the panel.
            row: Of the pole.
            step: mA.
        """
        covered, of_day = profile.covered_ms[row], profile.day_ms[row]
        steady = np.minimum(profile.steady_ms[row], of_day)
        moving = (of_day - steady) * (of_day / np.maximum(profile.samples[row], 1))
        steps = profile.milliamp_ms[row] / (np.maximum(covered, 1) * step)
        whole = np.rint(steps)
        known = steps == whole
        alike, others = np.flatnonzero(known), np.flatnonzero(~known)
        places = _places(whole[alike])
        count = int(places.max(initial=-1)) + 1
        if not (covered_any := covered[alike] > 0).all():  # what is not weighs nothing
            alike, places = alike[covered_any], places[covered_any]
        return cls(
            step,
            (steady, np.maximum(of_day, 1)),
            moving,
            _held(covered, alike),
            places,
            count,
            _held(covered, others),
        )

    def off(self, days: Floats) -> float:
        """How far the readings may be off: mA x ms.

        Args:
            days: What of each day counts, 0 to 1.
        """
        steady, of_day = self.steady
        shares = days * steady / of_day
        linear = 0.0
        if self.others[0].size:  # as rarely
            linear = float(_standing(self.others, shares).sum())
        if self.level.size:
            levels = np.bincount(self.level, _standing(self.alike, shares), self.count)
            linear += sqrt(float(levels @ levels))
        return self.step / _SQRT12 * sqrt(linear * linear + float(days @ self.moving))


def _held(covered: Integers, slots: Indices) -> _Held:
    return slots // QUARTERS_A_DAY, covered[slots].astype(np.float64)


def _standing(held: _Held, shares: Floats) -> Floats:
    """For how long each interval stood of what counts of its day, in ms."""
    of_day, covered = held
    return covered * shares[of_day]


def _places(levels: Floats) -> Indices:
    """Of each level (a whole number) its place among all that there are."""
    if levels.size and levels.min() >= 0 and levels.max() <= _MOST_LEVELS:
        numbers = levels.astype(np.intp)
        there = np.bincount(numbers) > 0
        return np.cumsum(there)[numbers] - 1
    return np.unique(levels, return_inverse=True)[1]
