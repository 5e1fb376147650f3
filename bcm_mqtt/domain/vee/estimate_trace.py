"""How an estimate came about: what it was made from, by the functions that make it."""

from dataclasses import dataclass

import numpy as np

from bcm_mqtt.domain.vee.circuit_load import Unvalidated, wholes
from bcm_mqtt.domain.vee.estimate import LikeDays, estimates, sources_of
from bcm_mqtt.domain.vee.quality import Quality


@dataclass(frozen=True, slots=True)
class Source:
    """An interval that an estimate is made from: `whole` by its own mean, all in uWh and ms."""

    slot: int
    measured: int
    measured_ms: int
    whole: int


@dataclass(frozen=True, slots=True)
class EstimateTrace:
    """How an interval was estimated: itself by its own mean, or by neighbours or like days.

    Attributes:
        own: Of an interval that is measured for at least half of its time, or None.
        sources: Two neighbours of a short gap, else like days.
        interpolated: Whether they are neighbours.
        whole: What all of the interval would be, uWh.
    """

    own: Source | None
    sources: tuple[Source, ...]
    interpolated: bool
    whole: int


def estimate_trace(part: Unvalidated, slot: int, like: LikeDays) -> EstimateTrace:
    """How an estimated interval came about, by the functions that estimate.

    Args:
        part: What the load is made of.
        slot: Of the intervals' slots.
        like: Calendar of them.
    """
    energy, measured_ms = part.measured()
    known, whole = wholes(energy, measured_ms)

    def source(at: int) -> Source:
        return Source(at, int(energy[at]), int(measured_ms[at]), int(whole[at]))

    if known[slot]:
        return EstimateTrace(source(slot), (), interpolated=False, whole=int(whole[slot]))
    fill = np.zeros_like(known)
    fill[part.horizon.begin : part.horizon.end] = True
    fill &= like.days == like.days[slot]
    gaps = np.flatnonzero(~known & fill)
    made = estimates(whole, known, gaps, like)
    at = int(np.searchsorted(gaps, slot))
    return EstimateTrace(
        None,
        tuple(map(source, sources_of(known, gaps, slot, like))),
        interpolated=made.qualities[at] == Quality.INTERPOLATED,
        whole=int(made.values[at]),
    )
