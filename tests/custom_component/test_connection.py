"""An entry waits for the broker, without a trace at mqtt, and goes on when it is there."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from homeassistant.components.mqtt.const import MQTT_CONNECTION_STATE
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send
from published import BASE, Billing, info
from pytest_homeassistant_custom_component.common import MockConfigEntry

CONNECTION = "custom_components.bcm_mqtt.connection"


@pytest.fixture
def away(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    billing: Billing,
    mqtt_mock: Any,  # noqa: ANN401
) -> MockConfigEntry:
    """The entry, while its bridge is there and the broker is not."""
    billing.retain(f"{BASE}/bridge/dc1/state", "online")
    billing.retain(f"{BASE}/bridge/dc1/info", info())
    mqtt_mock.connected = False
    return entry


def state_of(entry: MockConfigEntry) -> ConfigEntryState:
    """By now."""
    state: ConfigEntryState = entry.state
    return state


async def test_without_a_broker_nothing_is_subscribed_to(
    hass: HomeAssistant,
    away: MockConfigEntry,
    billing: Billing,
    mqtt_mock: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"{CONNECTION}.CONNECTED_WITHIN", timedelta(seconds=0.05))
    subscribed = mqtt_mock.async_subscribe.call_count
    assert not await hass.config_entries.async_setup(away.entry_id)
    assert state_of(away) is ConfigEntryState.SETUP_RETRY
    assert away.error_reason_translation_key == "not_connected"
    assert mqtt_mock.async_subscribe.call_count == subscribed

    mqtt_mock.connected = True
    async_dispatcher_send(hass, MQTT_CONNECTION_STATE, True)
    await billing.settled()
    assert state_of(away) is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(away.entry_id)


async def test_a_start_waits_for_a_connection_that_comes_at_once(
    hass: HomeAssistant,
    away: MockConfigEntry,
    mqtt_mock: Any,  # noqa: ANN401
) -> None:
    setting_up = asyncio.create_task(hass.config_entries.async_setup(away.entry_id))
    async_dispatcher_send(hass, MQTT_CONNECTION_STATE, False)
    await asyncio.sleep(0.05)
    assert not setting_up.done()
    mqtt_mock.connected = True
    async_dispatcher_send(hass, MQTT_CONNECTION_STATE, True)
    assert await setting_up
    assert state_of(away) is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(away.entry_id)
