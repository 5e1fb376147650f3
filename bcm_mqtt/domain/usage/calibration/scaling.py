"""The loads of a panel's circuits, scaled to what they should add up to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Integers, Slots
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import CircuitSpan
from bcm_mqtt.domain.usage.calibration.apportioning import apportioned, divided
from bcm_mqtt.domain.usage.calibration.factors import PanelScaling
from bcm_mqtt.domain.usage.calibration.sums import Loads, spans_with_cuts
from bcm_mqtt.domain.usage.cut import Cut
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad


def scaled_loads(
    scaling: PanelScaling, panel: str, spans: Sequence[CircuitSpan], loads: Loads, slots: Slots
) -> Mapping[CircuitVersion, CircuitLoad]:
    """The loads of those versions that are scaled; what was measured of them stays as it is.

    Args:
        scaling: Of the panel.
        panel: Its id.
        spans: Of all its circuits, within the month.
        loads: Of each version.
        slots: Of the month.
    """
    own = [one for one in spans if scaling.calibration.has(panel, one.version.first_pole)]
    timed = list(spans_with_cuts(own, slots))
    if not timed or not scaling.scaled.any():
        return {}
    chosen = np.flatnonzero(scaling.scaled)
    before = np.stack(
        [cut.by_slot(loads[version].microwatt_hours)[chosen] for version, cut in timed]
    )
    after = apportioned(scaling.targets[chosen], np.maximum(before, 0))
    energies = {version: loads[version].microwatt_hours.copy() for version, _ in timed}
    for (version, cut), used, energy in zip(timed, before, after, strict=True):
        positive = used > 0
        _put(energies[version], cut, chosen[positive], energy[positive])
    return {version: _with_energy(loads[version], energy) for version, energy in energies.items()}


def _put(energies: Integers, cut: Cut, slots: Integers, amounts: Integers) -> None:
    """Sets energies of a version such that its cut has these amounts."""
    whole = cut.chosen[slots]
    energies[slots[whole]] = amounts[whole]
    for slot, begin, until in cut.parts:
        if (at := np.flatnonzero(slots == slot)).size:
            energies[slot] = _value_of(int(amounts[at[0]]), begin, until)


def _value_of(share: int, begin: int, until: int) -> int:
    """The energy of a slot whose part from one ms to another comes to a share.

    One unit more of it changes the part by 1 at most, so that each share is that of some energy.
    """

    def part(value: int) -> int:
        return value * until // INTERVAL_MS - value * begin // INTERVAL_MS

    if not share:
        return 0
    low = (share - 1) * INTERVAL_MS // (until - begin)
    high = -(-(share + 1) * INTERVAL_MS // (until - begin))
    while part(middle := (low + high) // 2) != share:
        if part(middle) < share:
            low = middle
        else:
            high = middle
    return middle


def _with_energy(load: CircuitLoad, energy: Integers) -> CircuitLoad:
    """The load with other energies, of which as much is estimated and entered by hand as before."""
    at = load.incomplete
    before, after = load.microwatt_hours[at], energy[at]
    how = load.how.copy()
    changed = (before != after) & (before > 0)
    if changed.any():
        for number in (0, 1):
            part = np.maximum(load.how[number, changed], 0)
            how[number, changed], _ = divided(part, after[changed], before[changed])
    return replace(load, microwatt_hours=energy, how=how)
