"""The greatest windows of days, of demand that is measured finer than by quarter hours.

A window is of the day in which it begins; one that ends after the month counts in none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class DayPeak:
    """The greatest window of a day.

    Attributes:
        day: Local, of the tariff.
        microwatt_hours: Of the window; 0 of a day without energy or without a window.
        at: Its start, UTC; the first of equals.
        measured: Whether all of it was measured.
        load: Fingerprint of the quarter hours that it was made of.
    """

    day: date
    microwatt_hours: int
    at: datetime
    measured: bool
    load: str


@dataclass(frozen=True, slots=True)
class FineDemand:
    """What is known of a month's demand in windows that are finer than quarter hours.

    Attributes:
        peaks: Of each day that has come, by day.
        unknown: Days of which the polls are not stored, or came too rarely: what of them is in
            `peaks` has even quarter hours.
    """

    peaks: Mapping[date, DayPeak]
    unknown: tuple[date, ...] = ()

    @property
    def greatest(self) -> DayPeak | None:
        """Of the month, the first of equals; None of no energy."""
        known = [self.peaks[day] for day in sorted(self.peaks)]
        found = max(known, key=lambda one: one.microwatt_hours, default=None)
        return found if found and found.microwatt_hours > 0 else None
