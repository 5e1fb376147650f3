"""Months to date, and requests for bills with their responses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bcm_mqtt.domain.bill.month_to_date import LastMonth, MonthToDate, SiteMonthToDate
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.time.instants import to_text
from bcm_mqtt.domain.time.month import Month
from bcm_mqtt.domain.usage.customer_load import HourlyEnergy, Peak
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

_MOST_UNASSIGNED = 50


@dataclass(frozen=True, slots=True)
class MonthRequest:
    """A month is wanted; of every customer where none is named (None)."""

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
            "cost": _perhaps(item.cost),
            "currency": item.currency,
            "estimated_share": float(item.estimated_share),
            "measured_hours": float(item.coverage.measured_hours),
            "missing_hours": float(item.coverage.missing_hours),
            "estimated_hours": float(item.coverage.estimated_hours),
            "peak": _peak(item.peak, indicative=item.indicative),
            "last_month": _last_month(item.last) if item.last else None,
        }
    )


def encode_site_month_to_date(item: SiteMonthToDate) -> bytes:
    """JSON of a site's month to date; of what is unassigned the greatest alone are named."""
    return encoded(
        {
            "v": VERSION,
            "period": str(item.month),
            "start": to_text(item.start),
            "as_of": to_text(item.as_of),
            "kwh": float(item.kwh),
            "unallocated_kwh": float(item.unallocated_kwh),
            "stored_until": to_text(item.stored_until) if item.stored_until else None,
            "unassigned_circuits": len(item.unassigned),
            "unassigned": [
                {
                    "panel": row.panel,
                    "poles": list(row.circuit.poles),
                    "description": row.circuit.description,
                    "kwh": float(row.kwh),
                }
                for row in item.unassigned[:_MOST_UNASSIGNED]
            ],
        }
    )


def encode_hours(
    transaction: Transaction,
    month: Month,
    customers: Iterable[tuple[Customer, HourlyEnergy]],
) -> bytes:
    """JSON of the response to a request for energy by hour.

    Args:
        transaction: That of the request.
        month: Which.
        customers: Each with its energy.
    """
    return encoded(
        {
            "status": "ok",
            "month": str(month),
            "customers": {
                customer.id: {
                    "name": customer.name,
                    "start": to_text(energy.start),
                    "kwh": [float(kwh) for kwh in energy.kwh],
                }
                for customer, energy in customers
            },
            "transaction": transaction,
        }
    )


def _last_month(item: LastMonth) -> dict[str, Any]:
    return {
        "period": str(item.month),
        "kwh": float(item.kwh),
        "cost": _perhaps(item.cost),
        "currency": item.currency,
        "estimated_share": float(item.estimated_share),
        "peak": _peak(item.peak),
        "status": item.status.value,
        "holds": list(item.holds),
    }


def _peak(peak: Peak | None, *, indicative: bool | None = None) -> dict[str, Any] | None:
    if peak is None:
        return None
    body: dict[str, Any] = {"kw": float(peak.kw), "at": to_text(peak.at)}
    return body if indicative is None else {**body, "indicative": indicative}


def _perhaps(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def decode_month_request(payload: bytes) -> MonthRequest:
    """What a request asks for.

    Raises:
        PayloadError: not such a request, and why.
    """
    body = request_body(payload)
    only(body, {"month", "customer"})
    return MonthRequest(
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
