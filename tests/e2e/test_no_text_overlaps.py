"""No two texts of any page lie over each other, from a phone to a wall, with alarms."""

import re
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from e2e.busy_site import PANEL, busy_site, page_paths
from e2e.conftest import WITHIN_MS, Served
from peers.process import wait_until
from unit.builders import NEW_YORK

WIDTHS = (360, 390, 560, 640, 720, 820, 1024, 1440, 3840)
ZOOMED = (1440, 900)
"""At 200 % a window of this size has half as many pixels each way for its page."""
SIZES = ((ZOOMED[0] // 2, ZOOMED[1] // 2), *((width, 900) for width in WIDTHS))
GERMAN = ((360, 900), (820, 900), (1024, 900))
"""Its texts are a third longer: on a phone, and where columns and bars are narrowest."""
OVERLAPS = (Path(__file__).parent / "overlaps.js").read_text()
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
HOURS = 2
"""For which a wall's clock is run; it turns its panels every five seconds meanwhile."""
COUNTS = "() => document.querySelectorAll('*').length"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with busy_site(tmp_path_factory.mktemp("busy")) as running:
        yield running


def overlaps_of(
    page: Page, served: Served, path: str, sizes: Collection[tuple[int, int]]
) -> Iterator[str]:
    """At every size, each in a line that says where."""
    page.goto(served.url + path)
    if not page.locator("main").count():  # a piece of a page
        return
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(DRAWN)
        for overlap in page.evaluate(OVERLAPS):
            yield f"/{path} at {width} x {height}: {overlap}"


def overlaps_of_all(
    browser: Browser, served: Served, locale: str, alarm: str, sizes: Collection[tuple[int, int]]
) -> str:
    """Of every page once its alarms are there, which say `alarm` in that language."""
    context = browser.new_context(locale=locale)
    context.set_default_timeout(WITHIN_MS)
    page = context.new_page()
    wait_until(lambda: page.request.get(f"{served.url}panels/{PANEL}").ok, 60, served.service.said)
    page.goto(f"{served.url}panels/{PANEL}")
    alarms = page.locator(".breaker .alarm").filter(has_text=alarm)
    expect(alarms.nth(20)).to_be_attached()
    paths = page_paths()
    found = [overlap for path in paths for overlap in overlaps_of(page, served, path, sizes)]
    context.close()
    return "\n".join(found)


def test_no_two_texts_of_any_page_intersect(browser: Browser, served: Served) -> None:
    found = overlaps_of_all(browser, served, "en-US", "overload: unacknowledged", SIZES)
    assert not found, found


def test_nor_do_those_of_a_longer_language(browser: Browser, served: Served) -> None:
    found = overlaps_of_all(browser, served, "de-DE", "Überlast: unquittiert", GERMAN)
    assert not found, found


def test_a_bill_that_is_held_for_many_reasons_names_three_and_leads_to_all(
    browser: Browser, served: Served
) -> None:
    context = browser.new_context(locale="en-US")
    context.set_default_timeout(WITHIN_MS)
    page = context.new_page()
    page.goto(f"{served.url}billing/{datetime.now(NEW_YORK):%Y-%m}")
    held = page.locator('#customers tr[data-id="Customer1"] .status')
    expect(held).to_contain_text(re.compile(r"[^;]+;[^;]+;[^;]+ and 1\d more$"))
    held.get_by_role("link").click()
    expect(page.locator("select[name=customer]")).to_have_value("Customer1")
    context.close()


def test_a_chart_marks_phases_as_the_country_of_the_panel_does(
    browser: Browser, served: Served
) -> None:
    context = browser.new_context(locale="en-US")
    context.set_default_timeout(WITHIN_MS)
    page = context.new_page()
    page.goto(f"{served.url}panels/{PANEL}/circuits/2")
    expect(page.locator("main")).to_contain_text("Pole 2, phase L1")
    expect(page.locator("#readout")).to_have_text(
        re.compile(r"Pole 2 \(L1\).*Pole 4 \(L2\)", re.DOTALL)
    )
    context.close()


def test_a_wall_shows_the_site_and_holds_no_more_after_hours(
    browser: Browser, served: Served
) -> None:
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="en-US")
    context.set_default_timeout(WITHIN_MS)
    page = context.new_page()
    page.clock.install()
    wait_until(lambda: page.request.get(f"{served.url}panels/{PANEL}").ok, 60, served.service.said)
    page.goto(f"{served.url}wall?every=5")
    expect(page.locator("#kw")).to_have_text(re.compile(r"^\d+\.\d$"))
    expect(page.locator("#kwh")).to_have_text(re.compile(r"^[\d,]+$"))
    expect(page.locator("#cost")).to_have_text(re.compile(r"^[\d,]+\.\d\d USD$"))
    expect(page.locator(".worst li").first).to_contain_text("783 %")
    expect(page.locator("#alarm-count")).to_have_text(re.compile(r"^\d\d$"))
    smallest = page.evaluate(
        """() => Math.min(...[...document.querySelectorAll('main *')]
             .filter((one) => one.checkVisibility() && one.textContent.trim())
             .map((one) => parseFloat(getComputedStyle(one).fontSize)))"""
    )
    assert smallest >= 24  # of 1080 px: 15 mm on a screen of 55 inches
    session = context.new_cdp_session(page)
    before, held = page.evaluate(COUNTS), _held(session)
    shown = set()
    for _ in range(4):
        page.clock.run_for(5000)
        shown.add(page.locator(".panels > section:not([hidden])").get_attribute("data-panel"))
    assert shown == {PANEL, "rpp-2-north"}
    page.clock.run_for(HOURS * 3_600_000)
    assert page.evaluate(COUNTS) == before
    assert _held(session) - held < 2_000_000
    context.close()


def _held(session: CDPSession) -> int:
    """Bytes of the page's memory that are in use after what is not is collected."""
    session.send("HeapProfiler.collectGarbage")
    return int(session.send("Runtime.getHeapUsage")["usedSize"])
