"""Load profiles: the 15-minute intervals of a panel as arrays, to bill thousands of circuits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.slots import Integers, Slots


@dataclass(frozen=True, slots=True)
class LoadProfile:
    """What was measured of a panel's poles, over whole days of UTC; row i is of `poles[i]`.

    Attributes:
        slots: The columns, 96 for each day.
        poles: Pole positions, ascending; only those with any interval.
        milliamp_ms: int64, poles x slots: mA x ms over the covered time, 0 where none is.
        covered_ms: int64, poles x slots: time for which a reading stood, 0 to 900,000.
        samples: int64, poles x days: readings taken.
        sampling_variance: float64, poles x days, in (mA x ms)^2: how far the day's sum may
            be off because a load is not looked at between two readings; `domain.sampling`.
    """

    slots: Slots
    poles: tuple[int, ...]
    milliamp_ms: Integers
    covered_ms: Integers
    samples: Integers
    sampling_variance: NDArray[np.float64]
