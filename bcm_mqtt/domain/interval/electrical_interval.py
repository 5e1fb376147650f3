"""Intervals of the supply: 15 minutes of a pole's voltage, power factor and reactive power.

Summed by left-hold as current is, of poles whose device measures them; of a power factor its
magnitude (`reading.supply`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.interval import held
from bcm_mqtt.domain.interval.polls import MISSING, Polls, Readings
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import PER_UNIT, Snapshot
from bcm_mqtt.domain.time import from_ms, to_ms

_QUANTITIES: Final = (Quantity.VOLTAGE, Quantity.POWER_FACTOR, Quantity.REACTIVE_POWER)
"""In the order of the sums."""


@dataclass(frozen=True, slots=True)
class ElectricalInterval:
    """15 minutes of one pole by its device.

    Attributes:
        pole: Pole position, from 1.
        start: UTC, a multiple of 15 minutes.
        millivolt_ms: Sum of mV x ms over the covered time; None without any reading.
        voltage_ms: Time for which a reading of it stood, 0 to 900,000.
        power_factor_ms: Sum of thousandths of the power factor x ms, of its magnitude; or None.
        power_factor_covered_ms: Time for which a reading of it stood.
        millivar_ms: Sum of mvar x ms, signed; or None.
        reactive_ms: Time for which a reading of it stood.
    """

    pole: int
    start: datetime
    millivolt_ms: int | None = None
    voltage_ms: int = 0
    power_factor_ms: int | None = None
    power_factor_covered_ms: int = 0
    millivar_ms: int | None = None
    reactive_ms: int = 0


def electrical_intervals_of(
    snapshots: Iterable[Snapshot], start: datetime
) -> list[ElectricalInterval]:
    """The interval of every pole that starts at `start`, from one panel's snapshots.

    Args:
        snapshots: As for `intervals_of`.
        start: UTC, a multiple of 15 minutes.

    Returns:
        One per pole for which a reading of any of the three stood for any time, by pole.
    """
    return supplies(supply_readings(Polls.of(snapshots)), to_ms(start))


def measures_supply(polls: Polls) -> bool:
    """Whether they have anything that these intervals are made of."""
    return not polls.measured.keys().isdisjoint(_QUANTITIES)


def supply_readings(polls: Polls) -> tuple[Readings, Readings, Readings]:
    """Of voltage, of the magnitude of power factor and of reactive power.

    What counts as a power factor, `reading.supply.power_factors_of` has.
    """
    volts, factors, vars_ = map(polls.readings, _QUANTITIES)
    magnitudes = np.abs(factors.values)  # of MISSING it is MISSING
    known = (magnitudes > 0) & (magnitudes <= PER_UNIT)
    return volts, factors._replace(values=np.where(known, magnitudes, MISSING)), vars_


def supplies(readings: Iterable[Readings], begin_ms: int) -> list[ElectricalInterval]:
    """The intervals of `supply_readings`."""
    volts, factors, vars_ = (
        {pole: (amount, ms) for pole, amount, ms, *_ in held(one, begin_ms).by_pole()}
        for one in readings
    )
    start = from_ms(begin_ms)
    none = None, 0
    return [
        ElectricalInterval(
            pole, start, *volts.get(pole, none), *factors.get(pole, none), *vars_.get(pole, none)
        )
        for pole in sorted(volts.keys() | factors.keys() | vars_.keys())
    ]
