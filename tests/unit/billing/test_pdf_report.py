"""PDF bills: the figures of the bill as text, whatever others wrote, and the same bytes again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pypdfium2
import pytest

from bcm_mqtt.billing.reports.pdf_report import pdf_bill, pdf_summary
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.site.customer import Customer
from unit.billing import example_bill as example
from unit.billing.example_bill import ISSUER, MADE
from unit.builders import panel

HOSTILE = [
    "#panic()",
    "*x* _y_ `z` $a$ <l> @ref // c /* d */ \\",
    "#{ sys.inputs } \"quoted\" 'too'",
    "= heading",
    "- item",
    "مرحبا",
    "שלום",
    "Ελληνικά Привет Zürich",
]


@contextmanager
def opened(data: bytes) -> Iterator[pypdfium2.PdfDocument]:
    document = pypdfium2.PdfDocument(data)
    try:
        yield document
    finally:
        document.close()


def pages(data: bytes) -> list[str]:
    """The text of each page, in one line."""
    with opened(data) as document:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def text(bill: Bill) -> str:
    return " ".join(pages(pdf_bill(bill, ISSUER, MADE)))


BILL = example.issued(example.bill(6))


def test_a_pdf_has_the_figures_of_the_bill() -> None:
    page = text(BILL)
    for figure in (
        f"USD {BILL.amount:,}",
        f"{BILL.kwh:,} kWh",
        *(f"{line.quantity:,}" for line in BILL.lines),
        *(f"{line.amount:,}" for line in BILL.lines),
        *(f"{row.kwh:,}" for row in BILL.usage),
        *(f"{item.kwh:,}" for item in BILL.past),
        f"{BILL.estimated_kwh:,}",
        f"\N{PLUS-MINUS SIGN}{BILL.uncertainty_kwh:,} kWh (k = 2, about 95 %",
    ):
        assert figure in page
    assert BILL.peak
    assert f"{BILL.peak.kw:,} kW" in page


def test_a_pdf_says_who_bills_whom_for_what_time() -> None:
    page = text(BILL)
    for said in (
        "Harbor Data Center",
        "12 Harbor Road",
        "Tax id 12-3456789",
        "Acme Hosting LLC",
        "Tax id 98-7654321",
        "2026-03-01 to 2026-03-31",
        "743 (the clocks changed)",
        "America/New_York",
        "Payable within 30 days",
        "It is not the reading of a revenue meter",
        "The same value for a day or longer, panel rpp-1a, pole 1",
    ):
        assert said in page
    assert "issued 2026-04-01 09:12 EDT" in page
    assert "sha256 5f5f5f5f5f5f5f5f" in page


@pytest.mark.parametrize(
    ("status", "mark"),
    [
        (BillStatus.DRAFT, "DRAFT"),
        (BillStatus.HELD, "HELD FOR REVIEW"),
        (BillStatus.SUPERSEDED, "SUPERSEDED"),
    ],
)
def test_a_bill_that_does_not_stand_is_marked(status: BillStatus, mark: str) -> None:
    assert mark not in text(BILL)
    assert mark in text(replace(BILL, status=status, holds=("6 % is estimated",)))


def test_a_held_bill_says_why() -> None:
    held = replace(BILL, status=BillStatus.HELD, issue=None, holds=("6 % is estimated",))
    assert "Before it is issued, somebody must review:" in text(held)
    assert "6 % is estimated" in text(held)


def test_a_revision_says_what_it_changes_and_what_is_due() -> None:
    page = text(example.revised(BILL))
    assert "Bill number 18, revision 1" in page
    assert "bill 17" in page
    # 1463.37 - 1482.10 = -18.73, 188.78 - 190.02 = -1.24
    assert "Energy, on-peak 1,482.10 1,463.37 -18.73" in page
    assert "Due -19.97" in page


def test_a_peak_of_slow_polls_is_indicative() -> None:
    slow = replace(BILL, usage=tuple(replace(row, indicative=True) for row in BILL.usage))
    assert "indicative" in text(slow)
    assert "indicative" not in text(BILL)


def test_a_bill_without_a_tariff_has_no_money() -> None:
    page = text(replace(BILL, tariff="", lines=(), past=(), determinants=()))
    assert "Energy statement" in page
    assert "USD" not in page


def test_a_bill_without_a_load_has_no_chart_and_no_peak() -> None:
    page = text(replace(BILL, load=None))
    assert "Energy by day" not in page
    assert "Peak, 15 minutes" not in page


def test_a_bill_without_circuits_and_a_site_without_bills_are_pages_too() -> None:
    empty = replace(BILL, usage=(), lines=(), load=None, determinants=(), past=(), findings=())
    assert "This customer had no circuit in the month." in text(empty)
    nothing = SiteMonth(BILL.month, BILL.start, BILL.end, (), ())
    page = " ".join(pages(pdf_summary(nothing, ISSUER, MADE)))
    assert "No circuit had a customer in the month." in page


def test_the_same_bill_gives_the_same_bytes() -> None:
    first = pdf_bill(BILL, ISSUER, MADE)
    assert pdf_bill(BILL, ISSUER, MADE + timedelta(days=400)) == first
    other = replace(BILL, customer=replace(BILL.customer, name="Acme Hosting, Inc."))
    assert pdf_bill(other, ISSUER, MADE) != first


def test_a_pdf_is_archival_accessible_and_says_what_it_is() -> None:
    data = pdf_bill(BILL, ISSUER, MADE)
    assert b"pdfaid:part>2<" in data
    assert b"pdfuaid:part>1<" in data
    with opened(data) as document:
        known = document.get_metadata_dict()
    assert known["Title"] == "Bill March 2026, Acme Hosting LLC"
    assert known["Author"] == "Harbor Data Center"
    assert known["CreationDate"].startswith("D:20260401")


@pytest.mark.parametrize(("paper", "size"), [("a4", (595, 842)), ("letter", (612, 792))])
def test_paper_is_a4_or_letter(paper: str, size: tuple[int, int]) -> None:
    with opened(pdf_bill(BILL, replace(ISSUER, paper=paper), MADE)) as document:
        assert {tuple(map(round, page.get_size())) for page in document} == {size}


def test_five_hundred_circuits_have_their_head_on_every_page() -> None:
    found = pages(pdf_bill(example.bill(500), ISSUER, MADE))
    assert len(found) > 10
    for number, page in enumerate(found, start=1):
        assert f"{number} of {len(found)}" in page
    middle = found[2:-2]
    assert all("Panel rpp-1" in page and "Measured h" in page for page in middle)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_of_others_is_never_markup(hostile: str) -> None:
    page = text(_everywhere(hostile))
    plain = hostile if hostile.isascii() else hostile.split(maxsplit=1)[0]
    assert page.count(plain) >= 20 or page.count(plain[::-1]) >= 20


@pytest.mark.parametrize("hostile", ["🔌 plug", "東京", "\x01", "\ud800", "x" * 200, "\n\n", " "])
def test_what_no_font_has_makes_a_bill_all_the_same(hostile: str) -> None:
    bill = _everywhere(hostile)
    issuer = replace(ISSUER, name=hostile, address=(hostile,), tax_id=hostile, footer=(hostile,))
    assert f"{bill.amount:,}" in " ".join(pages(pdf_bill(bill, issuer, MADE)))


def test_a_word_that_no_column_holds_stays_on_the_page() -> None:
    with opened(pdf_bill(_everywhere("x" * 200), ISSUER, MADE)) as document:
        for page in document:
            width, _ = page.get_size()
            boxes = [item.get_bounds() for item in page.get_objects()]
            assert max(right for _, _, right, _ in boxes) <= width


def test_a_summary_has_every_customer_and_the_sums() -> None:
    other = example.bill(4, Customer("Globex", "Globex Corporation"), seed=2)
    held = replace(other, status=BillStatus.HELD, holds=("6 % is estimated",))
    site = example.site(BILL, held)
    panels = {name: panel(name) for name in ("rpp-1a", "rpp-1b")}
    page = " ".join(pages(pdf_summary(site, ISSUER, MADE, panels)))
    for said in (
        f"{site.kwh:,} kWh",
        f"{BILL.kwh:,}",
        f"{other.kwh:,}",
        f"USD {BILL.amount + other.amount:,}",
        "8.399 kWh",
        "1 held for review, 1 issued",
        "Globex Corporation: 6 % is estimated",
        "Stranded capacity",
        "Data by panel",
    ):
        assert said in page
    assert "Payable within" not in page


def _everywhere(text: str) -> Bill:
    bill = example.bill(4, Customer(text, text, (text, text), tax_id=text))
    rows = tuple(
        replace(row, panel=text, period=text, circuit=replace(row.circuit, description=text))
        for row in bill.usage
    )
    return replace(
        bill,
        usage=rows,
        tariff=text,
        holds=(text,),
        lines=tuple(replace(line, label=text, unit=text) for line in bill.lines),
        determinants=tuple(replace(item, name=text, basis=text) for item in bill.determinants),
        findings=tuple(replace(item, panel=text, detail=text) for item in bill.findings),
    )
