"""The card of a panel, in a real browser on a real Home Assistant: 48 poles on our real bridge."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as TooLateError

from home_assistant.browser import log_in, make_dashboard
from home_assistant.conftest import HomeAssistantFactory
from home_assistant.instance import HomeAssistant
from home_assistant.test_bridge import TEN_AMPS, mqtt_entities
from peers.browser import chromium
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.site import Site

pytestmark = [pytest.mark.home_assistant, pytest.mark.timeout(600)]

COMPONENTS = Path(__file__).parents[2] / "custom_components"
WITHIN_S = 180
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
GANGED = {1: "1+3+5", 2: "2+4"}
SPACE = 47
DASH = "\u2013"
DEFINED = "customElements.get('bcm-mqtt-panel') !== undefined"
CARD = {"type": "custom:bcm-mqtt-panel", "panel": "dc1_rpp-1a"}
VIEWS = [
    {"title": "Panel", "path": "panel", "cards": [CARD]},
    {"title": "Gone", "path": "gone", "cards": [{**CARD, "panel": "dc1_gone"}]},
]


@dataclass
class Shown:
    """A site that Home Assistant shows."""

    home: HomeAssistant
    meters: Meters
    browser: Browser

    def set_amps(self, amps: float) -> None:
        for registers in self.meters.registers.values():
            registers[:] = [round(amps * TEN_AMPS / 10)] * len(registers)


def circuits() -> Iterator[str]:
    """Of 48 poles: a breaker of three, one of two, a space, and one of each other pole."""
    inner = {int(pole) for poles in GANGED.values() for pole in poles.split("+")[1:]}
    for pole in set(range(1, 49)) - inner - {SPACE}:
        yield f"rpp-1a,{GANGED.get(pole, pole)},Customer1-{pole},20"


@pytest.fixture(scope="module")
def shown(
    tmp_path_factory: pytest.TempPathFactory, home_assistant_factory: HomeAssistantFactory
) -> Iterator[Shown]:
    folder = tmp_path_factory.mktemp("card")
    expect.set_options(timeout=WITHIN_S * 1000)
    with ExitStack() as stack:
        broker = stack.enter_context(Mosquitto(folder / "mosquitto"))
        meters = stack.enter_context(Meters())
        site = stack.enter_context(Site(folder / "site", broker.port, meters.port))
        site.write_circuits(circuits())
        site.publish_every_second()
        home = home_assistant_factory(
            broker.port, custom_components=COMPONENTS, extra_yaml="frontend:\nlovelace:\n"
        )
        made = Shown(home, meters, stack.enter_context(chromium()))
        made.set_amps(10)
        site.start("run")
        confirm(home)
        home.wait_for(lambda: "dc1_rpp-1a_48_current" in mqtt_entities(home), WITHIN_S)
        make_dashboard(home, "bcm-card", "Card", {"views": VIEWS})
        make_dashboard(home, "bcm-site", "Site", {"strategy": {"type": "custom:bcm-mqtt"}})
        yield made


def confirm(home: HomeAssistant) -> None:
    """Says yes to the bridge that was found."""

    def found() -> list[str]:
        (flows,) = home.ask({"type": "config_entries/flow/progress"})
        return [flow["flow_id"] for flow in flows if flow["handler"] == "bcm_mqtt"]

    (flow,) = home.wait_for(found, WITHIN_S)
    home.request("POST", f"/api/config/config_entries/flow/{flow}", {})


Opened = Callable[..., Page]


@pytest.fixture
def opened(shown: Shown) -> Iterator[Opened]:
    """Opens a page; fails if any code of the card did."""
    complaints: list[str] = []
    with ExitStack() as stack:

        def open_page(path: str = "bcm-card/panel", **context: Any) -> Page:  # noqa: ANN401
            visit = shown.browser.new_context(**{"viewport": DESKTOP, **context})
            stack.callback(visit.close)
            visit.set_default_timeout(WITHIN_S * 1000)
            page = visit.new_page()
            page.on("pageerror", lambda error: complaints.append(f"{error}\n{error.stack}"))
            log_in(page, shown.home)
            page.goto(f"http://127.0.0.1:{shown.home.port}/{path}")
            # Home Assistant asks for the card's module once. Where a busy machine loses that, its
            # page says that there is no such element, as it would to a person: who reloads it.
            try:
                page.wait_for_function(DEFINED, timeout=30_000)
            except TooLateError:
                page.reload()
            return page

        yield open_page
    assert [text for text in complaints if "/bcm_mqtt/" in text] == []


def breaker(page: Page, pole: int) -> Locator:
    return page.locator(f'button.breaker[data-pole="{pole}"]')


def amps(page: Page, pole: int) -> Locator:
    return breaker(page, pole).locator(".amps b")


def violations(page: Page) -> str:
    """Of the card and its editor: what else is on the page is Home Assistant's."""
    found = Axe().run(page)
    return "\n".join(
        f"{item['id']}: {item['help']}: {node['html'][:160]} {node.get('failureSummary', '')}"
        for item in found.response["violations"]
        for node in item["nodes"]
        if "bcm-mqtt-panel" in str(node["target"]) or "bcm-mqtt-panel" in node["html"]
    )


def test_a_panel_of_48_poles_follows_its_meters(shown: Shown, opened: Opened) -> None:
    page = opened()
    expect(amps(page, 48)).to_have_text("10.0")
    expect(page.locator(".breaker")).to_have_count(48 - 3)
    expect(page.locator(".pole")).to_have_count(48)
    expect(page.locator(".space .number")).to_have_text(re.compile(f"{SPACE}$"))
    assert breaker(page, 1).bounding_box()["height"] == pytest.approx(  # type: ignore[index]
        3 * breaker(page, 7).bounding_box()["height"],  # type: ignore[index]
        rel=0.1,
    )
    expect(breaker(page, 1).locator(".description")).to_have_text("Customer1-1")
    expect(breaker(page, 1).locator(".about")).to_have_text("3P")
    expect(breaker(page, 1).locator(".handle").first).to_have_text("20")
    expect(breaker(page, 48)).to_have_attribute("data-severity", "none")
    shown.set_amps(17)
    expect(amps(page, 48)).to_have_text("17.0")
    expect(breaker(page, 48)).to_have_attribute("data-severity", "warning")
    expect(breaker(page, 48).locator(".alarm")).to_have_text("Overload: unacknowledged")
    shown.home.call("number", "set_value", entity_id=entity(shown, "48_rating"), value=100)
    expect(breaker(page, 48).locator(".figures")).to_contain_text("17 %")


def entity(shown: Shown, of: str) -> str:
    return mqtt_entities(shown.home)[f"dc1_rpp-1a_{of}"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_is_accessible_with_alarms(
    shown: Shown, opened: Opened, scheme: str, viewport: dict[str, int]
) -> None:
    shown.set_amps(17)
    page = opened(color_scheme=scheme, viewport=viewport)
    expect(breaker(page, 7).locator(".alarm")).to_have_text("Overload: unacknowledged")
    assert violations(page) == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_keys_reach_every_breaker_and_open_its_entity(opened: Opened) -> None:
    page = opened()
    breaker(page, 1).focus()
    for key in ("ArrowDown", "ArrowRight", "End", "ArrowLeft", "Home"):
        page.keyboard.press(key)
    expect(breaker(page, 1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(breaker(page, 2)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("ha-more-info-dialog ha-dialog")).to_contain_text("Customer1-2")


def test_meters_that_do_not_answer_leave_no_figure(shown: Shown, opened: Opened) -> None:
    page = opened()
    expect(page.locator(".enclosure")).to_have_attribute("data-state", "live")
    shown.meters.stop()
    expect(page.locator(".notice")).to_contain_text("do not answer")
    expect(amps(page, 7)).to_have_text(DASH)
    shown.meters.start()
    expect(page.locator(".notice")).to_be_hidden()


def test_the_editor_offers_the_panels(shown: Shown, opened: Opened) -> None:
    page = opened("bcm-card/panel?edit=1")
    page.locator("hui-card-options").get_by_text("Edit", exact=True).click()
    editor = page.locator("bcm-mqtt-panel-editor")
    expect(editor.get_by_label("Panel")).to_have_value("dc1_rpp-1a")
    editor.get_by_label("Title").fill("Row 3")
    editor.get_by_label("Show the main").uncheck()
    preview = page.locator("hui-dialog-edit-card bcm-mqtt-panel")
    expect(preview.locator("h2")).to_have_text("Row 3")
    expect(preview.locator(".main-breaker")).to_have_count(0)
    assert violations(page) == ""
    page.locator("hui-dialog-edit-card").get_by_text("Save", exact=True).click()

    def saved() -> bool:
        (config,) = shown.home.ask({"type": "lovelace/config", "url_path": "bcm-card"})
        [card] = config["views"][0]["cards"]
        return bool(card == {**CARD, "title": "Row 3", "main": False})

    shown.home.wait_for(saved, WITHIN_S)


def test_a_panel_that_is_gone_is_named(opened: Opened) -> None:
    page = opened("bcm-card/gone")
    expect(page.locator(".notice")).to_contain_text("Panel dc1_gone is not there.")


def test_the_strategy_makes_a_view_of_each_panel_and_one_of_customers(
    shown: Shown, opened: Opened
) -> None:
    shown.set_amps(17)
    page = opened("bcm-site")
    expect(amps(page, 48)).to_have_text("17.0")
    expect(page.locator("hui-entity-filter-card")).to_contain_text("Customer1-7")
    page.goto(f"http://127.0.0.1:{shown.home.port}/bcm-site/customers")
    expect(page.locator("hui-entities-card").filter(has_text="Customer1")).to_be_visible()


def test_a_current_that_is_disabled_is_said(shown: Shown, opened: Opened) -> None:
    page = opened()
    expect(page.locator(".notice")).to_be_hidden()
    change = {"type": "config/entity_registry/update", "disabled_by": "user"}
    shown.home.ask({**change, "entity_id": entity(shown, "9_current")})
    expect(page.locator(".notice")).to_contain_text("The current of 1 circuit is disabled.")
    expect(amps(page, 9)).to_have_text(DASH)
