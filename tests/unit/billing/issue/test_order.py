"""Months that are issued out of order: what a ratchet could not see is said."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bcm_mqtt.billing.issue.order import order_warnings
from bcm_mqtt.domain.bill.bill import bill_of
from bcm_mqtt.domain.tariff import DemandCharge, Ratchet, RateVersion, Tariff
from bcm_mqtt.domain.time import Month
from unit.billing.issue.site import CUSTOMER, TERMS
from unit.builders import NEW_YORK

RATCHET = DemandCharge(Decimal(9), ratchet=Ratchet(Decimal("0.8"), 3))
RATE = RateVersion(date(2026, 1, 1), Decimal("0.1"), demand=(RATCHET,))
TARIFF = Tariff("standard", "USD", NEW_YORK, (RATE,))


def warnings(month: int, *issued: int) -> list[str]:
    terms = replace(TERMS, tariffs={"standard": TARIFF})
    own = Month(2026, month)
    bill = bill_of(CUSTOMER, TARIFF, own, own.bounds(NEW_YORK), (), "USD")
    before = {Month(2026, one): frozenset({CUSTOMER.id}) for one in issued}
    return list(order_warnings(bill, terms, {**before, Month(2026, 1): frozenset({"other"})}))


@pytest.mark.parametrize(
    ("month", "issued"),
    [(5, ()), (5, (2, 3, 4)), (5, (4,)), (9, (6, 7, 8)), (5, (4, 9))],
    ids=["first", "in order", "second", "gap beyond reach", "later beyond reach"],
)
def test_months_in_order_are_no_warning(month: int, issued: tuple[int, ...]) -> None:
    assert warnings(month, *issued) == []


def test_a_month_that_was_left_out_is_named() -> None:
    (warning,) = warnings(6, 2, 3, 5)
    assert warning == (
        "Customer1: the ratchet of 2026-06 looks at 2026-04, which was not issued: issue it, "
        "then revise 2026-06"
    )


def test_later_months_that_were_issued_first_are_named() -> None:
    (warning,) = warnings(4, 3, 5, 6)
    assert warning == (
        "Customer1: 2026-05 and 2026-06 were issued before 2026-04, at which their ratchet "
        "looks: revise them"
    )


def test_a_tariff_without_a_ratchet_has_no_order() -> None:
    bill = bill_of(CUSTOMER, None, Month(2026, 4), Month(2026, 4).bounds(NEW_YORK), (), "USD")
    issued = {Month(2026, 5): frozenset({CUSTOMER.id})}
    assert list(order_warnings(bill, TERMS, issued)) == []
