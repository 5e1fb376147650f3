"""Sums of readings over parts of intervals, by the same left-hold as the intervals have."""

from typing import NamedTuple

import numpy as np

from bcm_mqtt.domain.interval.polls import Readings
from bcm_mqtt.domain.interval.slots import Integers


class FineSums(NamedTuple):
    """What readings sum up to by pole (from 1, in rows) and part of a time.

    Attributes:
        amount: int64: thousandths x ms over the covered time.
        covered_ms: int64: time for which a reading stood.
    """

    amount: Integers
    covered_ms: Integers


def fine_sums(readings: Readings, poles: int, begin_ms: int, end_ms: int, step_ms: int) -> FineSums:
    """The sums of each pole over each part of begin <= t < end.

    Args:
        readings: Of one quantity; those before the time matter as far as they hold into it.
        poles: How many there are.
        begin_ms: Since the epoch.
        end_ms: Whole steps later.
        step_ms: Length of a part.
    """
    count = (end_ms - begin_ms) // step_ms
    amount, covered = np.zeros((poles, count), np.int64), np.zeros((poles, count), np.int64)
    for positions, group in readings.before(end_ms).read_together():
        since = np.maximum(group.times_ms, begin_ms)
        ends = np.minimum(np.minimum(group.until_ms, end_ms), np.append(group.times_ms[1:], end_ms))
        stands = np.flatnonzero(ends > since)
        if not stands.size:
            continue
        since, ends, values = since[stands] - begin_ms, ends[stands] - begin_ms, group.values
        # A reading is cut at the edges of the parts that it stands in.
        first = since // step_ms
        pieces = (ends - 1) // step_ms - first + 1
        of = np.repeat(np.arange(stands.size), pieces)
        part = first[of] + np.arange(of.size) - (np.cumsum(pieces) - pieces)[of]
        lengths = np.minimum(ends[of], (part + 1) * step_ms) - np.maximum(since[of], part * step_ms)
        parts, firsts = np.unique(part, return_index=True)
        rows = positions - 1
        energy = np.add.reduceat(values[stands][of] * lengths[:, None], firsts)
        amount[np.ix_(rows, parts)] = energy.T
        covered[np.ix_(rows, parts)] = np.add.reduceat(lengths, firsts)
    return FineSums(amount, covered)
