"""Stamps of a clock that nobody has set yet: a host without a battery begins in 1970, or so.

Such a stamp waits until the clock is set. Then it is known how long ago it was given, and so when.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

NOT_BEFORE: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""This program is no older: a clock that shows an earlier time was not set."""
WAITS_S: Final = 600.0
"""For a clock that nobody sets, nothing waits for longer."""

Stamp = tuple[str, datetime]
"""A panel and the time that its poll was given."""


class Unset:
    """The stamps that wait; their ages are by a clock that never jumps."""

    def __init__(self) -> None:
        """None does yet."""
        self._began_s: float | None = None
        self._given: dict[Stamp, float] = {}

    def gave(self, stamp: Stamp, wall: datetime, at_s: float) -> None:
        """Notes a stamp that the clock has just given.

        Args:
            stamp: By the wall clock.
            wall: What that showed.
            at_s: By the one that never jumps.
        """
        if wall >= NOT_BEFORE:
            self._began_s = None
            return
        if self._began_s is None:
            self._began_s = at_s
        if at_s < self._began_s + WAITS_S:
            self._given[stamp] = at_s

    def waits(self, stamp: Stamp) -> bool:
        """Whether a stamp waits for the clock."""
        return stamp in self._given

    def known(self, wall: datetime, at_s: float) -> dict[Stamp, datetime]:
        """The stamps that wait no longer, in order, with the time that each was given at.

        Where nobody has set the clock for too long, that is what it showed then.
        """
        if not self._given or self._began_s is None:
            return {}
        if wall < NOT_BEFORE:
            if at_s < self._began_s + WAITS_S:
                return {}
            found = {stamp: stamp[1] for stamp in self._given}
        else:
            found = {
                stamp: wall - timedelta(seconds=at_s - given_s)
                for stamp, given_s in self._given.items()
            }
        self._given.clear()
        return found
