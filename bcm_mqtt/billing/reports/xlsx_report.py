"""A bill and a site's month as workbooks whose amounts and sums are live formulas."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from bcm_mqtt.billing.calibration.in_words import CALIBRATION_COLUMNS, calibration_cells
from bcm_mqtt.billing.pages.head import Period
from bcm_mqtt.billing.pages.meter_statements import meter_statements
from bcm_mqtt.billing.pages.month_rows import panel_qualities, ranked_circuits
from bcm_mqtt.billing.pages.statements import bill_statements
from bcm_mqtt.billing.pages.words import NO_TARIFF, finding_text, kind_text, tariff_text, time
from bcm_mqtt.billing.reports.xlsx_sheet import (
    CIRCUIT_WIDTHS,
    INVOICE_WIDTHS,
    METER_WIDTHS,
    Book,
    Cell,
    Formula,
    Sheet,
    cell,
    circuit_rows,
    invoice_rows,
    meter_rows,
)
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.issued import IssueRecord
from bcm_mqtt.domain.bill.months.site_month import SiteMonth, amounts
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.money import in_full, money
from bcm_mqtt.domain.rating.lines import BillLine
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import local_days
from bcm_mqtt.domain.usage.usage import Coverage, Usage, total_kwh
from bcm_mqtt.languages import ENGLISH, speaking


@speaking(ENGLISH)
def xlsx_bill(bill: Bill, issuer: Issuer, made: datetime) -> bytes:
    """One customer's bill, on the sheets Bill, Circuits, Days and, where they are known, Meters.

    Args:
        bill: To write.
        issuer: Who issues it.
        made: When the report was made, UTC; not in the file of an issued bill.
    """
    dated = bill.issue.issued if bill.issue else bill.end
    book = Book(f"{bill.customer.name}, {bill.month}", issuer.name, dated)
    sheet = book.sheet("Bill", (34, 16, 12, 16, 16, 40))
    circuits = book.sheet("Circuits", CIRCUIT_WIDTHS)
    total = circuit_rows(circuits, bill.usage, issuer)
    _bill(book, sheet, bill, issuer, made, f"=Circuits!{total}")
    if bill.load:
        _days(book, bill, issuer)
    _meters(book, (bill,), issuer)
    return book.done()


def _bill(book: Book, sheet: Sheet, bill: Bill, issuer: Issuer, made: datetime, kwh: str) -> None:
    period = Period.of(bill, issuer.zone, made)
    sheet.text(issuer.head, book.name)
    for line in issuer.lines:
        sheet.text(line, book.soft)
    sheet.text(f"{kind_text(bill)} {period.month}", book.title)
    for label, value in _facts(bill, period):
        sheet.cells((label, value))
    sheet.cells(("Energy, kWh", Formula(kwh, bill.kwh)))
    if peak := bill.peak:
        indicative = ", indicative" if bill.indicative else ""
        when = f"{time(peak.at, issuer.zone)}{indicative}"
        sheet.cells(("Peak, kW", peak.kw, when))
    sheet.row += 1
    if bill.priced:
        _lines(sheet, bill)
    if bill.issue and bill.issue.deltas:
        _deltas(sheet, bill.issue)
    if bill.determinants:
        sheet.head("Determinant", "Quantity", "Unit", "How it came about")
        for item in bill.determinants:
            sheet.cells((item.name, item.quantity, item.unit, item.basis))
        sheet.row += 1
    for text in _said(bill, issuer):
        sheet.text(text, book.soft)


def _facts(bill: Bill, period: Period) -> Iterator[tuple[str, str]]:
    yield "Customer", bill.customer.name
    yield "Customer id", bill.customer.id
    for line in bill.customer.address:
        yield "", line
    if bill.customer.tax_id:
        yield "Tax id", bill.customer.tax_id
    yield "Status", bill.status.value
    if bill.issue:
        yield "Number", bill.issue.text
        yield "Revision", str(bill.issue.revision)
    yield "Period", period.days
    yield "Hours", period.hours_text
    yield "Time zone", period.zone
    yield "Tariff", tariff_text(bill)
    yield "Currency", bill.currency


def _said(bill: Bill, issuer: Issuer) -> Iterator[str]:
    """What stands below the figures."""
    for statement in (*bill_statements(bill), *meter_statements(bill, issuer)):
        yield f"{statement.title}. {statement.text}"
    for reason in bill.holds:
        yield f"Held for review: {reason}"
    for finding in bill.findings:
        yield finding_text(finding, issuer.zone, bill.panel_name(finding.panel))
    yield from issuer.footer


def _lines(sheet: Sheet, bill: Bill) -> None:
    sheet.head("Charge", "Quantity", "Unit", "Price", "Amount")
    first = sheet.row
    for line in bill.lines:
        amount = _amount(line, bill.currency, sheet.row)
        price = line.price if line.is_share else in_full(line.price, bill.currency)
        sheet.cells((line.label, line.quantity, line.unit, price, amount))
    total = sheet.sum_of(4, first, bill.amount)
    sheet.cells(("Total", None, bill.currency, None, total), bold=True)
    sheet.row += 1


def _amount(line: BillLine, currency: str, row: int) -> Formula | Decimal:
    """Quantity times price, unless the line has been rated in another way."""
    if money(line.quantity * line.price, currency) != line.amount:
        return line.amount
    exponent = money(Decimal(1), currency).as_tuple().exponent
    return Formula(f"=ROUND({cell(row, 1)}*{cell(row, 3)},{-int(exponent)})", line.amount)


def _deltas(sheet: Sheet, record: IssueRecord) -> None:
    sheet.head("What this revision changes", "As issued", "Now", "Difference")
    first = sheet.row
    for delta in record.deltas:
        row = sheet.row
        difference = Formula(f"={cell(row, 2)}-{cell(row, 1)}", delta.difference)
        sheet.cells((delta.label, delta.before, delta.after, difference))
    sheet.cells(("Due", None, None, sheet.sum_of(3, first, record.due)), bold=True)
    sheet.row += 1


def _days(book: Book, bill: Bill, issuer: Issuer) -> None:
    sheet = book.sheet("Days", (14, 14, 14, 14))
    sheet.head("Day", "Measured kWh", "Estimated kWh", "kWh")
    first = sheet.row
    for day in bill.load.days(issuer.zone) if bill.load else ():
        both = Formula(f"={cell(sheet.row, 1)}+{cell(sheet.row, 2)}", day.kwh)
        sheet.cells((day.day, day.kwh - day.estimated_kwh, day.estimated_kwh, both))
    last = sheet.row - 1
    chart = book.workbook.add_chart({"type": "column", "subtype": "stacked"})
    for column, color in ((1, "#0A5C8A"), (2, "#9CC3DC")):
        chart.add_series(
            {
                "name": ["Days", 0, column],
                "categories": ["Days", first, 0, last, 0],
                "values": ["Days", first, column, last, column],
                "fill": {"color": color},
                "gap": 40,
            }
        )
    chart.set_title({"name": "Energy by day, kWh"})
    chart.set_x_axis({"date_axis": True, "num_format": "d"})
    chart.set_legend({"position": "bottom"})
    sheet.worksheet.insert_chart("F2", chart, {"x_scale": 1.6, "y_scale": 1.3})


@speaking(ENGLISH)
def xlsx_summary(
    site: SiteMonth,
    issuer: Issuer,
    made: datetime,
    panels: Mapping[str, Panel] = MappingProxyType({}),
) -> bytes:
    """The site's month, on the sheets Summary, Unallocated, Panels, Circuits, Meters, Invoices.

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
    _meters(book, site.bills, issuer)
    if site.divided:
        invoice_rows(book.sheet("Invoices", INVOICE_WIDTHS), site)
    return book.done()


def _summary(
    book: Book, sheet: Sheet, site: SiteMonth, issuer: Issuer, made: datetime, unallocated: str
) -> None:
    period = Period.of(site, issuer.zone, made)
    sheet.text(issuer.head, book.name)
    sheet.text(f"Energy and bills {period.month}", book.title)
    sheet.text(f"{period.days}, {period.hours_text} hours, {period.zone}", book.soft)
    sheet.row += 1
    sheet.head(
        *("Customer", "Id", "kWh", "Amount", "Currency", "of it estimated"),
        *("Measured h", "Estimated h", "Missing h", "Status", "Held because"),
        *(("Billed from", "Billed through", "Billed kWh") if site.beyond else ()),
    )
    first = sheet.row
    used = site.used
    for bill in (*site.bills, *site.billed_before):
        own: Sequence[Cell] = ()  # the period of one that reaches beyond the month
        if not site.has(bill):
            own = *local_days(bill.start, bill.end, issuer.zone), bill.kwh
        sheet.cells((*_customer(bill, used.get(bill.customer.id, ())), *own))
    last = sheet.row - 1
    billed = sum((bill.kwh for bill in site.measured), Decimal("0.000"))
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


def _customer(bill: Bill, usage: Sequence[Usage]) -> Sequence[Cell]:
    """What a customer used in the month, and its bill."""
    coverage = Coverage.total(row.coverage for row in usage)
    return (
        bill.customer.name,
        bill.customer.id,
        total_kwh(usage),
        bill.amount if bill.priced else None,
        bill.currency if bill.priced else NO_TARIFF,
        sum((row.estimated_kwh + row.edited_kwh for row in usage), Decimal("0.000")),
        coverage.measured_hours,
        coverage.estimated_hours + coverage.edited_hours,
        coverage.missing_hours,
        bill.status.value,
        "; ".join(bill.holds),
    )


def _meters(book: Book, bills: Sequence[Bill], issuer: Issuer) -> None:
    if any(bill.meters for bill in bills):
        meter_rows(book.sheet("Meters", METER_WIDTHS), bills, issuer)


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
    if site.calibrations:
        sheet.row += 1
        sheet.head(*CALIBRATION_COLUMNS)
    for cells in calibration_cells(site):
        sheet.cells(cells)


def _ranks(book: Book, site: SiteMonth, panels: Mapping[str, Panel]) -> None:
    sheet = book.sheet("Circuits", (30, 12, 10, 16, 10, 14, 10, 14, 14))
    sheet.head(
        *("Circuit", "Panel", "Poles", "Customer", "Rating A", "kWh", "Peak kW"),
        *("At 80 % kW", "Never used kW"),
    )
    sheet.worksheet.freeze_panes(1, 0)
    for item in ranked_circuits(site, panels):
        circuit = item.circuit
        who = (circuit.description, item.panel, circuit.place, item.customer)
        figures = (item.kwh, item.peak_kw, item.usable_kw, item.stranded_kw)
        sheet.cells((*who, circuit.rating_amps, *figures))
