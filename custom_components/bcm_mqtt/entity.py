"""What the entities of customers and of the site share, and how they come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import BcmConfigEntry, BcmCoordinator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity import Entity, EntityDescription
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .months import MonthToDate
    from .payloads import BridgeInfo


_NAMED_BY_ID: Final = "via_device_id" in DeviceInfo.__optional_keys__
"""Later releases name the device that another is reached through by its id, 2025.4 cannot."""


def title_of(info: BridgeInfo) -> str:
    """The site's name, and which bridge it is where that is not named like its site."""
    return info.site_name if info.bridge == info.site else f"{info.site_name} ({info.bridge})"


def site_identifier(coordinator: BcmCoordinator) -> tuple[str, str]:
    """Of the site's device."""
    return DOMAIN, f"{coordinator.site}_{coordinator.topics.bridge}"


def customer_identifier(coordinator: BcmCoordinator, customer: str) -> tuple[str, str]:
    """Of a customer's device."""
    return DOMAIN, f"{coordinator.site}_customer_{customer}"


def identifiers(coordinator: BcmCoordinator) -> set[tuple[str, str]]:
    """Of all devices that there should be."""
    customers = coordinator.data.customers.values()
    found = {customer_identifier(coordinator, month.customer) for month in customers}
    return found | {site_identifier(coordinator)}


class BridgeEntity(CoordinatorEntity[BcmCoordinator]):
    """Of the site's device."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: BcmCoordinator, description: EntityDescription) -> None:
        """Belongs to the site's device."""
        super().__init__(coordinator)
        self.entity_description = description
        identifier = site_identifier(coordinator)
        self._attr_unique_id = f"{identifier[1]}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={identifier})

    @property
    def available(self) -> bool:
        """While the bridge is there: it alone knows."""
        return self.coordinator.data.connected and self.coordinator.data.online


class SiteEntity(BridgeEntity):
    """Of the site as a whole."""

    @property
    def available(self) -> bool:
        """While the broker is there: what is retained holds also when nobody measures."""
        return self.coordinator.data.connected and self.coordinator.data.site is not None


class CustomerEntity(CoordinatorEntity[BcmCoordinator]):
    """Of one customer."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: BcmCoordinator, topic: str, description: EntityDescription
    ) -> None:
        """Belongs to the customer's device; the customer must be there."""
        super().__init__(coordinator)
        self.entity_description = description
        self._topic = topic
        self._month = month = coordinator.data.customers[topic]
        identifier = customer_identifier(coordinator, month.customer)
        self._attr_unique_id = f"{identifier[1]}_{description.key}"
        info = DeviceInfo(
            identifiers={identifier},
            name=month.name,
            manufacturer="bcm-mqtt",
            model="Customer",
            entry_type=DeviceEntryType.SERVICE,
        )
        if _NAMED_BY_ID:
            info["via_device_id"] = coordinator.site_device  # type: ignore[typeddict-unknown-key]
        else:
            info["via_device"] = site_identifier(coordinator)
        self._attr_device_info = info

    @property
    def month(self) -> MonthToDate:
        """What was published last; of a customer that goes, what it was."""
        self._month = self.coordinator.data.customers.get(self._topic, self._month)
        return self._month

    @property
    def available(self) -> bool:
        """While the broker is there, and the customer."""
        data = self.coordinator.data
        return data.connected and self._topic in data.customers


def add_customers(
    entry: BcmConfigEntry,
    add: AddConfigEntryEntitiesCallback,
    made: Callable[[str], Iterable[Entity]],
) -> None:
    """Adds a platform's entities of the customers that are there, and of those that come.

    Args:
        entry: Set up.
        add: Of the platform.
        made: The entities of a customer by its topic.
    """
    coordinator = entry.runtime_data
    known: set[str] = set()

    @callback
    def look() -> None:
        there = coordinator.data.customers.keys()
        new = [topic for topic in there if topic not in known]
        known.clear()
        known.update(there)
        if new:
            add(entity for topic in new for entity in made(topic))

    look()
    entry.async_on_unload(coordinator.async_add_listener(look))


@callback
def remove_gone(hass: HomeAssistant, entry: BcmConfigEntry) -> None:
    """Removes the devices of customers that are gone, and with them their entities.

    Only once all that are there must have come: on a start they come one by one.
    """
    coordinator = entry.runtime_data
    if coordinator.with_customers and not coordinator.data.complete:
        return
    there = identifiers(coordinator)
    registry = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        if not device.identifiers & there:
            registry.async_remove_device(device.id)
