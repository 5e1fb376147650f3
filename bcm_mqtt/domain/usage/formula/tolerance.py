"""How far a formula may fall below 0 by what its members' meters may err.

In a quarter hour each member may be off by the classes that are stated of its meter and its
transformers, as an expanded uncertainty, k = 2, of its energy there. These go in quadrature: what
members have in common cancels at best, so it is not counted on. What is not stated allows
nothing, nor do estimates, power factors and voltages: no meter explains those.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.usage.uncertainty.accuracy import Classes
from bcm_mqtt.domain.usage.uncertainty.budget import COVERAGE_FACTOR
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad

Tolerance = NDArray[np.float64]
"""Of each quarter hour of the month, micro-watt-hours."""


def tolerance(members: Iterable[tuple[Classes, CircuitLoad]]) -> Tolerance:
    """By the classes and the loads of a formula's members, of which there is at least one."""
    off: Tolerance = np.sqrt(
        np.sum([(one.stated_share * load.microwatt_hours) ** 2 for one, load in members], axis=0)
    )
    return COVERAGE_FACTOR * off
