"""The month of a report in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.reports.words import time
from bcm_mqtt.domain.bill.bill import Bill, SiteMonth


@dataclass(frozen=True, slots=True)
class Period:
    """What every page says about its time.

    Attributes:
        month: In words.
        days: First and last day, local.
        hours_text: Length of the month, and whether it has an hour more or less than its days.
        zone: Key of the time zone.
        over: Whether the month had ended when the page was made.
        made: When, local.
    """

    month: str
    days: str
    hours_text: str
    zone: str
    over: bool
    made: str

    @classmethod
    def of(cls, what: Bill | SiteMonth, zone: ZoneInfo, made: datetime) -> Self:
        """The month of a bill or a site."""
        first = what.month.first_day
        last = what.month.shifted(1).first_day - timedelta(days=1)
        hours = what.month.hours(zone)
        changed = " (the clocks changed)" if hours != 24 * last.day else ""
        return cls(
            month=f"{first:%B} {first.year}",
            days=f"{first} to {last}",
            hours_text=f"{float(hours):g}{changed}",
            zone=zone.key,
            over=made >= what.end,
            made=time(made, zone),
        )
