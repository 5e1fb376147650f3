"""Months from local midnight to local midnight, in every kind of zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.time import Month, midnight
from unit.domain.examples import NEW_YORK, QUARTER, UNHURRIED

ZONES = [
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
    "Pacific/Chatham",
    "UTC",
]
MONTHS = st.builds(Month, st.integers(1990, 2037), st.integers(1, 12))


def intervals(month: Month, zone: ZoneInfo) -> int:
    start, end = month.bounds(zone)
    assert (end - start) % QUARTER == timedelta(0)
    return (end - start) // QUARTER


@pytest.mark.parametrize(
    ("month", "hours", "count"),
    [("2026-03", 743, 2972), ("2026-11", 721, 2884), ("2026-01", 744, 2976)],
)
def test_new_york_months_have_the_hours_and_intervals_of_daylight_saving(
    month: str, hours: int, count: int
) -> None:
    assert Month.parse(month).hours(NEW_YORK) == hours
    assert intervals(Month.parse(month), NEW_YORK) == count


def test_new_york_march_2026_begins_in_winter_and_ends_in_summer_time() -> None:
    assert Month(2026, 3).bounds(NEW_YORK) == (
        datetime(2026, 3, 1, 5, tzinfo=UTC),
        datetime(2026, 4, 1, 4, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("year", "days"), [(2024, 29), (2026, 28), (2028, 29), (2000, 29), (2100, 28)]
)
def test_february_has_29_days_in_leap_years(year: int, days: int) -> None:
    assert Month(year, 2).hours(NEW_YORK) == 24 * days


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Asia/Kolkata", datetime(2026, 2, 28, 18, 30, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 2, 28, 18, 15, tzinfo=UTC)),
        ("Australia/Eucla", datetime(2026, 2, 28, 15, 15, tzinfo=UTC)),
        ("America/St_Johns", datetime(2026, 3, 1, 3, 30, tzinfo=UTC)),
    ],
)
def test_zones_with_half_and_quarter_hour_offsets_begin_at_their_own_midnight(
    zone: str, start: datetime
) -> None:
    assert Month(2026, 3).bounds(ZoneInfo(zone))[0] == start
    assert intervals(Month(2026, 3), ZoneInfo(zone)) % 4 == 0


def test_lord_howe_changes_by_half_an_hour() -> None:
    howe = ZoneInfo("Australia/Lord_Howe")
    assert Month(2026, 4).hours(howe) == 30 * 24 + 0.5
    assert Month(2026, 10).hours(howe) == 31 * 24 - 0.5


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        # the clock jumps from 00:00 to 01:00: the day begins at the jump
        ("America/Santiago", date(2026, 9, 6), datetime(2026, 9, 6, 4, tzinfo=UTC)),
        ("Asia/Beirut", date(2026, 3, 29), datetime(2026, 3, 28, 22, tzinfo=UTC)),
        ("America/Sao_Paulo", date(2018, 11, 4), datetime(2018, 11, 4, 3, tzinfo=UTC)),
        # it falls back from 24:00 to 23:00: the day begins when that hour is over twice
        ("America/Santiago", date(2026, 4, 5), datetime(2026, 4, 5, 4, tzinfo=UTC)),
        # it falls back from 01:00 to 00:00: the day begins at the first of its midnights
        ("America/Havana", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_its_first_instant_where_clocks_change_at_midnight(
    zone: str, day: date, start: datetime
) -> None:
    found = midnight(day, ZoneInfo(zone))
    assert found == start
    assert found.astimezone(ZoneInfo(zone)).date() == day
    assert (found - timedelta(milliseconds=1)).astimezone(ZoneInfo(zone)).date() < day


def test_a_day_that_a_zone_skipped_has_no_length() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert midnight(date(2011, 12, 30), apia) == midnight(date(2011, 12, 31), apia)
    assert Month(2011, 12).hours(apia) == 30 * 24


@UNHURRIED
@given(month=MONTHS, zone=st.sampled_from(ZONES).map(ZoneInfo))
def test_months_follow_each_other_without_gap_or_overlap(month: Month, zone: ZoneInfo) -> None:
    start, end = month.bounds(zone)
    assert end == month.shifted(1).bounds(zone)[0]
    assert Month.of(start, zone) == month
    assert Month.of(end - timedelta(milliseconds=1), zone) == month
    assert Month.of(end, zone) == month.shifted(1)
    assert month.hours(zone) == (end - start) / timedelta(hours=1)


@UNHURRIED
@given(month=MONTHS, by=st.integers(-300, 300))
def test_shifting_there_and_back_is_the_same_month(month: Month, by: int) -> None:
    assert month.shifted(by).shifted(-by) == month
    assert (month.shifted(by) > month) == (by > 0)


@UNHURRIED
@given(month=MONTHS)
def test_a_month_is_read_as_it_is_written(month: Month) -> None:
    assert Month.parse(str(month)) == month


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "2026-3", "26-03", "2026-03-01", "", "march", "1969-12"]
)
def test_a_text_that_is_no_month_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected YYYY-MM such as 2026-03"):
        Month.parse(text)
