"""A site's month as JSON: the shape that programs read; docs/schemas/bill.schema.json has it.

Numbers have the digits of the bill: whoever reads them as decimals has the exact figure, up
to 15 digits.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.pages.assumed import assumed_power_factors
from bcm_mqtt.billing.pages.month_rows import panel_qualities
from bcm_mqtt.billing.pages.statements import method_statement
from bcm_mqtt.domain.bill.bill import Bill, SiteMonth
from bcm_mqtt.domain.bill.billed_meter import BilledMeter
from bcm_mqtt.domain.bill.issued import IssueRecord
from bcm_mqtt.domain.bill.method import method_of
from bcm_mqtt.domain.printable import shown_json
from bcm_mqtt.domain.rating.lines import BillLine
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.usage.customer_load import Peak
from bcm_mqtt.domain.usage.uncertainty.budget import Budget
from bcm_mqtt.domain.usage.usage import Coverage, PanelQuality, SupplyHours, Usage, total_kwh
from bcm_mqtt.domain.vee.quality import Finding
from bcm_mqtt.languages import ENGLISH, speaking

_NO_ISSUE: Mapping[str, Any] = MappingProxyType(
    dict.fromkeys(("number", "revision", "issued", "supersedes", "sha256", "due")) | {"deltas": []}
)


@speaking(ENGLISH)
def json_report(site: SiteMonth, zone: ZoneInfo) -> str:
    """The whole month as text, see `month_body`."""
    return shown_json(json.dumps(month_body(site, zone), indent=2, ensure_ascii=False))


@speaking(ENGLISH)
def month_body(site: SiteMonth, zone: ZoneInfo) -> dict[str, Any]:
    """The whole month as plain data; kWh and money as numbers with the digits of the bill.

    Args:
        site: To report.
        zone: For local times.
    """
    return {
        "month": str(site.month),
        "start": _local(site.start, zone),
        "end": _local(site.end, zone),
        "time_zone": zone.key,
        "method": method_of(site.usage),
        "assumed_power_factor": [
            f"{panel}:{pole}" for panel, pole in assumed_power_factors(site.usage)
        ],
        "kwh": float(site.kwh),
        "bills": [bill_body(bill, zone) for bill in site.bills],
        "unallocated": {
            "kwh": float(total_kwh(site.unallocated)),
            "circuits": [_usage(row, zone) for row in site.unallocated],
        },
        "panels": [_panel(item) for item in panel_qualities(site)],
        "reconciliation": [
            {
                "panel": item.panel,
                "fed_by": str(item.feeder),
                "fed_kwh": float(item.fed_kwh),
                "circuits_kwh": float(item.circuits_kwh),
                "difference_kwh": float(item.difference),
            }
            for item in site.reconciliation
        ],
        "findings": [_finding(item, zone) for item in site.findings],
    }


def bill_body(bill: Bill, zone: ZoneInfo) -> dict[str, Any]:
    """One customer's bill as plain data."""
    return {
        "customer": bill.customer.id,
        "name": bill.customer.name,
        "address": list(bill.customer.address),
        "tax_id": bill.customer.tax_id or None,
        "status": bill.status.value,
        **(_issue(bill.issue, zone) if bill.issue else _NO_ISSUE),
        "kwh": float(bill.kwh),
        "estimated_kwh": float(bill.estimated_kwh),
        "edited_kwh": float(bill.edited_kwh),
        "uncertainty_kwh": float(bill.uncertainty_kwh),
        "uncertainty": _budget(bill.budget) if bill.budget else None,
        "amount": float(bill.amount) if bill.priced else None,
        "currency": bill.currency,
        "tariff": bill.tariff or None,
        "method": method_statement(bill.usage).text,
        "peak": {**_peak(bill.peak, zone), "indicative": bill.indicative} if bill.peak else None,
        **_coverage(bill.coverage),
        "lines": [_line(line) for line in bill.lines],
        "determinants": [
            {
                "name": item.name,
                "quantity": float(item.quantity),
                "unit": item.unit,
                "start": _local(item.start, zone),
                "end": _local(item.end, zone),
                "basis": item.basis,
            }
            for item in bill.determinants
        ],
        "circuits": [_usage(row, zone) for row in bill.usage],
        "days": [
            {
                "day": str(day.day),
                "kwh": float(day.kwh),
                "estimated_kwh": float(day.estimated_kwh),
            }
            for day in (bill.load.days(zone) if bill.load else ())
        ],
        "holds": list(bill.holds),
        "findings": [_finding(item, zone) for item in bill.findings],
        "past": [
            {
                "month": str(item.month),
                "kwh": float(item.kwh),
                "amount": None if item.amount is None else float(item.amount),
                "currency": item.currency,
            }
            for item in bill.past
        ],
        **({"meters": [_meter(item, zone) for item in bill.meters]} if bill.meters else {}),
    }


def _meter(item: BilledMeter, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "panel": item.panel,
        "poles": list(item.poles),
        "start": _local(item.start, zone),
        "end": _local(item.end, zone),
        "maker": item.maker,
        "model": item.model,
        "serial": item.serial,
        "approval": item.approval,
        "approval_until": str(item.approval_until) if item.approval_until else None,
        "multiplier": item.multiplier or "1",
        "sign": item.sign,
        "first_reading_kwh": [float(kwh) for kwh in item.first_kwh],
        "last_reading_kwh": [float(kwh) for kwh in item.last_kwh],
    }


def _issue(record: IssueRecord, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "number": record.number,
        "revision": record.revision,
        "issued": _local(record.issued, zone),
        "supersedes": record.supersedes,
        "sha256": record.sha256,
        **_signed(record),
        "due": float(record.due) if record.deltas else None,
        "deltas": [
            {
                "label": delta.label,
                "before": float(delta.before),
                "after": float(delta.after),
                "difference": float(delta.difference),
            }
            for delta in record.deltas
        ],
    }


def _signed(record: IssueRecord) -> dict[str, Any]:
    """Of a bill that is signed."""
    if not record.public_key:
        return {}
    return {"public_key": record.public_key, "signature": record.signature}


def _line(line: BillLine) -> dict[str, Any]:
    return {
        "label": line.label,
        "kind": line.kind.value,
        "quantity": float(line.quantity),
        "unit": line.unit,
        "price": float(line.price),
        "amount": float(line.amount),
        "determinant": line.determinant or None,
        **_coverage(line.coverage),
    }


def _usage(row: Usage, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "panel": row.panel,
        "poles": poles_text(row.circuit.poles),
        "description": row.circuit.description,
        "connection": row.circuit.connection.value,
        "rating": row.circuit.rating_amps,
        "start": _local(row.start, zone),
        "end": _local(row.end, zone),
        "period": row.period or None,
        "kwh": float(row.kwh),
        "estimated_kwh": float(row.estimated_kwh),
        "edited_kwh": float(row.edited_kwh),
        "peak": _peak(row.peak, zone) if row.peak else None,
        "sources": sorted(source.value for source in row.sources),
        "qualities": sorted(quality.value for quality in row.qualities),
        "uncertainty": _budget(row.budget) if row.budget else None,
        **_coverage(row.coverage),
        "supply": _supply(row.supply) if row.supply else None,
    }


def _supply(hours: SupplyHours) -> dict[str, Any]:
    return {
        "measured_voltage_hours": float(hours.measured_voltage),
        "nominal_voltage_hours": float(hours.nominal_voltage),
        "measured_power_factor_hours": float(hours.measured_power_factor),
        "stated_power_factor_hours": float(hours.stated_power_factor),
    }


def _budget(budget: Budget) -> dict[str, Any]:
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


def _peak(peak: Peak, zone: ZoneInfo) -> dict[str, Any]:
    return {"kw": float(peak.kw), "at": _local(peak.at, zone), "measured": peak.measured}


def _panel(item: PanelQuality) -> dict[str, Any]:
    return {
        "panel": item.panel,
        "circuits": item.circuits,
        "kwh": float(item.kwh),
        "estimated_kwh": float(item.estimated_kwh),
        **_coverage(item.coverage),
        "findings": item.findings,
    }


def _finding(finding: Finding, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "flag": finding.flag.value,
        "panel": finding.panel,
        "poles": poles_text(finding.poles),
        "start": _local(finding.start, zone),
        "end": _local(finding.end, zone),
        "detail": finding.detail,
        "holds": finding.flag.holds,
        "advice": finding.flag.meaning.advice,
    }


def _coverage(coverage: Coverage) -> dict[str, float]:
    return {
        "measured_hours": float(coverage.measured_hours),
        "missing_hours": float(coverage.missing_hours),
        "estimated_hours": float(coverage.estimated_hours),
        "edited_hours": float(coverage.edited_hours),
    }


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat()
