"""Holidays: dates, and rules that give dates in every year."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, date, timedelta
from functools import lru_cache
from types import MappingProxyType

SATURDAY, SUNDAY = 5, 6
"""As `date.weekday`."""
LAST = -1
"""The last of a weekday in a month."""


@dataclass(frozen=True, slots=True)
class YearlyDay:
    """The same day of every year; the 29th of February only where there is one.

    Attributes:
        month: 1 to 12.
        day: Of the month.
        saturday: Days to the weekday that is a holiday as well when it falls on a
            Saturday, such as -1 for the Friday before it; 0 for none.
        sunday: The same for a Sunday, such as 1 for the Monday after it.
    """

    month: int
    day: int
    saturday: int = 0
    sunday: int = 0

    def dates(self, year: int) -> Iterator[date]:
        """Its holidays; the observed one may be in the year before or after."""
        try:
            day = date(year, self.month, self.day)
        except ValueError:
            return
        yield day
        shift = {SATURDAY: self.saturday, SUNDAY: self.sunday}.get(day.weekday(), 0)
        if shift:
            yield day + timedelta(days=shift)


@dataclass(frozen=True, slots=True)
class NthWeekday:
    """Such as the fourth Thursday of November.

    Attributes:
        month: 1 to 12.
        weekday: 0 (Monday) to 6.
        nth: 1 to 4, or LAST.
    """

    month: int
    weekday: int
    nth: int

    def dates(self, year: int) -> Iterator[date]:
        """Its one date in a year."""
        first = date(year, self.month, 1)
        day = first + timedelta(days=(self.weekday - first.weekday()) % 7)
        if self.nth != LAST:
            yield day + timedelta(weeks=self.nth - 1)
        else:
            fifth = day + timedelta(weeks=4)
            yield fifth if fifth.month == self.month else fifth - timedelta(weeks=1)


@dataclass(frozen=True, slots=True, order=True)
class NamedDay:
    """A holiday by its name, as a calendar of public holidays has it."""

    day: date
    name: str


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days that a schedule treats as neither of their weekday.

    Attributes:
        days: Single ones.
        yearly: Rules.
        named: Of calendars, in order.
        events: Days that a supplier announced, on which rules for events hold before all others.
    """

    days: frozenset[date] = frozenset()
    yearly: tuple[YearlyDay | NthWeekday, ...] = ()
    named: tuple[NamedDay, ...] = ()
    events: frozenset[date] = frozenset()

    def __contains__(self, day: date) -> bool:
        return (
            day in self.days
            or day in _of_year(self.yearly, day.year)
            or (bool(self.named) and day in _days(self.named))
        )

    @property
    def listed(self) -> list[date]:
        """Those that are known by their dates alone, in order."""
        return sorted({*self.days, *(one.day for one in self.named)})

    def within(self, first: date, last: date) -> "Holidays":
        """The same with those named days and events alone that are in a time, ends included."""
        named = tuple(one for one in self.named if first <= one.day <= last)
        events = frozenset(day for day in self.events if first <= day <= last)
        return replace(self, named=named, events=events)

    def kept(self, named: Sequence[NamedDay], first: date, last: date) -> "Holidays":
        """The same with the named days of a time as they were known at another one."""
        others = (one for one in self.named if not first <= one.day <= last)
        return replace(self, named=tuple(sorted([*others, *named])))


NO_HOLIDAYS = Holidays()


@lru_cache(maxsize=64)
def _days(named: tuple[NamedDay, ...]) -> frozenset[date]:
    return frozenset(one.day for one in named)


@lru_cache(maxsize=1024)
def _of_year(rules: tuple[YearlyDay | NthWeekday, ...], year: int) -> frozenset[date]:
    """New Year's Day may be observed in the year before it."""
    years = range(max(MINYEAR, year - 1), min(MAXYEAR, year + 1) + 1)
    return frozenset(day for rule in rules for each in years for day in rule.dates(each))


WEEKDAYS: Mapping[str, int] = MappingProxyType(
    {name: number for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
)
"""As files and messages call them."""
