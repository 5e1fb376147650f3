"""A bridge is found over MQTT, or by its base topic; options; another base topic."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from homeassistant.config_entries import SOURCE_MQTT, SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
from published import Billing, info
from pytest_homeassistant_custom_component.common import MockConfigEntry

FLOW = "custom_components.bcm_mqtt.config_flow"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{FLOW}.FOUND_WITHIN", timedelta(seconds=0.2))
    monkeypatch.setattr(f"{FLOW}._SETTLED_S", 0.05)


def heard(payload: str, topic: str = "bcm/bridge/dc1/info") -> MqttServiceInfo:
    return MqttServiceInfo(
        topic, payload, 1, retain=True, subscribed_topic="bcm/bridge/+/info", timestamp=0.0
    )


def runs(billing: Billing, base: str = "bcm", bridge: str = "dc1") -> None:
    billing.retain(f"{base}/bridge/{bridge}/state", "online")
    billing.retain(f"{base}/bridge/{bridge}/info", info(bridge=bridge))


async def found(hass: HomeAssistant, message: MqttServiceInfo) -> Any:  # noqa: ANN401
    return await hass.config_entries.flow.async_init(
        "bcm_mqtt", context={"source": SOURCE_MQTT}, data=message
    )


async def asked(hass: HomeAssistant, base: str) -> Any:  # noqa: ANN401
    begun = await hass.config_entries.flow.async_init("bcm_mqtt", context={"source": SOURCE_USER})
    assert begun["step_id"] == "user"
    return await hass.config_entries.flow.async_configure(begun["flow_id"], {"base_topic": base})


async def test_a_bridge_that_is_found_is_set_up_with_a_word_of_consent(
    hass: HomeAssistant, billing: Billing
) -> None:
    billing.retain("bcm/bridge/dc1/info", info())
    form = await found(hass, heard(info()))
    assert form["type"] is FlowResultType.FORM
    assert form["description_placeholders"] == {
        "site": "Data Center 1",
        "bridge": "dc1",
        "panels": "2",
    }
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": "Data Center 1"}
    again = await found(hass, heard(info()))
    assert again["reason"] == "already_in_progress"
    made = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    assert made["type"] is FlowResultType.CREATE_ENTRY
    assert made["title"] == "Data Center 1"
    assert made["data"] == {"base_topic": "bcm", "bridge": "dc1"}
    assert made["options"] == {"customers": True}
    assert made["result"].unique_id == "dc1_dc1"


@pytest.mark.parametrize(
    ("payload", "topic"),
    [
        ("", "bcm/bridge/dc1/info"),
        ("no json", "bcm/bridge/dc1/info"),
        (info(), "bridge/dc1/info"),
        (info(), "bcm/bridge/dc1/state"),
    ],
)
async def test_what_is_no_info_is_no_bridge(
    hass: HomeAssistant, billing: Billing, payload: str, topic: str
) -> None:
    result = await found(hass, heard(payload, topic))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "invalid_discovery_info")


async def test_a_bridge_that_is_set_up_is_not_found_again_and_does_not_end_the_search(
    hass: HomeAssistant, started: MockConfigEntry
) -> None:
    result = await found(hass, heard(info()))
    assert result["reason"] == "invalid_discovery_info"


async def test_a_base_topic_with_one_bridge_sets_it_up(
    hass: HomeAssistant, billing: Billing
) -> None:
    runs(billing, "site-2")
    made = await asked(hass, "site-2")
    assert made["type"] is FlowResultType.CREATE_ENTRY
    assert made["data"] == {"base_topic": "site-2", "bridge": "dc1"}
    # Found and asked for at the same time, it is set up once.
    result = await asked(hass, "site-2")
    assert result["reason"] == "already_configured"


async def test_of_several_bridges_one_is_chosen_and_the_second_shows_no_customers(
    hass: HomeAssistant, billing: Billing
) -> None:
    runs(billing)
    runs(billing, bridge="dc1-b")
    billing.retain("bcm/bridge/odd/info", "{}")
    form = await asked(hass, "bcm")
    assert form["step_id"] == "bridge"
    made = await hass.config_entries.flow.async_configure(form["flow_id"], {"bridge": "dc1-b"})
    assert made["data"] == {"base_topic": "bcm", "bridge": "dc1-b"}
    assert made["options"] == {"customers": True}
    assert made["title"] == "Data Center 1 (dc1-b)"
    made = await asked(hass, "bcm")
    assert made["title"] == "Data Center 1"
    assert made["data"] == {"base_topic": "bcm", "bridge": "dc1"}
    assert made["options"] == {"customers": False}


async def test_a_bridge_that_was_set_up_meanwhile_is_not_set_up_twice(
    hass: HomeAssistant, billing: Billing
) -> None:
    runs(billing)
    runs(billing, bridge="dc1-b")
    forms = [await asked(hass, "bcm") for _ in range(2)]
    results = [
        await hass.config_entries.flow.async_configure(form["flow_id"], {"bridge": "dc1"})
        for form in forms
    ]
    assert results[0]["type"] is FlowResultType.CREATE_ENTRY
    assert results[1]["reason"] == "already_configured"


@pytest.mark.parametrize(
    ("base", "error"),
    [
        ("a//b", "bad_base_topic"),
        ("a/", "bad_base_topic"),
        ("a+", "bad_base_topic"),
        ("empty", "no_bridge"),
        ("site/empty", "no_bridge"),
    ],
)
async def test_a_base_topic_without_a_bridge_can_be_corrected(
    hass: HomeAssistant, billing: Billing, base: str, error: str
) -> None:
    form = await asked(hass, base)
    assert form["errors"] == {"base_topic": error}
    runs(billing)
    made = await hass.config_entries.flow.async_configure(form["flow_id"], {"base_topic": "bcm"})
    assert made["type"] is FlowResultType.CREATE_ENTRY


async def test_without_a_broker_nothing_can_be_found(
    hass: HomeAssistant, billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{FLOW}.mqtt.is_connected", lambda _: False)
    form = await asked(hass, "bcm")
    assert form["errors"] == {"base_topic": "no_mqtt"}


async def test_another_base_topic_is_taken_over_if_it_is_the_same_bridge(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    form = await started.start_reconfigure_flow(hass)
    assert form["step_id"] == "reconfigure"
    configure = hass.config_entries.flow.async_configure
    result = await configure(form["flow_id"], {"base_topic": "nothing"})
    assert result["errors"] == {"base_topic": "no_bridge"}
    runs(billing, "other", "dc2")
    result = await configure(form["flow_id"], {"base_topic": "other"})
    assert result["errors"] == {"base_topic": "other_bridge"}
    billing.retain("new/bridge/dc1/info", info())
    billing.retain("new/bridge/dc1/state", "offline")
    result = await configure(form["flow_id"], {"base_topic": "new"})
    assert result["errors"] == {"base_topic": "bridge_is_offline"}
    assert started.data == {"base_topic": "bcm", "bridge": "dc1"}
    runs(billing, "new")
    result = await configure(form["flow_id"], {"base_topic": "new"})
    assert result["reason"] == "reconfigure_successful"
    await billing.settled()
    assert started.data == {"base_topic": "new", "bridge": "dc1"}
    assert started.runtime_data.topics.info == "new/bridge/dc1/info"


async def test_options_are_taken_over_at_once(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    form = await hass.config_entries.options.async_init(started.entry_id)
    assert form["step_id"] == "init"
    wanted = {
        "customers": False,
        "grace_minutes": 3,
        "estimated_percent": 7,
        "history_months": 24,
    }
    done = await hass.config_entries.options.async_configure(form["flow_id"], wanted)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await asyncio.sleep(0)
    await billing.settled()
    assert started.options == wanted
    assert not started.runtime_data.with_customers
