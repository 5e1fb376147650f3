"""CSV and JSON reports: the figures of the bill, and nothing that a spreadsheet would run."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from bcm_mqtt.billing.reports import csv_report, json_report
from bcm_mqtt.billing.reports.csv_report import COLUMNS
from bcm_mqtt.domain.bill.bill import bill_of
from bcm_mqtt.domain.bill.method import METHOD
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.tariff import RateVersion, Tariff
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from unit.builders import NEW_YORK, circuit

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
MOVED = datetime(2026, 3, 10, 4, tzinfo=UTC)
FLAT = Tariff("standard", "USD", NEW_YORK, (RateVersion(date(2026, 1, 1), Decimal("0.1185")),))
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x","y")']


def usage(
    version: CircuitVersion,
    kwh: str,
    *,
    panel: str = "rpp-1a",
    start: datetime = START,
    end: datetime = END,
    missing: str = "0.00",
) -> Usage:
    hours = Decimal(int((end - start).total_seconds())) / 3600
    coverage = Coverage(hours - Decimal(missing), Decimal(missing))
    return Usage(panel, version, "", start, end, Decimal(kwh), coverage)


def site(description: str = "Customer1-A-1", customer: str = "Customer1") -> SiteMonth:
    """One customer with a tariff, one without, and a pole of nobody's."""
    one = [
        usage(circuit((1,), description), "891.600", missing="0.25"),
        usage(circuit((3, 5), "Customer1-A-2", rating=30), "12.345", start=MOVED),
    ]
    two = [usage(circuit((2,), "Customer2-A-1", rating=None), "0.005")]
    return SiteMonth(
        MARCH,
        START,
        END,
        (
            bill_of(Customer(customer, "One, Inc."), FLAT, MARCH, (START, END), one, "USD"),
            bill_of(Customer("Customer2", "Two"), None, MARCH, (START, END), two, "EUR"),
        ),
        (usage(CircuitVersion((7,)), "5.000", panel="rpp-1b"),),
    )


def table(of: SiteMonth) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_report(of, NEW_YORK), newline="")))


def body(of: SiteMonth) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json_report(of, NEW_YORK))
    return found


def test_the_csv_has_a_row_per_circuit_line_and_unallocated_pole() -> None:
    assert [(row["row"], row["customer"], row["quantity"]) for row in table(site())] == [
        ("circuit", "Customer1", "891.600"),
        ("circuit", "Customer1", "12.345"),
        ("line", "Customer1", "903.945"),
        ("circuit", "Customer2", "0.005"),
        ("unallocated", "", "5.000"),
    ]


def test_the_csv_names_all_its_columns_in_every_row() -> None:
    rows = table(site())
    assert all(tuple(row) == COLUMNS for row in rows)
    assert None not in {value for row in rows for value in row.values()}


def test_a_circuits_row_has_its_local_times_and_hours() -> None:
    row = table(site())[1]
    assert row == {
        "month": "2026-03",
        "customer": "Customer1",
        "row": "circuit",
        "panel": "rpp-1a",
        "poles": "3+5",
        "description": "Customer1-A-2",
        "connection": "2P",
        "start": "2026-03-10T00:00:00-04:00",
        "end": "2026-04-01T00:00:00-04:00",
        "quantity": "12.345",
        "unit": "kWh",
        "price": "",
        "amount": "",
        "currency": "",
        "measured_hours": "528.00",
        "missing_hours": "0.00",
        "estimated_hours": "0",
        "edited_hours": "0",
        "estimated_kwh": "0.000",
        "edited_kwh": "0.000",
        "period": "",
        "rating": "30",
        "peak_kw": "",
        "peak_at": "",
        "kind": "",
        "bill_number": "",
        "status": "draft",
    }


def test_a_priced_line_has_quantity_price_and_amount() -> None:
    (line,) = [row for row in table(site()) if row["row"] == "line"]
    assert (line["description"], line["unit"], line["price"]) == ("Energy", "kWh", "0.1185")
    assert (line["amount"], line["currency"]) == ("107.12", "USD")
    assert (line["start"], line["end"]) == (
        "2026-03-01T00:00:00-05:00",
        "2026-04-01T00:00:00-04:00",
    )
    assert (line["measured_hours"], line["missing_hours"]) == ("1270.75", "0.25")


def test_the_csvs_circuits_and_lines_each_sum_to_the_bill() -> None:
    month = site()
    for bill in month.bills:
        rows = [row for row in table(month) if row["customer"] == bill.customer.id]
        kwh = sum(Decimal(row["quantity"]) for row in rows if row["row"] == "circuit")
        amount = sum((Decimal(row["amount"]) for row in rows if row["row"] == "line"), Decimal(0))
        assert (kwh, amount) == (bill.kwh, bill.amount)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_the_csv_is_a_formula(text: str) -> None:
    month = site(description=text, customer=text)
    hostile = replace(month.unallocated[0], panel=text, period=text)
    rows = table(replace(month, unallocated=(hostile,)))
    inert = "'" + text.replace("\r", "\n")
    assert rows[0]["customer"] == rows[0]["description"] == rows[-1]["panel"] == inert
    assert rows[-1]["period"] == inert
    cells = [value for row in rows for value in row.values()]
    assert [value for value in cells if value.startswith(tuple("=+-@\t\r\n"))] == []
    assert len(rows) == 5


@pytest.mark.parametrize("newline", ["\n", "\r", "\r\n"])
def test_a_description_of_two_lines_makes_no_second_row(newline: str) -> None:
    report = csv_report(site(description=f"a{newline}=1+1"), NEW_YORK)
    assert "\r" not in report  # which many a reader takes for the end of a row
    assert next(csv.DictReader(io.StringIO(report)))["description"] == "a\n=1+1"
    assert '"a\n=1+1"' in report


@pytest.mark.parametrize("text", ["Customer1-A-1", "a,b", 'a "b"', "a\nb", "Zürich", "1=1"])
def test_other_text_arrives_in_the_csv_as_it_is(text: str) -> None:
    assert table(site(description=text))[0]["description"] == text


def test_a_site_without_bills_is_a_csv_of_its_header() -> None:
    empty = SiteMonth(MARCH, START, END, (), ())
    assert csv_report(empty, NEW_YORK) == ",".join(COLUMNS) + "\n"


def test_the_json_says_which_month_and_how_the_energy_was_found() -> None:
    found = body(site())
    assert (found["month"], found["time_zone"]) == ("2026-03", "America/New_York")
    assert (found["start"], found["end"]) == (
        "2026-03-01T00:00:00-05:00",
        "2026-04-01T00:00:00-04:00",
    )
    assert found["method"] == METHOD
    assert found["kwh"] == 908.95


def test_a_bill_in_json_has_its_figures_lines_and_circuits() -> None:
    one, two = body(site())["bills"]
    expected = {
        "customer": "Customer1",
        "name": "One, Inc.",
        "kwh": 903.945,
        "amount": 107.12,
        "currency": "USD",
        "tariff": "standard",
        "measured_hours": 1270.75,
        "missing_hours": 0.25,
    }
    assert {key: one[key] for key in expected} == expected
    assert one["lines"] == [
        {
            "label": "Energy",
            "kind": "energy",
            "determinant": "energy",
            "quantity": 903.945,
            "unit": "kWh",
            "price": 0.1185,
            "amount": 107.12,
            "measured_hours": 1270.75,
            "missing_hours": 0.25,
            "estimated_hours": 0.0,
            "edited_hours": 0.0,
        }
    ]
    assert one["circuits"][1] == {
        "panel": "rpp-1a",
        "poles": "3+5",
        "description": "Customer1-A-2",
        "connection": "2P",
        "rating": 30,
        "start": "2026-03-10T00:00:00-04:00",
        "end": "2026-04-01T00:00:00-04:00",
        "period": None,
        "kwh": 12.345,
        "estimated_kwh": 0.0,
        "edited_kwh": 0.0,
        "peak": None,
        "sources": [],
        "qualities": [],
        "uncertainty": None,
        "supply": None,
        "members": [],
        "measured_hours": 528.0,
        "missing_hours": 0.0,
        "estimated_hours": 0.0,
        "edited_hours": 0.0,
    }
    assert (two["amount"], two["tariff"], two["lines"]) == (None, None, [])
    assert two["circuits"][0]["rating"] is None


def test_what_is_unallocated_is_in_the_json_with_its_poles() -> None:
    found = body(site())["unallocated"]
    assert found["kwh"] == 5.0
    assert [(row["panel"], row["poles"]) for row in found["circuits"]] == [("rpp-1b", "7")]


@pytest.mark.parametrize("text", ["=1+1", 'a "b"', "a\nb", "Zürich 🔌", "</script>"])
def test_text_arrives_in_the_json_as_it_is(text: str) -> None:
    assert body(site(description=text))["bills"][0]["circuits"][0]["description"] == text
