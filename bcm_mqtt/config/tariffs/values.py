"""Validators of the times that tariffs name: seasons, days and hours."""

import re
from datetime import date

import voluptuous as vol

from bcm_mqtt.domain.tariff import HOLIDAY, WEEKDAYS, Season

_CLOCK = re.compile(r"(\d\d):(\d\d)")
_LEAP_YEAR = 2000


def month_day(value: object) -> tuple[int, int]:
    """A day of every year, such as 07-04."""
    try:
        day = date.fromisoformat(f"{_LEAP_YEAR}-{value}" if isinstance(value, str) else "")
    except ValueError:
        message = "expected a day of the year such as 07-04"
        raise vol.Invalid(message) from None
    return day.month, day.day


def season(value: object) -> Season:
    """From one day of the year to another, such as 06-01..09-30."""
    first, dots, last = value.partition("..") if isinstance(value, str) else ("", "", "")
    try:
        return Season(month_day(first), month_day(last if dots else None))
    except vol.Invalid:
        message = "expected two days of the year such as 06-01..09-30"
        raise vol.Invalid(message) from None


def weekday(value: object) -> int:
    """0 for mon to 6 for sun."""
    if isinstance(value, str) and value in WEEKDAYS:
        return WEEKDAYS[value]
    message = f"expected one of {', '.join(WEEKDAYS)}"
    raise vol.Invalid(message)


def days(value: object) -> frozenset[int]:
    """A day, several such as mon-fri, or holiday."""
    if value == "holiday":
        return frozenset({HOLIDAY})
    first, dash, last = value.partition("-") if isinstance(value, str) else ("", "", "")
    try:
        begin, end = weekday(first), weekday(last if dash else first)
    except vol.Invalid:
        message = "expected a day such as mon, days such as mon-fri, or holiday"
        raise vol.Invalid(message) from None
    return frozenset((begin + count) % 7 for count in range((end - begin) % 7 + 1))


def hours(value: object) -> tuple[int, int]:
    """Quarters of a day, such as 08:00-20:00: from <= quarter < to."""
    first, _, last = value.partition("-") if isinstance(value, str) else ("", "", "")
    begin, end = _quarter(first), _quarter(last)
    if begin is None or end is None:
        message = "expected hours on the quarter such as 08:00-20:00, up to 24:00"
        raise vol.Invalid(message)
    if begin >= end:
        message = (
            "expected hours that end after they begin: 22:00-24:00 and 00:00-06:00 for a night"
        )
        raise vol.Invalid(message)
    return begin, end


def _quarter(text: str) -> int | None:
    match = _CLOCK.fullmatch(text)
    minutes = 60 * int(match[1]) + int(match[2]) if match and int(match[2]) < 60 else -1
    return minutes // 15 if 0 <= minutes <= 24 * 60 and minutes % 15 == 0 else None
