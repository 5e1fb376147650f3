"""Times that tariffs name: schedules with their seasons, days and hours, and holidays."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.tariffs.calendars import CALENDAR, calendar_problem, is_calendar, named_days
from bcm_mqtt.config.tariffs.charges import listed, one_or_more
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY
from bcm_mqtt.domain.tariff import (
    ALL_DAYS,
    EVENT,
    HOLIDAY,
    LAST,
    WEEKDAYS,
    Holidays,
    NthWeekday,
    Schedule,
    ScheduleRule,
    Season,
    YearlyDay,
)
from bcm_mqtt.located import Each, Shaped

_ALL_DAY = (0, QUARTERS_A_DAY)
_SHIFTS = {("sat", "fri"): -1, ("sat", "mon"): 2, ("sun", "fri"): -2, ("sun", "mon"): 1}
_NTH = {"month", "weekday", "nth"}
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})")
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
    """A day, several such as mon-fri, holiday or event."""
    if value in {"holiday", "event"}:
        return frozenset({HOLIDAY if value == "holiday" else EVENT})
    first, dash, last = value.partition("-") if isinstance(value, str) else ("", "", "")
    try:
        begin, end = weekday(first), weekday(last if dash else first)
    except vol.Invalid:
        message = "expected a day such as mon, days such as mon-fri, holiday or event"
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


RULE = {
    vol.Required("period"): values.text,
    vol.Optional("months"): one_or_more(values.whole(1, 12)),
    vol.Optional("season"): one_or_more(season),
    vol.Optional("days"): one_or_more(days),
    vol.Optional("hours"): one_or_more(hours),
}

_HOLIDAY = {
    # One day of every year, or the nth of a weekday in a month.
    vol.Optional("day"): month_day,
    vol.Optional("observed"): {
        vol.Optional("sat"): vol.In(["fri", "mon"], msg="expected fri or mon"),
        vol.Optional("sun"): vol.In(["fri", "mon"], msg="expected fri or mon"),
    },
    vol.Optional("month"): values.whole(1, 12),
    vol.Optional("weekday"): weekday,
    vol.Optional("nth"): vol.In([1, 2, 3, 4, "last"], msg="expected 1, 2, 3, 4 or last"),
    # Or days of a calendar, by their names.
    vol.Optional("from"): CALENDAR,
}
HOLIDAYS = Each(Shaped(values.day, mapping=_HOLIDAY))


def schedule_of(value: Mapping[str, Any]) -> Schedule | None:
    """The schedule of a rate, or None where it has none."""
    if "schedule" not in value:
        return None
    return Schedule(tuple(map(_rule, value["schedule"])), value.get("otherwise", ""))


def _rule(value: Mapping[str, Any]) -> ScheduleRule:
    months = tuple(Season((month, 1), (month, 31)) for month in listed(value.get("months", [])))
    return ScheduleRule(
        period=value["period"],
        seasons=months + tuple(listed(value.get("season", []))),
        days=frozenset().union(*listed(value.get("days", ALL_DAYS))),
        hours=tuple(listed(value.get("hours", _ALL_DAY))),
    )


def holidays_of(values: Sequence[Any], first: date) -> Holidays:
    """The holidays of a tariff whose first version begins on `first`."""
    days = frozenset(value for value in values if isinstance(value, date))
    calendars = [value for value in values if is_calendar(value)]
    others = [value for value in values if isinstance(value, dict) and not is_calendar(value)]
    rules = map(holiday_of, others)
    named = {
        day
        for value in calendars
        if not calendar_problem(value, first)
        for day in named_days(value, first)
    }
    return Holidays(days, tuple(rule for rule in rules if rule), tuple(sorted(named)))


def holiday_of(value: Mapping[str, Any]) -> YearlyDay | NthWeekday | None:
    """The rule that a mapping says, or None where it says none, or two."""
    if "day" in value and value.keys() <= {"day", "observed"}:
        month, day = value["day"]
        shifts = {one: _SHIFTS[one, other] for one, other in value.get("observed", {}).items()}
        return YearlyDay(month, day, shifts.get("sat", 0), shifts.get("sun", 0))
    if value.keys() == _NTH:
        nth = LAST if value["nth"] == "last" else value["nth"]
        return NthWeekday(value["month"], value["weekday"], nth)
    return None
