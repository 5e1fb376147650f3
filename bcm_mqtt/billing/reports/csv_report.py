"""A site's month as CSV: one row per circuit and per priced line, for spreadsheets."""

import csv
import io
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.bill import SiteMonth
from bcm_mqtt.domain.circuit import poles_text
from bcm_mqtt.domain.usage import Usage

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
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\n")


def csv_report(site: SiteMonth, zone: ZoneInfo) -> str:
    """The whole month; `row` is `circuit`, `line` or `unallocated`.

    Args:
        site: To report.
        zone: For local times.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for bill in site.bills:
        start, end = (at.astimezone(zone).isoformat() for at in (bill.start, bill.end))
        for usage in bill.usage:
            writer.writerow(_usage(site, "circuit", bill.customer.id, usage, zone))
        for line in bill.lines:
            writer.writerow(
                {
                    "month": site.month,
                    "customer": safe_text(bill.customer.id),
                    "row": "line",
                    "description": line.label,
                    "start": start,
                    "end": end,
                    "quantity": line.quantity,
                    "unit": line.unit,
                    "price": line.price,
                    "amount": line.amount,
                    "currency": bill.currency,
                    "measured_hours": line.coverage.measured_hours,
                    "missing_hours": line.coverage.missing_hours,
                }
            )
    for usage in site.unallocated:
        writer.writerow(_usage(site, "unallocated", "", usage, zone))
    return out.getvalue()


def _usage(
    site: SiteMonth, kind: str, customer: str, usage: Usage, zone: ZoneInfo
) -> dict[str, object]:
    return {
        "month": site.month,
        "customer": safe_text(customer),
        "row": kind,
        "panel": safe_text(usage.panel),
        "poles": poles_text(usage.circuit.poles),
        "description": safe_text(usage.circuit.description),
        "connection": usage.circuit.connection.value,
        "start": usage.start.astimezone(zone).isoformat(),
        "end": usage.end.astimezone(zone).isoformat(),
        "quantity": usage.kwh,
        "unit": "kWh",
        "measured_hours": usage.coverage.measured_hours,
        "missing_hours": usage.coverage.missing_hours,
    }


def safe_text(text: str) -> str:
    """A text that a spreadsheet does not take for a formula, or for the start of a row.

    csv does not quote a carriage return, which ends a row for many a reader.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
