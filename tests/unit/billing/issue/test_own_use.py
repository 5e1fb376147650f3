"""Own use of the site: measured, in the summary, and never billed."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bcm_mqtt.billing.issue import issued_months, issued_site
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.domain.bill.bill import BillStatus
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Store
from unit.billing.issue.site import AT, CUSTOMER, MARCH, TERMS, issue, measured, verified

HOUSE = Customer("Customer2", "The house", own_use=True)
OWN = replace(TERMS, customers={CUSTOMER.id: CUSTOMER, HOUSE.id: HOUSE})


def test_it_is_in_the_summary_without_a_price_and_no_bill_is_issued(store: Store) -> None:
    measured(store)
    before, site = (bill_month(store, terms, MARCH, AT) for terms in (TERMS, OWN))
    one, house = site.bills
    assert (one.status, house.status) == (BillStatus.DRAFT, BillStatus.OWN_USE)
    assert (house.lines, house.priced, house.amount) == ((), False, Decimal(0))
    assert house.kwh == before.bills[1].kwh > 0
    assert site.kwh == before.kwh
    (issued,) = issue(store, OWN).issued
    assert issued.customer.id == "Customer1"
    assert issued_months(store, OWN) == {MARCH}
    assert issued_months(store, TERMS) == frozenset()
    assert [bill.status for bill in issued_site(store, site).bills] == [
        BillStatus.ISSUED,
        BillStatus.OWN_USE,
    ]
    with pytest.raises(InputError, match="own use"):
        issue(store, OWN, customer="Customer2")


def test_a_bill_from_before_stays_and_differs(store: Store) -> None:
    measured(store)
    issue(store)
    changed = {one.customer: one.changed for one in verified(store, OWN).bills}
    assert changed["Customer1"] == ()
    assert "customer terms" in changed["Customer2"]
