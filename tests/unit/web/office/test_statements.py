"""Statements at the page of all sites, and as files."""

import pytest

from bcm_mqtt.cli import main
from bcm_mqtt.domain.site.account import Role
from unit.web.office.conftest import Desk

MARCH = {"account": "globex", "month": "2026-03"}


async def test_a_statement_lists_bills_by_currency_and_adds_no_currencies(desk: Desk) -> None:
    with desk.client() as client:
        listed = await client.get("/statements")
        page = await client.get("/statement", params=MARCH)
        stated = (await client.get("/api/v1/statement", params=MARCH)).json()
    assert 'href="statement?account=globex"' in listed.text
    assert "Harbor Data Centers GmbH, DE, EUR" in page.text
    assert "EUR 1,041.37" in page.text
    assert "USD 105.65" in page.text
    assert "1,147.02" not in page.text
    assert "2 bills are not issued" in page.text
    assert stated["amounts"] == {"EUR": "1041.37", "USD": "105.65"}
    assert [(part["currency"], part["seller_name"]) for part in stated["parts"]] == [
        ("EUR", "Harbor Data Centers GmbH"),
        ("USD", "Harbor Data Centers, Inc."),
    ]


async def test_the_month_is_the_last_where_none_is_named(desk: Desk) -> None:
    with desk.client() as client:
        stated = (await client.get("/api/v1/statement", params={"account": "acme"})).json()
        after = await client.get("/statement", params={"account": "acme", "month": "2026-05"})
    assert stated["month"] == "2026-03"
    assert after.status_code == 200
    assert "has not begun" in after.text


@pytest.mark.parametrize("month", ["2026-13", "x", "0000-00", "99999-1"])
async def test_a_month_that_is_none_is_not_found(desk: Desk, month: str) -> None:
    with desk.client() as client:
        answer = await client.get("/api/v1/statement", params={"account": "acme", "month": month})
    assert answer.status_code == 404


async def test_a_site_that_is_away_makes_it_incomplete_and_is_named(desk: Desk) -> None:
    (desk.folder / "dc3/data/bcm.db").rename(desk.folder / "away.db")
    with desk.client() as client:
        page = await client.get("/statement", params=MARCH)
        stated = (await client.get("/api/v1/statement", params=MARCH)).json()
    assert list(stated["away"]) == ["dc3"]
    assert "The bills of these sites are not known now: Frankfurt." in page.text
    assert "no database at" in page.text
    assert [part["currency"] for part in stated["parts"]] == ["USD"]


async def test_it_is_a_file_in_the_language_of_its_bills(desk: Desk) -> None:
    with desk.client() as client:
        html = await client.get("/api/v1/statement/html", params=MARCH)
        pdf = await client.get("/api/v1/statement/pdf", params=MARCH)
    assert html.headers["content-type"] == "text/html; charset=utf-8"
    assert "attachment" in html.headers["content-disposition"]
    assert "1,041.37" in html.text
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")


async def test_who_does_not_bill_sees_no_drafts(desk: Desk) -> None:
    desk.add("root", Role.ADMIN)
    desk.add("kim", Role.CUSTOMER, "dc1", customers=("Customer2",))
    with desk.client(desk.secret("kim")) as client:
        before = (await client.get("/api/v1/statement", params=MARCH)).json()
        assert main(["bill", "2026-03", "--portfolio", str(desk.portfolio.file), "--issue"]) == 0
        after = (await client.get("/api/v1/statement", params=MARCH)).json()
        first = await client.get("/", follow_redirects=False)
    assert (before["parts"], before["no_bill"]) == ([], ["dc1"])
    assert [bill["customer"] for part in after["parts"] for bill in part["bills"]] == ["Customer2"]
    assert (first.status_code, first.headers["location"]) == (303, "statements")
