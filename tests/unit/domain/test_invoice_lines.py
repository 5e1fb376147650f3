"""Quantity and price of invoice lines, and the VAT on lines: worked by hand, and by property."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.einvoice.invoice import TypeCode
from bcm_mqtt.domain.einvoice.mapping import einvoice_of
from bcm_mqtt.domain.einvoice.quantities import Priced, priced
from bcm_mqtt.domain.einvoice.units import unit_code
from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine
from bcm_mqtt.domain.site.customer_item import BilledItem, ItemKind
from bcm_mqtt.domain.tariff import Fee, Tax
from bcm_mqtt.domain.trade.vat import Vat, VatCategory
from unit.billing.einvoices import worked


def line(
    quantity: str, price: str, amount: str, unit: str = "kWh", kind: LineKind = LineKind.ENERGY
) -> BillLine:
    return BillLine("Energy", Decimal(quantity), unit, Decimal(price), Decimal(amount), kind=kind)


def said(quantity: str, unit: str, price: str) -> Priced:
    return Priced(Decimal(quantity), unit, Decimal(price))


def test_a_line_is_said_as_it_stands_on_the_bill() -> None:
    assert priced(line("1000", "0.2847", "284.70"), "EUR") == said("1000", "KWH", "0.2847")


def test_a_price_below_0_is_a_quantity_below_0() -> None:
    assert priced(line("123.457", "-0.05", "-6.17"), "EUR") == said("-123.457", "KWH", "0.05")
    # Fed in at a price below 0: money comes in, and the price stays positive.
    assert priced(line("-100", "-0.05", "5.00"), "EUR") == said("100", "KWH", "0.05")


def test_a_weighted_price_has_as_many_decimals_as_give_the_amount() -> None:
    # 1234.567 kWh cost 87.65; the bill shows 0.0710 each, which is 87.65 only at 0.071: 87.654.
    assert priced(line("1234.567", "0.0710", "87.65"), "EUR").price == Decimal("0.0710")
    # At 0.07 the bill's price gives 86.42; 0.071 gives the amount.
    assert priced(line("1234.567", "0.07", "87.65"), "EUR") == said("1234.567", "KWH", "0.071")
    # 9876543.210 kWh cost 701234.56: 0.071 is 701234.57, and 0.0709999990 is what gives it.
    found = priced(line("9876543.210", "0.07", "701234.56"), "EUR")
    assert found.price == Decimal("0.071") or money(found.quantity * found.price, "EUR") == Decimal(
        "701234.56"
    )


def test_what_no_price_gives_is_one_at_the_amount() -> None:
    # A kWh that is nothing and costs something, as a minimum within tiers.
    assert priced(line("0.000", "0.1", "5.00"), "EUR") == said("1", "C62", "5.00")
    # So many kWh that eight decimals are too coarse for a cent.
    assert priced(line("9999999999", "0", "0.01"), "EUR") == said("1", "C62", "0.01")
    assert priced(line("9999999999", "0", "-0.01"), "EUR") == said("-1", "C62", "0.01")


def test_a_share_of_other_lines_is_one_at_the_amount() -> None:
    duty = line("66.67", "0.05", "3.33", "EUR", LineKind.TAX)
    assert priced(duty, "EUR") == said("1", "C62", "3.33")
    surcharge = line("200.00", "0.02", "4.00", "EUR", LineKind.SURCHARGE)
    assert priced(surcharge, "EUR") == said("1", "C62", "4.00")


def test_yen_have_no_decimals() -> None:
    assert priced(line("123.457", "31", "3827"), "JPY") == said("123.457", "KWH", "31")


@given(
    st.decimals(-(10**7), 10**7, places=3),
    st.decimals(-10, 10, places=6),
    st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_quantity_by_price_is_the_amount_and_no_price_is_below_0(
    quantity: Decimal, price: Decimal, currency: str
) -> None:
    amount = money(quantity * price, currency)
    found = priced(line(f"{quantity}", f"{round(price, 2)}", f"{amount}"), currency)
    assert found.price >= 0
    assert money(found.quantity * found.price, currency) == amount


@pytest.mark.parametrize(
    ("kind", "unit", "code"),
    [
        (LineKind.ENERGY, "kWh", "KWH"),
        (LineKind.RIDER, "kWh", "KWH"),
        (LineKind.ALLOCATION, "kWh", "KWH"),
        (LineKind.ALLOCATION, "items", "C62"),
        (LineKind.DEMAND, "kW", "KWT"),
        (LineKind.DEMAND, "kVA", "KVA"),
        (LineKind.COMMITTED, "kW", "KWT"),
        (LineKind.REACTIVE, "kvarh", "K3"),
        (LineKind.FEE, "days", "DAY"),
        (LineKind.FEE, "months", "MON"),
        (LineKind.FEE, "circuits", "C62"),
        (LineKind.FEE, "A", "AMP"),
        (LineKind.ITEM, "items", "C62"),
    ],
)
def test_units_by_kind(kind: LineKind, unit: str, code: str) -> None:
    assert unit_code(line("1", "1", "1.00", unit, kind)) == code


def test_a_unit_without_a_code_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="unit 'therms' has no code of UN/ECE Rec 20: expected"):
        unit_code(line("1", "1", "1.00", "therms"))


def test_vat_is_on_the_sum_of_the_rounded_lines_of_a_rate() -> None:
    # Energy 66.67, water 10.05, deposit 100, duty 5 % of 66.67: 3.33.
    # 19 % of 66.67 + 3.33 = 70.00 is 13.30, 7 % of 10.05 is 0.70 (0.7035).
    invoice = einvoice_of(worked.several_rates(), worked.ISSUER)
    assert [(str(one.vat.category), str(one.base), str(one.tax)) for one in invoice.vats] == [
        ("S", "70.00", "13.30"),
        ("S", "10.05", "0.70"),
        ("E", "100.00", "0.00"),
    ]
    assert (str(invoice.net), str(invoice.tax), str(invoice.gross)) == ("180.05", "14.00", "194.05")


def test_an_exempt_customer_has_its_exemption_on_every_line() -> None:
    invoice = einvoice_of(worked.reverse_charge(), worked.ISSUER)
    assert [one.vat for one in invoice.lines] == [worked.REVERSE]
    assert invoice.type is TypeCode.INVOICE
    assert str(invoice.gross) == "284.70"


def test_a_tariff_without_categories_marks_no_line() -> None:
    bill = worked.draft(worked.rate("0.2", Tax("VAT", Decimal(19))))
    assert [(one.vat, one.is_vat) for one in bill.lines] == [(None, False)] * 2


def test_two_vats_on_one_line_leave_it_without() -> None:
    twice = Tax("Second", Decimal(7), category=VatCategory.STANDARD)
    bill = worked.issued(worked.draft(worked.rate("0.2", worked.STANDARD, twice)))
    with pytest.raises(ValueError, match="line 'Energy' has no category of VAT, or several"):
        einvoice_of(bill, worked.ISSUER)


def test_vat_that_was_rounded_in_parts_is_refused() -> None:
    """19 % of 0.13 and of 0.13 are 0.02 each, and 19 % of 0.26 is 0.05."""
    energy = Tax("VAT", Decimal(19), frozenset({"energy"}), category=VatCategory.STANDARD)
    fee = Tax("VAT on fees", Decimal(19), frozenset({"fee"}), category=VatCategory.STANDARD)
    fees = (Fee("Metering", Decimal("0.13")),)
    bill = worked.issued(worked.draft(worked.rate("0.13", energy, fee, fees=fees), "1.000"))
    with pytest.raises(ValueError, match=r"VAT S 19 % on the sum of the lines is 0\.05, and 0\.04"):
        einvoice_of(bill, worked.ISSUER)


@pytest.mark.parametrize("kind", [ItemKind.DEPOSIT, ItemKind.ADVANCE])
def test_deposits_and_advance_payments_are_refused_by_name(kind: ItemKind) -> None:
    item = BilledItem("Spring", Decimal(100), worked.START, worked.END, kind=kind, reference="A-12")
    customer = replace(worked.CUSTOMER, items=(item,))
    bill = worked.issued(worked.draft(worked.rate("0.2", worked.STANDARD), customer=customer))
    with pytest.raises(ValueError, match=r"Spring.*: deposits and advance payments are on no"):
        einvoice_of(bill, worked.ISSUER)


def test_each_kind_of_line_has_units_or_is_refused() -> None:
    for kind in LineKind:
        odd = line("1", "1", "1.00", "furlongs", kind)
        if not odd.is_share:
            with pytest.raises(ValueError, match="has no code of UN/ECE Rec 20"):
                unit_code(odd)


def test_what_is_outside_of_vat_is_on_no_invoice_with_what_is_taxed() -> None:
    bill = worked.several_rates()
    outside = Vat(VatCategory.OUTSIDE, reason="Not subject to VAT")
    lines = [replace(one, vat=outside) if one.vat == worked.EXEMPT else one for one in bill.lines]
    with pytest.raises(ValueError, match="BR-O-11"):
        einvoice_of(replace(bill, lines=tuple(lines)), worked.ISSUER)


@pytest.mark.parametrize(
    ("vat", "said"),
    [
        (Vat(VatCategory.STANDARD), "BR-S-05"),
        (Vat(VatCategory.ZERO, Decimal(5)), "BR-Z-05"),
        (Vat(VatCategory.REVERSE_CHARGE), "BR-AE-10"),
        (Vat(VatCategory.EXEMPT), "BR-E-10"),
        (Vat(VatCategory.OUTSIDE), "BR-O-10"),
        (Vat(VatCategory.ZERO, reason="why"), "BR-Z-10"),
    ],
)
def test_what_a_category_refuses_is_named_by_its_rule(vat: Vat, said: str) -> None:
    assert said in vat.problem


@pytest.mark.parametrize("vat", [worked.EXEMPT, worked.REVERSE, Vat(VatCategory.ZERO)])
def test_good_categories_have_no_problem(vat: Vat) -> None:
    assert not vat.problem
