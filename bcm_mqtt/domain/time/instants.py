"""Instants as integers: milliseconds since 1970-01-01T00:00Z.

Sums of energy must not depend on the order of addition, so every duration that is
multiplied with a current is an integer count of milliseconds.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Gives the present as aware UTC; passed in, so that every result can be had again."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEGINNING = EPOCH
"""Valid-from of a circuit version that was always so."""
MILLISECOND = timedelta(milliseconds=1)
MS_PER_HOUR = 3_600_000


def to_ms(at: datetime) -> int:
    """Milliseconds since the epoch of an aware datetime, rounded down.

    Raises:
        TypeError: `at` is naive.
    """
    return (at - EPOCH) // MILLISECOND


def from_ms(ms: int) -> datetime:
    """The aware UTC datetime of milliseconds since the epoch."""
    return EPOCH + timedelta(milliseconds=ms)


def whole_ms(at: datetime) -> datetime:
    """The instant rounded down to milliseconds, the resolution of all that is stored."""
    return from_ms(to_ms(at))


def to_text(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z: `2026-11-20T20:15:00.123Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def from_text(text: str) -> datetime:
    """The instant of an ISO 8601 text that carries an offset, as UTC.

    Raises:
        ValueError: not ISO 8601, or without an offset.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        message = f"time {text!r} has no offset: expected ISO 8601 such as 2026-11-20T20:15:00Z"
        raise ValueError(message)
    return at.astimezone(UTC)
