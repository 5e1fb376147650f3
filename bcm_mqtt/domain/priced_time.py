"""Priced time: how a tariff cuts a month."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class PricedTime:
    """A span at one rate version: start <= t < end, UTC. Equal only to itself.

    Attributes:
        start: From when on the rate holds.
        end: Until when.
        periods: Its time-of-use periods; one, "", where the price does not depend on the time.
        codes: uint8, one per slot of the month: index of the slot's period; None for one period.
    """

    start: datetime
    end: datetime
    periods: tuple[str, ...] = ("",)
    codes: NDArray[np.uint8] | None = field(default=None, repr=False)
