"""What sampling may have missed: nobody looks at a load between two readings.

An interval's readings lie between its least and its greatest. Its sum is covered time
times their mean, and the mean of n readings that spread over r is off by at most
r / (2 sqrt(n)) (standard deviation; a load that is switched on and off reaches it). The
readings of one interval may all be the same though the load is not: of 15-minute polls
each interval has one. So the interval before it counts with its spread.

Intervals err independently of each other unless the load runs in step with the polls,
which no reading can show; reports say so.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.slots import Integers

COVERAGE_FACTOR = 2.0
"""So many standard deviations are stated: about 95 % (JCGM 100, GUM, 6.2)."""


def sampling_variance(
    covered_ms: Integers, samples: Integers, least: Integers, greatest: Integers
) -> float:
    """Variance of the sum of mA x ms over consecutive intervals of one pole, in (mA x ms)^2.

    Args:
        covered_ms: Of each interval that is covered for any time, by time.
        samples: Readings taken in it.
        least: Of its readings, mA.
        greatest: Of its readings, mA.
    """
    if not len(covered_ms):
        return 0.0
    low, high = least.astype(np.float64), greatest.astype(np.float64)
    low[1:] = np.minimum(low[1:], least[:-1])
    high[1:] = np.maximum(high[1:], greatest[:-1])
    deviations = (high - low) / 2 * covered_ms / np.sqrt(np.maximum(samples, 1))
    return float(np.dot(deviations, deviations))


def uncertainty(variance: float | NDArray[np.float64]) -> float:
    """The stated uncertainty of sums whose variances add up."""
    return COVERAGE_FACTOR * sqrt(float(np.sum(variance)))
