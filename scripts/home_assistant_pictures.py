"""Takes the pictures of docs/home-assistant.md: `make pictures`.

It starts the demo and a real Home Assistant beside it, and looks at it with Chromium.
"""  # noqa: INP001

import json
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from home_assistant.demo import ROOT, DemoHome
from home_assistant.instance import HomeAssistant

IMAGES = ROOT / "docs" / "images"
EXTRA = f"""\
frontend:
energy:
lovelace:
  dashboards:
    lovelace-power:
      mode: yaml
      title: Power
      icon: mdi:flash
      show_in_sidebar: true
      filename: {ROOT}/config/home-assistant/dashboard.yaml
"""
CUSTOMERS = 6
"""Of the demo."""
SETTLED_MS = 6_000
NEVER_MS = 4_102_444_800_000
"""In 2100."""


def use_energy_dashboard(home: HomeAssistant) -> None:
    """Chooses the customers as consumption with its cost, once their statistics are there."""

    def found(kind: str) -> list[str]:
        (listed,) = home.ask({"type": "recorder/list_statistic_ids"})
        names = sorted(item["statistic_id"] for item in listed if item["source"] == "bcm_mqtt")
        names = [name for name in names if kind in name]
        return names if len(names) == CUSTOMERS else []

    names = home.wait_for(lambda: found("_energy"), 600)
    costs = home.wait_for(lambda: found("_cost_"), 600)
    home.ask(
        {
            "type": "energy/save_prefs",
            "energy_sources": [
                {
                    "type": "grid",
                    "flow_from": [
                        {
                            "stat_energy_from": name,
                            "stat_cost": cost,
                            "entity_energy_price": None,
                            "number_energy_price": None,
                        }
                        for name, cost in zip(names, costs, strict=True)
                    ],
                    "flow_to": [],
                    "cost_adjustment_day": 0,
                }
            ],
            "device_consumption": [{"stat_consumption": name} for name in names],
        }
    )


def log_in(page: Page, home: HomeAssistant) -> None:
    """By the token of the tests."""
    url = f"http://127.0.0.1:{home.port}"
    tokens = {
        "access_token": home.token,
        "token_type": "Bearer",
        "expires_in": 1800,
        "hassUrl": url,
        "clientId": f"{url}/",
        "expires": NEVER_MS,
        "refresh_token": "",
    }
    page.add_init_script(f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))})")


def main() -> None:
    """Writes the pictures."""
    with (
        tempfile.TemporaryDirectory() as name,
        DemoHome(Path(name), extra_yaml=EXTRA) as demo,
        sync_playwright() as playwright,
    ):
        home = demo.home
        demo.expected()
        use_energy_dashboard(home)
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = chromium.new_page(
            viewport={"width": 1280, "height": 860}, timezone_id="America/New_York"
        )
        log_in(page, home)
        devices = {
            identifier: device.id for device in home.devices() for identifier in device.identifiers
        }
        for picture, path in {
            "panel": "lovelace-power/panel",
            "customers": "lovelace-power/customers",
            "energy": "energy",
            "customer": f"config/devices/device/{devices['demo_customer_Acme']}",
        }.items():
            page.goto(f"http://127.0.0.1:{home.port}/{path}")
            page.wait_for_timeout(SETTLED_MS)
            if picture == "energy":  # a whole day
                page.get_by_label("Previous").first.click()
                page.wait_for_timeout(SETTLED_MS)
            page.screenshot(path=IMAGES / f"home-assistant-{picture}.png")
        chromium.close()


if __name__ == "__main__":
    main()
