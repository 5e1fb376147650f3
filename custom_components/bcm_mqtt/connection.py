"""Whether Home Assistant is connected to the broker, and what waits for that."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from homeassistant.components import mqtt
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback

from .const import CONNECTED_WITHIN, DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


async def is_connected(hass: HomeAssistant) -> bool:
    """Whether it is, or becomes so within a moment, as on a start; mqtt must be set up."""
    if mqtt.is_connected(hass):
        return True
    changed = asyncio.Event()

    @callback
    def heard(connected: bool) -> None:  # noqa: FBT001 - as mqtt calls it
        if connected:
            changed.set()

    forget = mqtt.async_subscribe_connection_status(hass, heard)
    try:
        async with asyncio.timeout(CONNECTED_WITHIN.total_seconds()):
            await changed.wait()
    except TimeoutError:
        return False
    finally:
        forget()
    return True


@callback
def follow_connection(hass: HomeAssistant) -> None:
    """Sets up the entries that wait for the broker as soon as it is there, not minutes later."""

    @callback
    def heard(connected: bool) -> None:  # noqa: FBT001 - as mqtt calls it
        for entry in hass.config_entries.async_entries(DOMAIN) if connected else ():
            if entry.state is ConfigEntryState.SETUP_RETRY:
                hass.config_entries.async_schedule_reload(entry.entry_id)

    mqtt.async_subscribe_connection_status(hass, heard)
