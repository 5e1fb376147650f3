"""Items of customers: which a month has, and their lines."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.bill import Bill, bill_of
from bcm_mqtt.domain.bill.months.month_to_date import month_to_date
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import cost_of
from bcm_mqtt.domain.site.customer import Customer, CustomerRule, TermsVersion
from bcm_mqtt.domain.site.customer_item import (
    CustomerItem,
    InvoicedTax,
    ItemKind,
    item_problems,
)
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


DEPOSIT = CustomerItem(
    *("Cage", Decimal(500), date(2026, 3, 2), date(2026, 3, 2)),
    kind=ItemKind.DEPOSIT,
    taxed=False,
    by="A",
)
ADVANCE = CustomerItem(
    *("Spring", Decimal("33.33"), date(2026, 3, 31), date(2026, 3, 31)),
    kind=ItemKind.ADVANCE,
    taxed=False,
    by="A",
    reference="A-12",
    taxes=(InvoicedTax("VAT", Decimal(19)), InvoicedTax("City", Decimal(1))),
)


def test_a_deposit_is_below_the_taxes_and_in_none_of_them() -> None:
    back = replace(DEPOSIT, name="Old", amount=Decimal(-200))
    bill = billed(terms(HANDS, DEPOSIT, back))
    assert [(line.kind, str(line.amount)) for line in bill.lines] == [
        (LineKind.ITEM, "30.00"),
        (LineKind.TAX, "3.00"),
        (LineKind.DEPOSIT, "500.00"),
        (LineKind.DEPOSIT, "-200.00"),
    ]
    assert bill.lines[-1].label == "Deposit returned, not taxed: Old, 2026-03-02"
    assert (bill.amount, bill.taxes) == (Decimal("333.00"), Decimal("3.00"))
    assert cost_of(bill.lines) == Decimal("33.00") == month_to_date(bill, END).cost


def test_an_advance_is_taken_off_with_the_tax_that_was_invoiced() -> None:
    bill = billed(terms(HANDS, ADVANCE))
    assert {line.label: str(line.amount) for line in bill.lines} == {
        "Hands, 2026-03-14": "30.00",
        "Less advance payment: Spring, 2026-03-31": "-33.33",
        "VAT 10 %": "3.00",  # of 30.00: what was supplied is not less
        "Spring: VAT 19 %": "-6.33",  # 33.33 x 0.19 = 6.3327
        "Spring: City 1 %": "-0.33",
    }
    assert cost_of(bill.lines) == Decimal("33.00")


@given(
    st.lists(st.tuples(st.decimals(-900, 900, places=2), st.sampled_from(ItemKind)), max_size=6),
    st.decimals(0, 30, places=2),
)
def test_taxes_know_no_deposit_and_no_advance(
    given_items: list[tuple[Decimal, ItemKind]], percent: Decimal
) -> None:
    items = [
        CustomerItem(
            *(f"I{number}", amount, date(2026, 3, 5), date(2026, 3, 5)),
            kind=kind,
            taxed=kind is ItemKind.CHARGE,
            taxes=(InvoicedTax("VAT", percent),) if kind is ItemKind.ADVANCE else (),
        )
        for number, (amount, kind) in enumerate(given_items)
    ]
    bill, plain = billed(terms(*items)), billed(terms(*filter(is_charge, items)))
    assert bill.amount == sum(line.amount for line in bill.lines)
    assert cost_of(bill.lines) == plain.amount
    settled = sum(
        amount if kind is ItemKind.DEPOSIT else -amount - money(amount * percent / 100, "USD")
        for amount, kind in given_items
        if kind is not ItemKind.CHARGE
    )
    assert bill.amount - plain.amount == settled


def is_charge(item: CustomerItem) -> bool:
    return item.kind is ItemKind.CHARGE
