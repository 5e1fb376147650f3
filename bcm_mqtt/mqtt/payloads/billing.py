"""Months to date, and requests for bills with their responses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bcm_mqtt.domain.instants import to_text
from bcm_mqtt.domain.month import Month
from bcm_mqtt.domain.month_to_date import MonthToDate
from bcm_mqtt.mqtt.payloads.fields import (
    VERSION,
    Transaction,
    encoded,
    field,
    only,
    perhaps,
    request_body,
    text,
)


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """A month's bill is wanted; of every customer where none is named (None)."""

    month: Month
    customer: str | None


def encode_month_to_date(item: MonthToDate) -> bytes:
    """JSON of a customer's month to date; kWh and money with the digits of the bill."""
    return encoded(
        {
            "v": VERSION,
            "customer": item.customer,
            "name": item.name,
            "period": str(item.month),
            "start": to_text(item.start),
            "as_of": to_text(item.as_of),
            "kwh": float(item.kwh),
            "cost": None if item.cost is None else float(item.cost),
            "currency": item.currency,
            "estimated_share": float(item.estimated_share),
            "measured_hours": float(item.coverage.measured_hours),
            "missing_hours": float(item.coverage.missing_hours),
        }
    )


def decode_report_request(payload: bytes) -> ReportRequest:
    """What a request asks for.

    Raises:
        PayloadError: not such a request, and why.
    """
    body = request_body(payload)
    only(body, {"month", "customer"})
    return ReportRequest(
        month=field(body, "month", Month.parse, "a month such as 2026-03"),
        customer=field(body, "customer", perhaps(text), "a customer's id or null")
        if "customer" in body
        else None,
    )


def encode_report(transaction: Transaction, report: Mapping[str, Any]) -> bytes:
    """JSON of the response to a request that could be fulfilled.

    Args:
        transaction: That of the request.
        report: The month, as `bcm-mqtt bill --format json` prints it.
    """
    return encoded({"status": "ok", "report": report, "transaction": transaction})
