"""Calendar months in a site's time zone: from local midnight to local midnight."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.time.instants import BEGINNING, from_text


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
        match = re.fullmatch(r"(\d{4})-(\d{2})", text)
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
        return Fraction((end - start) // timedelta(seconds=1), 3600)

    def __str__(self) -> str:
        """`YYYY-MM`."""
        return f"{self.year:04}-{self.month:02}"


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC.

    Where the clock jumps over midnight the day starts at the jump, which is what the
    gap's earlier offset (fold 0) gives.
    """
    return datetime.combine(day, time(), zone).astimezone(UTC)


def instant_of(cell: str, zone: ZoneInfo) -> datetime:
    """The instant of a date (its local midnight) or a time (local unless it has an offset).

    Raises:
        ValueError: it is neither.
    """
    try:
        if len(cell) == len("2026-01-01"):
            return midnight(date.fromisoformat(cell), zone)
        local = datetime.fromisoformat(cell)
        if local.tzinfo is None:
            return local.replace(tzinfo=zone).astimezone(UTC)
        return from_text(cell)
    except (ValueError, OverflowError):
        message = "expected a date or time such as 2026-01-01 or 2026-01-01T12:00Z"
        raise ValueError(message) from None


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
