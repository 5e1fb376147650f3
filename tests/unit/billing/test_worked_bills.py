"""The worked bills of docs/billing-examples: every determinant, line and cent."""

from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.money import rounded
from unit.billing.worked_page import PAGES, Page, Row, billed, read_page, value

PAGE_NAMES = sorted(path.stem for path in PAGES.glob("*.md") if path.stem != "index")
NAMES = [name for name in PAGE_NAMES if name != "revision"]
"""The revision has a test of its own: it is two bills of the same month."""


def test_there_is_a_page_for_each_kind_of_bill() -> None:
    kinds = {"flat", "tiered", "time-of-use", "demand", "committed"}
    assert kinds | {"move", "rate-change", "overhead-and-tax"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_worked_bill_is_what_the_program_makes_of_its_intervals(
    name: str, tmp_path: Path
) -> None:
    page = read_page(PAGES / f"{name}.md", tmp_path)
    assert page.bills
    for (customer, month), (determinants, lines) in page.bills.items():
        bill = billed(page, customer, month)
        assert [
            {
                "determinant": one.name,
                "quantity": str(one.quantity),
                "unit": one.unit,
                "basis": one.basis,
            }
            for one in bill.determinants
        ] == [{key: row[key] for key in row if key != "by hand"} for row in determinants]
        assert shown_lines(bill) == [
            (row["line"], row["unit"], Decimal(row["amount"])) for row in lines
        ]
        for line, row in zip(bill.lines, lines[:-1], strict=True):
            assert line.quantity == Decimal(row["quantity"])
            assert line.price == Decimal(row["price"])


CENT, JPY = Decimal("0.01"), Decimal(1)
"""Smallest units."""


def shown_lines(bill: Bill) -> list[tuple[str, str, Decimal]]:
    lines = [(line.label, line.unit, line.amount) for line in bill.lines]
    return [*lines, ("Total", "", bill.amount)]


@pytest.mark.parametrize("name", NAMES)
def test_a_worked_bill_is_right_by_a_calculator(name: str, tmp_path: Path) -> None:
    page: Page = read_page(PAGES / f"{name}.md", tmp_path)
    for determinants, lines in page.bills.values():
        for row in determinants:
            quantity = Decimal(row["quantity"])
            step = Decimal(1).scaleb(int(quantity.as_tuple().exponent))
            assert rounded(value(row["by hand"]), step) == quantity, row
        for row in lines[:-1]:
            check_amount(row, JPY if page.tariff.currency == "JPY" else CENT)
        assert lines[-1]["line"] == "Total"
        assert sum(Decimal(row["amount"]) for row in lines[:-1]) == Decimal(lines[-1]["amount"])


def check_amount(row: Row, step: Decimal = CENT) -> None:
    exact = value(row["quantity"]) * value(row["price"])
    assert exact == value(row["exact"]), row
    assert rounded(exact, step) == Decimal(row["amount"]), row


def test_what_two_bills_leave_of_an_invoice_is_the_landlords(tmp_path: Path) -> None:
    page = read_page(PAGES / "divided-invoice.md", tmp_path)
    (invoice,) = page.invoices
    rows = {row["component"]: row for row in page.table("component", "landlord")}
    for customer, month in page.bills:
        (own,) = billed(page, customer, month).invoices
        for part in own.components:
            assert str(part.part) == rows[part.name][customer]
        assert str(own.part) == rows["all"][customer]
    for row in rows.values():
        parts = (row["Customer1"], row["Customer2"], row["landlord"])
        assert sum(map(Decimal, parts)) == Decimal(row["amount"])
    assert Decimal(rows["all"]["amount"]) == invoice.net
    for one in invoice.components:
        assert Decimal(rows[one.name]["amount"]) == one.amount


def test_every_page_is_a_page_of_the_site() -> None:
    nav = (PAGES.parent.parent / "mkdocs.yml").read_text()
    index = (PAGES / "index.md").read_text()
    for name in PAGE_NAMES:
        assert f"billing-examples/{name}.md" in nav
        assert f"({name}.md)" in index
