"""The billing pages as a browser gets them."""

import httpx
import pytest

from bcm_mqtt.web import create_app
from unit.builders import NOON, SetClock
from unit.web.billing.conftest import Desk, ports_with

PAGES = (
    "/billing",
    "/billing/terms",
    "/billing/invoices",
    "/billing/2026-03",
    "/billing/2026-03/content",
    "/billing/2026-03/bill?customer=Customer2",
    "/billing/2026-03/explain?customer=Customer2",
    "/billing/2026-03/intervals?panel=rpp-1a&pole=2",
)


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_has_relative_links_and_nothing_inline(desk: Desk, path: str) -> None:
    await desk.process()
    answer = await desk.get(path)
    assert answer.status_code == 200
    for wrong in ('href="/', 'src="/', " style=", "<style", " onclick=", "javascript:"):
        assert wrong not in answer.text
    assert "<b>A</b>" not in answer.text  # a description is text


async def test_a_month_that_was_not_processed_offers_it(desk: Desk) -> None:
    page = (await desk.get("/billing/2026-02")).text
    assert "This month has not been processed yet." in page
    assert 'data-act="process"' in page


async def test_a_month_shows_its_customers_and_what_can_be_done(desk: Desk) -> None:
    await desk.process()
    page = (await desk.get("/billing/2026-03")).text
    assert 'data-id="Customer1"' in page
    assert "Issue 1 bill…" in page
    assert '<span class="state held">held for review</span>' in page
    assert 'data-act="release" data-customer="Customer2"' in page
    assert "<b>3,566.400</b> kWh" in page
    assert "1 held" in page


async def test_a_month_says_what_was_changed_since(desk: Desk) -> None:
    await desk.process()
    body = {"customer": "Customer2", "by": "J. Doe", "reason": "it is right"}
    await desk.post("/api/v1/billing/months/2026-03/release", body)
    page = (await desk.get("/billing/2026-03")).text
    assert "the bill of Customer2 for 2026-03 was released" in page


async def test_terms_show_what_is_in_force(desk: Desk) -> None:
    tariffs = desk.folder / "tariffs.yaml"
    tariffs.write_text(tariffs.read_text() + "      - {valid_from: 2027-01-01, energy: 0.13}\n")
    page = (await desk.get("/billing/terms")).text
    assert "USD 0.1185 per kWh" in page
    assert "from 2026-01-01 through 2026-12-31" in page
    assert page.count("in force") == 1
    assert "Customer One, Inc." in page
    assert "standard (the default)" in page
    assert '<th scope="row">Customer2</th>' in page  # billed, and not in customers.yaml


async def test_without_a_database_there_is_no_billing() -> None:
    transport = httpx.ASGITransport(create_app(ports_with(None, SetClock(NOON), [])))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for path in ("/billing", "/api/v1/billing/months"):
            answer = await client.get(path)
            assert answer.status_code == 404
            assert "no database" in answer.json()["error"]


async def test_a_database_that_is_away_is_told_in_a_line(desk: Desk) -> None:
    (desk.folder / "bcm.db").unlink()
    for wal in desk.folder.glob("bcm.db-*"):
        wal.unlink()
    answer = await desk.get("/api/v1/billing/months")
    assert answer.status_code == 503
    assert answer.json()["error"].startswith("database: ")


async def test_a_body_that_is_too_large_is_refused(desk: Desk) -> None:
    body = {"customer": "Customer2", "by": "J. Doe", "reason": "x" * 2_000_000}
    answer = await desk.post("/api/v1/billing/months/2026-03/release", body)
    assert answer.status_code == 413
    assert desk.changes == []
