"""Why a snapshot that could be read had better not be stored: its clock must be wrong."""

from datetime import datetime, timedelta
from typing import Final

from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time.instants import to_text

_AHEAD: Final = timedelta(hours=1)
"""Clocks differ by seconds; local time that was taken for UTC is at least this far ahead."""
_BEHIND: Final = timedelta(days=3653)
"""A clock that lost its battery starts from 1970 or 2000; a backlog may well be months old."""


def implausible(snapshot: Snapshot, now: datetime) -> str | None:
    """Why not to store it, or None.

    Args:
        snapshot: As it arrived.
        now: By the recorder's clock.
    """
    if snapshot.time > now + _AHEAD:
        return f"its time {to_text(snapshot.time)} is in the future"
    if snapshot.time < now - _BEHIND:
        return f"its time {to_text(snapshot.time)} is more than ten years ago"
    return None
