"""What billing publishes and answers of months, as far as the integration needs it.

Unknown keys are passed over, so that an older integration reads newer billing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from .payloads import Payload, PayloadError, json_object, time_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_SOON = timedelta(hours=1)
"""So long after a month began it need not have been measured yet."""


@dataclass(frozen=True, slots=True)
class LastMonth:
    """The bill of the month before, as it stands.

    Attributes:
        period: Such as 2026-03.
        kwh: As on the bill.
        cost: The same; None without a tariff.
        held: Whether somebody must review it before it is issued.
        reasons: Why it must be, or had to be, reviewed.
    """

    period: str
    kwh: float
    cost: float | None
    held: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MonthToDate:
    """What a customer has used since the month began.

    Attributes:
        customer: Its id.
        name: For people.
        period: Such as 2026-03.
        start: Of the month, UTC.
        as_of: Of the figures, UTC.
        kwh: As on the bill; None as long as nothing was measured.
        cost: The same; None without a tariff, too.
        currency: Of the cost.
        estimated_share: Of the kWh, 0 to 1; None as long as nothing was measured.
        peak_kw: The greatest 15 minutes of all circuits together.
        peak_at: When they began.
        last: The month before, if there is a bill of it.
    """

    customer: str
    name: str
    period: str
    start: datetime
    as_of: datetime
    kwh: float | None
    cost: float | None
    currency: str
    estimated_share: float | None
    peak_kw: float | None
    peak_at: datetime | None
    last: LastMonth | None

    @classmethod
    def parse(cls, payload: Payload) -> Self:
        """Of a retained month to date; a PayloadError where it is none."""
        body = json_object(payload)
        try:
            peak, last = body.get("peak"), body.get("last_month")
            start, as_of, kwh = time_of(body["start"]), time_of(body["as_of"]), float(body["kwh"])
            hours = float(body.get("measured_hours", 0)) + float(body.get("estimated_hours", 0))
            # Energy may have been entered by hand.
            known = bool(kwh or hours) or as_of - start < _SOON
            return cls(
                customer=str(body["customer"]),
                name=str(body["name"]),
                period=str(body["period"]),
                start=start,
                as_of=as_of,
                kwh=kwh if known else None,
                cost=_perhaps(body["cost"]) if known else None,
                currency=str(body["currency"]),
                estimated_share=float(body["estimated_share"]) if known else None,
                peak_kw=float(peak["kw"]) if peak else None,
                peak_at=time_of(peak["at"]) if peak else None,
                last=_last_month(last) if last else None,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise PayloadError(f"no month to date: {error!r}") from error


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A circuit, or a pole without one, that is unallocated and has used energy."""

    panel: str
    poles: tuple[int, ...]
    kwh: float


@dataclass(frozen=True, slots=True)
class SiteMonth:
    """What the site has used since the month began.

    Attributes:
        start: Of the month, UTC.
        as_of: Of the figures, UTC.
        kwh: All circuits; None as long as nothing was measured.
        unallocated_kwh: Of it, what no customer pays for; the same.
        stored_until: Time of the latest snapshot that the recorder stored.
        unassigned: The greatest of what is unallocated.
        unassigned_circuits: How many there are.
    """

    start: datetime
    as_of: datetime
    kwh: float | None
    unallocated_kwh: float | None
    stored_until: datetime | None
    unassigned: tuple[Unassigned, ...]
    unassigned_circuits: int

    @classmethod
    def parse(cls, payload: Payload) -> Self:
        """Of a site's retained month; a PayloadError where it is none."""
        body = json_object(payload)
        try:
            stored = None if body["stored_until"] is None else time_of(body["stored_until"])
            start, as_of, kwh = time_of(body["start"]), time_of(body["as_of"]), float(body["kwh"])
            known = bool(kwh) or as_of - start < _SOON or (stored is not None and stored >= start)
            return cls(
                start=start,
                as_of=as_of,
                kwh=kwh if known else None,
                unallocated_kwh=float(body["unallocated_kwh"]) if known else None,
                stored_until=stored,
                unassigned=tuple(
                    Unassigned(str(row["panel"]), tuple(map(int, row["poles"])), float(row["kwh"]))
                    for row in body["unassigned"]
                ),
                unassigned_circuits=int(body["unassigned_circuits"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise PayloadError(f"no month of a site: {error!r}") from error


@dataclass(frozen=True, slots=True)
class CustomerHours:
    """A customer's hours of a month, as far as anything is known of it.

    Attributes:
        customer: Its id.
        name: For people.
        start: Of the first hour, UTC.
        kwh: One for each hour.
        currency: Of the cost.
        cost: One for each hour; None without a tariff, and of earlier billing.
    """

    customer: str
    name: str
    start: datetime
    kwh: tuple[float, ...]
    currency: str
    cost: tuple[float, ...] | None

    @classmethod
    def of(cls, response: Mapping[str, Any]) -> list[Self]:
        """Of all customers in a response; a PayloadError where it is none."""
        try:
            return [
                cls(
                    customer=str(customer),
                    name=str(hours["name"]),
                    start=time_of(hours["start"]),
                    kwh=tuple(map(float, hours["kwh"])),
                    currency=str(hours.get("currency", "")),
                    cost=None if hours.get("cost") is None else tuple(map(float, hours["cost"])),
                )
                for customer, hours in response["customers"].items()
            ]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise PayloadError(f"no hours of customers: {error!r}") from error


def _last_month(body: Mapping[str, Any]) -> LastMonth:
    return LastMonth(
        period=str(body["period"]),
        kwh=float(body["kwh"]),
        cost=_perhaps(body["cost"]),
        held=body["status"] == "held for review",
        reasons=tuple(map(str, body["holds"])),
    )


def _perhaps(value: float | None) -> float | None:
    return None if value is None else float(value)
