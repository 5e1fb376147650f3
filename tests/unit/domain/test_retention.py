"""Which months may go: old enough, and billed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.retention import MonthSpan, verdict
from bcm_mqtt.domain.time import Month, midnight
from unit.domain.examples import NEW_YORK, UNHURRIED

JANUARY, FEBRUARY, MARCH, APRIL = (Month(2026, month) for month in (1, 2, 3, 4))
FIRST = datetime(2026, 1, 10, 12, tzinfo=UTC)
NOW = datetime(2026, 4, 20, 15, tzinfo=UTC)
DAY = timedelta(days=1)


def whole(month: Month) -> MonthSpan:
    return MonthSpan(month, *month.bounds(NEW_YORK))


def test_nothing_goes_of_a_month_that_was_not_issued_and_it_is_said() -> None:
    found = verdict(FIRST, NOW, 30 * DAY, frozenset(), NOW, NEW_YORK)
    assert found.removable == ()
    assert found.held == (JANUARY, FEBRUARY, MARCH)


def test_issued_months_go_and_the_others_stay_wherever_they_lie() -> None:
    found = verdict(FIRST, NOW, 30 * DAY, {JANUARY, MARCH}, NOW, NEW_YORK)
    # 30 days before 20 April is 21 March, of which the local midnight is at 04:00 UTC.
    part = MonthSpan(MARCH, MARCH.bounds(NEW_YORK)[0], datetime(2026, 3, 21, 4, tzinfo=UTC))
    assert found.removable == (whole(JANUARY), part)
    assert found.held == (FEBRUARY,)


def test_all_that_is_old_enough_goes_where_the_site_says_so() -> None:
    found = verdict(FIRST, NOW, 30 * DAY, frozenset(), NOW, NEW_YORK, unissued=True)
    assert [span.month for span in found.removable] == [JANUARY, FEBRUARY, MARCH]
    assert found.held == ()


def test_a_month_goes_whole_or_not_at_all_where_that_is_asked() -> None:
    issued = {JANUARY, FEBRUARY, MARCH}
    found = verdict(FIRST, NOW, 30 * DAY, issued, NOW, NEW_YORK, whole_months=True)
    assert found.removable == (whole(JANUARY), whole(FEBRUARY))
    assert found.held == ()


def test_what_is_young_is_neither_removable_nor_held() -> None:
    found = verdict(FIRST, NOW, 200 * DAY, frozenset(), NOW, NEW_YORK)
    assert (found.removable, found.held) == ((), ())


def test_months_without_data_are_not_spoken_of() -> None:
    found = verdict(FIRST, FEBRUARY.bounds(NEW_YORK)[0], 2 * DAY, frozenset(), NOW, NEW_YORK)
    assert found.held == (JANUARY, FEBRUARY)


def test_a_hundred_years_are_a_retention_too() -> None:
    assert verdict(FIRST, NOW, 36_500 * DAY, {JANUARY}, NOW, NEW_YORK).removable == ()


@UNHURRIED
@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(1, 900),
    st.integers(0, 900),
    st.frozensets(st.builds(Month, st.integers(2020, 2026), st.integers(1, 12))),
    st.sampled_from(["America/New_York", "UTC", "Pacific/Apia", "Australia/Lord_Howe"]),
)
def test_no_instant_goes_that_is_young_or_unissued(
    first: datetime, age: int, keep: int, issued: frozenset[Month], name: str
) -> None:
    zone = ZoneInfo(name)
    now = first + age * DAY
    found = verdict(first, now, keep * DAY, issued, now, zone)
    for span in found.removable:
        assert span.month in issued
        assert span.start == span.month.bounds(zone)[0]
        assert span.start < span.end <= min(span.month.bounds(zone)[1], now - keep * DAY)
        assert span.end == midnight(span.end.astimezone(zone).date(), zone)
    assert not issued & set(found.held)
    starts = [span.start for span in found.removable]
    assert starts == sorted(starts)
