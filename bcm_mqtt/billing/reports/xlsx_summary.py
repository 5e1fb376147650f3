"""The site summary as a workbook whose sums are live formulas."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from bcm_mqtt.billing.pages.head import Period
from bcm_mqtt.billing.pages.site_rankings import panel_qualities, ranked_circuits
from bcm_mqtt.billing.reports.xlsx_sheet import (
    CIRCUIT_WIDTHS,
    Book,
    Formula,
    Sheet,
    cell,
    circuit_rows,
)
from bcm_mqtt.domain.bill.bill import SiteMonth, amounts
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.usage.usage import total_kwh


def xlsx_summary(
    site: SiteMonth,
    issuer: Issuer,
    made: datetime,
    panels: Mapping[str, Panel] = MappingProxyType({}),
) -> bytes:
    """The site's month, on the sheets Summary, Unallocated, Panels and Circuits.

    Args:
        site: To write.
        issuer: Whose site it is.
        made: When the report was made, UTC.
        panels: For their voltages, by id; without one its circuits have no usable power.
    """
    book = Book(f"{issuer.name}, {site.month}", issuer.name, site.end)
    sheet = book.sheet("Summary", (34, 16, 14, 16, 10, 14, 14, 14, 14, 16, 60))
    unallocated = book.sheet("Unallocated", CIRCUIT_WIDTHS)
    total = circuit_rows(unallocated, site.unallocated, issuer)
    _summary(book, sheet, site, issuer, made, f"=Unallocated!{total}")
    _panels(book, site)
    _ranks(book, site, panels)
    return book.done()


def _summary(
    book: Book, sheet: Sheet, site: SiteMonth, issuer: Issuer, made: datetime, unallocated: str
) -> None:
    period = Period.of(site, issuer.zone, made)
    sheet.text(issuer.name, book.name)
    sheet.text(f"Energy and bills {period.month}", book.title)
    sheet.text(f"{period.days}, {period.hours_text} hours, {period.zone}", book.soft)
    sheet.row += 1
    sheet.head(
        *("Customer", "Id", "kWh", "Amount", "Currency", "of it estimated"),
        *("Measured h", "Estimated h", "Missing h", "Status", "Held because"),
    )
    first = sheet.row
    for bill in site.bills:
        coverage = bill.coverage
        sheet.cells(
            (
                bill.customer.name,
                bill.customer.id,
                bill.kwh,
                bill.amount if bill.priced else None,
                bill.currency if bill.priced else "no tariff",
                bill.estimated_kwh + bill.edited_kwh,
                coverage.measured_hours,
                coverage.estimated_hours + coverage.edited_hours,
                coverage.missing_hours,
                bill.status.value,
                "; ".join(bill.holds),
            )
        )
    last = sheet.row - 1
    billed = sum((bill.kwh for bill in site.bills), Decimal("0.000"))
    sheet.cells(("All customers", None, sheet.sum_of(2, first, billed)), bold=True)
    spare = total_kwh(site.unallocated)
    sheet.cells(("Unallocated", None, Formula(unallocated, spare)), bold=True)
    both = f"={cell(sheet.row - 2, 2)}+{cell(sheet.row - 1, 2)}"
    sheet.cells(("Site total", None, Formula(both, site.kwh)), bold=True)
    for currency, amount in amounts(site.bills).items():
        row = sheet.row
        of = f"{cell(first, 4)}:{cell(last, 4)},{cell(row, 4)},{cell(first, 3)}:{cell(last, 3)}"
        billed_in = Formula(f"=SUMIF({of})", amount)
        sheet.cells(("Billed", None, None, billed_in, currency), bold=True)


def _panels(book: Book, site: SiteMonth) -> None:
    sheet = book.sheet("Panels", (16, 10, 14, 14, 12, 12, 12, 12, 10))
    sheet.head(
        *("Panel", "Circuits", "kWh", "of it estimated", "Measured h", "Estimated h"),
        *("By hand h", "Missing h", "Findings"),
    )
    for item in panel_qualities(site):
        coverage = item.coverage
        hours = (coverage.measured_hours, coverage.estimated_hours, coverage.edited_hours)
        sheet.cells(
            (
                *(item.panel, item.circuits, item.kwh, item.estimated_kwh),
                *(*hours, coverage.missing_hours, item.findings),
            )
        )
    sheet.row += 1
    if site.reconciliation:
        sheet.head("Panel", "Fed by", "Fed kWh", "Circuits kWh", "Difference kWh")
    for fed in site.reconciliation:
        difference = Formula(f"={cell(sheet.row, 2)}-{cell(sheet.row, 3)}", fed.difference)
        sheet.cells((fed.panel, str(fed.feeder), fed.fed_kwh, fed.circuits_kwh, difference))


def _ranks(book: Book, site: SiteMonth, panels: Mapping[str, Panel]) -> None:
    sheet = book.sheet("Circuits", (30, 12, 10, 16, 10, 14, 10, 14, 14))
    sheet.head(
        *("Circuit", "Panel", "Poles", "Customer", "Rating A", "kWh", "Peak kW"),
        *("At 80 % kW", "Never used kW"),
    )
    sheet.worksheet.freeze_panes(1, 0)
    for item in ranked_circuits(site, panels):
        circuit = item.circuit
        who = (circuit.description, item.panel, poles_text(circuit.poles), item.customer)
        figures = (item.kwh, item.peak_kw, item.usable_kw, item.stranded_kw)
        sheet.cells((*who, circuit.rating_amps, *figures))
