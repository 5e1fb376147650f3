"""Rows of usage, parts of suppliers' invoices and their figures as plain data for JSON."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.pages.month_invoices import components_of
from bcm_mqtt.domain.allocation.divided_invoice import DividedInvoice
from bcm_mqtt.domain.allocation.invoice_part import InvoicePart
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.usage.calibration.summary import BilledCalibration, SiteCalibration
from bcm_mqtt.domain.usage.customer_load import Peak
from bcm_mqtt.domain.usage.uncertainty.budget import Budget
from bcm_mqtt.domain.usage.usage import Coverage, SupplyHours, Usage


def usage_body(row: Usage, zone: ZoneInfo) -> dict[str, Any]:
    """A row of usage; its times are local."""
    return {
        "panel": row.panel,
        "poles": row.circuit.place,
        "description": row.circuit.description,
        "connection": row.circuit.connection_name,
        "rating": row.circuit.rating_amps,
        "start": local_text(row.start, zone),
        "end": local_text(row.end, zone),
        "period": row.period or None,
        "kwh": float(row.kwh),
        "estimated_kwh": float(row.estimated_kwh),
        "edited_kwh": float(row.edited_kwh),
        "peak": peak_body(row.peak, zone) if row.peak else None,
        "sources": sorted(source.value for source in row.sources),
        "qualities": sorted(quality.value for quality in row.qualities),
        "uncertainty": budget_body(row.budget) if row.budget else None,
        **coverage_body(row.coverage),
        "supply": _supply(row.supply) if row.supply else None,
        "members": [
            {
                "sign": one.sign,
                "panel": one.panel,
                "poles": one.circuit.place,
                "description": one.circuit.description,
                "kwh": float(one.kwh),
            }
            for one in row.members
        ],
        **({"calibration_kwh": float(row.calibration_kwh)} if row.calibration_kwh else {}),
    }


def calibration_body(one: BilledCalibration) -> dict[str, Any]:
    """A revenue meter that circuits are calibrated to."""
    return {
        "id": one.id,
        "name": one.name,
        "meter": f"{one.panel}:{one.pole}",
        "bound": float(one.bound),
        "circuits": one.circuits,
        "calibration_kwh": float(one.kwh),
        "least_factor": None if one.least is None else float(one.least),
        "greatest_factor": None if one.greatest is None else float(one.greatest),
        "scaled_intervals": one.scaled,
        "beyond_intervals": one.beyond,
        "unread_intervals": one.unread,
        "missing_intervals": one.missing,
    }


def site_calibrations(site: SiteMonth) -> dict[str, Any]:
    """What is behind revenue meters; nothing of a month without calibration."""
    listed = list(map(_site_calibration, site.calibrations))
    return {"calibrations": listed} if listed else {}


def _site_calibration(one: SiteCalibration) -> dict[str, Any]:
    return {
        **calibration_body(one.billed),
        "meter_kwh": float(one.fed_kwh),
        "parts": [{"name": name, "kwh": float(kwh)} for name, kwh in one.parts],
        "measured_kwh": float(one.measured_kwh),
        "billed_kwh": float(one.circuits_kwh),
        "unallocated_kwh": float(one.unallocated_kwh),
    }


def _supply(hours: SupplyHours) -> dict[str, Any]:
    return {
        "measured_voltage_hours": float(hours.measured_voltage),
        "nominal_voltage_hours": float(hours.nominal_voltage),
        "measured_power_factor_hours": float(hours.measured_power_factor),
        "stated_power_factor_hours": float(hours.stated_power_factor),
    }


def budget_body(budget: Budget) -> dict[str, Any]:
    """Expanded uncertainties (k = 2) in kWh."""
    return {
        "kwh": float(budget.expanded_kwh),
        "statistical_kwh": float(budget.statistical_kwh),
        "bounds_kwh": float(budget.bounds_kwh),
        "components": [
            {
                "cause": line.cause.value,
                "kwh": float(line.expanded_kwh),
                "statistical": line.cause.statistical,
                "basis": list(line.bases),
                "omitted": list(line.omitted),
            }
            for line in budget.lines
        ],
    }


def peak_body(peak: Peak, zone: ZoneInfo) -> dict[str, Any]:
    """A demand."""
    return {"kw": float(peak.kw), "at": local_text(peak.at, zone), "measured": peak.measured}


def coverage_body(coverage: Coverage) -> dict[str, float]:
    """Hours by how they came about."""
    return {
        "measured_hours": float(coverage.measured_hours),
        "missing_hours": float(coverage.missing_hours),
        "estimated_hours": float(coverage.estimated_hours),
        "edited_hours": float(coverage.edited_hours),
    }


def local_text(at: datetime, zone: ZoneInfo) -> str:
    """A local time, ISO 8601 with its offset."""
    return at.astimezone(zone).isoformat()


def part_body(part: InvoicePart) -> dict[str, Any]:
    """What a bill has of a supplier's invoice."""
    return {
        **_named(part.plan, part.supplier, part.number, part.revision),
        "first_day": part.start.isoformat(),
        "last_day": (part.end - timedelta(days=1)).isoformat(),
        "currency": part.currency,
        "net": float(part.net),
        "tax": float(part.tax),
        "kwh": None if part.kwh is None else float(part.kwh),
        "components": [
            {
                "name": one.name,
                "amount": float(one.amount),
                "share": float(one.share) if one.bases else None,
                "part": float(one.part),
            }
            for one in part.components
        ],
    }


def divided_body(site: SiteMonth, divided: DividedInvoice) -> dict[str, Any]:
    """A supplier's invoice with what bills have of it, and what is the landlord's."""
    invoice = divided.allocation.invoice
    return {
        **_named(divided.plan, invoice.supplier, invoice.number, divided.revision),
        "first_day": invoice.start.isoformat(),
        "last_day": invoice.last_day.isoformat(),
        "currency": invoice.currency,
        "components": [
            {
                "name": one.name,
                "amount": float(one.amount),
                "bills": [
                    {"customer": who, "part": float(part)} for who, part in one.billed.items()
                ],
                "landlord": float(one.landlord),
                "landlord_for": [
                    {"what": what, "part": float(part)} for what, part in one.others.items()
                ],
            }
            for one in components_of(site, divided)
        ],
    }


def _named(plan: str, supplier: str, number: str, revision: int) -> dict[str, Any]:
    return {"plan": plan, "supplier": supplier, "number": number, "revision": revision}
