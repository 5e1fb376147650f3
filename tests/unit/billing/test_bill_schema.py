"""The published schema of JSON reports says all that they have, and nothing else."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from bcm_mqtt.billing.reports import json_report
from bcm_mqtt.domain.allocation.allocating import AllocationRules, allocated
from bcm_mqtt.domain.allocation.divided_invoice import DividedInvoice
from bcm_mqtt.domain.allocation.entered import EnteredInvoice, Entry
from bcm_mqtt.domain.allocation.invoice import Invoice, InvoiceComponent
from bcm_mqtt.domain.allocation.invoice_part import invoice_parts
from bcm_mqtt.domain.allocation.plan import AllocationPlan
from bcm_mqtt.domain.allocation.rules import ByEnergy, Measured
from bcm_mqtt.domain.bill.bill import BillStatus
from bcm_mqtt.domain.bill.billed_meter import BilledMeter
from bcm_mqtt.domain.bill.joint import SiteDraft, joint_bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.site.customer import TermsPart
from bcm_mqtt.domain.site.groups.tariff_group import TariffGroup
from bcm_mqtt.domain.usage.calibration.summary import BilledCalibration, SiteCalibration
from bcm_mqtt.domain.usage.usage import SupplyHours, UsedMember
from unit.billing import example_bill as example
from unit.builders import NEW_YORK

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs/schemas/bill.schema.json").read_text(encoding="utf-8")
)
_BILL = example.bill(3)
_HOURS = SupplyHours(Decimal(702), Decimal(42), Decimal(0), Decimal(744))
_MEMBER = UsedMember(-1, "rpp-1a", _BILL.usage[0].circuit, Decimal("1.5"))
_ROW = replace(_BILL.usage[0], supply=_HOURS, members=(_MEMBER,), calibration_kwh=Decimal("0.125"))
BILL = replace(_BILL, usage=(_ROW, *_BILL.usage[1:]))
METERS = (
    BilledMeter("rpp-1a", 1, (1,), BILL.start, BILL.end, serial="A-1", first_kwh=(Decimal("1.5"),)),
)
CALIBRATION = BilledCalibration(
    *("utility", "Meter 4711", "msb-1", 1, Decimal("0.05"), 3, Decimal("0.125")),
    *(2970, 2, 3, 1, Decimal("0.9871"), Decimal("1.0240")),
)
PARTS = (
    TermsPart(BILL.start, BILL.start + timedelta(days=9), "standard"),
    TermsPart(
        *(BILL.start + timedelta(days=9), BILL.end, "colo", Decimal(3)),
        tax_exempt=True,
        groups=(TariffGroup("Cooling", "colo", ("rpp-1a",), "CRAC", ("rpp-1b:3",), Decimal(2)),),
    ),
)
GRID = AllocationPlan("grid", "Grid Co", AllocationRules({}, ByEnergy()))
ENTERED = EnteredInvoice(
    Invoice(
        *("Grid Co", "0047", BILL.month.first_day, BILL.month.shifted(1).first_day, "USD"),
        (InvoiceComponent("energy", Decimal("100.00")),),
        kwh=Decimal(10_000),
    ),
    1,
    Entry("A", "", BILL.end),
)
DIVIDED = allocated(
    ENTERED.invoice, GRID.rules, Measured({"": {"Acme": Decimal(5000), "": Decimal(0)}}, {}, {})
)
PARTS_OF_INVOICE = tuple(invoice_parts(GRID, ENTERED, DIVIDED, ["Acme"]).values())
SITE = replace(
    example.site(
        replace(BILL, invoices=PARTS_OF_INVOICE),
        example.issued(replace(BILL, meters=METERS, calibrations=(CALIBRATION,))),
        example.revised(BILL),
        replace(BILL, status=BillStatus.HELD, holds=("6 % is estimated",)),
        replace(BILL, status=BillStatus.JOINT),
        replace(BILL, status=BillStatus.OWN_USE, tariff="", lines=()),
        replace(BILL, customer=replace(BILL.customer, parts=PARTS)),
        replace(BILL, customer=replace(BILL.customer, groups=PARTS[1].groups)),
        joint_bill("acme", [SiteDraft("dc1", "Newark", NEW_YORK, "harbor", "US", BILL)]),
        replace(BILL, status=BillStatus.SUPERSEDED, load=None, tariff="", lines=(), past=()),
    ),
    findings=BILL.findings,
    calibrations=(
        SiteCalibration(
            CALIBRATION,
            Decimal("10.5"),
            (("losses", Decimal("0.5")),),
            Decimal("9.75"),
            Decimal("0.25"),
        ),
    ),
    divided=(DividedInvoice("grid", 1, DIVIDED),),
)


def report(site: SiteMonth) -> dict[str, object]:
    found: dict[str, object] = json.loads(json_report(site, NEW_YORK))
    return found


def inner(of: object) -> list[object]:
    """What a document is made of."""
    if isinstance(of, dict):
        return list(of.values())
    return of if isinstance(of, list) else []


def keys(of: object) -> set[str]:
    """Every key anywhere in a document."""
    own = set(of) if isinstance(of, dict) else set()
    return own.union(*map(keys, inner(of)))


def properties(of: object) -> set[str]:
    """Every key that the schema has, anywhere."""
    own = set(of.get("properties", ())) if isinstance(of, dict) else set()
    return own.union(*map(properties, inner(of)))


def closed(of: object) -> bool:
    """Whether each object says all of its keys, and requires them."""
    if isinstance(of, dict) and of.get("type") == "object":
        # Months without calibration are as they were before there was any.
        required = set(of["properties"]) - {"calibrations"}
        if of["additionalProperties"] or set(of["required"]) != required:
            return False
        return all(map(closed, of["properties"].values()))
    return all(map(closed, inner(of)))


def test_the_schema_is_one_and_leaves_nothing_open() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert closed(SCHEMA)


@pytest.mark.parametrize(
    "site",
    [SITE, example.site(), replace(example.site(), unallocated=())],
    ids=["every kind of bill", "no bill", "nothing"],
)
def test_reports_are_as_the_schema_says(site: SiteMonth) -> None:
    checker = jsonschema.Draft202012Validator(
        SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    assert [error.message for error in checker.iter_errors(report(site))] == []


def test_the_schema_has_every_key_and_no_other() -> None:
    assert keys(report(SITE)) == properties(SCHEMA)


def test_the_schema_has_every_status_and_kind_of_line() -> None:
    bill = SCHEMA["$defs"]["bill"]["properties"]
    assert set(bill["status"]["enum"]) == set(BillStatus)
    assert set(SCHEMA["$defs"]["line"]["properties"]["kind"]["enum"]) == set(LineKind)


def test_numbers_read_as_decimals_are_those_of_the_bill() -> None:
    text = json_report(SITE, NEW_YORK)
    found = json.loads(text, parse_float=str)["bills"][0]
    assert found["kwh"] == f"{BILL.kwh.normalize():f}"
    assert [line["amount"] for line in found["lines"]] == [
        str(float(line.amount)) for line in BILL.lines
    ]
