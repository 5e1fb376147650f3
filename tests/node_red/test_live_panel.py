"""The live panel of FlowFuse dashboard, in a real Node-RED, as a browser shows it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.node_red import NodeRed
from peers.process import Process, wait_until
from peers.site import Site

pytestmark = pytest.mark.node_red

CIRCUITS = ("rpp-1a,1,Customer1-A-1,20", "rpp-1a,2+4+6,Customer2-B-1,20", "rpp-1a,5,Customer1-A-2,")


@pytest.fixture
def bridge(site: Site, meters: Meters) -> Process:
    """One circuit within its rating, one of three poles beyond it."""
    site.write_circuits(CIRCUITS)
    meters.registers[1][:3] = [123, 0, 7]
    meters.registers[5][:3] = [200, 210, 230]
    return site.start("bridge")


@pytest.fixture
def node_red(tmp_path: Path, mosquitto: Mosquitto, bridge: Process) -> Iterator[NodeRed]:
    overload = "bcm/rpp-1a/circuit/2/overload"
    wait_until(lambda: mosquitto.retained(overload) == {overload: "ON"}, 60, bridge.said)
    folder = tmp_path / "node-red"
    with NodeRed(folder, ("live-panel",), mosquitto.port, {"PANEL": "rpp-1a"}) as running:
        yield running


@pytest.fixture
def page(node_red: NodeRed) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        shown = chromium.new_page()
        shown.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        shown.goto(f"http://127.0.0.1:{node_red.port}/dashboard/panel")
        yield shown
        chromium.close()


def test_a_panel_is_shown_as_it_stands_in_the_room_and_follows_its_meters(
    page: Page, node_red: NodeRed, meters: Meters, bridge: Process
) -> None:
    first, second, third = (page.locator(f"[data-pole='{pole}']") for pole in (1, 2, 5))
    expect(first).to_contain_text("12.3 A · 61.5 %")
    expect(first).to_contain_text("Customer1-A-1")
    expect(first).to_have_class("bcm-normal")
    expect(second).to_contain_text("2+4+6")
    expect(second).to_have_class("bcm-critical")
    expect(second).to_have_attribute("rowspan", "3")
    expect(third.locator("i")).to_have_text("0.7 A")  # without a rating there is no load
    expect(page.locator("[data-pole]")).to_have_count(46)
    expect(page.locator("[data-pole='3']")).to_have_class("bcm-free")

    meters.registers[1][0] = 170
    expect(first).to_contain_text("17.0 A · 85.0 %")
    expect(first).to_have_class("bcm-warning")
    del meters.registers[5]
    expect(second).to_have_class("bcm-no-data")
    expect(second.locator("i")).to_have_count(0)

    away = page.get_by_text("No data from this panel")
    expect(away).to_have_count(0)
    bridge.kill()
    expect(away).to_have_count(1)
    assert node_red.complaints == []
