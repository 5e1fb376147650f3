"""Workbooks: what they show equals what their formulas come to, and text stays text."""

import io
import warnings
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import formulas
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from bcm_mqtt.billing.reports.xlsx_report import xlsx_bill, xlsx_summary
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.site.customer import Customer
from unit.billing import example_bill as example
from unit.billing.example_bill import END, ISSUER, MADE, MARCH, START
from unit.builders import NEW_YORK, panel

BILL = example.issued(example.bill(6))
OTHER = example.bill(4, Customer("Globex", "Globex Corporation"), seed=2)
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://x","y")',
    "{=1}",
    "http://x.example",
]


def book(data: bytes, *, values: bool) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data), data_only=values)


def computed(data: bytes, folder: Path) -> dict[tuple[str, str], float]:
    """What each formula comes to, by sheet and cell, computed from scratch."""
    file = folder / "book.xlsx"
    file.write_bytes(data)
    with warnings.catch_warnings(action="ignore"):  # those of its own source
        solution = formulas.ExcelModel().loads(str(file)).finish().calculate()
    found = {}
    for sheet in book(data, values=False):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    key = f"'[book.xlsx]{sheet.title.upper()}'!{cell.coordinate}"
                    found[sheet.title, cell.coordinate] = float(solution[key].value[0, 0])
    return found


def rows(sheet: Worksheet) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def lines(data: bytes) -> list[list[Any]]:
    """The charges, with the total."""
    found = rows(book(data, values=True)["Bill"])
    first = next(index for index, row in enumerate(found) if row[0] == "Charge")
    last = next(index for index, row in enumerate(found) if row[0] == "Total")
    return found[first + 1 : last + 1]


def cents(value: float) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(xlsx_bill(BILL, ISSUER, MADE), id="bill"),
        pytest.param(xlsx_bill(example.revised(BILL), ISSUER, MADE), id="revision"),
        pytest.param(xlsx_summary(example.site(BILL, OTHER), ISSUER, MADE), id="summary"),
    ],
)
def test_every_formula_comes_to_what_is_shown(data: bytes, tmp_path: Path) -> None:
    shown = book(data, values=True)
    found = computed(data, tmp_path)
    assert len(found) >= 8
    for (sheet, cell), value in found.items():
        assert value == pytest.approx(shown[sheet][cell].value, abs=1e-6), (sheet, cell)


def test_amounts_are_quantity_times_price_and_the_total_is_their_sum() -> None:
    data = xlsx_bill(BILL, ISSUER, MADE)
    *priced, total = lines(data)
    assert [row[0] for row in priced] == [line.label for line in BILL.lines]
    assert [cents(row[4]) for row in priced] == [line.amount for line in BILL.lines]
    assert cents(total[4]) == BILL.amount
    cells = [row for row in rows(book(data, values=False)["Bill"]) if row[0] == "Energy, on-peak"]
    assert cells[0][4].startswith("=ROUND(B")


def test_a_line_that_was_rated_in_another_way_has_its_amount_as_a_number(tmp_path: Path) -> None:
    odd = replace(BILL.lines[0], amount=BILL.lines[0].amount + 1)
    bill = replace(BILL, lines=(odd, *BILL.lines[1:]))
    data = xlsx_bill(bill, ISSUER, MADE)
    assert cents(lines(data)[0][4]) == odd.amount
    total = next(cell for cell in computed(data, tmp_path).values() if cents(cell) == bill.amount)
    assert cents(total) == bill.amount


def test_a_currency_without_minor_units_is_rounded_to_whole_ones() -> None:
    line = replace(
        BILL.lines[0], quantity=Decimal("10.5"), price=Decimal("31.5"), amount=Decimal(331)
    )
    yen = replace(BILL, currency="JPY", lines=(line,))
    cells = rows(book(xlsx_bill(yen, ISSUER, MADE), values=False)["Bill"])
    assert next(row[4] for row in cells if row[0] == line.label).endswith(",0)")


def test_circuits_and_their_sums_are_those_of_the_bill() -> None:
    found = rows(book(xlsx_bill(BILL, ISSUER, MADE), values=True)["Circuits"])
    assert len(found) == len(BILL.usage) + 2
    assert [Decimal(str(row[8])) for row in found[1:-1]] == [row.kwh for row in BILL.usage]
    assert cents(found[-1][8]) == cents(float(BILL.kwh))


def test_days_have_a_chart_and_add_up() -> None:
    data = xlsx_bill(BILL, ISSUER, MADE)
    sheet = book(data, values=True)["Days"]
    assert "xl/charts/chart1.xml" in ZipFile(io.BytesIO(data)).namelist()
    assert BILL.load
    days = list(BILL.load.days(NEW_YORK))
    assert [cents(row[3]) for row in rows(sheet)[1:]] == [cents(float(day.kwh)) for day in days]
    assert sum(row[2] for row in rows(sheet)[1:]) == pytest.approx(
        float(sum(day.estimated_kwh for day in days))
    )


def test_a_summary_has_all_customers_and_what_is_unallocated() -> None:
    site = example.site(BILL, OTHER)
    panels = {name: panel(name) for name in ("rpp-1a", "rpp-1b")}
    found = book(xlsx_summary(site, ISSUER, MADE, panels), values=True)
    assert found.sheetnames == ["Summary", "Unallocated", "Panels", "Circuits"]
    named = {row[0]: row for row in rows(found["Summary"])}
    assert named["Site total"][2] == pytest.approx(float(site.kwh))
    assert named["Unallocated"][2] == pytest.approx(8.399)
    assert cents(named["Billed"][3]) == BILL.amount + OTHER.amount
    on = rows(found["Panels"])
    assert [row[0] for row in on[1:5]] == ["rpp-1a", "rpp-1b", "rpp-2a", "rpp-2b"]
    assert on[-1][:2] == ["rpp-1a", "msb-1:5"]
    assert on[-1][4] == pytest.approx(31.25)


@pytest.mark.parametrize("text", FORMULAS)
def test_text_is_never_a_formula_or_a_link(text: str) -> None:
    bill = _everywhere(BILL, text)
    issuer = replace(ISSUER, name=text, address=(text,), footer=(text,))
    for data in (
        xlsx_bill(bill, issuer, MADE),
        xlsx_summary(example.site(bill), issuer, MADE),
    ):
        for sheet in book(data, values=False):
            cells = [cell for row in sheet.iter_rows() for cell in row]
            ours = [cell for cell in cells if cell.value == text]
            assert ours or sheet.title in {"Unallocated", "Days"}
            assert {cell.data_type for cell in ours} <= {"s"}
            assert not [cell for cell in cells if cell.hyperlink]


@pytest.mark.parametrize("text", ["\ud800", "\x01", "x" * 40_000, "Zürich 🔌", "a\nb"])
def test_any_text_makes_a_workbook_that_opens(text: str) -> None:
    data = xlsx_bill(_everywhere(BILL, text), ISSUER, MADE)
    assert cents(lines(data)[-1][4]) == BILL.amount


def test_the_same_bill_gives_the_same_bytes() -> None:
    assert xlsx_bill(BILL, ISSUER, MADE) == xlsx_bill(BILL, ISSUER, MADE)


def test_an_empty_bill_and_an_empty_site_are_workbooks_too(tmp_path: Path) -> None:
    empty = replace(BILL, usage=(), lines=(), load=None, determinants=(), findings=())
    assert "Days" not in book(xlsx_bill(empty, ISSUER, MADE), values=True).sheetnames
    data = xlsx_summary(SiteMonth(MARCH, START, END, (), ()), ISSUER, MADE)
    assert set(computed(data, tmp_path).values()) == {0.0}


def _everywhere(bill: Bill, text: str) -> Bill:
    return replace(
        bill,
        customer=Customer(text, text, (text,), tax_id=text),
        tariff=text,
        holds=(text,),
        lines=tuple(replace(line, label=text, unit=text, kind=LineKind.FEE) for line in bill.lines),
        usage=tuple(
            replace(row, panel=text, period=text, circuit=replace(row.circuit, description=text))
            for row in bill.usage
        ),
        determinants=tuple(replace(item, name=text, basis=text) for item in bill.determinants),
    )
