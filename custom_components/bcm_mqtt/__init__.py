"""Customers, bills and repairs of bcm-mqtt, beside the circuits that MQTT discovery makes.

Owns: a device for each customer, actions, repairs, statistics, the card of a panel. Does not
own: anything of a circuit, which is mqtt's; any figure, which are bcm-mqtt's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.components import mqtt
from homeassistant.const import Platform
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType

from .actions import register_actions
from .card import serve_card
from .connection import follow_connection, is_connected
from .const import DOMAIN
from .coordinator import BcmConfigEntry, BcmCoordinator
from .entity import identifiers, remove_gone, site_identifier, title_of
from .issues import watch
from .statistics import follow_history

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.device_registry import DeviceEntry
    from homeassistant.helpers.typing import ConfigType

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = [Platform.BINARY_SENSOR, Platform.SENSOR]


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Registers actions and card, which are there also while no bridge is."""
    register_actions(hass)
    await serve_card(hass)
    follow_connection(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: BcmConfigEntry) -> bool:
    """Follows a bridge."""
    if not await mqtt.async_wait_for_mqtt_client(hass):
        raise ConfigEntryNotReady(translation_domain=DOMAIN, translation_key="no_mqtt")
    if not await is_connected(hass):
        # What is subscribed to before, and forgotten again, makes mqtt fail once it connects.
        raise ConfigEntryNotReady(translation_domain=DOMAIN, translation_key="not_connected")
    coordinator = BcmCoordinator(hass, entry)
    await coordinator.start()
    entry.runtime_data = coordinator
    site = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={site_identifier(coordinator)},
        name=title_of(coordinator.info),
        manufacturer="bcm-mqtt",
        model="Site",
        sw_version=coordinator.info.version,
        entry_type=DeviceEntryType.SERVICE,
    )
    coordinator.site_device = site.id
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    remove_gone(hass, entry)
    entry.async_on_unload(coordinator.async_add_listener(lambda: remove_gone(hass, entry)))
    entry.async_on_unload(entry.add_update_listener(_changed))
    await watch(hass, entry)
    follow_history(hass, entry)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: BcmConfigEntry) -> bool:
    """Takes the entities away; the subscriptions end with the entry."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_config_entry_device(
    _hass: HomeAssistant, entry: BcmConfigEntry, device: DeviceEntry
) -> bool:
    """Lets people remove the devices of customers that are not there any more."""
    return not device.identifiers & identifiers(entry.runtime_data)


async def _changed(hass: HomeAssistant, entry: BcmConfigEntry) -> None:
    await hass.config_entries.async_reload(entry.entry_id)
