"""Power at single polls, calculated from current with the voltage that companions measured.

The power of a reading is its energy in an hour, so that it is what a bill calculates. What was
measured of the supply is the mean of each quarter of an hour; one that still goes on has none.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.load_profile import LoadProfile
from bcm_mqtt.domain.interval.phase_values import ElectricalIntervals, PhaseValues, phase_values
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import MS_PER_HOUR, to_ms
from bcm_mqtt.domain.vee.current_energy import current_energy

_MICROWATT_HOURS: Final = 1e6
"""Of 1 Wh."""


def supplied_watts(
    panel: Panel,
    version: CircuitVersion,
    snapshots: Sequence[Snapshot],
    measured: ElectricalIntervals,
) -> list[float | None]:
    """Power of a circuit at each snapshot; None where a leg was not read.

    Args:
        panel: With companions.
        version: Of the circuit.
        snapshots: By time.
        measured: By its companions, of the time of the snapshots.
    """
    poles = panel.monitored(version.poles)
    known = [
        one
        for one in snapshots
        if all(pole <= len(one.current) and one.current[pole - 1] is not None for pole in poles)
    ]
    if not poles or not known:
        return [None] * len(snapshots)
    profile = _hours(poles, known)
    energy = current_energy(
        panel, version, profile, range(len(poles)), _then(panel, known, measured)
    )
    watts = iter((energy.microwatt_hours / _MICROWATT_HOURS).tolist())
    read = set(map(id, known))
    return [next(watts) if id(one) in read else None for one in snapshots]


def _hours(poles: tuple[int, ...], snapshots: Sequence[Snapshot]) -> LoadProfile:
    """An hour of each reading, as if they were slots."""
    milliamps = [[one.current[pole - 1] or 0 for one in snapshots] for pole in poles]
    amounts = np.array(milliamps, np.int64) * MS_PER_HOUR
    nothing = np.zeros((len(poles), 0), np.int64)
    return LoadProfile(
        Slots(0, len(snapshots)),
        poles,
        amounts,
        np.full_like(amounts, MS_PER_HOUR),
        nothing,
        nothing.astype(np.float64),
        nothing,
        nothing,
    )


def _then(
    panel: Panel, snapshots: Sequence[Snapshot], measured: ElectricalIntervals
) -> PhaseValues | None:
    """What companions measured in the quarter hour of each reading."""
    times = np.array([to_ms(one.time) for one in snapshots], np.int64)
    first, last = int(times.min()) // INTERVAL_MS, int(times.max()) // INTERVAL_MS
    slots = Slots(first * INTERVAL_MS, last - first + 1)
    phases = phase_values(panel, measured, slots)
    if phases is None:
        return None
    at = times // INTERVAL_MS - first
    return PhaseValues(
        {letter: values[at] for letter, values in phases.volts.items()},
        {letter: values[at] for letter, values in phases.power_factors.items()},
    )
