"""Never alive when dead: who is stopped, one after another, while pages are open."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import WITHIN_MS
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import Process, wait_until
from peers.site import Site

WIDTH = 1440
SINCE = r"No data since \d\d:\d\d\. "


def says_away(pages: list[Page], cause: str) -> None:
    """Banner, grey figures and unknown alarms, at the site's page and at the panel's."""
    for page in pages:
        expect(page.locator("#banner")).to_have_text(re.compile(SINCE + re.escape(cause)))
    site, panel = pages
    width = panel.locator("#banner").bounding_box()
    assert width
    assert width["width"] == WIDTH
    expect(panel.locator("#board")).not_to_have_attribute("data-state", "live")
    expect(site.locator(".card")).not_to_have_attribute("data-state", "live")
    expect(site.locator(".unknown")).to_contain_text("Alarms unknown")
    expect(site.locator(".calm")).to_be_hidden()


def says_live(pages: list[Page]) -> None:
    for page in pages:
        expect(page.locator("#banner")).to_be_hidden()
    site, panel = pages
    expect(panel.locator("#board")).to_have_attribute("data-state", "live")
    expect(site.locator(".unknown")).to_be_hidden()
    expect(site.locator(".card")).to_have_attribute("data-state", "live")


def test_who_is_away_is_named_at_full_width_until_he_is_back(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("away")
    with (
        Mosquitto(folder / "mosquitto") as broker,
        Meters() as meters,
        Site(folder / "site", broker.port, meters.port) as site,
    ):
        url = site.serve_page()
        for registers in meters.registers.values():
            registers[:] = [50] * len(registers)  # 5 A
        bridge, web = site.start("bridge"), site.start("web")
        wait_until(lambda: "page: http" in web.said(), 60, web.said)
        context = browser.new_context(viewport={"width": WIDTH, "height": 900})
        context.set_default_timeout(WITHIN_MS)
        pages = [context.new_page(), context.new_page()]
        wait_until(lambda: pages[0].request.get(f"{url}panels/rpp-1a").ok, 60, web.said)
        for page, path in zip(pages, ("", "panels/rpp-1a"), strict=True):
            page.goto(url + path)
        says_live(pages)

        def restarted(process: Process, command: str) -> Callable[[], Process]:
            process.stop()
            return lambda: site.start(command)

        meters.stop()
        says_away(pages, "Gateway gw does not answer")
        meters.start()
        says_live(pages)
        again = restarted(bridge, "bridge")
        says_away(pages, "Bridge dc1 is away")
        again()
        says_live(pages)
        broker.stop()
        says_away(pages, "The MQTT broker is away")
        broker.start()
        says_live(pages)
        again = restarted(web, "web")
        says_away(pages, "This page has no connection to its server")
        again()
        says_live(pages)
        context.close()
