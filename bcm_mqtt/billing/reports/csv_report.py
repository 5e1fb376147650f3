"""A site's month as CSV: one row per circuit and per priced line, for spreadsheets."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.pages.month_invoices import components_of
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.money import in_full
from bcm_mqtt.domain.printable import shown_lines
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.usage.usage import Coverage, SupplyHours, Usage
from bcm_mqtt.languages import ENGLISH, speaking

COLUMNS = (
    *("month", "customer", "row", "panel", "poles", "description", "connection", "start", "end"),
    *("quantity", "unit", "price", "amount", "currency", "measured_hours", "missing_hours"),
    *("estimated_hours", "edited_hours", "estimated_kwh", "edited_kwh", "period", "rating"),
    *("peak_kw", "peak_at", "kind", "bill_number", "status"),
)
"""New ones come last, so that who reads by position need not change."""
_OF_COMPANIONS = ("measured_voltage_hours", "measured_power_factor_hours")
"""At the end, of months in which any circuit's panel has a companion."""
_OF_METERS = (*("meter_number", "reading_at_start_kwh", "reading_at_end_kwh", "meter_multiplier"),)
"""After these, of months in which meters.csv names the meter of any circuit."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\n")
_Row = Mapping[str, object]


@speaking(ENGLISH)
def csv_report(site: SiteMonth, zone: ZoneInfo) -> str:
    """The whole month; `row` is `circuit`, `line`, `meter`, `unallocated` or `landlord`.

    Args:
        site: To report.
        zone: For local times.
    """
    out = io.StringIO()
    supplied = any(row.supply for row in site.usage)
    metered = any(bill.meters for bill in site.bills)
    columns = (*COLUMNS, *_OF_COMPANIONS * supplied, *_OF_METERS * metered)
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    month = {"month": str(site.month)}
    for bill in site.bills:
        number = bill.issue.text if bill.issue else ""
        of_bill = {
            **month,
            "customer": safe_text(bill.customer.id),
            "bill_number": number,
            "status": bill.status.value,
        }
        writer.writerows({**of_bill, **row} for row in _usage("circuit", bill.usage, zone))
        writer.writerows({**of_bill, **row} for row in _lines(bill, zone))
        writer.writerows({**of_bill, **row} for row in _meters(bill, zone))
    writer.writerows({**month, **row} for row in _usage("unallocated", site.unallocated, zone))
    writer.writerows({**month, **row} for row in _landlord(site, zone))
    return out.getvalue()


def _landlord(site: SiteMonth, zone: ZoneInfo) -> Iterator[_Row]:
    """What bills leave of the components of suppliers' invoices."""
    for divided in site.divided:
        invoice = divided.allocation.invoice
        for one in components_of(site, divided):
            yield {
                "row": "landlord",
                "description": safe_text(f"{one.name}, invoice {invoice.number}"),
                "start": _local(site.start, zone),
                "end": _local(site.end, zone),
                "amount": in_full(one.landlord, invoice.currency),
                "currency": invoice.currency,
                "kind": LineKind.ALLOCATION.value,
            }


def _lines(bill: Bill, zone: ZoneInfo) -> Iterator[_Row]:
    for line in bill.lines:
        yield {
            "row": "line",
            "description": safe_text(line.label),
            "start": _local(bill.start, zone),
            "end": _local(bill.end, zone),
            "quantity": line.quantity,
            "unit": line.unit,
            "price": line.price,
            "amount": line.amount,
            "currency": bill.currency,
            **_hours(line.coverage),
            "kind": line.kind.value,
        }


def _meters(bill: Bill, zone: ZoneInfo) -> Iterator[_Row]:
    for meter in bill.meters:
        for poles, first, last in meter.readings():
            figures = (safe_text(meter.serial), first, last, meter.multiplier or "1")
            yield {
                "row": "meter",
                "panel": safe_text(meter.panel),
                "poles": poles_text(poles),
                "start": _local(meter.start, zone),
                "end": _local(meter.end, zone),
                **dict(zip(_OF_METERS, figures, strict=True)),
            }


def _usage(kind: str, rows: tuple[Usage, ...], zone: ZoneInfo) -> Iterator[_Row]:
    for row in rows:
        circuit, peak = row.circuit, row.peak
        yield {
            "row": kind,
            "panel": safe_text(row.panel),
            "poles": circuit.place,
            "description": safe_text(circuit.description),
            "connection": circuit.connection_name,
            "start": _local(row.start, zone),
            "end": _local(row.end, zone),
            "quantity": row.kwh,
            "unit": "kWh",
            **_hours(row.coverage),
            "estimated_kwh": row.estimated_kwh,
            "edited_kwh": row.edited_kwh,
            "period": safe_text(row.period),
            "rating": circuit.rating_amps,
            **({"peak_kw": peak.kw, "peak_at": _local(peak.at, zone)} if peak else {}),
            **(_supply(row.supply) if row.supply else {}),
        }


def _supply(hours: SupplyHours) -> _Row:
    figures = (hours.measured_voltage, hours.measured_power_factor)
    return dict(zip(_OF_COMPANIONS, figures, strict=True))


def _hours(coverage: Coverage) -> _Row:
    return {
        "measured_hours": coverage.measured_hours,
        "missing_hours": coverage.missing_hours,
        "estimated_hours": coverage.estimated_hours,
        "edited_hours": coverage.edited_hours,
    }


@lru_cache(maxsize=4096)
def _local(at: datetime, zone: ZoneInfo) -> str:
    """Local, ISO 8601; most rows begin and end with the month."""
    return at.astimezone(zone).isoformat()


def safe_text(text: str) -> str:
    """A text that a spreadsheet does not take for a formula, or for the start of a row.

    csv does not quote a carriage return, which ends a row for many a reader. Other control
    characters are written out. Numbers, which may begin with a minus, are no texts.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = shown_lines(text)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
