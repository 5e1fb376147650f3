"""Sensors of customers and of the site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfTime,
)

from .alarms import BY_URGENCY, NORMAL, counted
from .entity import BridgeEntity, CustomerEntity, SiteEntity, add_customers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
    from homeassistant.helpers.typing import StateType

    from .coordinator import BcmConfigEntry
    from .months import MonthToDate, SiteMonth
    from .payloads import BridgeInfo

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class CustomerSensorDescription(SensorEntityDescription):
    """How a customer's figure is read.

    Attributes:
        value: Of the month; None is unknown.
        of_month: Whether it begins again with each month.
        money: Whether its unit is the customer's currency.
        attributes: What says more of it.
    """

    value: Callable[[MonthToDate], StateType]
    of_month: bool = False
    money: bool = False
    attributes: Callable[[MonthToDate], Mapping[str, Any]] | None = None


@dataclass(frozen=True, kw_only=True)
class SiteSensorDescription(SensorEntityDescription):
    """How a site's figure is read."""

    value: Callable[[SiteMonth], StateType | datetime]
    of_month: bool = False


@dataclass(frozen=True, kw_only=True)
class BridgeSensorDescription(SensorEntityDescription):
    """How a bridge's figure is read; None is unknown."""

    value: Callable[[BridgeInfo], StateType]


CUSTOMER_SENSORS = (
    CustomerSensorDescription(
        key="energy",
        translation_key="energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        value=lambda month: month.kwh,
        of_month=True,
    ),
    CustomerSensorDescription(
        key="cost",
        translation_key="cost",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
        value=lambda month: month.cost,
        of_month=True,
        money=True,
    ),
    CustomerSensorDescription(
        key="last_energy",
        translation_key="last_energy",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        value=lambda month: month.last.kwh if month.last else None,
        attributes=lambda month: {"period": month.last.period} if month.last else {},
    ),
    CustomerSensorDescription(
        key="last_cost",
        translation_key="last_cost",
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
        value=lambda month: month.last.cost if month.last else None,
        money=True,
        attributes=lambda month: {"period": month.last.period} if month.last else {},
    ),
    CustomerSensorDescription(
        key="estimated_share",
        translation_key="estimated_share",
        entity_category=EntityCategory.DIAGNOSTIC,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=1,
        value=lambda month: None if (share := month.estimated_share) is None else share * 100,
    ),
    CustomerSensorDescription(
        key="peak_demand",
        translation_key="peak_demand",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        suggested_display_precision=2,
        value=lambda month: month.peak_kw,
        attributes=lambda month: {"at": month.peak_at} if month.peak_at else {},
    ),
)

SITE_SENSORS = (
    SiteSensorDescription(
        key="site_energy",
        translation_key="site_energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        value=lambda site: site.kwh,
        of_month=True,
    ),
    SiteSensorDescription(
        key="unallocated_energy",
        translation_key="unallocated_energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        value=lambda site: site.unallocated_kwh,
        of_month=True,
    ),
    SiteSensorDescription(
        key="unassigned_circuits",
        translation_key="unassigned_circuits",
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda site: site.unassigned_circuits,
    ),
    SiteSensorDescription(
        key="stored_until",
        translation_key="stored_until",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda site: site.stored_until,
    ),
)


BRIDGE_SENSORS = (
    BridgeSensorDescription(
        key="outbox_lasts",
        translation_key="outbox_lasts",
        device_class=SensorDeviceClass.DURATION,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfTime.HOURS,
        # To the hour while it is long: each change is a row of Home Assistant's database.
        suggested_display_precision=0,
        value=lambda info: _hours(info.lasts),
    ),
    BridgeSensorDescription(
        key="snapshots_lost",
        translation_key="snapshots_lost",
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda info: sum(span.snapshots for span in info.lost),
    ),
)


ALARMS = SensorEntityDescription(
    key="alarms",
    translation_key="alarms",
    device_class=SensorDeviceClass.ENUM,
    options=list(BY_URGENCY),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: BcmConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Adds the sensors of bridge and site, and those of customers as they come."""
    coordinator = entry.runtime_data
    async_add_entities(BridgeSensor(coordinator, described) for described in BRIDGE_SENSORS)
    async_add_entities([AlarmsSensor(coordinator, ALARMS)])
    if not coordinator.with_customers:
        return
    async_add_entities(SiteSensor(coordinator, described) for described in SITE_SENSORS)
    add_customers(
        entry,
        async_add_entities,
        lambda topic: [
            CustomerSensor(coordinator, topic, described) for described in CUSTOMER_SENSORS
        ],
    )


class CustomerSensor(CustomerEntity, SensorEntity):
    """A figure of a customer's month."""

    entity_description: CustomerSensorDescription

    @property
    def native_value(self) -> StateType:
        """The figure."""
        return self.entity_description.value(self.month)

    @property
    def native_unit_of_measurement(self) -> str | None:
        """The customer's currency, of money."""
        if self.entity_description.money:
            return self.month.currency
        return self.entity_description.native_unit_of_measurement

    @property
    def last_reset(self) -> datetime | None:
        """Local midnight of the site's first of the month."""
        return self.month.start if self.entity_description.of_month else None

    @property
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """What says more of it."""
        attributes = self.entity_description.attributes
        return attributes(self.month) if attributes else None


class SiteSensor(SiteEntity, SensorEntity):
    """A figure of the site's month."""

    entity_description: SiteSensorDescription

    @property
    def native_value(self) -> StateType | datetime:
        """The figure."""
        site = self.coordinator.data.site
        return self.entity_description.value(site) if site else None

    @property
    def last_reset(self) -> datetime | None:
        """Local midnight of the site's first of the month."""
        site = self.coordinator.data.site
        return site.start if site and self.entity_description.of_month else None


class BridgeSensor(BridgeEntity, SensorEntity):
    """A figure of the bridge itself."""

    entity_description: BridgeSensorDescription

    @property
    def native_value(self) -> StateType:
        """The figure."""
        return self.entity_description.value(self.coordinator.info)


class AlarmsSensor(BridgeEntity, SensorEntity):
    """The most urgent state of the overload alarms of a bridge's circuits and mains."""

    @property
    def native_value(self) -> str:
        """Its state; normal where there is none."""
        return next(iter(self._counted), NORMAL)

    @property
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """How many are in each state."""
        return self._counted

    @property
    def _counted(self) -> dict[str, int]:
        return counted(self.coordinator.data.alarms.values(), self.coordinator.info.panels)


def _hours(lasts: timedelta | None) -> float | None:
    """Whole hours, below a day with a tenth."""
    if lasts is None:
        return None
    hours = lasts.total_seconds() / 3600
    return float(round(hours)) if hours >= 24 else round(hours, 1)
