"""Usage rows of a circuit: its load cut by customer, rate and time-of-use period."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import CircuitSpan
from bcm_mqtt.domain.usage.customer_load import (
    Load,
    PartOfInterval,
    Peak,
    kw_of,
    kwh_of,
)
from bcm_mqtt.domain.usage.cut import Cut
from bcm_mqtt.domain.usage.uncertainty.components import CircuitFacts, components
from bcm_mqtt.domain.usage.usage import Coverage, SupplyHours, Usage, hours_of
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad
from bcm_mqtt.domain.vee.current_energy import Supply
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.domain.vee.quality import Quality

_NOT_CALIBRATED: Final = Decimal("0.000")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a load is: panel id, circuit version and customer id.

    And whether the circuit or its panel states a power factor.
    """

    panel: str
    circuit: CircuitVersion
    customer: str
    states_power_factor: bool = True


def usage_row(
    owner: Owner,
    load: CircuitLoad,
    facts: CircuitFacts | None,
    span: CircuitSpan,
    cut: Cut,
    measured: CircuitLoad | None = None,
) -> Usage:
    """One row.

    Args:
        owner: Whose.
        load: Of the circuit, as if its version held all month.
        facts: What its uncertainty is made from; None of a formula, whose members have it.
        span: The row's first and last instant.
        cut: What of the load is in it.
        measured: The load before it was calibrated to a revenue meter; None where it was not.
    """
    estimated, edited, *times = cut.totals_of(load.incomplete, load.how)
    chosen = cut.chosen[load.incomplete]
    measured_ms, coverage = _coverage(load, cut, times, int(np.count_nonzero(chosen)))
    part = load.slots.within(load.intervals.slots)
    sources = frozenset[EnergySource]()
    if measured_ms:
        sources = load.intervals.sources_in(part)
    events = load.intervals.register_events
    total = cut.total(load.microwatt_hours)
    supply = _supply(load, cut)
    assumed = not owner.states_power_factor and not (supply and supply.measured_power_factor)
    return Usage(
        panel=owner.panel,
        circuit=owner.circuit,
        customer=owner.customer,
        start=span.start,
        end=span.end,
        kwh=kwh_of(total),
        coverage=coverage,
        sources=sources,
        register_events=0 if events is None else int(events[part][cut.whole].sum()),
        period=cut.period,
        estimated_kwh=kwh_of(estimated),
        edited_kwh=kwh_of(edited),
        peak=_peak(load, cut),
        parts=tuple(_parts(load, cut)),
        qualities=frozenset(
            {*_each(load.qualities[cut.among(load.incomplete)]), *_measured_as(sources)}
        ),
        indicative=load.intervals.indicative,
        supply=supply,
        assumed_power_factor=assumed and EnergySource.CURRENT in sources,
        components=components(facts, load, span, cut, total - edited) if facts else (),
        calibration_kwh=kwh_of(total) - kwh_of(cut.total(measured.microwatt_hours))
        if measured
        else _NOT_CALIBRATED,
    )


def add_to(total: Load, load: CircuitLoad, cuts: Iterable[Cut]) -> None:
    """Adds what some cuts have of a circuit's load to a sum, in place."""
    listed = list(cuts)
    if sum(cut.whole.size for cut in listed) == load.slots.count:
        total.microwatt_hours.__iadd__(load.microwatt_hours)
        total.estimated[load.incomplete] += load.estimated + load.edited
        total.missing_ms[load.incomplete] += load.missing_ms
        return
    for cut in listed:
        total.microwatt_hours[cut.whole] += load.microwatt_hours[cut.whole]
        for slot, _, _ in cut.parts:
            total.microwatt_hours[slot] += cut.part_of(slot).total(load.microwatt_hours)
        if load.incomplete.size:
            own = cut.chosen[load.incomplete]
            at = load.incomplete[own]
            total.estimated[at] += load.estimated[own] + load.edited[own]
            total.missing_ms[at] += load.missing_ms[own]
            for slot, begin, until in cut.parts:
                if load.is_incomplete(slot):
                    estimated, edited, *times = cut.part_of(slot).totals_of(
                        load.incomplete, load.how
                    )
                    total.estimated[slot] += estimated + edited
                    total.missing_ms[slot] += until - begin - sum(times)


def _coverage(
    load: CircuitLoad, cut: Cut, times: list[int], incomplete: int
) -> tuple[int, Coverage]:
    """Measured ms, and all hours so that they add up to the cut's also when rounded.

    What of the cut has not yet come is no part of it; `incomplete` slots are wholly in it.
    """
    coming_ms = 0
    if load.horizon.present is not None:
        (coming_ms,) = cut.totals_of(load.incomplete, load.coming_ms[None])
    incomplete_ms = (
        sum(until - begin for slot, begin, until in cut.parts if load.is_incomplete(slot))
        + incomplete * INTERVAL_MS
    )
    measured_ms, estimated_ms, edited_ms = times
    amounts = [cut.ms - incomplete_ms + measured_ms, estimated_ms, edited_ms]
    ends = [hours_of(sum(amounts[:count])) for count in range(len(amounts) + 1)]
    measured, estimated, edited = (until - begun for begun, until in pairwise(ends))
    missing = hours_of(cut.ms - coming_ms) - ends[-1]
    return amounts[0], Coverage(measured, missing, estimated, edited)


def _supply(load: CircuitLoad, cut: Cut) -> SupplyHours | None:
    """Hours by what the supply was taken for, of measured time with energy from current."""
    if load.intervals.supply is None:
        return None
    part = load.slots.within(load.intervals.slots)
    times = np.full(load.slots.count, INTERVAL_MS, np.int64)
    times[load.incomplete] = load.measured_ms
    times[~load.intervals.by_current[part]] = 0
    codes = load.intervals.supply[part]
    hours = hours_of(cut.total(times))
    volts, factors = (
        hours_of(cut.total(np.where(codes & code, times, 0)))
        for code in (Supply.VOLTAGE, Supply.POWER_FACTOR)
    )
    return SupplyHours(volts, hours - volts, factors, hours - factors)


def _peak(load: CircuitLoad, cut: Cut) -> Peak | None:
    if not cut.whole.size:
        return None
    energy = load.microwatt_hours[cut.whole]
    at = int(energy.argmax())
    if not (greatest := int(energy[at])):
        return None
    slot = int(cut.whole[at])
    return Peak(kw_of(greatest), load.slots.at(slot), not load.is_incomplete(slot))


def _parts(load: CircuitLoad, cut: Cut) -> Iterator[PartOfInterval]:
    for slot, _, _ in cut.parts:
        energy = cut.part_of(slot).total(load.microwatt_hours)
        yield PartOfInterval(load.slots.at(slot), energy, not load.is_incomplete(slot))


def _each(codes: NDArray[np.uint8]) -> Iterator[Quality]:
    """The different ones of thousands."""
    there = codes.tobytes()
    return (quality for quality in Quality if quality in there)


def _measured_as(sources: frozenset[EnergySource]) -> Iterator[Quality]:
    if EnergySource.CURRENT in sources:
        yield Quality.DERIVED
    if sources - {EnergySource.CURRENT}:
        yield Quality.VALID
