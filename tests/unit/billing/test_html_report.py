"""HTML bills and summaries: the figures are the bill's, and what others wrote is inert."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bcm_mqtt import __version__
from bcm_mqtt.billing.reports import Issuer
from bcm_mqtt.billing.reports.html_report import html_bill, html_summary
from bcm_mqtt.domain.bill.bill import Bill, BillStatus, bill_of
from bcm_mqtt.domain.bill.method import METHOD
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.tariff import RateVersion, Tariff
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from unit.billing import example_bill as example
from unit.billing.conftest import ISSUER, MADE, NEW_YORK, Page, bill_page, summary_page
from unit.builders import panel

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
MOVED = datetime(2026, 3, 10, 13, 30, tzinfo=UTC)  # 09:30 EDT
MIDNIGHT = datetime(2026, 3, 17, 4, tzinfo=UTC)  # of the 17th, EDT
ONE = Customer("Customer1", "Customer One, Inc.", ("1 First Street", "New York, NY"), tax_id="T-1")
TWO = Customer("Customer2", "Customer2")
EVIL = "</style><script>alert(1)</script>\"'&"


def flat(currency: str = "USD", *prices: tuple[date, str]) -> Tariff:
    versions = prices or ((date(2026, 1, 1), "0.12"),)
    return Tariff(
        "standard",
        currency,
        NEW_YORK,
        tuple(RateVersion(day, Decimal(price)) for day, price in versions),
    )


def row(
    kwh: str,
    poles: tuple[int, ...] = (1,),
    *,
    panel: str = "rpp-1a",
    description: str = "Customer1-A-1",
    rating: int | None = 20,
    start: datetime = START,
    end: datetime = END,
    missing: str = "0.00",
) -> Usage:
    hours = Decimal(int((end - start).total_seconds())) / 3600
    return Usage(
        panel=panel,
        circuit=CircuitVersion(poles, description, rating, Connection.usual(len(poles))),
        customer="",
        start=start,
        end=end,
        kwh=Decimal(kwh),
        coverage=Coverage(hours - Decimal(missing), Decimal(missing)),
    )


def bill(
    rows: Iterable[Usage], customer: Customer = ONE, tariff: Tariff | None = None, *, priced: bool
) -> Bill:
    chosen = (tariff or flat()) if priced else None
    return bill_of(customer, chosen, MARCH, (START, END), list(rows), "USD")


def site(*bills: Bill, unallocated: Iterable[Usage] = ()) -> SiteMonth:
    return SiteMonth(MARCH, START, END, bills, tuple(unallocated))


TWO_PANELS = (
    row("891.600", (1, 3, 5), missing="3.00"),
    row("1200.000", (7,), description="Customer1-A-7", rating=None),
    row("0.001", (2, 4), panel="rpp-1b", description="Customer1-B-2"),
)


def test_a_bill_shows_the_figures_of_the_bill() -> None:
    page = bill_page(bill(TWO_PANELS, priced=True))
    # 2091.601 kWh * 0.12 = 250.99212
    assert ["Energy", "2,091.601 kWh", "USD 0.12 per kWh", "USD 250.99", "2,226.00", "3.00"] in (
        page.rows
    )
    assert ["Total", "2,091.601 kWh", "", "USD 250.99", "2,226.00", "3.00"] in page.rows
    assert "Amount due USD 250.99 Energy 2,091.601 kWh" in page.text


def test_a_bill_lists_its_circuits_by_panel_with_subtotals() -> None:
    rows = bill_page(bill(TWO_PANELS, priced=True)).rows
    first = rows.index(["Panel rpp-1a"])
    assert rows[first + 2 : first + 5] == [
        ["1+3+5", "Customer1-A-1", "3P", "20 A", "891.600", "740.00", "3.00"],
        ["7", "Customer1-A-7", "1P", "\N{EN DASH}", "1,200.000", "743.00", "0.00"],
        ["Total of panel rpp-1a", "2,091.600", "1,483.00", "3.00"],
    ]
    second = rows.index(["Panel rpp-1b"])
    assert rows[second + 2 :] == [
        ["2+4", "Customer1-B-2", "2P", "20 A", "0.001", "743.00", "0.00"],
        ["Total of panel rpp-1b", "0.001", "743.00", "0.00"],
        ["All panels", "2,091.601", "2,226.00", "3.00"],
    ]


def test_a_bill_says_whose_it_is_and_for_which_time() -> None:
    text = bill_page(bill(TWO_PANELS, priced=True)).text
    assert "Data Center 1 DRAFT Bill March 2026" in text
    assert "Customer One, Inc. 1 First Street New York, NY Tax id T-1" in text
    assert "Customer id Customer1 Period 2026-03-01 to 2026-03-31" in text
    assert "Hours 743 (the clocks changed) Time zone America/New_York Tariff standard" in text
    assert f"tariff standard · made 2026-04-01 09:12 EDT · bcm-mqtt {__version__}" in text


def test_a_bill_states_coverage_and_method() -> None:
    text = bill_page(bill(TWO_PANELS, priced=True)).text
    assert "2,226.00 of 2,229.00 circuit-hours were measured, 99.8%" in text
    assert "The missing 3.00 circuit-hours are not billed" in text
    assert METHOD in text
    assert "not the reading of a revenue meter" in text


def test_coverage_is_rounded_down_so_that_100_percent_means_all() -> None:
    almost = bill([row("1.000", missing="0.01")], priced=True)
    assert "742.99 of 743.00 circuit-hours were measured, 99.9%" in bill_page(almost).text
    whole = bill([row("1.000")], priced=True)
    assert "All 743.00 circuit-hours were measured, 100.0%" in bill_page(whole).text


def test_only_a_circuit_that_moved_within_the_month_shows_its_span() -> None:
    moved = bill(
        [
            row("1.000", (1,), description="stays"),
            row("1.000", (3,), description="leaves", end=MOVED),
            row("1.000", (5,), description="comes", start=MOVED),
            row("1.000", (7,), description="visits", start=MOVED, end=MIDNIGHT),
            row("1.000", (9,), description="comes at midnight", start=MIDNIGHT),
        ],
        priced=True,
    )
    assert [cells[1] for cells in bill_page(moved).rows if len(cells) == 7][1:] == [
        "stays",
        "leaves until 2026-03-10 09:30 EDT",
        "comes from 2026-03-10 09:30 EDT",
        "visits from 2026-03-10 09:30 EDT through 2026-03-16",
        "comes at midnight from 2026-03-17",
    ]


def test_a_change_of_rate_makes_a_line_for_each_price() -> None:
    tariff = flat("USD", (date(2026, 1, 1), "0.12"), (date(2026, 3, 17), "0.13"))
    rows = [row("100.000", end=MIDNIGHT), row("200.000", start=MIDNIGHT)]
    first, second, total = bill_page(bill(rows, tariff=tariff, priced=True)).rows[1:4]
    assert first[:2] == ["Energy, 2026-03-01 to 2026-03-16", "100.000 kWh"]
    assert first[2:4] == ["USD 0.12 per kWh", "USD 12.00"]
    assert second[:2] == ["Energy, 2026-03-17 to 2026-03-31", "200.000 kWh"]
    assert second[2:4] == ["USD 0.13 per kWh", "USD 26.00"]
    assert total[3] == "USD 38.00"


def test_a_currency_without_minor_units_is_shown_without() -> None:
    yen = bill([row("12345.678")], tariff=flat("JPY", (date(2026, 1, 1), "31.5")), priced=True)
    assert "Amount due JPY 388,889 " in bill_page(yen).text


def test_a_bill_without_a_tariff_states_energy_and_no_money() -> None:
    page = bill_page(bill(TWO_PANELS, priced=False))
    assert "Energy statement March 2026" in page.text
    assert "Energy 2,091.601 kWh" in page.text
    assert "No tariff applies" in page.text
    assert not {"Amount", "Price", "USD", "Charges"} & set(page.text.replace(",", " ").split())


def test_a_bill_made_before_the_month_ended_says_so() -> None:
    page = bill_page(bill(TWO_PANELS, priced=True), made=MOVED)
    assert "Provisional." in page.text
    assert "Amount so far USD 250.99" in page.text
    assert "Provisional." not in bill_page(bill(TWO_PANELS, priced=True)).text


def test_a_bill_without_circuits_is_a_page_too() -> None:
    text = bill_page(bill([], priced=True)).text
    assert "had no circuit in the month" in text
    assert "There was no circuit to measure" in text


SITE = site(
    bill(TWO_PANELS, priced=True),
    bill([row("1000.000")], TWO, flat("EUR"), priced=True),
    bill([row("500.000")], Customer("House", "House"), priced=False),
    bill([row("1000.000")], Customer("Next", "Next"), priced=True),
    unallocated=[
        row("8.399", (11,), description="Spare"),
        row("0.000", (13,), description="idle-1"),
        row("0.000", (15,), description="idle-2", missing="43.00"),
    ],
)


def test_the_summary_shows_each_customer_and_the_site_total() -> None:
    page = summary_page(SITE)
    # 2091.601 + 1000 + 500 + 1000 = 4591.601; + 8.399 = 4600
    name = "Customer One, Inc. Customer1"
    hours = ["2,226.00", "3.00", "99.8%"]
    assert [name, "2,091.601", "", "45.47%", "USD 250.99", *hours, "", "draft"] in page.rows
    house = ["House", "500.000", "", "10.87%", "no tariff", "743.00", "0.00", "100.0%"]
    assert [*house, "", "draft"] in page.rows
    totals = [cells[:5] for cells in page.rows if cells[0] in {"All customers", "Site total"}]
    assert totals == [
        ["All customers", "4,591.601", "", "99.82%", "EUR 120.00 USD 370.99"],
        ["Site total", "4,600.000", "", "100.00%", ""],
    ]
    assert "Site total 4,600.000 kWh" in page.text
    assert "Billed EUR 120.00 Billed USD 370.99" in page.text


def test_unallocated_energy_is_listed_and_idle_circuits_are_counted() -> None:
    page = summary_page(SITE)
    assert ["11", "Spare", "1P", "20 A", "8.399", "743.00", "0.00"] in page.rows
    unallocated = ["Unallocated", "8.399", "", "0.18%", "", "2,186.00", "43.00", "98.0%"]
    assert [*unallocated, "", ""] in page.rows
    assert "8.399 kWh, 0.18% of the site" in page.text
    assert "At 0 kWh and not listed: 2 circuits or poles" in page.text
    assert "(1,443.00 circuit-hours measured, 43.00 missing)" in page.text
    assert "idle" not in page.text


def test_energy_that_runs_backwards_is_not_taken_for_idle() -> None:
    page = summary_page(site(unallocated=[row("-0.500", description="Backwards")]))
    assert "Backwards" in page.text
    assert "-0.500" in page.text


def test_a_site_without_anything_is_a_page_too() -> None:
    text = summary_page(site()).text
    assert "Site total 0.000 kWh" in text
    assert "No circuit had a customer in the month." in text
    assert "None: no circuit is without a customer" in text


def test_a_summary_without_prices_has_no_column_of_money() -> None:
    page = summary_page(site(bill(TWO_PANELS, priced=False)))
    assert "Amount" not in page.text
    assert "Billed" not in page.text


def test_the_summary_links_the_bills_that_it_is_told_of() -> None:
    assert summary_page(SITE).hrefs() == []
    assert summary_page(SITE, {"Customer1": "Customer1.html"}).hrefs() == ["Customer1.html"]


@pytest.mark.parametrize(
    ("href", "linked"),
    [
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ('"><script>alert(1)</script>', "%22%3E%3Cscript%3Ealert%281%29%3C/script%3E"),
        ("a b#c?d.html", "a%20b%23c%3Fd.html"),
        ("2026-03/Kunde%C3%9F.html", "2026-03/Kunde%C3%9F.html"),
    ],
)
def test_a_link_is_a_path_whatever_it_contains(href: str, linked: str) -> None:
    assert summary_page(SITE, {"Customer1": href}).hrefs() == [linked]


def test_text_from_elsewhere_is_inert() -> None:
    customer = Customer(EVIL, EVIL, (EVIL,), tax_id=EVIL)
    hostile = row("1.000", panel=EVIL, description=EVIL)
    tariff = replace(flat(), id=EVIL, currency="<b>")
    issuer = Issuer(EVIL, NEW_YORK, (EVIL,), EVIL, (EVIL,))
    evil_bill = bill_of(customer, tariff, MARCH, (START, END), [hostile], "USD")
    for html in (
        html_bill(evil_bill, issuer, MADE),
        html_summary(site(evil_bill, unallocated=[hostile]), issuer, MADE, {}, {EVIL: EVIL}),
    ):
        page = Page(html)
        assert not {"script", "b"} & page.names()
        assert html.count("</style>") == 1
        assert EVIL in page.text


def test_no_page_refers_to_anything_outside() -> None:
    for html in (
        html_bill(bill(TWO_PANELS, priced=True), ISSUER, MADE),
        html_summary(SITE, ISSUER, MADE, {}, {"Customer1": "Customer1.html"}),
    ):
        assert not [word for word in ("http:", "https:", "src=", "url(", "@import") if word in html]
        assert not {"script", "link", "img", "iframe"} & Page(html).names()


def test_a_page_can_be_read_by_machines_and_screen_readers() -> None:
    for page in (bill_page(bill(TWO_PANELS, priced=True)), summary_page(SITE)):
        assert ("html", {"lang": "en"}) in page.tags
        assert [tag for tag, _ in page.tags].count("h1") == 1
        assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
        assert not [attributes for _, attributes in page.tags if "style" in attributes]


FULL = example.bill(4)


def test_a_draft_is_marked_and_an_issued_bill_has_its_number() -> None:
    assert "DRAFT" in bill_page(FULL).text
    page = bill_page(example.issued(FULL)).text
    assert "DRAFT" not in page
    assert "Bill number 17 Issued 2026-04-01" in page
    assert "sha256 5f5f5f5f5f5f5f5f" in page
    assert "SUPERSEDED" in bill_page(replace(FULL, status=BillStatus.SUPERSEDED)).text


def test_a_held_bill_says_why() -> None:
    page = bill_page(replace(FULL, status=BillStatus.HELD, holds=("6 % is estimated",)))
    assert "HELD FOR REVIEW" in page.text
    assert "Before it is issued, somebody must review: 6 % is estimated" in page.text


def test_a_revision_shows_what_it_changes_and_what_is_due() -> None:
    page = bill_page(example.revised(FULL))
    assert ["Energy, on-peak", "1,482.10", "1,463.37", "-18.73"] in page.rows
    assert ["Due", "", "", "USD -19.97"] in page.rows
    assert "Amount due after revision USD -19.97" in page.text


def test_taxes_come_after_the_sum_before_them() -> None:
    rows = bill_page(FULL).rows
    labels = [cells[0] for cells in rows if cells]
    start = labels.index("Before taxes")
    assert labels[start : start + 3] == ["Before taxes", "Sales tax 6.625 %", "Total"]
    tax = FULL.lines[-1]
    assert rows[start][3] == f"USD {FULL.amount - tax.amount:,}"
    assert rows[start + 1][1:4] == [f"{tax.quantity:,} USD", "6.625%", f"USD {tax.amount:,}"]


def test_what_was_estimated_is_told_apart_everywhere() -> None:
    page = bill_page(FULL)
    parts = {cells[0]: cells[1:] for cells in page.rows if len(cells) == 4}
    assert parts["Estimated"] == ["20.00", "0.67%", f"{FULL.estimated_kwh:,}"]
    assert parts["Measured"][2] == f"{FULL.kwh - FULL.estimated_kwh:,}"
    assert parts["Missing, not billed"] == ["0.25", "0.01%", ""]
    assert "20.00 were estimated (by like days)" in page.text
    assert f"{FULL.kwh:,} kWh 0.90% of it estimated" in page.text
    assert "measured estimated or entered by hand" in page.text  # the key of the chart
    assert len([1 for tag, attributes in page.tags if attributes.get("class") == "bar"]) >= 31


def test_the_months_before_stand_beside_this_one() -> None:
    rows = bill_page(FULL).rows
    start = rows.index(["Month", "kWh", "Amount"])
    assert rows[start + 1] == ["Mar 2026", f"{FULL.kwh:,}", f"USD {FULL.amount:,}"]
    assert rows[start + 2] == ["Feb 2026", "9,120.118", "USD 1,791.44"]
    assert [cells[0] for cells in rows[start + 3 : start + 5]] == ["Jan 2026", "Dec 2025"]


def test_a_bill_states_its_peak_determinants_findings_and_error() -> None:
    page = bill_page(FULL)
    peak = FULL.peak
    assert peak
    assert (
        f"Peak, 15 minutes {peak.kw:,} kW {peak.at.astimezone(NEW_YORK):%Y-%m-%d %H:%M}"
        in page.text
    )
    assert ["Demand", f"{peak.kw:,} kW", FULL.determinants[-1].basis] in page.rows
    assert (
        "The same value for a day or longer, panel rpp-1a, pole 1, 2026-03-05 00:00 EST"
        in page.text
    )
    assert f"\N{PLUS-MINUS SIGN}{FULL.uncertainty_kwh:,} kWh (k = 2, about 95 %" in page.text


def test_the_method_is_that_of_the_devices() -> None:
    def of(*sources: EnergySource) -> str:
        rows = [
            replace(row, sources=frozenset({sources[index % len(sources)]}))
            for index, row in enumerate(TWO_PANELS)
        ]
        return bill_page(bill(rows, priced=True)).text

    assert METHOD in of(EnergySource.CURRENT)
    registers = of(EnergySource.REGISTER)
    assert "of 3 circuits, counted by the energy registers of their meters" in registers
    assert METHOD not in registers
    mixed = of(EnergySource.REGISTER, EnergySource.CURRENT)
    assert "of 2 circuits, counted by the energy registers" in mixed
    assert f"of one circuit, {METHOD}" in mixed
    for said in (registers, mixed, of(EnergySource.POWER)):
        assert "not the reading of a revenue meter" in said


def test_a_long_list_of_findings_ends_with_how_many_more() -> None:
    page = bill_page(replace(FULL, findings=FULL.findings * 45))
    assert page.text.count("The same value for a day or longer") == 40
    assert "and 5 more" in page.text


def test_the_summary_shows_status_quality_ranks_and_stranded_capacity() -> None:
    held = replace(
        example.bill(3, Customer("Globex", "Globex"), seed=2),
        status=BillStatus.HELD,
        holds=("6 % is estimated",),
    )
    month = example.site(example.issued(FULL), held)
    panels = {name: panel(name) for name in ("rpp-1a", "rpp-1b")}
    page = Page(html_summary(month, ISSUER, MADE, panels))
    assert "Bills 1 held for review, 1 issued" in page.text
    assert "Globex: 6 % is estimated" in page.text
    assert [
        cells[-1] for cells in page.rows if cells[0] in {"Globex", "Acme Hosting LLC Acme"}
    ] == [
        "issued",
        "held for review",
    ]
    assert [
        "Panel",
        "Circuits",
        "kWh",
        "Time measured",
        "estimated",
        "missing",
        "Findings",
    ] in page.rows
    assert "Greatest circuits" in page.text
    assert "kW in all: what the breakers may carry continuously, 80 %" in page.text
    fed = [cells for cells in page.rows if cells[:2] == ["rpp-1a", "msb-1:5"]]
    assert [cells[4] for cells in fed] == ["31.250"]
