"""A stretch's energy by the prices that hold in it, in whole Wh.

Rows of usage are rounded to Wh each, and a bill's kWh are their sum. The intervals are rounded so
that they add up to the same: what rounding leaves is spread over those with energy, less than
1 Wh for each row in all.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.slots import Flags, Integers
from bcm_mqtt.domain.tariff import SlotPrices

_MICROWATT_HOURS_PER_WH: Final = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class IntervalEnergy:
    """Energy in runs of slots that have one price, or one slot without any.

    Attributes:
        first: int64: first slot of each run.
        price: int64: which price of the series it has; -1 where none is known.
        watt_hours: int64.
        loaded: bool: whether it has any energy before rounding.
        wanted: bool: whether any of it is priced by the series.
    """

    first: Integers = field(repr=False)
    price: Integers = field(repr=False)
    watt_hours: Integers = field(repr=False)
    loaded: Flags = field(repr=False)
    wanted: Flags = field(repr=False)


def by_interval(
    microwatt_hours: Integers,
    prices: SlotPrices,
    within: tuple[slice, Flags],
    watt_hours: int,
    rows: int,
) -> IntervalEnergy | None:
    """The energy of a span of slots by price.

    Args:
        microwatt_hours: By slot of the month, 0 in slots that are priced by something else.
        prices: By slot of the month.
        within: A span of slots, not empty, and which slots the series prices.
        watt_hours: What the usage rows add up to.
        rows: How many there are.

    Returns:
        None where the rows and the intervals differ by more than rounding can.
    """
    span, flags = within
    energy, of_slot = microwatt_hours[span], prices.of_slot[span]
    changes = (of_slot[1:] != of_slot[:-1]) | (of_slot[1:] < 0)
    begins = np.concatenate(([0], np.flatnonzero(changes) + 1))
    sums = np.add.reduceat(energy, begins)
    ends = (np.cumsum(sums) + _MICROWATT_HOURS_PER_WH // 2) // _MICROWATT_HOURS_PER_WH
    loaded = np.logical_or.reduceat(energy != 0, begins)
    if rest := watt_hours - int(ends[-1]):
        counts = np.cumsum(loaded)
        most = int(counts[-1])
        if not most or abs(rest) > rows + 1:
            return None
        ends = ends + (2 * rest * counts + most) // (2 * most)
    whole = np.diff(ends, prepend=0)
    wanted = np.logical_or.reduceat(flags[span], begins)
    return IntervalEnergy(begins + (span.start or 0), of_slot[begins], whole, loaded, wanted)
