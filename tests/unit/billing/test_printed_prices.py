"""A price is printed as tariffs are written, wherever a bill is: 11.50, where 11.5 is stored."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bcm_mqtt.billing.evidence.visible import words_of_our_pdf
from bcm_mqtt.billing.pages.bill_page import bill_page
from bcm_mqtt.billing.reports.html_report import html_bill
from bcm_mqtt.billing.reports.pdf_report import pdf_bill
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.rating.line_kind import LineKind
from unit.billing import example_bill as example
from unit.billing.conftest import ISSUER, MADE


@pytest.fixture(scope="module")
def bill() -> Bill:
    made = example.bill()
    lines = tuple(
        replace(line, price=Decimal("11.5")) if line.kind is LineKind.DEMAND else line
        for line in made.lines
    )
    return replace(made, lines=lines)


def test_the_page_has_the_currencys_decimals_and_those_that_a_price_has_more(bill: Bill) -> None:
    page = bill_page(bill, ISSUER, MADE)
    prices = {charge.price for charge in page.charges}
    assert "11.50" in prices
    assert "11.5" not in prices
    assert "6.625%" in prices
    assert {line.price for line in bill.lines if line.kind is LineKind.ENERGY} == {
        Decimal(charge.price)
        for charge, line in zip(page.charges, bill.lines, strict=True)
        if line.kind is LineKind.ENERGY
    }


def test_a_currency_without_a_minor_unit_has_the_decimals_of_its_prices(bill: Bill) -> None:
    page = bill_page(replace(bill, currency="JPY"), ISSUER, MADE)
    assert "11.5" in {charge.price for charge in page.charges}


def test_html_and_pdf_print_it(bill: Bill) -> None:
    assert "11.50 per kW" in html_bill(bill, ISSUER, MADE)
    printed = words_of_our_pdf(pdf_bill(bill, ISSUER, MADE))
    assert "11.50" in printed
    assert "11.5" not in printed
