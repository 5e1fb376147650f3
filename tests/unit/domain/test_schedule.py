"""Schedules and holidays: each quarter hour of every year is in exactly one period."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.tariff import (
    ALL_DAYS,
    HOLIDAY,
    LAST,
    Holidays,
    NthWeekday,
    RateVersion,
    Schedule,
    ScheduleRule,
    Season,
    Tariff,
    YearlyDay,
    schedule_problems,
)
from bcm_mqtt.domain.time import Month
from unit.domain.examples import NEW_YORK, UNHURRIED

JANUARY = date(2026, 1, 1)
MONDAY_TO_FRIDAY = frozenset(range(5))
DAYTIME = ((32, 80),)


def count(schedule: Schedule, month: Month, holidays: Holidays | None = None) -> dict[str, int]:
    """Quarter hours of a New York month by period."""
    slots = Slots.between(*month.bounds(NEW_YORK))
    codes = schedule.codes(slots.local(NEW_YORK), holidays or Holidays())
    return {name: int((codes == code).sum()) for code, name in enumerate(schedule.periods)}


@pytest.mark.parametrize(
    ("rule", "year", "dates"),
    [
        (YearlyDay(7, 4), 2026, [date(2026, 7, 4)]),
        (YearlyDay(7, 4, saturday=-1, sunday=1), 2026, [date(2026, 7, 3), date(2026, 7, 4)]),
        (YearlyDay(7, 4, saturday=-1, sunday=1), 2027, [date(2027, 7, 4), date(2027, 7, 5)]),
        (YearlyDay(7, 4, sunday=1), 2026, [date(2026, 7, 4)]),
        (YearlyDay(2, 29), 2026, []),
        (YearlyDay(2, 29), 2028, [date(2028, 2, 29)]),
        (NthWeekday(11, 3, 4), 2026, [date(2026, 11, 26)]),
        (NthWeekday(9, 0, 1), 2026, [date(2026, 9, 7)]),
        (NthWeekday(6, 0, 1), 2026, [date(2026, 6, 1)]),
        (NthWeekday(5, 0, LAST), 2026, [date(2026, 5, 25)]),
        (NthWeekday(5, 6, LAST), 2026, [date(2026, 5, 31)]),
        (NthWeekday(12, 3, LAST), 2026, [date(2026, 12, 31)]),
    ],
)
def test_a_yearly_holiday_is_on_its_day(
    rule: YearlyDay | NthWeekday, year: int, dates: list[date]
) -> None:
    holidays = Holidays(yearly=(rule,))
    all_days = (date(year, 1, 1) + timedelta(days=number) for number in range(365))
    assert [day for day in all_days if day in holidays] == dates


def test_new_years_day_on_a_saturday_is_observed_in_the_year_before() -> None:
    assert date(2027, 12, 31) in Holidays(yearly=(YearlyDay(1, 1, saturday=-1),))
    assert date(9999, 12, 31) not in Holidays(yearly=(YearlyDay(1, 1, saturday=-1),))


def test_a_season_may_run_over_new_year_and_includes_both_days() -> None:
    winter = Season((11, 15), (3, 15))
    assert date(2026, 11, 15) in winter
    assert date(2026, 1, 1) in winter
    assert date(2026, 3, 15) in winter
    assert date(2026, 3, 16) not in winter
    assert date(2026, 11, 14) not in winter


def test_a_holiday_is_on_no_weekday() -> None:
    work = ScheduleRule("on", days=MONDAY_TO_FRIDAY)
    schedule = Schedule((work,), "off")
    assert count(schedule, Month(2026, 11)) == {"on": 21 * 96, "off": 9 * 96 + 4}
    thanksgiving = Holidays(yearly=(NthWeekday(11, 3, 4),))
    assert count(schedule, Month(2026, 11), thanksgiving)["on"] == 20 * 96
    with_holidays = Schedule(
        (work, ScheduleRule("on", days=frozenset({HOLIDAY}), hours=DAYTIME)), "off"
    )
    assert count(with_holidays, Month(2026, 11), thanksgiving)["on"] == 20 * 96 + 48


@pytest.mark.parametrize(
    ("month", "first_hours"),
    [(Month(2026, 3), 31 * 12 - 4), (Month(2026, 11), 30 * 12 + 4), (Month(2026, 4), 30 * 12)],
)
def test_hours_are_those_of_clocks_also_when_they_change(month: Month, first_hours: int) -> None:
    schedule = Schedule((ScheduleRule("night", hours=((0, 12),)),), "day")
    found = count(schedule, month)
    assert found["night"] == first_hours
    assert sum(found.values()) == 4 * month.hours(NEW_YORK)


def test_both_of_the_hours_that_come_twice_are_in_the_same_period() -> None:
    schedule = Schedule((ScheduleRule("one", hours=((4, 8),)),), "rest")
    slots = Slots.between(
        datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 1, 9, tzinfo=UTC)
    )
    codes = schedule.codes(slots.local(NEW_YORK), Holidays())
    # 00:00, 01:00 summer time, 01:00 winter time, 02:00, 03:00
    assert codes.tolist() == [1] * 4 + [0] * 8 + [1] * 8


def test_a_schedule_with_a_hole_or_an_overlap_gives_no_periods() -> None:
    local = Slots.between(*Month(2026, 3).bounds(NEW_YORK)).local(NEW_YORK)
    rule = ScheduleRule("on", hours=DAYTIME)
    for schedule in (Schedule((rule,)), Schedule((rule, rule), "off")):
        with pytest.raises(ValueError, match="not every hour of 2026-03-01 is in exactly one"):
            schedule.codes(local, Holidays())


def test_a_rate_of_one_period_needs_no_codes() -> None:
    rate = RateVersion(JANUARY, (), schedule=Schedule((), "all"))
    start, end = Month(2026, 3).bounds(NEW_YORK)
    tariff = Tariff("one", "USD", NEW_YORK, (rate,))
    (time,) = tariff.priced(start, end, Slots.between(start, end))
    assert (time.periods, time.codes) == (("all",), None)


def test_a_schedule_need_not_name_the_hours_before_and_after_its_version() -> None:
    first, second = date(2026, 3, 16), date(2026, 3, 17)
    spring = Schedule(
        (
            ScheduleRule("day", (Season((1, 1), (3, 16)),), hours=DAYTIME),
            ScheduleRule("night", (Season((1, 1), (3, 16)),), hours=((0, 32), (80, 96))),
        )
    )
    assert not list(schedule_problems(spring, JANUARY, first))
    rates = (
        RateVersion(JANUARY, Decimal(1), schedule=spring),
        RateVersion(second, Decimal(1), schedule=Schedule((), "all")),
    )
    start, end = Month(2026, 3).bounds(NEW_YORK)
    slots = Slots.between(start, end)
    one, other = Tariff("two", "USD", NEW_YORK, rates).priced(start, end, slots)
    assert [int(one.flags(name, slots).sum()) for name in ("day", "night")] == [
        16 * 48,
        16 * 48 - 4,
    ]
    assert int(other.flags("all", slots).sum()) == 15 * 96


RULES = st.builds(
    ScheduleRule,
    period=st.sampled_from(["a", "b", "c"]),
    seasons=st.lists(
        st.builds(
            Season,
            *[st.tuples(st.integers(1, 12), st.integers(1, 28)) for _ in range(2)],
        ),
        max_size=1,
    ).map(tuple),
    days=st.sampled_from([ALL_DAYS, MONDAY_TO_FRIDAY, ALL_DAYS - MONDAY_TO_FRIDAY]),
    hours=st.sampled_from([((0, 96),), ((0, 32),), ((32, 80),), ((80, 96),), ((0, 32), (80, 96))]),
)
YEARLY = st.lists(
    st.one_of(
        st.builds(
            YearlyDay,
            st.integers(1, 12),
            st.integers(1, 29),
            st.sampled_from([0, -1, 2]),
            st.sampled_from([0, 1, -2]),
        ),
        st.builds(NthWeekday, st.integers(1, 12), st.integers(0, 6), st.sampled_from([1, 4, LAST])),
    ),
    max_size=3,
).map(tuple)


@st.composite
def whole_schedules(draw: st.DrawFn) -> Schedule:
    """Seasons, days and hours cut at random; of the parts some may be left to `otherwise`."""
    months_days = st.tuples(st.integers(1, 12), st.integers(2, 28))
    (month, day), (other_month, other_day) = draw(
        st.tuples(months_days, months_days).filter(lambda two: two[0] != two[1])
    )
    seasons = (
        Season((month, day), (other_month, other_day - 1)),
        Season((other_month, other_day), (month, day - 1)),
    )
    days = draw(st.sets(st.integers(0, 7)).map(frozenset))
    cut = draw(st.integers(1, 95))
    rules = [
        ScheduleRule(draw(st.sampled_from(["a", "b", "c"])), (season,), kinds, hours)
        for season in seasons
        for kinds in (days, ALL_DAYS - days)
        for hours in (((0, cut),), ((cut, 96),))
    ]
    otherwise = draw(st.sampled_from(["", "a", "rest"]))
    kept = draw(st.integers(0, len(rules))) if otherwise else len(rules)
    return Schedule(tuple(rules[:kept]), otherwise)


@UNHURRIED
@given(
    schedule=whole_schedules(),
    yearly=YEARLY,
    month=st.builds(Month, st.integers(2026, 2140), st.integers(1, 12)),
    zone=st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_a_schedule_that_is_taken_puts_each_quarter_of_any_year_into_exactly_one_period(
    schedule: Schedule, yearly: tuple[YearlyDay, ...], month: Month, zone: str
) -> None:
    holidays = Holidays(yearly=yearly)
    assert not list(schedule_problems(schedule, JANUARY, None, holidays))
    start, end = month.bounds(ZoneInfo(zone))
    slots = Slots.between(start, end)
    codes = schedule.codes(slots.local(ZoneInfo(zone)), holidays)  # refuses all else itself
    assert codes.size == (end - start) / timedelta(minutes=15)
    assert set(np.unique(codes)) <= set(range(len(schedule.periods)))


@UNHURRIED
@given(
    rules=st.lists(RULES, min_size=1, max_size=3).map(tuple),
    otherwise=st.sampled_from(["", "rest"]),
    yearly=YEARLY,
)
def test_a_schedule_that_is_refused_is_wrong_on_the_day_that_is_named(
    rules: tuple[ScheduleRule, ...], otherwise: str, yearly: tuple[YearlyDay, ...]
) -> None:
    schedule, holidays = Schedule(rules, otherwise), Holidays(yearly=yearly)
    found = list(schedule_problems(schedule, JANUARY, None, holidays))
    assume(found)
    for _, message in found:
        words = message.split(" at ")[0].replace(", a holiday,", "").split()
        day = date.fromisoformat(words[-1])
        slots = Slots.between(*(Month.of(noon(day), NEW_YORK).bounds(NEW_YORK)))
        with pytest.raises(ValueError, match="is in exactly one period"):
            schedule.codes(slots.local(NEW_YORK), holidays)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=NEW_YORK)
