"""Whose clock is believed, where snapshots say another time than the recorder's clock.

A recorder whose own clock is wrong sees every snapshot in the future, or ten years back; one whose
clock is right sees so those of a bridge that is wrong. As long as nobody else agrees with it,
neither clock is believed. What agrees is a snapshot or a heartbeat of any bridge that came after
the doubt began and is stamped within an hour of the recorder's clock.
"""

from datetime import datetime, timedelta
from typing import Final

from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import to_text

AHEAD: Final = timedelta(hours=1)
"""Clocks differ by seconds; local time that was taken for UTC is at least this far ahead."""
BEHIND: Final = timedelta(days=3653)
"""A clock that lost its battery starts from 1970 or 2000; a backlog may well be months old."""
_ON_ITS_WAY_S: Final = 5.0
"""What came so soon after the doubt began may have been stamped before a clock was set."""
_HOLDS_S: Final = 3_600.0
_OVER_AFTER_S: Final = 600.0


def implausible(snapshot: Snapshot, now: datetime) -> str | None:
    """Why not to store it, or None.

    Args:
        snapshot: As it arrived.
        now: By the clock that is believed.
    """
    if snapshot.time > now + AHEAD:
        return f"its time {to_text(snapshot.time)} is in the future"
    if snapshot.time < now - BEHIND:
        return f"its time {to_text(snapshot.time)} is more than ten years ago"
    return None


class Agreement:
    """Whether others agree with a recorder's clock; times are of a clock that never jumps, s."""

    def __init__(self) -> None:
        """Nobody does yet."""
        self._agreed_s: float | None = None
        self._began_s: float | None = None
        self._last_s = 0.0

    def heard(self, time: datetime, now: datetime, at_s: float) -> None:
        """Takes a time that a bridge has just stamped, or stamped long ago.

        Args:
            time: That was stamped.
            now: By the recorder's clock.
            at_s: When it came.
        """
        if abs(time - now) <= AHEAD:
            self._agreed_s = at_s

    def clock_was_set(self) -> None:
        """What agreed until now agreed with another time."""
        self._agreed_s = self._began_s = None

    def believed(self, at_s: float) -> bool:
        """Whether the recorder's clock is believed, now that a snapshot says another time."""
        if self._began_s is None or at_s - self._last_s > _OVER_AFTER_S:
            self._began_s = at_s
        self._last_s = at_s
        agreed_s = self._agreed_s
        if agreed_s is None or agreed_s < self._began_s + _ON_ITS_WAY_S:
            return False
        return at_s - agreed_s <= _HOLDS_S
