"""The rows of circuits in a workbook, with their sums."""

from collections.abc import Iterable
from decimal import Decimal

from bcm_mqtt.billing.reports.words import time
from bcm_mqtt.billing.reports.xlsx_sheet import Formula, Sheet, cell
from bcm_mqtt.domain.bill.issuer import Issuer
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.usage.usage import Coverage, Usage, total_kwh

_CIRCUIT_COLUMNS = (
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
CIRCUIT_WIDTHS = (12, 10, 30, 10, 8, 12, 22, 22, 14, 12, 12, 10, 12, 12, 12, 12)
_KWH = 8
"""The column of kWh."""


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
                poles_text(row.circuit.poles),
                row.circuit.description,
                row.circuit.connection.value,
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
