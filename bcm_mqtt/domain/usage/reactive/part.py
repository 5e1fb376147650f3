"""What a circuit's time with a customer adds to its reactive energy, and of what it is unknown.

Reactive power counts in the quarter hours in which each monitored leg has a reading of it, its mean
for all of the quarter hour. Elsewhere it is unknown where the circuit used energy, and not 0; what
is estimated or entered by hand has none.
"""

import numpy as np

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Flags, Integers
from bcm_mqtt.domain.usage.customer_load import ReactiveLoad
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage
from bcm_mqtt.domain.vee.legs import Legs

_MILLIVAR_MS_PER_MICROVAR_HOUR = 3_600


def reactive_part(part: CircuitUsage) -> ReactiveLoad:
    """Of one circuit with one customer."""
    count = part.load.slots.count
    energy, known = _of_legs(part.legs, count)
    total, unknown = np.zeros(count, np.int64), np.zeros(count, np.bool_)
    used = part.load.microwatt_hours != 0
    for cut in part.cuts:
        total += cut.by_slot(energy)
        unknown |= cut.touched & used & ~known
    circuit = part.owner.panel, str(part.owner.circuit.id)
    return ReactiveLoad(total, unknown, {circuit: int(np.count_nonzero(unknown))})


def _of_legs(legs: Legs | None, count: int) -> tuple[Integers, Flags]:
    """Micro-var-hours by slot, and where they are known."""
    if legs is None or legs.millivar_ms is None or legs.reactive_ms is None:
        return np.zeros(count, np.int64), np.zeros(count, np.bool_)
    times = legs.reactive_ms
    known: Flags = times.min(axis=0) > 0
    means = legs.millivar_ms / np.maximum(times, 1) * INTERVAL_MS
    energy = np.floor(means.sum(axis=0) / _MILLIVAR_MS_PER_MICROVAR_HOUR + 0.5).astype(np.int64)
    return np.where(known, energy, 0), known
