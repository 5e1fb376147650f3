"""Validation of a circuit's intervals: what a person should look at before they are billed.

Flags do not change a figure: readings are facts. Whoever knows that a flagged one is wrong
discards it by an entry, and it is estimated; whoever knows that it is right accepts it.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Flags, Slots
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.time import MS_PER_HOUR
from bcm_mqtt.domain.usage.customer_load import kw_of
from bcm_mqtt.domain.usage.cut import Cut
from bcm_mqtt.domain.usage.in_step_findings import in_step_findings
from bcm_mqtt.domain.usage.level_findings import level_findings
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage
from bcm_mqtt.domain.usage.rating_findings import energy_findings
from bcm_mqtt.domain.usage.register_findings import register_findings
from bcm_mqtt.domain.usage.wiring_findings import wiring_findings
from bcm_mqtt.domain.vee.acceptance import is_accepted, row_of
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.domain.vee.interval_energy import CircuitIntervals
from bcm_mqtt.domain.vee.quality import Finding, Flag, Found

_RATING_PERCENT: Final = 120
_SPIKE_PERCENT: Final = 280
"""Of the third highest: (max - third) / third > 180 %."""
_SPIKE_INTERVALS: Final = 20
_FLAT_INTERVALS: Final = 96
"""A day of exactly the same sum that is not 0."""


def findings(part: CircuitUsage, edits: Sequence[IntervalEdit] = ()) -> Iterator[Finding]:
    """What validation finds in a circuit's time with a customer, and no entry accepts."""
    part = part.as_measured
    owner, load = part.owner, part.load
    span = _span(part.cuts).copy()
    span[load.incomplete[load.measured_ms == 0]] = False  # neither what is estimated nor discarded
    rating = owner.circuit.rating_amps
    for flag, first, last, detail in (
        *(_above_rating(load.intervals, load.slots, span, rating) if rating else ()),
        *_spike(load, span),
        *_flat(load, span),
        *energy_findings(part, span),
        *level_findings(part, span),
        *in_step_findings(part, span),
        *wiring_findings(part, span),
        *register_findings(part, edits),
    ):
        start, end = load.slots.at(first), load.slots.at(last + 1)
        finding = Finding(flag, owner.panel, owner.circuit.poles, start, end, detail)
        if not edits or not is_accepted(finding, row_of(owner.circuit), edits):
            yield finding


@lru_cache(maxsize=256)
def _span(cuts: tuple[Cut, ...]) -> Flags:
    """Which slots are wholly in some cuts; not to be changed, because circuits share them."""
    flags: Flags = np.logical_or.reduce([cut.chosen for cut in cuts])
    return flags


def _above_rating(
    intervals: CircuitIntervals, month: Slots, span: Flags, rating: int
) -> Iterator[Found]:
    profile, part = intervals.profile, month.within(intervals.slots)
    for row in intervals.rows:
        amounts, covered = profile.milliamp_ms[row, part], profile.covered_ms[row, part]
        above = (amounts > rating * PER_UNIT * _RATING_PERCENT // 100 * covered) & span
        if above.any():
            slots = np.flatnonzero(above)
            amps = float((amounts[slots] / covered[slots]).max()) / PER_UNIT
            yield Found(
                Flag.ABOVE_RATING,
                int(slots[0]),
                int(slots[-1]),
                f"pole {profile.poles[row]}: {slots.size} intervals, up to {amps:.1f} A",
            )


def _spike(load: CircuitLoad, span: Flags) -> Iterator[Found]:
    energy = np.where(span, load.microwatt_hours, 0)
    greatest = int(energy.max(initial=0))
    # As nearly always: three or more are not that much below the greatest.
    near = -(-greatest * 100 // _SPIKE_PERCENT)
    if not greatest or np.count_nonzero(energy >= near) >= 3:
        return
    if np.count_nonzero(energy) >= _SPIKE_INTERVALS:
        slot = int(energy.argmax())
        third = int(np.partition(energy, -3)[-3])
        yield Found(
            Flag.SPIKE,
            slot,
            slot,
            f"{kw_of(greatest)} kW, the third highest is {kw_of(third)} kW",
        )


def _flat(load: CircuitLoad, span: Flags) -> Iterator[Found]:
    energy = load.microwatt_hours
    same = energy[1:] == energy[:-1]
    if np.count_nonzero(same) >= _FLAT_INTERVALS - 1:
        same &= (energy[1:] > 0) & span[1:] & span[:-1]
    if np.count_nonzero(same) < _FLAT_INTERVALS - 1:
        return
    edges = np.flatnonzero(np.diff(np.concatenate(([False], same, [False])).astype(np.int8)))
    for first, last in edges.reshape(-1, 2):
        if last - first >= _FLAT_INTERVALS - 1:
            hours = (last - first + 1) * INTERVAL_MS / MS_PER_HOUR
            yield Found(
                Flag.FLAT,
                int(first),
                int(last),
                f"{hours:g} h of exactly {kw_of(int(energy[first]))} kW",
            )
