"""Bills from reading day to reading day: billed, issued, verified, and beside calendar months."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from bcm_mqtt.billing import bill_month
from bcm_mqtt.billing.issue import bills_of_other_terms, issued_months, issued_site
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.customer import TermsVersion
from bcm_mqtt.domain.time import Month, midnight
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Store
from unit.billing.issue.site import APRIL, CUSTOMER, MARCH, TERMS, issue, measured, verified
from unit.builders import NEW_YORK

FEBRUARY = Month(2026, 2)


def at(month: int, day: int, hours: int = 0) -> datetime:
    return midnight(date(2026, month, day), NEW_YORK) + timedelta(hours=hours)


def terms(*versions: TermsVersion) -> BillingTerms:
    return replace(
        TERMS,
        customers={CUSTOMER.id: versions[-1].customer},
        dated={CUSTOMER.id: versions},
    )


ON_15 = terms(TermsVersion(None, CUSTOMER, reading_day=15))
LEAVES = terms(TermsVersion(None, CUSTOMER, contract_end=date(2026, 3, 19)))


@pytest.fixture
def site(store: Store) -> Store:
    """Measured from 15 February to 15 April."""
    measured(store, of=(at(2, 15), at(4, 15)))
    return store


def bill_of(month: SiteMonth, customer: str) -> Bill:
    (bill,) = [one for one in month.bills if one.customer.id == customer]
    return bill


def without_load(bill: Bill) -> Bill:
    return replace(bill, load=None)


def test_a_bill_is_of_its_own_period_and_the_month_is_the_calendars(site: Store) -> None:
    month = bill_month(site, ON_15, MARCH, at(4, 20))
    one, other = bill_of(month, "Customer1"), bill_of(month, "Customer2")
    assert (one.start, one.end) == (at(3, 15), at(4, 15))
    assert (other.start, other.end) == MARCH.bounds(NEW_YORK)
    # 10 A and 4 A at 120 V for 31 days of 24 hours; the clocks had changed before
    assert str(one.kwh) == str(Decimal("1.680") * 24 * 31)
    plain = bill_month(site, TERMS, MARCH, at(4, 20))
    assert month.kwh == plain.kwh
    assert sum(row.kwh for row in month.usage) == plain.kwh
    assert [bill.kwh for bill in month.by_month] == [bill_of(plain, "Customer1").kwh]
    assert month.unallocated == plain.unallocated
    assert without_load(bill_of(plain, "Customer2")) == without_load(other)
    before = bill_month(site, ON_15, FEBRUARY, at(4, 20))
    both = bill_of(before, "Customer1").kwh + one.kwh
    assert both == Decimal("1.680") * (24 * 59 - 1)


def test_processes_compute_the_same_periods(site: Store) -> None:
    alone = bill_month(site, ON_15, MARCH, at(4, 20))
    both = bill_month(site, ON_15, MARCH, at(4, 20), workers=2)
    assert list(map(without_load, both.bills)) == list(map(without_load, alone.bills))
    assert list(map(without_load, both.by_month)) == list(map(without_load, alone.by_month))


def test_the_bill_that_runs_is_that_which_began_last_month(site: Store) -> None:
    now = at(4, 14, 23)
    running = bill_month(site, ON_15, APRIL, now, running=True)
    one = bill_of(running, "Customer1")
    assert (one.month, one.start) == (MARCH, at(3, 15))
    assert str(one.kwh) == str(Decimal("1.680") * 24 * 31)
    assert bill_of(running, "Customer2").month == APRIL
    assert running.kwh == bill_month(site, TERMS, APRIL, now).kwh


def test_what_has_not_ended_waits_and_is_issued_after_its_reading_day(site: Store) -> None:
    first = issue(site, ON_15, at=at(4, 2))
    assert [bill.customer.id for bill in first.issued] == ["Customer2"]
    assert [bill.customer.id for bill in first.running] == ["Customer1"]
    assert "Customer1 was not issued, its billing period has not ended" in first.sentences()
    assert MARCH not in issued_months(site, ON_15)
    with pytest.raises(InputError, match="2026-03 of Customer1 has not ended"):
        issue(site, ON_15, at=at(4, 14, 23), customer="Customer1")
    (bill,) = issue(site, ON_15, at=at(4, 15)).issued
    assert (bill.customer.id, bill.start, bill.end) == ("Customer1", at(3, 15), at(4, 15))
    assert MARCH in issued_months(site, ON_15)
    assert [one.changed for one in verified(site, ON_15).bills] == [(), ()]
    again = issued_site(site, bill_month(site, ON_15, MARCH, at(4, 20)))
    assert bill_of(again, "Customer1").issue == bill.issue


def test_a_later_reading_day_changes_no_issued_bill_and_an_earlier_one_names_it(
    site: Store,
) -> None:
    (bill,) = issue(site, ON_15, at=at(4, 15), customer="Customer1").issued
    assert bill.issue
    for_ever = TermsVersion(None, CUSTOMER, reading_day=15)
    later = terms(for_ever, TermsVersion(date(2026, 4, 15), CUSTOMER, reading_day=1))
    assert list(bills_of_other_terms(site, later)) == []
    assert [one.changed for one in verified(site, later).bills] == [()]
    within = terms(for_ever, TermsVersion(date(2026, 3, 20), CUSTOMER, reading_day=1))
    assert [one.number for one in bills_of_other_terms(site, within)] == [bill.issue.number]
    (checked,) = verified(site, within).bills
    assert checked.changed


def test_a_final_bill_is_issued_when_the_contract_has_ended(site: Store) -> None:
    with pytest.raises(InputError, match="2026-03 of Customer1 has not ended"):
        issue(site, LEAVES, at=at(3, 19, 23), customer="Customer1")
    with pytest.raises(InputError, match="2026-03 has not ended"):
        issue(site, LEAVES, at=at(3, 20, 1))
    (final,) = issue(site, LEAVES, at=at(3, 20, 1), customer="Customer1").issued
    assert (final.start, final.end) == (at(3, 1), at(3, 20))
    assert str(final.kwh) == str(Decimal("1.680") * (19 * 24 - 1))
    later = issue(site, LEAVES, at=at(4, 2))
    assert [bill.customer.id for bill in later.issued] == ["Customer2"]
    assert [bill.customer.id for bill in later.unchanged] == ["Customer1"]
    assert [one.changed for one in verified(site, LEAVES).bills] == [(), ()]


def test_what_a_moved_customer_left_is_on_its_bill_before(site: Store) -> None:
    """Read on the 15th, and out on the 1st of April: the rest of March is on the bill of March."""
    gone = terms(TermsVersion(None, CUSTOMER, contract_end=date(2026, 4, 1), reading_day=15))
    april = bill_month(site, gone, APRIL, at(5, 20))
    assert [bill.customer.id for bill in april.bills] == ["Customer2"]
    (left,) = april.billed_before
    assert (left.customer.id, str(left.kwh)) == ("Customer1", str(Decimal("1.680") * 24))
    march = bill_of(bill_month(site, gone, MARCH, at(5, 20)), "Customer1")
    assert (march.start, march.end) == (at(3, 15), at(4, 2))
