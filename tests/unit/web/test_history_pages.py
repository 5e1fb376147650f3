"""The pages of circuits and customers as a browser gets them, and what it is told live."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from fastapi.routing import APIRoute

from bcm_mqtt.web import create_app
from bcm_mqtt.web.history.api import events
from bcm_mqtt.web.history.pages import CustomerRow, CustomersView
from bcm_mqtt.web.live import Feed
from bcm_mqtt.web.pages.rendering import as_linked
from bcm_mqtt.web.pages.rendering import page as page_of
from unit.web.conftest import Page
from unit.web.past import CURRENT, OF, store_past


@pytest.fixture
async def past(page: Page, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Asks for pages over a stored past, while the panel is live."""
    store = store_past(tmp_path / "bcm.db")
    page.shows(OF, *CURRENT)
    transport = httpx.ASGITransport(create_app(replace(page.ports, past=store)))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client
    store.close()


async def test_a_circuits_page_has_what_it_is_what_it_was_and_its_reading(
    past: httpx.AsyncClient,
) -> None:
    text = (await past.get("/panels/rpp-1a/circuits/1")).text
    assert "<h1>Globex-web</h1>" in text
    assert "30 A breaker" in text
    assert '<a href="../../../customers/Globex">Globex</a>' in text
    assert '<b data-key="p1" data-format="amps">10.0</b>' in text
    assert '<b data-key="w1" data-format="kw">1.20</b>' in text
    assert text.index("2026-11-18 00:00") < text.index("the beginning")
    assert '<option value="api/v1/panels/rpp-1a/circuits/2/history">RPP-1A 2 Acme-db' in text
    assert "circuits/1/history" not in text  # no comparison with itself


async def test_a_customers_page_counts_the_circuits_of_now(past: httpx.AsyncClient) -> None:
    text = (await past.get("/customers/Acme")).text
    assert "1 circuit on RPP-1A · 1 more within the last month" in text
    assert '<b id="kw-now">1.04</b>' in text


async def test_all_customers_are_listed_with_their_power(past: httpx.AsyncClient) -> None:
    text = (await past.get("/customers")).text
    assert '<a href="customers/Acme">Acme</a>' in text
    assert '<td class="amount">1.44 kW</td>' in text  # Globex: 120 V x 12 A


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/panels/rpp-1a/circuits/5", "no circuit whose first pole is 5"),
        ("/panels/rpp-2/circuits/1", "there are rpp-1a"),
        ("/customers/Hooli", "there are Acme, Globex"),
    ],
)
async def test_what_is_not_there_is_404_with_what_there_is(
    past: httpx.AsyncClient, path: str, known: str
) -> None:
    answer = await past.get(path)
    assert answer.status_code == 404
    assert known in answer.json()["error"]


@pytest.mark.parametrize("name", ["Suite 3/4", "../../x", "A/history", "A/week", "a?b#c%2F", "/"])
async def test_every_name_of_a_customer_has_its_page_and_its_history(
    past: httpx.AsyncClient, name: str
) -> None:
    part = quote(name, safe="")
    for path in (
        f"/customers/{part}",
        f"/api/v1/customers/{part}/history",
        f"/api/v1/customers/{part}/history.csv",
        f"/api/v1/customers/{part}/week",
    ):
        assert (await past.get(path)).json()["error"].startswith(f"no circuit was {name!r}'s")
    streams = [route for route in events.routes if isinstance(route, APIRoute)]
    assert any(route.path_regex.fullmatch(f"/events/customers/{name}") for route in streams)
    refused = await past.get(f"/customers/{part}", headers={"accept": "text/html"})
    assert 'href="../static/style.css' in refused.text


def test_links_have_a_name_as_one_part() -> None:
    row = CustomerRow("../../x", 1, 0, (), None, formulas=False)
    text = bytes(page_of("customers.html", CustomersView("S", "UTC", (row,)), root="./").body)
    assert b'href="customers/..%2F..%2Fx"' in text
    assert as_linked("/customers/Suite 3/4") == "customers/Suite%203%2F4"


async def test_links_of_these_pages_are_relative_too(past: httpx.AsyncClient) -> None:
    for path in ("/panels/rpp-1a/circuits/1", "/customers/Acme", "/customers"):
        text = (await past.get(path)).text
        assert 'href="/' not in text
        assert 'src="/' not in text


async def test_a_part_of_a_feed_tells_its_own_values_alone() -> None:
    feed, keys = Feed("board", "rpp-1a"), ["p1"]
    feed.show({"p1": 1.0, "p2": 2.0})
    part = feed.part(lambda: keys)
    assert json.loads(part.since(-1).partition(b"data: ")[2])["all"] == {"p1": 1.0}
    feed.show({"p1": 1.0, "p2": 3.0})
    assert part.since(part.version) == b""
    # A circuit that becomes another customer's is not told any more.
    keys[:] = ["p2"]
    assert json.loads(part.since(part.version).partition(b"data: ")[2])["all"] == {"p2": 3.0}
