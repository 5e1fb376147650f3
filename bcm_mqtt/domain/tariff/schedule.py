"""Schedules: which time-of-use period each quarter hour of every year is in.

Quarter hours are those that clocks on the wall show: where clocks go forward some do not
come, where they go back some come twice and are in the same period both times.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, date
from itertools import chain, combinations

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, LocalSlots
from bcm_mqtt.domain.tariff.holidays import NO_HOLIDAYS, Holidays
from bcm_mqtt.domain.usage.cut import Codes

HOLIDAY = 7
"""After the weekdays 0 to 6: a holiday is a day of its own kind, whatever its weekday."""
EVENT = 8
"""A day that was announced: rules for it take their hours from those of its weekday or holiday."""
ALL_DAYS = frozenset(range(8))
ALL_DAY = ((0, QUARTERS_A_DAY),)

MONTH_DAY = tuple[int, int]
_YEARS_UNTIL_THE_CALENDAR_REPEATS = 28
_NONE = 255


@dataclass(frozen=True, slots=True)
class Season:
    """From one day of the year to another, both included; over New Year where they say so."""

    first: MONTH_DAY
    last: MONTH_DAY

    def __contains__(self, day: date) -> bool:
        at = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last


@dataclass(frozen=True, slots=True)
class ScheduleRule:
    """Times that are in a period: those of any season, day and hours that it names.

    Attributes:
        period: Name.
        seasons: Empty for the whole year.
        days: Of 0 (Monday) to 6, HOLIDAY and EVENT.
        hours: Quarters of the day, from <= quarter < to.
    """

    period: str
    seasons: tuple[Season, ...] = ()
    days: frozenset[int] = ALL_DAYS
    hours: tuple[tuple[int, int], ...] = ALL_DAY

    def quarters(self, day: date, kind: int) -> NDArray[np.bool_]:
        """Which quarters of a day are in the period; `kind` is its weekday, HOLIDAY or EVENT."""
        flags = np.zeros(QUARTERS_A_DAY, np.bool_)
        if kind in self.days and (not self.seasons or any(day in one for one in self.seasons)):
            for begin, end in self.hours:
                flags[begin:end] = True
        return flags


@dataclass(frozen=True, slots=True)
class Schedule:
    """Puts each quarter hour into one period.

    Attributes:
        rules: In any order: no two may hold at once, but that one for events holds before others.
        otherwise: The period of what no rule names, or "" where that must not be.
    """

    rules: tuple[ScheduleRule, ...]
    otherwise: str = ""

    @property
    def periods(self) -> tuple[str, ...]:
        """Names of the periods."""
        names = [rule.period for rule in self.rules]
        if self.otherwise:
            names.append(self.otherwise)
        return tuple(dict.fromkeys(names))

    def codes(self, local: LocalSlots, holidays: Holidays) -> Codes:
        """The period of each slot, as an index into `periods`.

        Raises:
            ValueError: no rule, or more than one, names some of the time.
        """
        days, row = np.unique(local.days, return_inverse=True)
        table = np.array(
            [self._of_day(date.fromordinal(int(day)), holidays) for day in days], np.uint8
        )
        return table[row, local.quarters]

    def _of_day(self, day: date, holidays: Holidays) -> Codes:
        names = self.periods
        codes = np.full(QUARTERS_A_DAY, _NONE, np.uint8)
        twice = self._put(codes, day, kind_of(day, holidays))
        if self.otherwise:
            codes[codes == _NONE] = names.index(self.otherwise)
        if day in holidays.events:
            twice |= self._put(codes, day, EVENT)
        if (codes == _NONE).any() or twice:
            message = f"not every hour of {day} is in exactly one period"
            raise ValueError(message)
        return codes

    def _put(self, codes: Codes, day: date, kind: int) -> bool:
        """Writes the periods of the rules for a kind of day; whether two name the same time."""
        times = np.zeros(QUARTERS_A_DAY, np.uint8)
        for rule in self.rules:
            quarters = rule.quarters(day, kind)
            codes[quarters] = self.periods.index(rule.period)
            times += quarters
        return bool((times > 1).any())


def kind_of(day: date, holidays: Holidays) -> int:
    """A day's weekday, 0 (Monday) to 6, or HOLIDAY."""
    return HOLIDAY if day in holidays else day.weekday()


def schedule_problems(
    schedule: Schedule, first: date, last: date | None, holidays: Holidays = NO_HOLIDAYS
) -> Iterator[tuple[int | None, str]]:
    """Why a schedule does not put each quarter hour into exactly one period.

    Args:
        schedule: To check.
        first: Day on which it begins to hold.
        last: On which it ends to, or None for never.
        holidays: Of its tariff.

    Yields:
        Index of the rule (None for a hole between them all) and what is wrong, each with
        the first day and hour at which it is.
    """
    days = list(_all_kinds_of_days(first, last, holidays))
    if not days:
        return
    tables = [np.array([rule.quarters(day, kind) for day, kind in days]) for rule in schedule.rules]
    yield from _overlaps(schedule, days, tables)
    events = [(day, EVENT) for day, _ in days]
    of_events = [np.array([rule.quarters(*one) for one in events]) for rule in schedule.rules]
    yield from _overlaps(schedule, events, of_events)
    named = np.full((len(days), QUARTERS_A_DAY), bool(schedule.otherwise))
    if (holes := np.argwhere(~np.logical_or.reduce([named, *tables]))).size:
        yield None, f"leaves a hole: no period on {_shown(days, holes[0])}"


def _overlaps(
    schedule: Schedule, days: list[tuple[date, int]], tables: list[NDArray[np.bool_]]
) -> Iterator[tuple[int | None, str]]:
    for (index, one), (later, other) in combinations(enumerate(tables), 2):
        if (both := np.argwhere(one & other)).size:
            at = _shown(days, both[0])
            yield later, f"overlaps rule {index} ({schedule.rules[index].period}), as on {at}"


def _all_kinds_of_days(
    first: date, last: date | None, holidays: Holidays
) -> Iterator[tuple[date, int]]:
    """The first day of each kind: its month and day, its weekday or whether it is a holiday.

    After 28 years nothing new comes but holidays that stand in the file by their date.
    """
    years_end = date(min(MAXYEAR, first.year + _YEARS_UNTIL_THE_CALENDAR_REPEATS), 12, 31)
    ordinals = range(first.toordinal(), years_end.toordinal() + 1)
    seen = set()
    for day in chain(map(date.fromordinal, ordinals), holidays.listed):
        kind = kind_of(day, holidays)
        key = (day.month, day.day, kind)
        if key not in seen and first <= day <= (last or date.max):
            seen.add(key)
            yield day, kind


def _shown(days: list[tuple[date, int]], cell: NDArray[np.int64]) -> str:
    day, kind = days[int(cell[0])]
    minutes = 15 * int(cell[1])
    kinds = {HOLIDAY: ", a holiday,", EVENT: ", an event,"}
    return f"{day:%a %Y-%m-%d}{kinds.get(kind, '')} at {minutes // 60:02}:{minutes % 60:02}"
