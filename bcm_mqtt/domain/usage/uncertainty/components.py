"""The components of a row's uncertainty: each cause, from the readings or from what is known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import hypot, sqrt
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Floats, Integers
from bcm_mqtt.domain.site.directory import CircuitSpan
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH
from bcm_mqtt.domain.usage.cut import Cut
from bcm_mqtt.domain.usage.uncertainty.accuracy import Accuracy
from bcm_mqtt.domain.usage.uncertainty.budget import Cause, Component, Relative, standard
from bcm_mqtt.domain.usage.uncertainty.estimate_spread import EstimateSpread
from bcm_mqtt.domain.usage.uncertainty.resolution import Levels, Steps
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad
from bcm_mqtt.domain.vee.current_energy import Supply
from bcm_mqtt.domain.vee.estimate import LONGEST_INTERPOLATED
from bcm_mqtt.domain.vee.interval_energy import CircuitIntervals
from bcm_mqtt.domain.vee.measured_energy import EnergySource

_NOT_TRIED: Final = "all of what fewer than 8 measured days could be compared with"
_NO_STEP: Final = "of currents whose step is not known"
_NO_REGISTER_STEP: Final = "of energy registers whose step is not known"
_NO_CURRENT: Final = "of power that no current was read with"


@dataclass(frozen=True, slots=True)
class CircuitFacts:
    """What a circuit's uncertainty is made from.

    Attributes:
        circuit: Panel id and first pole, as `panel:pole`.
        accuracy: Of its measurement.
        steps: In which its readings come.
        levels: At which the currents of its legs stood; none where their step is not known, or
            no current was read.
        spread: Of its estimates.
        factor: uWh per mA x ms of the sum of its legs.
        missed: By day, what polls may have missed of its energy from current (uWh); none where no
            current was read.
    """

    circuit: str
    accuracy: Accuracy
    steps: Steps
    levels: Sequence[Levels] = field(repr=False)
    spread: EstimateSpread
    factor: float
    missed: Floats | None = field(repr=False)


def components(
    facts: CircuitFacts, load: CircuitLoad, span: CircuitSpan, cut: Cut, billed: int
) -> tuple[Component, ...]:
    """Of a row.

    Args:
        facts: Of the circuit version.
        load: Of it.
        span: That the row is of, with the other rows of its periods.
        cut: What of the load the row is made of.
        billed: uWh of the row that were not entered by hand.
    """
    shares = _Shares.of(load.intervals, load, cut)
    kwh = billed / MICROWATT_HOURS_PER_KWH
    return (
        *_sampling(facts, load.intervals, shares),
        *_estimates(facts, cut),
        *_resolution(facts, load, span, cut, shares),
        *_classes(facts, load, cut, kwh),
        *_supply(facts.accuracy, kwh * shares.from_current, shares),
    )


@dataclass(frozen=True, slots=True)
class _Shares:
    """What of a row's energy and days is from where.

    Attributes:
        from_current: Of the energy, 0 to 1.
        measured_voltage: Of that energy, at a measured voltage.
        measured_power_factor: Of it, with a measured power factor.
        by_current: Of each day (UTC), measured by current, 0 to 1.
        by_power: By the power that devices measure; None where they measured none of it.
        by_registers: Whether registers counted any of it.
    """

    from_current: float
    measured_voltage: float
    measured_power_factor: float
    by_current: Floats
    by_power: Floats | None
    by_registers: bool

    @classmethod
    def of(cls, intervals: CircuitIntervals, load: CircuitLoad, cut: Cut) -> "_Shares":
        days = cut.by_day(intervals.slots)
        if intervals.sources is None and intervals.supply is None:  # as most: current alone
            return cls(1.0, 0.0, 0.0, days, None, by_registers=False)
        within = load.slots.within(intervals.slots)
        energy = np.where(cut.chosen, intervals.microwatt_hours[within], 0)
        current = intervals.by_current
        own = energy * current[within]
        supply = np.uint8(0) if intervals.supply is None else intervals.supply[within]
        voltage, power_factor = (
            _part(np.where(supply & bit, own, 0), own)
            for bit in (Supply.VOLTAGE, Supply.POWER_FACTOR)
        )
        if intervals.sources is None:
            return cls(1.0, voltage, power_factor, days, None, by_registers=False)
        chosen = np.zeros(intervals.slots.count, np.bool_)
        chosen[within] = cut.chosen
        power, register = (
            chosen & (intervals.sources == intervals.code(source))
            for source in (EnergySource.POWER, EnergySource.REGISTER)
        )
        by_current, by_power = (
            each.reshape(-1, QUARTERS_A_DAY).mean(axis=1) for each in (chosen & current, power)
        )
        return cls(
            _part(own, energy) if energy.any() else float(current.any()),
            voltage,
            power_factor,
            by_current,
            by_power if by_power.any() else None,
            by_registers=bool(register.any()),
        )


def _part(some: Integers, of_all: Integers) -> float:
    total = float(of_all.sum())
    return float(some.sum()) / total if total else 0.0


def _supply(accuracy: Accuracy, kwh: float, shares: _Shares) -> Iterator[Component]:
    """Of energy from current: its voltage and its power factor."""
    for cause, measured, otherwise, share in (
        (
            Cause.VOLTAGE,
            accuracy.measured_voltage,
            accuracy.voltage,
            shares.measured_voltage,
        ),
        (
            Cause.POWER_FACTOR,
            accuracy.measured_power_factor,
            accuracy.power_factor,
            shares.measured_power_factor,
        ),
    ):
        yield from measured.of(cause, kwh * share)
        yield from otherwise.of(cause, kwh * (1 - share))


def _sampling(
    facts: CircuitFacts, intervals: CircuitIntervals, shares: _Shares
) -> Iterator[Component]:
    """What polls miss; power is read with the current, and misses as much of itself."""
    deviation = facts.missed
    if deviation is None:
        if shares.by_power is not None:
            yield Component(Cause.SAMPLING, 0.0, _NO_CURRENT)
        return
    squares = shares.by_current * deviation * deviation
    if shares.by_power is not None:
        rows = list(intervals.rows)
        sums = intervals.profile.milliamp_ms[rows].sum(axis=0), intervals.microwatt_hours
        amounts, energy = (each.reshape(-1, QUARTERS_A_DAY).sum(axis=1) for each in sums)
        relative = deviation / facts.factor / np.maximum(amounts, 1) * energy
        squares = squares + shares.by_power * relative * relative
    if kwh := standard(sqrt(float(squares.sum())) / MICROWATT_HOURS_PER_KWH):
        yield Component(Cause.SAMPLING, kwh)


def _estimates(facts: CircuitFacts, cut: Cut) -> Iterator[Component]:
    """Of short gaps together; of each longer one, which other circuits may have as well."""
    spread = facts.spread
    square, tried = 0.0, True
    if spread.variance is not None:
        square += float(spread.variance[cut.touched].sum())
    before = cut.touched_before
    for gap in spread.gaps:
        share = int(before[gap.last + 1] - before[gap.first]) / gap.slots
        deviation = gap.microwatt_hours * share
        if gap.slots <= LONGEST_INTERPOLATED:
            square += deviation * deviation
            tried = tried and (gap.trials > 0 or not share)
        elif kwh := standard(deviation / MICROWATT_HOURS_PER_KWH):
            outage = f"{facts.circuit.partition(':')[0]} {gap.first} {gap.last}"
            yield Component(Cause.ESTIMATES, kwh, "" if gap.trials else _NOT_TRIED, outage)
    if kwh := standard(sqrt(square) / MICROWATT_HOURS_PER_KWH):
        yield Component(Cause.ESTIMATES, kwh, "" if tried else _NOT_TRIED)


def _resolution(
    facts: CircuitFacts, load: CircuitLoad, span: CircuitSpan, cut: Cut, shares: _Shares
) -> Iterator[Component]:
    """Of current, of power and of registers, which are read apart from each other."""
    steps, intervals = facts.steps, load.intervals
    if not steps.milliamps and shares.by_current.any() and intervals.rows:
        yield Component(Cause.RESOLUTION, 0.0, _NO_STEP)
    if shares.by_registers and len(steps.watt_hours) < steps.legs:
        yield Component(Cause.RESOLUTION, 0.0, _NO_REGISTER_STEP)
    by_current = sum(leg.off(shares.by_current) for leg in facts.levels)
    microwatt_hours = hypot(
        by_current * facts.factor,
        steps.of_power(load, cut),
        steps.of_registers(load, cut, span),
    )
    if kwh := standard(microwatt_hours / MICROWATT_HOURS_PER_KWH):
        yield Component(Cause.RESOLUTION, kwh, key=facts.circuit)


def _classes(facts: CircuitFacts, load: CircuitLoad, cut: Cut, kwh: float) -> Iterator[Component]:
    """By the current of each interval, as far as it was measured."""
    classes, intervals = facts.accuracy.classes, load.intervals
    share = classes.share()
    if classes.transformer_amps and intervals.rows:
        rows, within = list(intervals.rows), load.slots.within(intervals.slots)
        covered = intervals.profile.covered_ms[rows, within].sum(axis=0)
        amps = intervals.profile.milliamp_ms[rows, within].sum(axis=0)
        amps = amps / np.maximum(covered, 1) / 1000
        energy = np.where(cut.chosen, intervals.microwatt_hours[within], 0)
        if total := float(energy.sum()):
            share = float(classes.shares(amps) @ energy) / total
    key = classes.meter_type or "not stated"
    yield from Relative(share, classes.basis, key).of(Cause.ACCURACY, kwh)
