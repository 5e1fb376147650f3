"""Sheets of a workbook: rows of text and numbers, sums that stay formulas, and circuits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Final

from bcm_mqtt.billing.pages.month_invoices import components_of
from bcm_mqtt.billing.pages.words import time
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.money import in_full
from bcm_mqtt.domain.printable import shown_lines
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.usage.usage import Coverage, Usage, total_kwh

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_INK: Final = "#1C2126"
_SOFT: Final = "#58626C"
_ACCENT: Final = "#0A5C8A"

_CIRCUIT_COLUMNS: Final = (
    "Panel",
    "Poles",
    "Circuit",
    "Connection",
    "Rating A",
    "Period",
    "From",
    "To",
    "kWh",
    "of it estimated",
    "of it by hand",
    "Peak kW",
    "Measured h",
    "Estimated h",
    "By hand h",
    "Missing h",
)
CIRCUIT_WIDTHS: Final = (12, 10, 30, 10, 8, 12, 22, 22, 14, 12, 12, 10, 12, 12, 12, 12)
_METER_COLUMNS: Final = (
    *("Customer", "Panel", "Poles", "Meter number", "Maker", "Model", "From", "To"),
    *("Reading at start kWh", "Reading at end kWh", "Difference kWh", "Multiplier"),
)
INVOICE_WIDTHS: Final = (24, 16, 28, 14, 14, 14, 10)
METER_WIDTHS: Final = (16, 12, 10, 18, 16, 16, 22, 22, 16, 16, 16, 12)
_KWH: Final = 8
"""The column of kWh."""
_READ: Final = 8
"""The column of readings at the start, before that of those at the end."""

Cell = str | int | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula and what it comes to, which is shown where nothing computes."""

    text: str
    value: Decimal


class Book:
    """A workbook in memory; text is never taken for a formula or a link."""

    def __init__(self, title: str, author: str, dated: datetime) -> None:
        """Takes what its properties say.

        Args:
            title: Of the document.
            author: Who issues it.
            dated: When, UTC; the only time in it, so that equal input gives equal bytes.
        """
        # Not at the top: the page's process makes no workbook before somebody asks for one.
        from xlsxwriter import Workbook  # noqa: PLC0415

        self._bytes = BytesIO()
        self.workbook = Workbook(
            self._bytes,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
        )
        self.workbook.set_properties(
            {
                "title": _clean(title),
                "author": _clean(author),
                "created": dated.replace(tzinfo=None),
            }
        )
        self._formats: dict[tuple[str, bool], Format] = {}
        self.head = self.workbook.add_format(
            {"font_color": _SOFT, "bottom": 1, "text_wrap": True, "valign": "bottom"}
        )
        self.title = self.workbook.add_format({"bold": True, "font_size": 16, "font_color": _INK})
        self.name = self.workbook.add_format({"bold": True, "font_color": _ACCENT})
        self.soft = self.workbook.add_format({"font_color": _SOFT})

    def sheet(self, name: str, widths: Sequence[int]) -> "Sheet":
        """A new sheet with columns of these widths, in characters."""
        worksheet = self.workbook.add_worksheet(name)
        for column, width in enumerate(widths):
            worksheet.set_column(column, column, width)
        worksheet.set_landscape()
        worksheet.fit_to_pages(1, 0)
        return Sheet(self, worksheet)

    def number_format(self, pattern: str, *, bold: bool) -> "Format":
        """The format of a number, made once."""
        if (pattern, bold) not in self._formats:
            above = {"bold": True, "top": 1} if bold else {}
            self._formats[pattern, bold] = self.workbook.add_format(
                {"num_format": pattern, **above}
            )
        return self._formats[pattern, bold]

    def done(self) -> bytes:
        """The file."""
        self.workbook.close()
        return self._bytes.getvalue()


class Sheet:
    """Writes from the top down."""

    def __init__(self, book: Book, worksheet: "Worksheet") -> None:
        """Begins in the first row."""
        self._book = book
        self.worksheet = worksheet
        self.row = 0

    def text(self, text: str, form: "Format | None" = None) -> None:
        """A line of text in the first column."""
        self.worksheet.write_string(self.row, 0, _clean(text), form)
        self.row += 1

    def head(self, *names: str) -> None:
        """The heads of columns, repeated on each printed page."""
        for column, name in enumerate(names):
            self.worksheet.write_string(self.row, column, _clean(name), self._book.head)
        self.worksheet.repeat_rows(self.row)
        self.row += 1

    def cells(self, cells: Sequence[Cell | Formula], *, bold: bool = False) -> None:
        """A row; a number shows the digits that it has."""
        for column, cell in enumerate(cells):
            self._cell(column, cell, bold=bold)
        self.row += 1

    def sum_of(self, column: int, first: int, value: Decimal) -> Formula:
        """The sum of a column from a row to the one above this; of no rows it is 0."""
        if first >= self.row:
            return Formula("=0", value)
        return Formula(f"=SUM({cell(first, column)}:{cell(self.row - 1, column)})", value)

    def _cell(self, column: int, content: Cell | Formula, *, bold: bool) -> None:
        book, sheet, row = self._book, self.worksheet, self.row
        if content is None:
            return
        if isinstance(content, Formula):
            form = book.number_format(_pattern(content.value), bold=bold)
            sheet.write_formula(row, column, content.text, form, float(content.value))
        elif isinstance(content, str):
            sheet.write_string(row, column, _clean(content), book.number_format("@", bold=bold))
        elif isinstance(content, date):
            form = book.number_format("yyyy-mm-dd", bold=bold)
            at_midnight = datetime(content.year, content.month, content.day)  # noqa: DTZ001
            sheet.write_datetime(row, column, at_midnight, form)
        else:
            form = book.number_format(_pattern(Decimal(content)), bold=bold)
            sheet.write_number(row, column, float(content), form)


def cell(row: int, column: int) -> str:
    """The name of a cell, such as B7."""
    from xlsxwriter.utility import xl_rowcol_to_cell  # noqa: PLC0415 - as the workbook

    return str(xl_rowcol_to_cell(row, column))


def circuit_rows(sheet: Sheet, usage: Iterable[Usage], issuer: Issuer) -> str:
    """The rows and their sums; the name of the cell with the sum of kWh."""
    rows = list(usage)
    sheet.head(*_CIRCUIT_COLUMNS)
    sheet.worksheet.freeze_panes(1, 0)
    first = sheet.row
    for row in rows:
        coverage = row.coverage
        sheet.cells(
            (
                row.panel,
                row.circuit.place,
                row.circuit.description,
                row.circuit.connection_name,
                row.circuit.rating_amps,
                row.period,
                time(row.start, issuer.zone),
                time(row.end, issuer.zone),
                row.kwh,
                row.estimated_kwh,
                row.edited_kwh,
                row.peak.kw if row.peak else None,
                coverage.measured_hours,
                coverage.estimated_hours,
                coverage.edited_hours,
                coverage.missing_hours,
            )
        )
    coverage = Coverage.total(row.coverage for row in rows)
    nothing = Decimal("0.000")
    sums = (
        (_KWH, total_kwh(rows)),
        (_KWH + 1, sum((row.estimated_kwh for row in rows), nothing)),
        (_KWH + 2, sum((row.edited_kwh for row in rows), nothing)),
        (_KWH + 4, coverage.measured_hours),
        (_KWH + 5, coverage.estimated_hours),
        (_KWH + 6, coverage.edited_hours),
        (_KWH + 7, coverage.missing_hours),
    )
    cells: list[str | Formula | None] = ["Total", *[None] * (len(_CIRCUIT_COLUMNS) - 1)]
    for column, value in sums:
        cells[column] = sheet.sum_of(column, first, value)
    sheet.cells(cells, bold=True)
    return cell(sheet.row - 1, _KWH)


def meter_rows(sheet: Sheet, bills: Iterable[Bill], issuer: Issuer) -> None:
    """The meters of bills, and what their registers showed, of each pole."""
    sheet.head(*_METER_COLUMNS)
    sheet.worksheet.freeze_panes(1, 0)
    for bill in bills:
        for meter in bill.meters:
            for poles, first, last in meter.readings():
                difference: Formula | None = None
                if first is not None and last is not None:
                    start, end = cell(sheet.row, _READ), cell(sheet.row, _READ + 1)
                    difference = Formula(f"={end}-{start}", last - first)
                sheet.cells(
                    (
                        bill.customer.id,
                        meter.panel,
                        poles_text(poles),
                        *(meter.serial, meter.maker, meter.model),
                        *(time(meter.start, issuer.zone), time(meter.end, issuer.zone)),
                        *(first, last, difference, _multiplier(meter.multiplier)),
                    )
                )


def _multiplier(text: str) -> Decimal | str:
    """A number, but for one such as 4/3."""
    return text if "/" in text else Decimal(text or 1)


def _pattern(value: Decimal) -> str:
    exponent = value.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return f"#,##0.{'0' * decimals}" if decimals else "#,##0"


def _clean(text: str) -> str:
    """Half a surrogate pair, which JSON may bring along, is no text; nor are other controls."""
    return shown_lines(text.encode("utf-8", "replace").decode())


def invoice_rows(sheet: Sheet, site: SiteMonth) -> None:
    """Suppliers' invoices: each component with what bills have, and what is the landlord's."""
    for divided in site.divided:
        invoice, first = divided.allocation.invoice, sheet.row + 1
        sheet.head("Supplier", "Invoice", "Component", "Amount", "On bills", "Landlord", "Currency")
        sums = [in_full(Decimal(0), invoice.currency)] * 3
        for one in components_of(site, divided):
            each = (one.amount, one.customers, one.landlord)
            amount, billed, rest = (in_full(part, invoice.currency) for part in each)
            left = Formula(f"={cell(sheet.row, 3)}-{cell(sheet.row, 4)}", rest)
            named = invoice.supplier, invoice.number, one.name
            sheet.cells((*named, amount, billed, left, invoice.currency))
            sums = [total + part for total, part in zip(sums, each, strict=True)]
        totals = (sheet.sum_of(column, first, total) for column, total in enumerate(sums, 3))
        sheet.cells(("Total", None, None, *totals, invoice.currency), bold=True)
        sheet.row += 1
