"""The pictures of the tutorial anew: from an empty folder to a bill."""  # noqa: INP001

# On simulated meters, with mosquitto and Debian's Chromium, as the tests in a browser.

import re
import tempfile
from contextlib import ExitStack
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from bcm_mqtt.cli.site import now
from peers.browser import chromium
from peers.mosquitto import Mosquitto
from peers.process import BCM_MQTT, Process, free_port, wait_until

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WITHIN_MS = 120_000
ZONE = ZoneInfo("America/New_York")
SCHEDULE = """\
Circuit,Description,Trip
1,Acme-Rack-1,20
3,Acme-Rack-2,20
2,Globex-Rack-1,20
4,Globex-Rack-2,30
6,House-Lights,20
"""


def main() -> None:
    """Takes all pictures."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        broker = stack.enter_context(Mosquitto(folder / "mosquitto"))
        meters, port = free_port(), free_port()
        simulate = [*BCM_MQTT, "simulate", "--panels", "1", "--port", str(meters)]
        stack.enter_context(Process(simulate, folder / "simulate.log"))
        config = folder / "config" / "bcm.yaml"
        listen = ["--setup-listen", f"127.0.0.1:{port}"]
        site = Process([*BCM_MQTT, "run", "-c", str(config), *listen], folder / "run.log")
        stack.enter_context(site)
        wait_until(lambda: "http://" in site.said(), 60, site.said)
        expect.set_options(timeout=WITHIN_MS)
        browser = stack.enter_context(chromium())
        page = browser.new_page(viewport={"width": 1000, "height": 640})
        page.set_default_timeout(WITHIN_MS)
        (address,) = re.findall(r"http://\S+#\S+", site.said())
        page.goto(address)
        set_up(page, broker.port, f"127.0.0.1:{meters}")
        address = f"http://127.0.0.1:{port}"
        look(page, address)
        bill(page, address)


def set_up(page: Page, broker_port: int, gateway: str) -> None:
    """The set-up page, to the first live value."""
    page.fill("[name=name]", "Data Center 1")
    page.fill("[name=time_zone]", "America/New_York")
    page.fill("[name=currency]", "USD")
    page.fill("[name=broker]", f"127.0.0.1:{broker_port}")
    page.fill("[name=energy]", "0.1185")
    page.fill("[name=addresses]", gateway)
    page.fill("[name=units]", "1-16")
    page.click("#scan")
    expect(page.locator("#found")).to_have_text("1 panel found.")
    page.locator("[data-name=name]").first.fill("RPP 1A")
    page.mouse.wheel(0, 200)
    taken(page, "tutorial-scan")
    page.select_option("[name=of]", label="RPP 1A")
    page.fill("[name=pasted]", SCHEDULE)
    expect(page.locator("#schedule-count")).to_have_text("5 circuits can be read")
    page.locator("#schedule-count").scroll_into_view_if_needed()
    taken(page, "tutorial-schedule")
    page.click("#take")
    page.click("#start")
    page.wait_for_selector(".card [data-key=kw]")


def look(page: Page, address: str) -> None:
    """The panel and one of its breakers."""
    page.goto(f"{address}/panels/rpp-1a")
    expect(page.locator("[data-key=p1]").first).to_have_text(re.compile(r"\d"))
    taken(page, "tutorial-panel")


def bill(page: Page, address: str) -> None:
    """The month so far, once there is something in it."""
    month = f"{now().astimezone(ZONE):%Y-%m}"
    page.goto(f"{address}/billing/{month}")
    page.get_by_role("button", name="Process").click()
    again = page.get_by_role("button", name="Process again")
    expect(again).to_be_visible()
    while page.get_by_text("0.000").count():
        page.wait_for_timeout(5_000)
        again.click()
        expect(page.get_by_text("Calculated 2").first).to_be_visible()
    page.get_by_role("heading", name="Customers").scroll_into_view_if_needed()
    page.mouse.wheel(0, 330)
    taken(page, "tutorial-billing")


def taken(page: Page, name: str) -> None:
    """Saves a picture of what is seen."""
    page.screenshot(path=str(IMAGES / f"{name}.png"))


if __name__ == "__main__":
    main()
