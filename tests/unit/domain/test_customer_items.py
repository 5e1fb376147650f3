"""Items of customers: which a month has, and their lines."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.bill import Bill, bill_of
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.site.customer import Customer, CustomerRule, TermsVersion
from bcm_mqtt.domain.site.customer_item import CustomerItem, item_problems
from bcm_mqtt.domain.tariff import Minimum, RateVersion, Tariff, Tax
from bcm_mqtt.domain.time import Month
from unit.domain.examples import NEW_YORK

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
RATE = RateVersion(date(2026, 1, 1), Decimal("0.10"), taxes=(Tax("VAT", Decimal(10)),))
TARIFF = Tariff("flat", "USD", NEW_YORK, (RATE,))
RACK = CustomerItem("Rack", Decimal(100), date(2026, 3, 10), monthly=True, by="A")
HANDS = CustomerItem("Hands", Decimal(30), date(2026, 3, 14), date(2026, 3, 14), by="A")


def terms(*items: CustomerItem, rate: RateVersion = RATE) -> BillingTerms:
    customer = Customer("Customer1", "One", tariff="flat")
    return BillingTerms(
        *(NEW_YORK, "USD", {"Customer1": customer}, {"flat": replace(TARIFF, versions=(rate,))}),
        *("", CustomerRule()),
        items={"Customer1": items},
    )


def billed(by: BillingTerms, month: Month = MARCH) -> Bill:
    """A bill without energy."""
    start, end = month.bounds(NEW_YORK)
    customer = by.customer_of("Customer1", start, end)
    return bill_of(customer, by.tariff_of(customer, start, end), month, (start, end), (), "USD")


def amounts(bill: Bill) -> list[str]:
    return [str(line.amount) for line in bill.lines]


def test_an_item_is_on_bills_of_its_time_alone() -> None:
    by = terms(RACK, HANDS)
    assert amounts(billed(by)) == ["71.06", "30.00", "10.11"]
    assert amounts(billed(by, MARCH.shifted(1))) == ["100.00", "10.00"]
    assert amounts(billed(by, MARCH.shifted(-1))) == ["0.00"]
    assert by.customer_of("Customer1", *MARCH.shifted(-1).bounds(NEW_YORK)).items == ()


def test_one_that_is_not_prorated_costs_the_month() -> None:
    assert amounts(billed(terms(replace(RACK, prorate=False)))) == ["100.00", "10.00"]
    ended = replace(RACK, last=date(2026, 3, 10), prorate=False)
    assert amounts(billed(terms(ended))) == ["100.00", "10.00"]
    assert amounts(billed(terms(ended), MARCH.shifted(1))) == ["0.00"]


def test_a_monthly_item_ends_with_the_contract_and_a_single_one_does_not() -> None:
    rack = replace(RACK, first=date(2026, 1, 1))
    by = terms(rack, replace(HANDS, first=date(2026, 3, 20), last=date(2026, 3, 20)))
    version = TermsVersion(None, by.customers["Customer1"], contract_end=date(2026, 3, 10))
    bill = billed(replace(by, dated={"Customer1": (version,)}))
    # 239 of 743 hours
    assert amounts(bill) == ["32.17", "30.00", "6.22"]


def test_an_item_is_above_the_minimum_and_its_tax_is_as_stated() -> None:
    rate = replace(RATE, minimum=Minimum(Decimal(50), prorate=False))
    untaxed = replace(HANDS, amount=Decimal(-40), taxed=False)
    bill = billed(terms(replace(RACK, first=date(2026, 1, 1)), untaxed, rate=rate))
    kinds = [LineKind.ITEM, LineKind.UNTAXED_ITEM, LineKind.TAX]
    assert [line.kind for line in bill.lines if line.kind is not LineKind.MINIMUM] == kinds
    taxed = sum(line.amount for line in bill.lines[:-1] if line.kind is not kinds[1])
    assert bill.taxes == taxed * Decimal("0.10")


def test_items_that_cannot_be_told_apart_are_named() -> None:
    again = replace(RACK, first=date(2026, 5, 1))
    assert list(item_problems([RACK, again])) == [
        (1, "is the second item with the name 'Rack' on 2026-05-01")
    ]
    assert list(item_problems([replace(RACK, last=date(2026, 4, 30)), again])) == []
    assert [index for index, _ in item_problems([replace(RACK, last=date(2026, 3, 9))])] == [0]


@given(
    st.lists(
        st.tuples(
            st.decimals(-500, 500, places=2),
            st.dates(date(2026, 1, 1), date(2026, 4, 30)),
            st.booleans(),
            st.booleans(),
        ),
        max_size=6,
    )
)
def test_lines_add_up_and_tax_is_on_what_is_taxed(
    drawn: list[tuple[Decimal, date, bool, bool]],
) -> None:
    items = [
        CustomerItem(f"I{n}", amount, day, None if monthly else day, monthly, taxed=taxed)
        for n, (amount, day, monthly, taxed) in enumerate(drawn)
    ]
    bill = billed(terms(*items))
    own = [line for line in bill.lines if line.kind in {LineKind.ITEM, LineKind.UNTAXED_ITEM}]
    assert len(own) == len(bill.customer.items)
    assert bill.amount == sum((line.amount for line in own), Decimal(0)) + bill.taxes
    base = sum((line.amount for line in own if line.kind is LineKind.ITEM), Decimal(0))
    assert abs(bill.taxes - base * Decimal("0.10")) <= Decimal("0.005")
