"""Holidays of a calendar are those that an issued bill has, whatever the calendar says later."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.billing import BillingTerms, bill_month
from bcm_mqtt.domain.tariff import (
    HOLIDAY,
    Holidays,
    NamedDay,
    PeriodPrice,
    RateVersion,
    Schedule,
    ScheduleRule,
)
from bcm_mqtt.store import Store
from unit.billing.issue.site import AT, MARCH, TARIFF, TERMS, issue, measured, verified

SCHEDULE = Schedule((ScheduleRule("holiday", days=frozenset({HOLIDAY})),), "other")
RATE = RateVersion(
    date(2026, 1, 1),
    (PeriodPrice("holiday", Decimal("1.00")), PeriodPrice("other", Decimal("0.10"))),
    schedule=SCHEDULE,
)


def terms(*days: date) -> BillingTerms:
    named = tuple(NamedDay(day, "Founding Day") for day in days)
    tariff = replace(TARIFF, versions=(RATE,), holidays=Holidays(named=named))
    return replace(TERMS, tariffs={"standard": tariff})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as made:
        made.database.ensure_schema()
        measured(made)
        yield made


def amount(store: Store, by: BillingTerms) -> Decimal:
    return bill_month(store, by, MARCH, AT).bills[0].amount


def test_a_calendar_that_moves_a_day_later_changes_no_issued_bill(store: Store) -> None:
    """14 A at 120 V are 40.32 kWh a day: a holiday costs 36.29 more."""
    edition, later = terms(date(2026, 3, 17)), terms(date(2026, 3, 18), date(2026, 3, 19))
    issue(store, edition)
    # 1248.24 kWh, of them 40.32 on the holiday
    assert amount(store, edition) == Decimal("161.11")
    assert amount(store, later) == Decimal("161.11")
    result = verified(store, later)
    assert not result.faults
    assert [one.changed for one in result.bills] == [()] * len(result.bills)


def test_other_months_have_what_the_calendar_says_now(store: Store) -> None:
    edition = terms(date(2026, 3, 17), date(2026, 4, 17))
    issue(store, edition)
    later = terms(date(2026, 3, 18), date(2026, 4, 18))
    assert amount(store, later) == amount(store, edition)


def test_without_an_issued_bill_the_calendar_of_now_counts(store: Store) -> None:
    two = amount(store, terms(date(2026, 3, 18), date(2026, 3, 19)))
    assert two == Decimal("197.40")  # 1167.60 x 0.10 + 80.64 x 1.00
