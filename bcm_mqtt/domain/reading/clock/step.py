"""Steps of a wall clock, seen by a clock that never jumps."""

from datetime import datetime, timedelta
from typing import Final

STEP: Final = timedelta(seconds=0.5)
"""Less is how time is kept: what keeps it shifts a clock by less than that in a quarter hour."""
_NONE: Final = timedelta()


class ClockSteps:
    """Compares two clocks at each look; a slow shift between them is followed and no step."""

    def __init__(self, wall: datetime, monotonic_s: float) -> None:
        """Takes what both clocks show.

        Args:
            wall: UTC.
            monotonic_s: By a clock that never jumps.
        """
        self._wall = wall
        self._monotonic_s = monotonic_s

    def look(self, wall: datetime, monotonic_s: float) -> timedelta:
        """By how much the wall clock was set since the last look; 0 where it was not."""
        passed = timedelta(seconds=monotonic_s - self._monotonic_s)
        step = wall - self._wall - passed
        self._wall, self._monotonic_s = wall, monotonic_s
        return step if abs(step) >= STEP else _NONE


def step_sentence(step: timedelta) -> str:
    """By how much a clock was set, such as `set back by 3,600.0 s`."""
    side = "back" if step < _NONE else "forward"
    return f"set {side} by {abs(step) / timedelta(seconds=1):,.1f} s"
