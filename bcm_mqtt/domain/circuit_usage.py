"""Usage rows of a circuit: its load cut by customer, rate and time-of-use period."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bcm_mqtt.domain.circuit import CircuitVersion
from bcm_mqtt.domain.circuit_load import CircuitLoad
from bcm_mqtt.domain.customer_load import MICROWATT_HOURS_PER_KWH, Load, Peak, kw_of, kwh_of
from bcm_mqtt.domain.cut import Cut
from bcm_mqtt.domain.directory import CircuitSpan
from bcm_mqtt.domain.left_hold import INTERVAL_MS
from bcm_mqtt.domain.measured_energy import EnergySource
from bcm_mqtt.domain.quality import Quality
from bcm_mqtt.domain.usage import Coverage, Usage, hours_of


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a load is: panel id, circuit version and customer id."""

    panel: str
    circuit: CircuitVersion
    customer: str


def usage_row(owner: Owner, load: CircuitLoad, span: CircuitSpan, cut: Cut) -> Usage:
    """One row.

    Args:
        owner: Whose.
        load: Of the circuit, as if its version held all month.
        span: The row's first and last instant.
        cut: What of the load is in it.
    """
    odd = cut.among(load.odd)
    estimated, edited = (cut.total_of(load.odd, values) for values in (load.estimated, load.edited))
    measured_ms, coverage = _coverage(load, cut)
    part = load.slots.within(load.intervals.slots)
    sources = frozenset[EnergySource]()
    if measured_ms:
        sources = load.intervals.sources_in(slice(part.start, part.stop))
    events = load.intervals.register_events
    variance = load.intervals.sampling_variance
    if variance is None:
        of_kwh = 0.0
    else:
        by_day = cut.by_day(load.intervals.slots)
        of_kwh = float(np.dot(variance, by_day)) / MICROWATT_HOURS_PER_KWH**2
    return Usage(
        panel=owner.panel,
        circuit=owner.circuit,
        customer=owner.customer,
        start=span.start,
        end=span.end,
        kwh=kwh_of(cut.total(load.microwatt_hours)),
        coverage=coverage,
        sources=sources,
        register_events=0 if events is None else int(events[part][cut.whole].sum()),
        period=cut.period,
        estimated_kwh=kwh_of(estimated),
        edited_kwh=kwh_of(edited),
        peak=_peak(load, cut),
        qualities=frozenset(
            {Quality(int(code)) for code in np.unique(load.qualities[odd])}
            | set(_measured_as(sources))
        ),
        sampling_variance=of_kwh,
        indicative=load.intervals.indicative,
    )


def add_to(total: Load, load: CircuitLoad, cuts: Iterable[Cut]) -> None:
    """Adds what some cuts have of a circuit's load to a sum, in place."""
    for cut in cuts:
        if cut.whole.size == load.slots.count:
            total.microwatt_hours.__iadd__(load.microwatt_hours)
        else:
            total.microwatt_hours[cut.whole] += load.microwatt_hours[cut.whole]
            for slot, _, _ in cut.parts:
                alone = _only(cut, slot)
                total.microwatt_hours[slot] += alone.total(load.microwatt_hours)
        if load.odd.size:
            odd = cut.chosen[load.odd]
            at = load.odd[odd]
            total.estimated[at] += load.estimated[odd] + load.edited[odd]
            total.missing_ms[at] += load.missing_ms[odd]
            for slot, _, _ in cut.parts:
                alone = _only(cut, slot)
                total.estimated[slot] += alone.total_of(load.odd, load.estimated)
                total.estimated[slot] += alone.total_of(load.odd, load.edited)
                total.missing_ms[slot] += alone.total_of(load.odd, load.missing_ms)


def _only(cut: Cut, slot: int) -> Cut:
    """One of its parts."""
    none = cut.whole[:0]
    parts = tuple(part for part in cut.parts if part[0] == slot)
    return Cut(cut.period, cut.slots, none, np.zeros_like(cut.chosen), parts)


def _coverage(load: CircuitLoad, cut: Cut) -> tuple[int, Coverage]:
    """Measured ms, and all hours so that they add up to the cut's also when rounded."""
    odd_ms = (
        sum(until - begin for slot, begin, until in cut.parts if (load.odd == slot).any())
        + int(cut.chosen[load.odd].sum()) * INTERVAL_MS
    )
    amounts = [
        cut.ms - odd_ms + cut.total_of(load.odd, load.measured_ms),
        cut.total_of(load.odd, load.estimated_ms),
        cut.total_of(load.odd, load.edited_ms),
    ]
    ends = [hours_of(sum(amounts[:count])) for count in range(len(amounts) + 1)]
    measured, estimated, edited = (until - begun for begun, until in pairwise(ends))
    return amounts[0], Coverage(measured, hours_of(cut.ms) - ends[-1], estimated, edited)


def _peak(load: CircuitLoad, cut: Cut) -> Peak | None:
    if not cut.whole.size:
        return None
    energy = load.microwatt_hours[cut.whole]
    at = int(energy.argmax())
    if not (greatest := int(energy[at])):
        return None
    slot = int(cut.whole[at])
    return Peak(kw_of(greatest), load.slots.at(slot), not bool((load.odd == slot).any()))


def _measured_as(sources: frozenset[EnergySource]) -> Iterator[Quality]:
    if EnergySource.CURRENT in sources:
        yield Quality.DERIVED
    if sources - {EnergySource.CURRENT}:
        yield Quality.VALID
