"""Every page without a violation that axe finds, on a desk and a phone, light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from e2e.conftest import DESKTOP, PHONE, Opened, Served

BOTH = pytest.mark.parametrize("scheme", ["light", "dark"])
SIZES = pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])


def violations(page: Page) -> list[str]:
    found = Axe().run(page)
    return [
        f"{item['id']}: {item['help']}: {node['html'][:120]} {node.get('failureSummary', '')}"
        for item in found.response["violations"]
        for node in item["nodes"][:3]
    ]


@BOTH
@SIZES
@pytest.mark.parametrize(
    "path", ["", "panels/rpp-1a", "panels/rpp-1a/commission", "api/docs", "wall"]
)
def test_a_page(opened: Opened, path: str, scheme: str, viewport: dict[str, int]) -> None:
    page = opened(path, color_scheme=scheme, viewport=viewport)
    assert violations(page) == []


@BOTH
@pytest.mark.parametrize("opener", ['.breaker[data-pole="3"]', "#bulk-open", "#schedule-open"])
def test_a_dialog(opened: Opened, opener: str, scheme: str) -> None:
    page = opened(color_scheme=scheme)
    page.click(opener)
    expect(page.locator("dialog[open]")).to_be_visible()
    assert violations(page) == []


@BOTH
def test_a_panel_that_is_searched(opened: Opened, scheme: str) -> None:
    page = opened(color_scheme=scheme)
    page.fill("#find", "7")
    assert violations(page) == []


@BOTH
@SIZES
@pytest.mark.parametrize("path", ["", "panels/rpp-1a"])
def test_alarms(
    served: Served, opened: Opened, path: str, scheme: str, viewport: dict[str, int]
) -> None:
    served.set_amps(lambda pole: 17 if pole % 2 else 25)  # of 20 A
    page = opened(path, color_scheme=scheme, viewport=viewport)
    shown = page.locator(".alarm" if path else ".alarms").filter(has_text="unacknowledged")
    expect(shown.first).to_be_visible(timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert violations(page) == []
