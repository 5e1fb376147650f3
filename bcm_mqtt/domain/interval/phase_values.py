"""What companions measured of a panel's phases, as arrays over the slots of its load profile.

An interval of which less than half was measured has none, and neither has one whose mean voltage
is off the nominal one by more than a fifth: that is a wire or a setting of the companion (a
voltage between lines, a blown fuse, a wrong ratio), and no supply that loads run on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.electrical_interval import ElectricalInterval
from bcm_mqtt.domain.interval.interval import HALF_MEASURED_MS, INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.reading.supply import PLAUSIBLE_SHARE
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import to_ms

Floats = NDArray[np.float64]
ElectricalIntervals = Mapping[Companion, Mapping[int, Sequence[ElectricalInterval]]]
"""What companions measured, by their poles, each sequence by start."""


@dataclass(frozen=True, slots=True)
class PhaseValues:
    """Means of the intervals by phase letter; NaN where one is not measured.

    Attributes:
        volts: To neutral, in V; empty where the panel has no companion for it.
        power_factors: 0 to 1; empty where the panel has no companion for it.
    """

    volts: Mapping[str, Floats] = field(default_factory=dict, repr=False)
    power_factors: Mapping[str, Floats] = field(default_factory=dict, repr=False)


def phase_values(panel: Panel, measured: ElectricalIntervals, slots: Slots) -> PhaseValues | None:
    """The values of a panel's phases; None where it has no companion.

    Args:
        panel: With its companions and nominal voltages.
        measured: By its companions, of the time of the slots.
        slots: Of the panel's profile.
    """
    if panel.voltage_from is None and panel.power_factor_from is None:
        return None
    volts = {
        letter: _means([(one.start, one.millivolt_ms, one.voltage_ms) for one in of], slots)
        for letter, of in _by_phase(panel, panel.voltage_from, measured)
    }
    power_factors = {
        letter: _means(
            [(one.start, one.power_factor_ms, one.power_factor_covered_ms) for one in of], slots
        )
        for letter, of in _by_phase(panel, panel.power_factor_from, measured)
    }
    nominal = panel.service.v_ln or 0
    for values in volts.values():
        values[np.abs(values - nominal) > PLAUSIBLE_SHARE * nominal] = np.nan
    return PhaseValues(volts, power_factors)


def _by_phase(
    panel: Panel, companion: Companion | None, measured: ElectricalIntervals
) -> Iterator[tuple[str, Sequence[ElectricalInterval]]]:
    if companion is None:
        return
    of_poles = measured.get(companion, {})
    for letter, pole in zip(panel.phase_letters, companion.poles, strict=False):
        yield letter, of_poles.get(pole, ())


def _means(sums: Iterable[tuple[datetime, int | None, int]], slots: Slots) -> Floats:
    """Sums of thousandths x ms over their times, by slot."""
    values = np.full(slots.count, np.nan)
    for start, amount, covered_ms in sums:
        slot = (to_ms(start) - slots.first_ms) // INTERVAL_MS
        if amount is not None and covered_ms >= HALF_MEASURED_MS and 0 <= slot < slots.count:
            values[slot] = amount / covered_ms / PER_UNIT
    return values
