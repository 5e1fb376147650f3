"""A site's month as JSON: the shape that programs read; docs/schemas/bill.schema.json has it.

Numbers have the digits of the bill: whoever reads them as decimals has the exact figure, up
to 15 digits.
"""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.pages.assumed import assumed_power_factors
from bcm_mqtt.billing.pages.month_rows import panel_qualities
from bcm_mqtt.billing.pages.statements import method_statement
from bcm_mqtt.billing.reports.json_circuits import (
    budget_body,
    calibration_body,
    coverage_body,
    divided_body,
    local_text,
    part_body,
    peak_body,
    site_calibrations,
    usage_body,
)
from bcm_mqtt.domain.bill.bill import Bill, BilledSite
from bcm_mqtt.domain.bill.billed_meter import BilledMeter
from bcm_mqtt.domain.bill.issued import IssueRecord
from bcm_mqtt.domain.bill.method import method_of
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.printable import shown_json
from bcm_mqtt.domain.rating.lines import BillLine
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.site.customer import TermsPart
from bcm_mqtt.domain.site.groups.tariff_group import TariffGroup
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.usage.usage import (
    PanelQuality,
    total_kwh,
)
from bcm_mqtt.domain.vee.quality import Finding
from bcm_mqtt.languages import ENGLISH, speaking

_NO_ISSUE: Mapping[str, Any] = MappingProxyType(
    dict.fromkeys(("number", "printed_number", "revision", "issued", "supersedes", "corrects"))
    | dict.fromkeys(("sha256", "due"))
    | {"deltas": []}
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
        "start": local_text(site.start, zone),
        "end": local_text(site.end, zone),
        "time_zone": zone.key,
        "method": method_of(site.usage),
        "assumed_power_factor": [
            f"{panel}:{pole}" for panel, pole in assumed_power_factors(site.usage)
        ],
        "kwh": float(site.kwh),
        "bills": [bill_body(bill, zone) for bill in site.bills],
        "by_month": [{"customer": one.customer.id, "kwh": float(one.kwh)} for one in site.by_month],
        "unallocated": {
            "kwh": float(total_kwh(site.unallocated)),
            "circuits": [usage_body(row, zone) for row in site.unallocated],
        },
        "panels": [_panel(item) for item in panel_qualities(site)],
        "reconciliation": [
            {
                "panel": item.panel,
                "fed_by": str(item.feeder),
                "fed_kwh": float(item.fed_kwh),
                "circuits_kwh": float(item.circuits_kwh),
                "difference_kwh": float(item.difference),
                "formulas_kwh": float(item.formulas_kwh),
            }
            for item in site.reconciliation
        ],
        "findings": [_finding(item, zone) for item in site.findings],
        "invoices": [divided_body(site, one) for one in site.divided],
        **site_calibrations(site),
    }


def bill_body(bill: Bill, zone: ZoneInfo) -> dict[str, Any]:
    """One customer's bill as plain data."""
    return {
        "customer": bill.customer.id,
        "name": bill.customer.name,
        "address": list(bill.customer.address),
        "tax_id": bill.customer.tax_id or None,
        "status": bill.status.value,
        "start": local_text(bill.start, zone),
        "end": local_text(bill.end, zone),
        **(_issue(bill.issue, zone) if bill.issue else _NO_ISSUE),
        "kwh": float(bill.kwh),
        "estimated_kwh": float(bill.estimated_kwh),
        "edited_kwh": float(bill.edited_kwh),
        "uncertainty_kwh": float(bill.uncertainty_kwh),
        "uncertainty": budget_body(bill.budget) if bill.budget else None,
        "amount": float(bill.amount) if bill.priced else None,
        "currency": bill.currency,
        "tariff": bill.tariff or None,
        "method": method_statement(bill.usage).text,
        "peak": {**peak_body(bill.peak, zone), "indicative": bill.indicative}
        if bill.peak
        else None,
        **coverage_body(bill.coverage),
        "lines": [_line(line) for line in bill.lines],
        "determinants": [
            {
                "name": item.name,
                "quantity": float(item.quantity),
                "unit": item.unit,
                "start": local_text(item.start, zone),
                "end": local_text(item.end, zone),
                "basis": item.basis,
            }
            for item in bill.determinants
        ],
        "circuits": [usage_body(row, zone) for row in bill.usage],
        "days": _days(bill.load, zone),
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
        **_where_known(bill, zone),
        **_groups(bill.customer.groups if not bill.customer.parts else ()),
    }


def _where_known(bill: Bill, zone: ZoneInfo) -> dict[str, Any]:
    """What most bills have none of, and then lack."""
    listed = {
        "meters": [_meter(item, zone) for item in bill.meters],
        "terms": [_terms(one, zone) for one in bill.customer.parts],
        "sites": list(map(_site, bill.sites)),
        "invoices": list(map(part_body, bill.invoices)),
        "calibrations": list(map(calibration_body, bill.calibrations)),
    }
    return {name: items for name, items in listed.items() if items}


def _site(site: BilledSite) -> dict[str, Any]:
    """A site of a bill over several, with local times there."""
    zone = ZoneInfo(site.zone)
    return {
        "site": site.id,
        "name": site.name,
        "customer": site.customer,
        "tariff": site.tariff or None,
        "zone": site.zone,
        "start": local_text(site.start, zone),
        "end": local_text(site.end, zone),
        "days": _days(site.load, zone),
    }


def _terms(part: TermsPart, zone: ZoneInfo) -> dict[str, Any]:
    """The terms of a part of the month."""
    return {
        "start": local_text(part.start, zone),
        "end": local_text(part.end, zone),
        "tariff": part.tariff or None,
        "committed_kw": None if part.committed_kw is None else float(part.committed_kw),
        "tax_exempt": part.tax_exempt,
        **_groups(part.groups),
    }


def _groups(groups: Sequence[TariffGroup]) -> dict[str, Any]:
    """Groups of circuits that have a tariff of their own; nothing without any."""
    listed = [
        {
            "name": one.name,
            "tariff": one.tariff,
            "panels": list(one.panels),
            "description": one.pattern,
            "circuits": list(one.circuits),
            "committed_kw": None if one.committed_kw is None else float(one.committed_kw),
        }
        for one in groups
    ]
    return {"groups": listed} if listed else {}


def _days(load: Load | None, zone: ZoneInfo) -> list[dict[str, Any]]:
    names = ("kwh", "estimated_kwh")
    return [
        {"day": str(day.day), **{name: float(getattr(day, name)) for name in names}}
        for day in (load.days(zone) if load else ())
    ]


def _meter(item: BilledMeter, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "panel": item.panel,
        "poles": list(item.poles),
        "start": local_text(item.start, zone),
        "end": local_text(item.end, zone),
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
        "printed_number": record.text,
        "revision": record.revision,
        "issued": local_text(record.issued, zone),
        "supersedes": record.supersedes,
        "corrects": record.corrects,
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
        **coverage_body(line.coverage),
    }


def _panel(item: PanelQuality) -> dict[str, Any]:
    return {
        "panel": item.panel,
        "circuits": item.circuits,
        "kwh": float(item.kwh),
        "estimated_kwh": float(item.estimated_kwh),
        **coverage_body(item.coverage),
        "findings": item.findings,
    }


def _finding(finding: Finding, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "flag": finding.flag.value,
        "panel": finding.panel,
        "poles": poles_text(finding.poles),
        "start": local_text(finding.start, zone),
        "end": local_text(finding.end, zone),
        "detail": finding.detail,
        "holds": finding.flag.holds,
        "advice": finding.flag.meaning.advice,
    }
