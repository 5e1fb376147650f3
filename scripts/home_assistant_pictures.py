"""Takes the pictures of docs/home-assistant.md: `make pictures`.

It starts the demo and a real Home Assistant beside it, and looks at it with Chromium.
"""  # noqa: INP001

import tempfile
from pathlib import Path

from home_assistant.browser import log_in, make_dashboard
from home_assistant.demo import ROOT, DemoHome
from home_assistant.instance import HomeAssistant
from peers.browser import chromium

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
DESKTOP, WHOLE_PANEL, PHONE = (1280, 860), (1280, 1180), (390, 844)


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


def main() -> None:
    """Writes the pictures."""
    with (
        tempfile.TemporaryDirectory() as name,
        DemoHome(Path(name), extra_yaml=EXTRA) as demo,
        chromium() as browser,
    ):
        home = demo.home
        demo.expected()
        use_energy_dashboard(home)
        make_dashboard(home, "bcm-site", "Site", {"strategy": {"type": "custom:bcm-mqtt"}})
        devices = {
            identifier: device.id for device in home.devices() for identifier in device.identifiers
        }
        for picture, size, path in (
            ("panel", DESKTOP, "lovelace-power/panel"),
            ("customers", DESKTOP, "lovelace-power/customers"),
            ("energy", DESKTOP, "energy"),
            ("customer", DESKTOP, f"config/devices/device/{devices['demo_customer_Acme']}"),
            ("card", WHOLE_PANEL, "bcm-site/demo-rpp-1a"),
            ("card-phone", PHONE, "bcm-site/demo-rpp-1a"),
            ("site-customers", DESKTOP, "bcm-site/customers"),
        ):
            width, height = size
            page = browser.new_page(
                viewport={"width": width, "height": height}, timezone_id="America/New_York"
            )
            log_in(page, home)
            page.goto(f"http://127.0.0.1:{home.port}/{path}")
            page.wait_for_timeout(SETTLED_MS)
            if picture == "energy":  # a whole day
                page.get_by_label("Previous").first.click()
                page.wait_for_timeout(SETTLED_MS)
            page.screenshot(path=IMAGES / f"home-assistant-{picture}.png")
            page.close()


if __name__ == "__main__":
    main()
