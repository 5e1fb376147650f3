"""A device per customer, made and removed as customers come and go."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from published import Billing, info, month, publish, site_month
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bcm_mqtt import async_remove_config_entry_device

ONE = "customer/Customer1/month_to_date"


def value(hass: HomeAssistant, key: str, platform: str = "sensor") -> str:
    registry = er.async_get(hass)
    entity = registry.async_get_entity_id(platform, "bcm_mqtt", key)
    assert entity, key
    state = hass.states.get(entity)
    assert state
    return state.state


def devices(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str | None]:
    found = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {next(iter(device.identifiers))[1]: device.name for device in found}


async def test_a_customer_has_a_device_with_its_month(
    hass: HomeAssistant, started: MockConfigEntry
) -> None:
    assert devices(hass, started) == {
        "dc1_dc1": "Data Center 1",
        "dc1_customer_Customer1": "Customer1, Inc.",
        "dc1_customer_A/B": "Able",
    }
    expected = {
        "energy": "258.0",
        "cost": "30.57",
        "last_energy": "806.4",
        "last_cost": "95.56",
        "estimated_share": "1.2",
        "peak_demand": "1.2",
    }
    for key, shown in expected.items():
        assert value(hass, f"dc1_customer_Customer1_{key}") == shown, key
    assert value(hass, "dc1_customer_Customer1_review_hold", "binary_sensor") == "on"
    energy = hass.states.get("sensor.customer1_inc_energy_this_month")
    assert energy
    assert energy.attributes["last_reset"] == "2026-03-01T05:00:00+00:00"
    assert energy.attributes["state_class"] == "total"
    cost = hass.states.get("sensor.customer1_inc_cost_this_month")
    assert cost
    assert cost.attributes["unit_of_measurement"] == "USD"
    hold = hass.states.get("binary_sensor.customer1_inc_review_hold")
    assert hold
    assert hold.attributes["reasons"] == ["10 % of the energy is estimated, more than 5 %"]


async def test_without_a_tariff_a_peak_or_a_last_month_it_is_unknown(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    assert value(hass, "dc1_customer_A/B_cost") == "unknown"
    publish(hass, "customer/A%2FB/month_to_date", month("A/B", peak=None, last_month=None))
    await billing.settled()
    for key in ("last_energy", "last_cost", "peak_demand"):
        assert value(hass, f"dc1_customer_A/B_{key}") == "unknown"
    assert value(hass, "dc1_customer_A/B_review_hold", "binary_sensor") == "unknown"


async def test_a_month_of_which_nothing_was_measured_is_unknown_and_not_nothing(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    figures = ("kwh", "cost", "estimated_share", "measured_hours", "estimated_hours")
    nothing = {**dict.fromkeys(figures, 0.0), "last_month": None, "peak": None}
    publish(hass, ONE, month("Customer1", **nothing))
    publish(hass, "billing/month_to_date", site_month(kwh=0.0, stored_until=None))
    await billing.settled()
    for key in ("energy", "cost", "estimated_share", "last_energy", "last_cost", "peak_demand"):
        assert value(hass, f"dc1_customer_Customer1_{key}") == "unknown", key
    for key in ("site_energy", "unallocated_energy"):
        assert value(hass, f"dc1_dc1_{key}") == "unknown", key
    # A month that has just begun is not measured yet, and its counters begin at nothing.
    publish(hass, ONE, month("Customer1", **nothing, as_of="2026-03-01T05:01:00.000Z"))
    await billing.settled()
    assert value(hass, "dc1_customer_Customer1_energy") == "0.0"
    assert value(hass, "dc1_customer_Customer1_cost") == "0.0"


async def test_the_site_has_a_device_with_what_is_nobodys(
    hass: HomeAssistant, started: MockConfigEntry
) -> None:
    assert value(hass, "dc1_dc1_site_energy") == "500.0"
    assert value(hass, "dc1_dc1_unallocated_energy") == "12.5"
    assert value(hass, "dc1_dc1_unassigned_circuits") == "0"


async def test_how_long_the_outbox_lasts_is_shown_while_the_bridge_is_there(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    assert value(hass, "dc1_dc1_outbox_lasts") == "unknown"  # of an earlier bridge
    assert value(hass, "dc1_dc1_snapshots_lost") == "0"
    at = "2026-03-10T12:30:00.000Z"
    lost = {"panel": "rpp-1a", "source": "", "first": at, "last": at, "snapshots": 7, "cause": "-"}
    outbox = {"waiting": 9, "dropped": 7, "disk_fails": False, "lasts_s": 604_790, "lost": [lost]}
    publish(hass, "bridge/dc1/info", info(outbox=outbox))
    await billing.settled()
    assert value(hass, "dc1_dc1_outbox_lasts") == "168.0"
    assert value(hass, "dc1_dc1_snapshots_lost") == "7"
    publish(hass, "bridge/dc1/info", info(outbox={**outbox, "lasts_s": 5_000}))
    await billing.settled()
    assert value(hass, "dc1_dc1_outbox_lasts") == "1.4"
    publish(hass, "bridge/dc1/state", "offline")
    await billing.settled()
    assert value(hass, "dc1_dc1_outbox_lasts") == "unavailable"


async def test_a_customer_that_comes_is_added_and_one_that_goes_is_removed_and_may_return(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    publish(hass, "customer/New/month_to_date", month("New"))
    await billing.settled()
    assert value(hass, "dc1_customer_New_energy") == "258.0"
    publish(hass, "customer/New/month_to_date", "")
    await billing.settled()
    assert "dc1_customer_New" not in devices(hass, started)
    assert not er.async_get(hass).async_get_entity_id(
        "sensor", "bcm_mqtt", "dc1_customer_New_energy"
    )
    publish(hass, "customer/New/month_to_date", month("New", kwh=1))
    await billing.settled()
    assert value(hass, "dc1_customer_New_energy") == "1.0"


async def test_one_that_went_while_nobody_looked_is_removed_once_billing_has_published(
    hass: HomeAssistant, entry: MockConfigEntry, billing: Billing
) -> None:
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("bcm_mqtt", "dc1_customer_Gone")}, name="Gone"
    )
    billing.retain("bcm/bridge/dc1/info", info())
    billing.retain("bcm/billing/month_to_date", site_month())
    assert await hass.config_entries.async_setup(entry.entry_id)
    await billing.settled()
    assert "dc1_customer_Gone" in devices(hass, entry)  # what is retained may come in any order
    publish(hass, "billing/month_to_date", site_month())
    await billing.settled()
    assert "dc1_customer_Gone" not in devices(hass, entry)


async def test_people_can_remove_a_device_that_is_not_there_and_no_other(
    hass: HomeAssistant, started: MockConfigEntry
) -> None:
    registry = dr.async_get(hass)
    gone = registry.async_get_or_create(
        config_entry_id=started.entry_id, identifiers={("bcm_mqtt", "dc1_customer_Gone")}
    )
    [there] = [
        device
        for device in dr.async_entries_for_config_entry(registry, started.entry_id)
        if ("bcm_mqtt", "dc1_customer_Customer1") in device.identifiers
    ]
    assert await async_remove_config_entry_device(hass, started, gone)
    assert not await async_remove_config_entry_device(hass, started, there)


async def test_what_cannot_be_read_is_told_once_and_the_last_good_one_stands(
    hass: HomeAssistant,
    started: MockConfigEntry,
    billing: Billing,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for payload in ("no json", "[]", '{"v": 2}', '{"v": 1}', '{"v": 1, "customer": "x"}'):
        publish(hass, ONE, payload)
        publish(hass, "bridge/dc1/info", payload)
        publish(hass, "billing/month_to_date", payload)
    await billing.settled()
    assert value(hass, "dc1_customer_Customer1_energy") == "258.0"
    messages = [text for text in caplog.messages if "month_to_date:" in text or "/info:" in text]
    assert len(messages) == 3
    publish(hass, ONE, month("Customer1", kwh=259))
    await billing.settled()
    assert value(hass, "dc1_customer_Customer1_energy") == "259.0"


async def test_a_bad_time_in_a_month_is_refused(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    publish(hass, ONE, month("Customer1", start="yesterday", kwh=1))
    await billing.settled()
    assert value(hass, "dc1_customer_Customer1_energy") == "258.0"


async def test_without_the_broker_all_is_unavailable(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    started.runtime_data._connection(False)
    await billing.settled()
    assert value(hass, "dc1_customer_Customer1_energy") == "unavailable"
    assert value(hass, "dc1_dc1_site_energy") == "unavailable"
    started.runtime_data._connection(True)
    await billing.settled()
    assert value(hass, "dc1_customer_Customer1_energy") == "258.0"


async def test_a_second_bridge_of_a_site_shows_no_customers(
    hass: HomeAssistant, entry: MockConfigEntry, billing: Billing
) -> None:
    hass.config_entries.async_update_entry(entry, options={"customers": False})
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("bcm_mqtt", "dc1_customer_Customer1")}
    )
    billing.retain("bcm/bridge/dc1/info", info())
    assert await hass.config_entries.async_setup(entry.entry_id)
    publish(hass, ONE, month("Customer1"))
    publish(hass, "billing/month_to_date", site_month())
    await billing.settled()
    assert devices(hass, entry) == {"dc1_dc1": "Data Center 1"}
    shown = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert {entity.translation_key for entity in shown} == {
        "alarms",
        "outbox_lasts",
        "snapshots_lost",
    }


async def test_a_bridge_that_was_never_there_is_tried_again(
    hass: HomeAssistant, entry: MockConfigEntry, billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "custom_components.bcm_mqtt.coordinator.FOUND_WITHIN", timedelta(seconds=0.05)
    )
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state.value == "setup_retry"
    assert entry.error_reason_translation_key == "no_bridge"


async def test_without_mqtt_it_is_tried_again(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    with (
        patch("custom_components.bcm_mqtt.mqtt.async_wait_for_mqtt_client", return_value=False),
        patch("homeassistant.components.mqtt.async_setup", return_value=True),
    ):
        assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state.value == "setup_retry"


async def test_it_is_unloaded_and_loaded_again(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    publish(hass, ONE, month("Customer1", kwh=300))
    assert await hass.config_entries.async_unload(started.entry_id)
    await billing.settled()
    assert value(hass, "dc1_customer_Customer1_energy") == "unavailable"
    billing.retain("bcm/customer/Customer1/month_to_date", month("Customer1", kwh=301))
    assert await hass.config_entries.async_setup(started.entry_id)
    await billing.settled()
    assert value(hass, "dc1_customer_Customer1_energy") == "301.0"
