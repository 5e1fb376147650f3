"""Which poles just changed: a load that is switched, among noise and other loads.

A step is judged by medians of a few readings before and after, and counts where it is above the
noise floor and above what the pole's own readings wander. The reading between the two is left
out: a poll may fall into the switching.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Final

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import PER_UNIT, Snapshot

BEFORE: Final = 4
AFTER: Final = 2
LEAST_BEFORE: Final = 2
"""Readings of a level: before, after, and the fewest before."""
WINDOW: Final = BEFORE + 1 + AFTER
_FLOOR_AMPS: Final = 0.3
_FLOOR_STEPS: Final = 3
_WANDER: Final = 2.0
"""Times the range of the readings before and after, which a step must exceed."""


@dataclass(frozen=True, slots=True)
class Step:
    """A pole whose current changed and stayed.

    Attributes:
        pole: Its position.
        before_amps: Median before.
        after_amps: Median after.
        watts: Change of its power; None where its meter does not measure it.
        vars: Change of its reactive power; None where its meter does not measure it.
        volts: Of its phase after the change; None where its meter does not measure it.
    """

    pole: int
    before_amps: float
    after_amps: float
    watts: float | None = None
    vars: float | None = None
    volts: float | None = None

    @property
    def amps(self) -> float:
        """The change: below 0 where it fell."""
        return self.after_amps - self.before_amps

    def __str__(self) -> str:
        """Such as `pole 17 rose by 8.3 A`."""
        return f"pole {self.pole} {'rose' if self.amps > 0 else 'fell'} by {abs(self.amps):.1f} A"


def floor_amps(current_step: Decimal | None) -> float:
    """The least change that is one: 0.3 A, and three of the steps in which the meters read."""
    return max(_FLOOR_AMPS, _FLOOR_STEPS * float(current_step or 0))


def latest_steps(series: Sequence[Snapshot], floor: float) -> tuple[Step, ...]:
    """The poles that changed just now, the largest change first; none while there is too little.

    Args:
        series: Snapshots of one panel by time, corrected by meters.csv; the last ones count.
        floor: The least change, A.
    """
    if len(series) < LEAST_BEFORE + 1 + AFTER:
        return ()
    after, before = series[-AFTER:], series[-WINDOW : -AFTER - 1]
    poles = min(len(one.current) for one in (*before, *after))
    steps = (_step(pole, before, after, floor) for pole in range(1, poles + 1))
    return tuple(sorted((one for one in steps if one), key=lambda one: -abs(one.amps)))


def _step(
    pole: int, before: Sequence[Snapshot], after: Sequence[Snapshot], floor: float
) -> Step | None:
    was = _values(before, Quantity.CURRENT, pole)
    now = _values(after, Quantity.CURRENT, pole)
    if len(was) < LEAST_BEFORE or len(now) < AFTER:
        return None
    change = median(now) - median(was)
    wander = max(max(was) - min(was), max(now) - min(now))
    if abs(change) < floor or abs(change) <= _WANDER * wander:
        return None
    return Step(
        pole,
        median(was),
        median(now),
        _change(before, after, Quantity.POWER, pole),
        _change(before, after, Quantity.REACTIVE_POWER, pole),
        median(volts) if (volts := _values(after, Quantity.VOLTAGE, pole)) else None,
    )


def _change(
    before: Sequence[Snapshot], after: Sequence[Snapshot], quantity: Quantity, pole: int
) -> float | None:
    was, now = _values(before, quantity, pole), _values(after, quantity, pole)
    return median(now) - median(was) if was and now else None


def _values(series: Sequence[Snapshot], quantity: Quantity, pole: int) -> list[float]:
    """Those of a pole that were read, in the quantity's unit."""
    rows = (one.values(quantity) for one in series)
    values = (row[pole - 1] for row in rows if row and pole <= len(row))
    return [value / PER_UNIT for value in values if value is not None]
