"""Every page without a violation that axe finds, on a desk and a phone, light and dark."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from e2e.busy_site import PANEL, busy_site, page_paths
from e2e.conftest import DESKTOP, PHONE, WITHIN_MS, Opened

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
MARKUP = re.compile(r"</?\w+[^<>]*>|%\(\w+\)|&#?\w+;")
"""That was escaped twice, and placeholders that nothing filled."""


def violations(page: Page) -> list[str]:
    found = Axe().run(page)
    return [
        f"{item['id']}: {item['help']}: {node['html'][:120]} {node.get('failureSummary', '')}"
        for item in found.response["violations"]
        for node in item["nodes"][:3]
    ]


def violations_of_schemes(page: Page) -> list[str]:
    """Light and dark."""
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {one}" for one in violations(page)]
    return found


def test_every_page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Of a site with alarms, a silent panel, findings and held bills."""
    with busy_site(tmp_path_factory.mktemp("busy")) as busy:
        context = browser.new_context(locale="en-US")
        context.set_default_timeout(WITHIN_MS)
        page = context.new_page()
        page.goto(f"{busy.url}panels/{PANEL}")
        alarms = page.locator(".breaker .alarm").filter(has_text="overload: unacknowledged")
        expect(alarms.nth(20)).to_be_attached()
        found = [fault for path in page_paths() for fault in faults(page, busy.url, path)]
        context.close()
    assert not found, "\n".join(found)


def faults(page: Page, url: str, path: str) -> Iterator[str]:
    page.goto(url + path)
    if not page.locator("main").count():  # a piece of a page
        return
    page.wait_for_load_state("load")
    for markup in set(MARKUP.findall(page.inner_text("body"))):
        yield f"/{path} shows {markup}"
    looks: tuple[tuple[dict[str, int], Literal["light", "dark"]], ...]
    looks = ((DESKTOP, "dark"), (PHONE, "light"))
    for size, scheme in looks:
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        page.emulate_media(color_scheme=scheme)
        if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
            yield f"/{path} is wider than {size['width']} px"
        yield from (f"/{path}, {size['width']} px, {scheme}: {one}" for one in violations(page))


@pytest.mark.parametrize("path", ["", "wall"])
def test_a_calm_page(opened: Opened, path: str) -> None:
    assert violations_of_schemes(opened(path)) == []


@pytest.mark.parametrize(
    "opener", ['.breaker[data-pole="3"]', "#bulk-open", "#schedule-open", "#formula-add"]
)
def test_a_dialog(opened: Opened, opener: str) -> None:
    page = opened()
    page.click(opener)
    expect(page.locator("dialog[open]")).to_be_visible()
    assert violations_of_schemes(page) == []


def test_a_panel_that_is_searched(opened: Opened) -> None:
    page = opened()
    page.fill("#find", "7")
    assert violations_of_schemes(page) == []
