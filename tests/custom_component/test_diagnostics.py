"""Diagnostics name no customer; system health counts."""

import json

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from published import Billing, info, month, publish
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)

from custom_components.bcm_mqtt.diagnostics import async_get_config_entry_diagnostics


async def test_diagnostics_have_the_figures_and_no_name(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    publish(hass, "bridge/dc1/info", info(directory_problem="circuits.csv:3: Customer1 twice"))
    reasons = {**json.loads(month("A/B"))["last_month"], "holds": ["Able Inc. was away"]}
    publish(hass, "customer/A%2FB/month_to_date", month("A/B", name="Able", last_month=reasons))
    await billing.settled()
    found = await async_get_config_entry_diagnostics(hass, started)
    text = json.dumps(found, default=str)
    assert "258.0" in text
    assert "rpp-1a" in text
    for secret in ("Customer1", "Able", "A/B", "A%2FB", "Data Center"):
        assert secret not in text


async def test_system_health_counts_bridges_panels_and_customers(
    hass: HomeAssistant, started: MockConfigEntry
) -> None:
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    assert await get_system_health_info(hass, "bcm_mqtt") == {
        "bridges": 1,
        "bridges_online": 1,
        "bridge_versions": "0.1.0",
        "panels": 2,
        "panels_answering": 1,
        "snapshots_waiting": 0,
        "customers": 2,
    }
