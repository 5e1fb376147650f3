"""A site's month as CSV: one row per circuit and per priced line, for spreadsheets."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.bill.bill import Bill, SiteMonth
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.usage.usage import Usage

COLUMNS = (
    "month",
    "customer",
    "row",
    "panel",
    "poles",
    "description",
    "connection",
    "start",
    "end",
    "quantity",
    "unit",
    "price",
    "amount",
    "currency",
    "measured_hours",
    "missing_hours",
    "estimated_hours",
    "edited_hours",
    "estimated_kwh",
    "edited_kwh",
    "period",
    "rating",
    "peak_kw",
    "peak_at",
    "kind",
    "bill_number",
    "status",
)
"""New ones come last, so that who reads by position need not change."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\n")
_Row = tuple[object, ...]


def csv_report(site: SiteMonth, zone: ZoneInfo) -> str:
    """The whole month; `row` is `circuit`, `line` or `unallocated`.

    Args:
        site: To report.
        zone: For local times.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for bill in site.bills:
        issue = (bill.issue.number if bill.issue else "", bill.status.value)
        customer = safe_text(bill.customer.id)
        writer.writerows(_usage(site, "circuit", customer, bill.usage, zone, issue))
        writer.writerows(_lines(site, customer, bill, zone, issue))
    writer.writerows(_usage(site, "unallocated", "", site.unallocated, zone, ("", "")))
    return out.getvalue()


def _lines(
    site: SiteMonth, customer: str, bill: Bill, zone: ZoneInfo, issue: _Row
) -> Iterator[_Row]:
    start, end = _local(bill.start, zone), _local(bill.end, zone)
    for line in bill.lines:
        coverage = line.coverage
        yield (
            site.month,
            customer,
            "line",
            "",
            "",
            safe_text(line.label),
            "",
            start,
            end,
            line.quantity,
            line.unit,
            line.price,
            line.amount,
            bill.currency,
            coverage.measured_hours,
            coverage.missing_hours,
            coverage.estimated_hours,
            coverage.edited_hours,
            *("",) * 6,
            line.kind.value,
            *issue,
        )


def _usage(
    site: SiteMonth,
    kind: str,
    customer: str,
    rows: tuple[Usage, ...],
    zone: ZoneInfo,
    issue: _Row,
) -> Iterator[_Row]:
    month = str(site.month)
    for row in rows:
        circuit, coverage, peak = row.circuit, row.coverage, row.peak
        yield (
            month,
            customer,
            kind,
            safe_text(row.panel),
            poles_text(circuit.poles),
            safe_text(circuit.description),
            circuit.connection.value,
            _local(row.start, zone),
            _local(row.end, zone),
            row.kwh,
            "kWh",
            "",
            "",
            "",
            coverage.measured_hours,
            coverage.missing_hours,
            coverage.estimated_hours,
            coverage.edited_hours,
            row.estimated_kwh,
            row.edited_kwh,
            safe_text(row.period),
            circuit.rating_amps,
            peak.kw if peak else "",
            _local(peak.at, zone) if peak else "",
            "",
            *issue,
        )


@lru_cache(maxsize=4096)
def _local(at: datetime, zone: ZoneInfo) -> str:
    """Local, ISO 8601; most rows begin and end with the month."""
    return at.astimezone(zone).isoformat()


def safe_text(text: str) -> str:
    """A text that a spreadsheet does not take for a formula, or for the start of a row.

    csv does not quote a carriage return, which ends a row for many a reader.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
