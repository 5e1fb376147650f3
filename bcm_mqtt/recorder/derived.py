"""What is derived from snapshots, kept up with them: intervals, and totals by day."""

import time
from zoneinfo import ZoneInfo

from bcm_mqtt.store import Store

_MOST_AT_ONCE = 200
"""Intervals of panels in a transaction: a fraction of a second, for which messages wait."""
_DAYS_AT_ONCE = 20


class Derived:
    """Computes what is dirty, a part at each turn, and takes no more than a third of the time."""

    def __init__(self, store: Store, zone: ZoneInfo, every_s: float) -> None:
        """Begins at once: what a killed recorder left dirty is due.

        Args:
            store: With a checked schema.
            zone: Of the days.
            every_s: From the end of a round until the next, at least.
        """
        self._store = store
        self._zone = zone
        self._every_s = every_s
        self._due = time.monotonic()
        self._spent_s = 0.0

    def turn(self) -> None:
        """Computes a part if a round is due or under way.

        Raises:
            WorkError: the database failed; the part is still dirty.
        """
        begun = time.monotonic()
        if begun < self._due:
            return
        done = self._part()
        now = time.monotonic()
        self._spent_s += now - begun
        if done:
            self._due = now + max(self._every_s, 2 * self._spent_s)
            self._spent_s = 0.0

    def finish(self) -> None:
        """Computes what is dirty now, as far as one part reaches.

        Raises:
            WorkError: the database failed.
        """
        self._part()

    def _part(self) -> bool:
        """Whether nothing was left to do."""
        if self._store.roll_up(_MOST_AT_ONCE) == _MOST_AT_ONCE:
            return False
        return self._store.roll_up_days(self._zone, _DAYS_AT_ONCE) < _DAYS_AT_ONCE
