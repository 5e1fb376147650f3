"""Whether a customer's last bill waits for a review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)

from .entity import CustomerEntity, add_customers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .coordinator import BcmConfigEntry

PARALLEL_UPDATES = 0

REVIEW_HOLD = BinarySensorEntityDescription(
    key="review_hold",
    translation_key="review_hold",
    device_class=BinarySensorDeviceClass.PROBLEM,
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: BcmConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Adds one for each customer."""
    coordinator = entry.runtime_data
    add_customers(
        entry, async_add_entities, lambda topic: [ReviewHold(coordinator, topic, REVIEW_HOLD)]
    )


class ReviewHold(CustomerEntity, BinarySensorEntity):
    """On while last month's bill must be reviewed before it is issued."""

    @property
    def is_on(self) -> bool | None:
        """Unknown where there was no bill last month."""
        return self.month.last.held if self.month.last else None

    @property
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Of which month, and why."""
        last = self.month.last
        return {"period": last.period, "reasons": list(last.reasons)} if last else {}
