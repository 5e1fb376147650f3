"""Months to date, and requests for a month with what their responses hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads.codec import Codec, Form, encoded
from bcm_mqtt.mqtt.payloads.fields import VERSION, only, perhaps, text
from bcm_mqtt.mqtt.payloads.window import what_of

if TYPE_CHECKING:  # a bridge, which has these payloads, too, never bills
    from bcm_mqtt.domain.bill.by_hour import CustomerHours
    from bcm_mqtt.domain.bill.months.month_to_date import LastMonth, MonthToDate, SiteMonthToDate
    from bcm_mqtt.domain.usage.customer_load import Peak

_MOST_UNASSIGNED = 50


@dataclass(frozen=True, slots=True)
class MonthRequest:
    """A request for a month, of one customer or of every one (None)."""

    month: Month
    customer: str | None = None


_REQUEST = Codec(
    MonthRequest,
    brief=True,
    month=Form("a month such as 2026-03", Month.parse),
    customer=Form("a customer's id or null", perhaps(text)),
)


def decode_month_request(payload: bytes) -> MonthRequest:
    """The request of a payload.

    Raises:
        PayloadError: not such a request, and why.
    """
    body = what_of("report", payload)
    only(body, _REQUEST.keys)
    return _REQUEST.read(body)


def encode_month_to_date(item: "MonthToDate") -> bytes:
    """JSON of a customer's month to date; kWh and money with the digits of the bill."""
    peak = _peak(item.peak)
    return encoded(
        {
            "v": VERSION,
            "customer": item.customer,
            "name": item.name,
            "period": item.month,
            "start": item.start,
            "as_of": item.as_of,
            "kwh": item.kwh,
            "cost": item.cost,
            "currency": item.currency,
            "priced_until": item.priced_until,
            "awaited": item.awaited,
            "estimated_share": item.estimated_share,
            "measured_hours": item.coverage.measured_hours,
            "missing_hours": item.coverage.missing_hours,
            "estimated_hours": item.coverage.estimated_hours,
            "peak": peak and {**peak, "indicative": item.indicative},
            "last_month": _last_month(item.last),
        }
    )


def encode_site_month_to_date(item: "SiteMonthToDate") -> bytes:
    """JSON of a site's month to date; of what is unassigned the greatest alone are named."""
    return encoded(
        {
            "v": VERSION,
            "period": item.month,
            "start": item.start,
            "as_of": item.as_of,
            "kwh": item.kwh,
            "unallocated_kwh": item.unallocated_kwh,
            "stored_until": item.stored_until,
            "unassigned_circuits": len(item.unassigned),
            "unassigned": [
                {
                    "panel": row.panel,
                    "poles": row.circuit.poles,
                    "description": row.circuit.description,
                    "kwh": row.kwh,
                }
                for row in item.unassigned[:_MOST_UNASSIGNED]
            ],
        }
    )


def hours_body(month: Month, customers: Iterable["CustomerHours"]) -> dict[str, object]:
    """What the response to a request for hours holds: kWh and cost by hour and customer."""
    return {
        "month": month,
        "customers": {
            one.customer.id: {
                "name": one.customer.name,
                "start": one.start,
                "kwh": one.kwh,
                "currency": one.currency,
                "cost": one.cost,
            }
            for one in customers
        },
    }


def _peak(peak: "Peak | None") -> dict[str, Any] | None:
    return None if peak is None else {"kw": peak.kw, "at": peak.at}


def _last_month(item: "LastMonth | None") -> dict[str, Any] | None:
    if item is None:
        return None
    return {
        "period": item.month,
        "kwh": item.kwh,
        "cost": item.cost,
        "currency": item.currency,
        "estimated_share": item.estimated_share,
        "peak": _peak(item.peak),
        "status": item.status,
        "holds": item.holds,
    }
