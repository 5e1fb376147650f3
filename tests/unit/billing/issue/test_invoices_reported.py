"""The parts of bills and that of the landlord are the invoice, in every format of the summary."""

import csv
import io
import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from bcm_mqtt.billing.pages.month_invoices import invoice_tables
from bcm_mqtt.billing.reports import csv_report, json_report
from bcm_mqtt.billing.reports.html_report import html_bill, html_summary
from bcm_mqtt.billing.reports.pdf_report import pdf_bill, pdf_summary
from bcm_mqtt.billing.reports.xlsx_report import xlsx_bill, xlsx_summary
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.languages import speaking
from bcm_mqtt.store import Store
from unit.billing.example_bill import ISSUER
from unit.billing.issue.site import AT, measured
from unit.billing.issue.test_invoices_charged import PLAN, enter, invoice, site_of, terms
from unit.billing.test_pdf_report import pages
from unit.billing.test_xlsx_report import book, computed, rows
from unit.builders import NEW_YORK

D = Decimal
LANDLORD = {
    "energy": D("265.20"),
    "demand": D("44.27"),
    "cleaning": D("56.00"),
    "metering": D("0.06"),
    "credit": D("0.00"),
}
"""Of the invoice of 870.11; 266.47 and 238.11 are on bills."""
SUMS = ("870.11", "504.58", "365.53")
SCHEMA = json.loads(
    (Path(__file__).parents[4] / "docs/schemas/bill.schema.json").read_text(encoding="utf-8")
)


@pytest.fixture
def site(store: Store) -> SiteMonth:
    measured(store)
    enter(store, invoice())
    return site_of(store)


def test_the_page_has_the_landlords_part_and_what_it_is_for(site: SiteMonth) -> None:
    (table,) = invoice_tables(site)
    assert table.title == "Invoice 0047 of Grid Co, 2026-03-01 to 2026-03-31"
    energy = table.rows[0]
    assert (energy.amount, energy.customers, energy.landlord) == (
        "USD 700.01",
        "USD 434.81",
        "USD 265.20",
    )
    assert energy.others == "vacant and common USD 78.02; not measured USD 187.18"
    assert (table.total.amount, table.total.customers, table.total.landlord) == tuple(
        f"USD {one}" for one in SUMS
    )
    assert table.total.others == (
        "vacant and common USD 78.02; not measured USD 231.45; "
        "what areas and shares leave USD 56.06"
    )
    with speaking("de"):
        assert "nicht gemessen" in invoice_tables(site)[0].total.others


def test_html_and_pdf(site: SiteMonth) -> None:
    shown = re.sub(r"<[^>]*>|\s+", " ", html_summary(site, ISSUER, AT))
    printed = " ".join(pages(pdf_summary(site, ISSUER, AT, {})))
    for text in (re.sub(" +", " ", shown), printed):
        assert "Invoice 0047 of Grid Co, 2026-03-01 to 2026-03-31" in text
        for amount in (*SUMS, *map(str, LANDLORD.values())):
            assert f"USD {amount}" in text


def test_csv(site: SiteMonth) -> None:
    found = list(csv.DictReader(io.StringIO(csv_report(site, NEW_YORK))))
    for name, part in LANDLORD.items():
        label = f"{name}, invoice 0047"
        landlord = [one for one in found if (one["row"], one["description"]) == ("landlord", label)]
        assert [D(one["amount"]) for one in landlord] == [part]
        billed = [one for one in found if (one["row"], one["description"]) == ("line", label)]
        whole = next(one.amount for one in invoice().components if one.name == name)
        assert sum(D(one["amount"]) for one in billed) + part == whole


def test_xlsx(site: SiteMonth, tmp_path: Path) -> None:
    data = xlsx_summary(site, ISSUER, AT)
    shown = rows(book(data, values=True)["Invoices"])
    assert [row[2] for row in shown[1:6]] == list(LANDLORD)
    assert [D(str(row[5])) for row in shown[1:6]] == list(LANDLORD.values())
    assert [D(str(amount)) for amount in shown[6][3:6]] == [D(one) for one in SUMS]
    for (name, cell), amount in computed(data, tmp_path).items():
        assert amount == pytest.approx(book(data, values=True)[name][cell].value)


def test_json(site: SiteMonth) -> None:
    body = json.loads(json_report(site, NEW_YORK), parse_float=D)
    jsonschema.validate(json.loads(json_report(site, NEW_YORK)), SCHEMA)
    (found,) = body["invoices"]
    assert (found["supplier"], found["number"], found["revision"]) == ("Grid Co", "0047", 1)
    for one in found["components"]:
        assert D(one["landlord"]) == LANDLORD[one["name"]]
        assert sum(bill["part"] for bill in one["bills"]) + one["landlord"] == one["amount"]
        assert sum(other["part"] for other in one["landlord_for"]) == one["landlord"]
    parts = body["bills"][0]["invoices"][0]["components"]
    assert parts[0] == {
        "name": "energy",
        "amount": D("700.01"),
        "share": D("0.31206"),
        "part": D("218.45"),
    }


@pytest.mark.parametrize(
    ("language", "line", "invoice_named"),
    [
        ("en", "No more than 124.82, invoice 0047", "Invoice, Grid Co, 0047, energy"),
        ("de", "Höchstens 124,82, Rechnung 0047", "Rechnung, Grid Co, 0047, energy"),
        ("fr", "Au plus 124,82, facture 0047", "Facture, Grid Co, 0047, energy"),
        ("es", "Como máximo 124,82, factura 0047", "Factura, Grid Co, 0047, energy"),
    ],
)
def test_a_bill_says_in_its_language_what_it_charges(
    store: Store, language: str, line: str, invoice_named: str
) -> None:
    measured(store)
    enter(store, invoice())
    capped = site_of(store, terms(replace(PLAN, cap="flat"))).bills[0]
    bill = replace(capped, customer=replace(capped.customer, language=language))
    assert line in html_bill(bill, ISSUER, AT)
    assert invoice_named in html_bill(bill, ISSUER, AT)
    assert line in " ".join(pages(pdf_bill(bill, ISSUER, AT)))
    assert xlsx_bill(bill, ISSUER, AT)
