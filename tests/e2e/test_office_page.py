"""The page of all sites in a real browser: one site that runs, one that is away."""

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Page, expect

from bcm_mqtt.store import Database
from bcm_mqtt.web.access.roles import declared_routes
from bcm_mqtt.web.office.app import with_routes
from e2e.conftest import DESKTOP, WITHIN_MS, Served, page_served
from e2e.test_accessible import faults
from e2e.test_no_text_overlaps import DRAWN, OVERLAPS
from peers.process import BCM_MQTT, Process, free_port, wait_until
from unit.portfolio_files import EXAMPLE, change
from unit.web.conftest import page_of

SIZES = (390, 820, 1440, 3840)
QUERIES = {"search": "?q=customer1", "statement": "?account=acme"}


@dataclass
class Office:
    """The page of two sites."""

    url: str
    site: Served
    service: Process


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    shutil.copytree(EXAMPLE / "dc2", folder / "dc2")
    away = folder / "dc2/bcm.yaml"
    change(away, "host: broker.us.example.com", f"host: 127.0.0.1, port: {free_port()}")
    with page_served(folder) as running, closing(Database(f"sqlite:///{folder}/home.db")) as home:
        home.ensure_schema()
        port = free_port()
        (folder / "portfolio.yaml").write_text(
            f"name: Harbor Data Centers\nweb: {{port: {port}}}\n"
            'home: {database: "sqlite:///home.db"}\n'
            f'sites:\n  dc1: {{config: site/bcm.yaml, page: "{running.url}"}}\n'
            "  dc2: {config: dc2/bcm.yaml}\n"
            "accounts: {acme: {dc1: Customer1, dc2: ACME}}\n"
        )
        line = [*BCM_MQTT, "web", "--portfolio", str(folder / "portfolio.yaml")]
        with Process(line, folder / "office.log") as service:
            wait_until(lambda: "page: http" in service.said(), 60, service.said)
            yield Office(f"http://127.0.0.1:{port}/", running, service)
            assert "Traceback" not in service.said()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=DESKTOP, locale="en-US")  # type: ignore[arg-type]
    context.set_default_timeout(WITHIN_MS)
    opened, complaints = context.new_page(), list[str]()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


def card(page: Page, site: str) -> Any:  # noqa: ANN401 - Playwright's Locator
    return page.locator(f'.site-card[data-patch="{site}"]')


def test_a_site_is_live_and_one_that_is_away_says_so(page: Page, office: Office) -> None:
    office.site.set_amps(lambda _: 10)
    page.goto(office.url)
    power = card(page, "dc1").locator(".power b")
    expect(power).to_have_text("57.6")  # 48 x 10 A x 120 V
    expect(page.locator(".readings dd").first).to_have_text("57.6 kW")
    expect(card(page, "dc1")).to_contain_text("1 of 1 online")
    expect(card(page, "dc1")).to_contain_text("stored up to")
    expect(card(page, "dc2")).to_contain_text("The MQTT broker is away.")
    expect(card(page, "dc2")).to_contain_text("No database at")
    expect(page.locator("main")).to_contain_text("Without the power of Chicago")
    office.site.set_amps(lambda _: 5)  # and the page changes by itself
    expect(power).to_have_text("28.8")


def test_what_is_searched_leads_to_the_page_of_its_site(page: Page, office: Office) -> None:
    page.goto(office.url)
    page.fill(".find input", "customer1-7")
    page.click(".find button")
    page.locator(".hits a", has_text=re.compile("^Customer1-7$")).click()
    circuit = re.escape(f"{office.site.url}panels/rpp-1a/circuits/7")
    expect(page).to_have_url(re.compile(circuit + r"(\?|$)"))  # it adds what it shows


def paths() -> list[str]:
    """Of every route that answers with a page."""
    routes = declared_routes(with_routes(page_of().ports, cast("Any", None)))
    found = {
        route.path[1:]
        for route in routes
        if route.method == "GET" and not re.match("/(events/|api/v1/|static/)", route.path)
    }
    return sorted(path + QUERIES.get(path, "") for path in found)


def test_every_page_is_accessible_and_no_two_texts_of_it_intersect(
    page: Page, office: Office
) -> None:
    page.goto(office.url)
    expect(card(page, "dc1")).to_contain_text("1 of 1 online")
    found = list[str]()
    for path in paths():
        found += faults(page, office.url, path)
        if not page.locator("main").count():
            continue
        for width in SIZES:
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate(DRAWN)
            found += [f"/{path} at {width}: {one}" for one in page.evaluate(OVERLAPS)]
    assert not found, "\n".join(found)
