"""Billing periods: one for each month, from reading day to reading day."""

from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.billing_period import (
    BillingPeriod,
    WholePeriod,
    billing_period,
    reading_date,
    running_month,
)
from bcm_mqtt.domain.site.customer import Customer, CustomerRule, TermsVersion
from bcm_mqtt.domain.time import Month, midnight
from unit.domain.examples import NEW_YORK

ONE = Customer("Customer1", "One")
FEBRUARY, MARCH, APRIL = Month(2026, 2), Month(2026, 3), Month(2026, 4)


def always(day: int | None, start: date | None = None, end: date | None = None) -> TermsVersion:
    return TermsVersion(None, ONE, start, end, day)


def since(on: date, day: int | None) -> TermsVersion:
    return TermsVersion(on, ONE, reading_day=day)


def at(month: int, day: int) -> datetime:
    return midnight(date(2026, month, day), NEW_YORK)


def period(month: Month, *versions: TermsVersion) -> BillingPeriod:
    return billing_period(versions, month, NEW_YORK)


def test_without_a_reading_day_the_period_is_the_calendar_month() -> None:
    assert period(MARCH, always(None)) == BillingPeriod.calendar(MARCH, NEW_YORK)


def test_a_period_begins_on_the_reading_day_of_its_month() -> None:
    found = period(Month(2026, 1), always(15))
    assert found.bounds == (at(1, 15), at(2, 15))
    assert found.whole == WholePeriod(at(1, 15), at(2, 15), by_days=True)


def test_reading_on_the_first_is_a_calendar_month_by_days() -> None:
    found = period(MARCH, always(1))
    assert found.bounds == MARCH.bounds(NEW_YORK)
    assert found.whole == WholePeriod(*MARCH.bounds(NEW_YORK), by_days=True)


def test_a_changed_period_is_prorated_by_the_month_that_ends_with_it() -> None:
    later = always(1), since(date(2026, 3, 1), 15)
    assert period(FEBRUARY, *later).bounds == FEBRUARY.bounds(NEW_YORK)  # as it was billed
    assert period(MARCH, *later).bounds == (at(3, 1), at(4, 15))
    assert period(MARCH, *later).whole == WholePeriod(at(3, 15), at(4, 15), by_days=True)
    earlier = always(15), since(date(2026, 3, 1), 1)
    assert period(FEBRUARY, *earlier).bounds == (at(2, 15), at(3, 1))
    assert period(FEBRUARY, *earlier).whole == WholePeriod(at(2, 1), at(3, 1), by_days=True)
    assert period(MARCH, *earlier).bounds == (at(3, 1), at(4, 1))


def test_a_month_that_has_neither_day_is_read_on_the_old_one() -> None:
    versions = always(15), since(date(2026, 3, 10), 1)
    assert [reading_date(versions, one).day for one in (FEBRUARY, MARCH, APRIL)] == [15, 15, 1]


def test_a_contract_cuts_a_period() -> None:
    found = period(MARCH, always(None, date(2026, 3, 5), date(2026, 3, 19)))
    assert found == BillingPeriod(MARCH, at(3, 5), at(3, 20), WholePeriod(at(3, 1), at(4, 1)))
    found = period(MARCH, always(15, end=date(2026, 4, 1)))
    assert found.bounds == (at(3, 15), at(4, 2))
    assert found.whole == WholePeriod(at(3, 15), at(4, 15), by_days=True)
    after = period(APRIL, always(15, end=date(2026, 4, 1)))
    assert after.bounds == (at(4, 15), at(5, 15))  # of which nothing is billed


def test_before_the_reading_day_the_period_of_the_last_month_runs() -> None:
    versions = (always(15),)
    before = at(4, 15) - timedelta(seconds=1)
    assert running_month(versions, before, NEW_YORK) == MARCH
    assert running_month(versions, at(4, 15), NEW_YORK) == APRIL
    terms = BillingTerms(
        *(NEW_YORK, "USD", {"Customer1": ONE}, {}, "", CustomerRule()),
        dated={"Customer1": versions},
    )
    assert terms.running_periods(before) == {period(MARCH, *versions): {"Customer1"}}
    assert terms.own_periods(APRIL) == {period(APRIL, *versions): {"Customer1"}}
    assert terms.period_of("Customer2", APRIL) == BillingPeriod.calendar(APRIL, NEW_YORK)


@given(
    st.integers(1, 28) | st.none(),
    st.lists(
        st.tuples(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(1, 28) | st.none()),
        max_size=5,
        unique_by=lambda one: one[0],
    ),
)
def test_periods_follow_each_other_and_a_later_row_changes_no_earlier_one(
    first: int | None, changes: list[tuple[date, int | None]]
) -> None:
    """No day is in two periods or in none, whatever changes when."""
    versions = [always(first), *(since(*one) for one in sorted(changes))]
    months = [Month(2025, 11).shifted(one) for one in range(16)]
    periods = [period(one, *versions) for one in months]
    assert all(one.end == other.start for one, other in pairwise(periods))
    assert [Month.of(one.start, NEW_YORK) for one in periods] == months
    for count in range(1, len(versions)):
        dated = versions[count].valid_from
        assert dated
        for one, month in zip(periods, months, strict=True):
            known = period(month, *versions[:count])
            if known.end <= midnight(dated, NEW_YORK):
                assert one.bounds == known.bounds
