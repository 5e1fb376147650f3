"""Time: instants, local times, and the months of a site.

Owns: aware UTC instants and their milliseconds since 1970-01-01T00:00Z, the local month, dates and
times as people write them.
Does not own: clocks; a present comes in as an argument.
Invariants: every instant is aware; a month runs from local midnight to local midnight in the
site's zone; a duration that is multiplied with a current is an integer count of milliseconds, so
that sums of energy do not depend on the order of addition.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Gives the present as aware UTC; passed in, so that every result can be had again."""
Steady = Callable[[], datetime]
"""As a clock, but never set: only differences mean something, its dates nothing."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEGINNING = EPOCH
"""Valid-from of a circuit version that was always so."""
MILLISECOND = timedelta(milliseconds=1)
MS_PER_SECOND = 1_000
SECONDS_PER_HOUR = 3_600
MS_PER_HOUR = SECONDS_PER_HOUR * MS_PER_SECOND


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
    if at.tzinfo is UTC:  # the same, and ten times faster
        return at.replace(microsecond=at.microsecond // 1000 * 1000)
    return from_ms(to_ms(at))


def steady(monotonic: Callable[[], float]) -> Steady:
    """A steady clock of one that gives seconds and never jumps."""
    return lambda: EPOCH + timedelta(seconds=monotonic())


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
    return at if at.tzinfo is UTC else at.astimezone(UTC)


class LocalTimeError(ValueError):
    """A time that is none here: clocks show it twice or never, or it is at the calendar's edges."""


def only_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The one instant, in UTC, at which clocks show a time.

    Args:
        local: Without an offset.
        zone: Of the clocks.

    Raises:
        LocalTimeError: clocks show it twice, or never.
    """
    both = [local.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    first, second = (at.astimezone(UTC) for at in both)
    if first == second:
        return first
    shown = f"{local:%Y-%m-%d %H:%M:%S}"
    expected = " or ".join(at.isoformat() for at in both)
    if first.astimezone(zone).replace(tzinfo=None) != local:
        message = f"{shown} does not exist in {zone.key}, where clocks go forward over it"
    else:
        message = f"{shown} comes twice in {zone.key}, where clocks go back"
    message = f"{message}: expected it with its offset, {expected}"
    raise LocalTimeError(message)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, the period of a bill."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """The month of `YYYY-MM`.

        Raises:
            ValueError: not a month between 1970 and 9998.
        """
        match = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text)
        if match and 1970 <= int(match[1]) <= 9998 and 1 <= int(match[2]) <= 12:
            return cls(int(match[1]), int(match[2]))
        message = f"{text!r} is no month: expected YYYY-MM such as 2026-03"
        raise ValueError(message)

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> "Month":
        """The month that an instant falls into."""
        local = at.astimezone(zone)
        return cls(local.year, local.month)

    @property
    def first_day(self) -> date:
        """The first of the month."""
        return date(self.year, self.month, 1)

    def shifted(self, months: int) -> "Month":
        """The month that many months later (earlier when negative)."""
        index = self.year * 12 + self.month - 1 + months
        return Month(index // 12, index % 12 + 1)

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Start and end in UTC: start <= t < end."""
        return midnight(self.first_day, zone), midnight(self.shifted(1).first_day, zone)

    def hours(self, zone: ZoneInfo) -> Fraction:
        """Its length in hours: 743 in March 2026 in New York, 721 in November."""
        start, end = self.bounds(zone)
        return Fraction((end - start) // timedelta(seconds=1), SECONDS_PER_HOUR)

    def __str__(self) -> str:
        """`YYYY-MM`."""
        return f"{self.year:04}-{self.month:02}"


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC.

    Where the clock jumps over midnight the day starts at the jump, which is what the
    gap's earlier offset (fold 0) gives.
    """
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local_days(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """The first and the last local day of a time: start <= t < end."""
    return start.astimezone(zone).date(), (end - MILLISECOND).astimezone(zone).date()


def instant_of(cell: str, zone: ZoneInfo) -> datetime:
    """The instant of a date (its local midnight) or a time (local unless it has an offset).

    Whatever people write as a time is read by this: files, options, forms and requests.

    Raises:
        LocalTimeError: a local time that clocks show twice, or never; or one of the first or
            last year, in which a zone's offset may lead beyond what there is.
        ValueError: it is neither a date nor a time.
    """
    try:
        at = _instant_of(cell, zone)
    except LocalTimeError:
        raise
    except OverflowError:
        at = None
    except ValueError:
        message = "expected a date or time such as 2026-01-01 or 2026-01-01T12:00Z"
        raise ValueError(message) from None
    if at is None or not 1 < at.year < 9999:
        raise LocalTimeError("expected a date or time of the years 2 to 9998")
    return at


def _instant_of(cell: str, zone: ZoneInfo) -> datetime:
    if len(cell) == len("2026-01-01"):
        return midnight(date.fromisoformat(cell), zone)
    local = datetime.fromisoformat(cell)
    return only_instant(local, zone) if local.tzinfo is None else from_text(cell)


def instant_text(at: datetime, zone: ZoneInfo) -> str:
    """What `instant_of` reads as this instant: a date at local midnight, else a time with offset.

    "" stands for an instant that was always so.
    """
    if at == BEGINNING:
        return ""
    local = at.astimezone(zone)
    if midnight(local.date(), zone) == at:
        return local.date().isoformat()
    whole_minute = not local.second and not local.microsecond
    return local.isoformat(timespec="minutes" if whole_minute else "auto")
