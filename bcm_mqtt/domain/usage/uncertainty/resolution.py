"""Resolution: how far energy may be off as its readings come in steps.

What a reading leaves out is evenly spread over a step: step / sqrt(12) as a standard uncertainty
(JCGM 100, 4.3.7 and F.2.2.1). A reading that stays is off by the same all the time; readings that
move average out. What a register counts is the difference of two readings: step / sqrt(6).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, sqrt
from typing import Final

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

    def of_current(self, profile: LoadProfile, rows: Iterable[int], days: Floats) -> float:
        """Of energy from current, in mA x ms of all legs.

        Args:
            profile: Of the panel.
            rows: Of the legs.
            days: What of each day counts, 0 to 1.
        """
        return sum(_of_leg(profile, row, self.milliamps, days) for row in rows)

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


def _of_leg(profile: LoadProfile, row: int, step: float, days: Floats) -> float:
    """How far a pole's readings may be off as they come in steps: mA x ms.

    Args:
        profile: Of the panel.
        row: Of the pole.
        step: mA.
        days: What of each day counts, 0 to 1.
    """
    if not step:
        return 0.0
    covered, amounts = profile.covered_ms[row], profile.milliamp_ms[row]
    of_day = profile.day_ms[row]
    steady = np.minimum(profile.steady_ms[row], of_day)
    moving = (of_day - steady) * (of_day / np.maximum(profile.samples[row], 1))
    standing = covered * np.repeat(days * steady / np.maximum(of_day, 1), QUARTERS_A_DAY)
    # A level is off by the same all the time, and another one by something else: they are known
    # of intervals in which every reading was the same. All others may be of the same few levels.
    steps = amounts / (np.maximum(covered, 1) * step)
    whole = np.rint(steps)
    alike = steps == whole
    levels = _by_level(whole[alike], standing[alike])
    linear = float(standing[~alike].sum()) + sqrt(float(levels @ levels))
    return step / _SQRT12 * sqrt(linear * linear + float(days @ moving))


_MOST_LEVELS: Final = 100_000
"""Of which each is counted, rather than all sorted: above the range of nearly every meter."""


def _by_level(levels: Floats, weights: Floats) -> Floats:
    """Sums of what is at each level (a whole number) that there is, in their order."""
    if levels.size and levels.min() >= 0 and levels.max() <= _MOST_LEVELS:
        places = levels.astype(np.intp)
        there = np.bincount(places) > 0
        return np.bincount(places, weights).astype(np.float64)[there]
    _, places = np.unique(levels, return_inverse=True)
    return np.bincount(places, weights).astype(np.float64)
