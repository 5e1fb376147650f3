"""What is computed from snapshots while the recorder runs, a part at a time."""

import time
from collections.abc import Callable
from datetime import UTC
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.time import Clock
from bcm_mqtt.store import RollUp

_INTERVALS_AT_ONCE = 200
"""Of panels in a transaction: a fraction of a second, for which messages wait."""
_DAYS_AT_ONCE = 20
_STEPS_AT_END = 10
_AT_END_S = 5.0
"""A service is to end soon: what is left is still marked, and the next one's."""
_ROUNDS_TO_A_DAY = 90
"""Totals by day are for looking at years, they may come later than intervals."""


class Derived:
    """Computes what is dirty, a part at each turn, and takes no more than half of the time."""

    def __init__(self, roll_up: RollUp, zone: ZoneInfo, every_s: float, clock: Clock) -> None:
        """Begins at once: what a killed recorder left dirty is due.

        Args:
            roll_up: Of a database with a checked schema.
            zone: Of the days.
            every_s: From the end of a round of intervals until the next, at least.
            clock: By which a day is over, so that its load profiles are made.
        """
        self._intervals = _Rounds(roll_up.intervals, _INTERVALS_AT_ONCE, every_s)
        self._days = _Rounds(
            lambda limit: roll_up.days(zone, limit, clock().astimezone(UTC).date()),
            _DAYS_AT_ONCE,
            every_s * _ROUNDS_TO_A_DAY,
        )

    def turn(self) -> None:
        """Computes a part of what is due.

        Raises:
            WorkError: the database failed; the part is still dirty.
        """
        self._intervals.turn()
        self._days.turn()

    def finish(self) -> None:
        """Computes what is dirty now, as far as a part reaches, in small steps and not for long.

        Raises:
            WorkError: the database failed.
        """
        until = time.monotonic() + _AT_END_S
        self._intervals.last_part(until)
        self._days.last_part(until)


class _Rounds:
    """Rounds of work in parts, with a pause after each that is longer after a long one."""

    def __init__(self, work: Callable[[int], int], at_once: int, every_s: float) -> None:
        self._work = work
        self._at_once = at_once
        self._every_s = every_s
        self._due = time.monotonic()
        self._spent_s = 0.0

    def turn(self) -> None:
        begun = time.monotonic()
        if begun < self._due:
            return
        done = self.part()
        now = time.monotonic()
        self._spent_s += now - begun
        if done:
            self._due = now + max(self._every_s, 2 * self._spent_s)
            self._spent_s = 0.0

    def part(self) -> bool:
        """Whether less than a whole part was left."""
        return self._work(self._at_once) < self._at_once

    def last_part(self, until: float) -> None:
        """Up to a part, in steps; none is begun after a time of the monotonic clock."""
        step = self._at_once // _STEPS_AT_END
        for _ in range(_STEPS_AT_END):
            if time.monotonic() >= until or self._work(step) < step:
                return
