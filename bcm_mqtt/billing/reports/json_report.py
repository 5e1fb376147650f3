"""A site's month as JSON: the shape that programs read."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.bill import METHOD, Bill, BillLine, SiteMonth, total_kwh
from bcm_mqtt.domain.circuit import poles_text
from bcm_mqtt.domain.usage import Coverage, Usage


def json_report(site: SiteMonth, zone: ZoneInfo) -> str:
    """The whole month as text, see `month_body`."""
    return json.dumps(month_body(site, zone), indent=2, ensure_ascii=False)


def month_body(site: SiteMonth, zone: ZoneInfo) -> dict[str, Any]:
    """The whole month as plain data; kWh and money as numbers with the digits of the bill.

    Args:
        site: To report.
        zone: For local times.
    """
    return {
        "month": str(site.month),
        "start": site.start.astimezone(zone).isoformat(),
        "end": site.end.astimezone(zone).isoformat(),
        "time_zone": zone.key,
        "method": METHOD,
        "kwh": float(site.kwh),
        "bills": [bill_body(bill, zone) for bill in site.bills],
        "unallocated": {
            "kwh": float(total_kwh(site.unallocated)),
            "circuits": [_usage(row, zone) for row in site.unallocated],
        },
    }


def bill_body(bill: Bill, zone: ZoneInfo) -> dict[str, Any]:
    """One customer's bill as plain data."""
    return {
        "customer": bill.customer.id,
        "name": bill.customer.name,
        "kwh": float(bill.kwh),
        "amount": float(bill.amount) if bill.priced else None,
        "currency": bill.currency,
        "tariff": bill.tariff or None,
        **_coverage(bill.coverage),
        "lines": [_line(line) for line in bill.lines],
        "circuits": [_usage(row, zone) for row in bill.usage],
    }


def _line(line: BillLine) -> dict[str, Any]:
    return {
        "label": line.label,
        "quantity": float(line.quantity),
        "unit": line.unit,
        "price": float(line.price),
        "amount": float(line.amount),
        **_coverage(line.coverage),
    }


def _usage(row: Usage, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "panel": row.panel,
        "poles": poles_text(row.circuit.poles),
        "description": row.circuit.description,
        "connection": row.circuit.connection.value,
        "rating": row.circuit.rating_amps,
        "start": row.start.astimezone(zone).isoformat(),
        "end": row.end.astimezone(zone).isoformat(),
        "kwh": float(row.kwh),
        **_coverage(row.coverage),
    }


def _coverage(coverage: Coverage) -> dict[str, float]:
    return {
        "measured_hours": float(coverage.measured_hours),
        "missing_hours": float(coverage.missing_hours),
    }
