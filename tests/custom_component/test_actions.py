"""What automations can ask for, and what they are told when it cannot be done."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import voluptuous as vol
from homeassistant.components import persistent_notification
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from published import Billing, info, publish
from pytest_homeassistant_custom_component.common import MockConfigEntry

REPORT, CIRCUIT = "bcm/billing/request/report", "bcm/bridge/dc1/request/circuit"
ACKNOWLEDGE = "bcm/bridge/dc1/request/acknowledge"


async def call(hass: HomeAssistant, action: str, **data: object) -> Any:  # noqa: ANN401
    return await hass.services.async_call(
        "bcm_mqtt", action, data, blocking=True, return_response=action == "billing_report"
    )


def circuit_device(hass: HomeAssistant, identifier: str) -> str:
    mqtt = hass.config_entries.async_entries("mqtt")[0]
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=mqtt.entry_id, identifiers={("mqtt", identifier)}, name=identifier
    )
    return device.id


async def test_a_report_is_what_billing_answers(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    billing.answers[REPORT] = lambda _: {"status": "ok", "report": {"month": "2026-02"}}
    billing.asked.clear()
    assert await call(hass, "billing_report", month="2026-02") == {"month": "2026-02"}
    await call(hass, "billing_report", month="2026-02", customer="A/B")
    assert billing.asked == [
        (REPORT, {"month": "2026-02"}),
        (REPORT, {"month": "2026-02", "customer": "A/B"}),
    ]


async def test_what_is_refused_says_why(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    billing.answers[REPORT] = lambda _: {"status": "error", "error": "no rate"}
    with pytest.raises(HomeAssistantError, match="no rate") as raised:
        await call(hass, "billing_report", month="2026-02")
    assert raised.value.translation_key == "refused"
    assert not isinstance(raised.value, ServiceValidationError)
    answer = {"status": "error", "error": "unknown customer", "done": False, "mistake": True}
    billing.answers[REPORT] = lambda _: answer
    with pytest.raises(ServiceValidationError, match="Not done: unknown customer"):
        await call(hass, "billing_report", month="2026-02")


async def test_what_an_entity_asked_for_and_was_not_done_is_said(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    def said() -> list[str]:
        found = persistent_notification._async_get_or_create_notifications(hass)
        return [one["message"] for one in found.values()]

    refused = {"status": "error", "error": "pole 3 is on breakers 1", "transaction": None}
    for topic, response in (
        ("bridge/dc1/response/circuit", {**refused, "transaction": "of somebody"}),
        ("bridge/dc1/response/circuit", {"status": "ok", "changed": 1, "transaction": None}),
        ("billing/response/report", refused),
    ):
        publish(hass, topic, json.dumps(response))
    await billing.settled()
    assert said() == []
    publish(hass, "bridge/dc1/response/circuit", json.dumps(refused))
    await billing.settled()
    (message,) = said()
    assert message.endswith("everything is as it was: pole 3 is on breakers 1")


async def test_an_answer_that_does_not_come_is_not_waited_for_for_ever(
    hass: HomeAssistant,
    started: MockConfigEntry,
    billing: Billing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("custom_components.bcm_mqtt.actions.BILLING_ANSWERS_WITHIN_S", 0.05)
    billing.answers[REPORT] = lambda _: None
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "billing_report", month="2026-02")
    assert raised.value.translation_key == "no_answer"


async def test_responses_to_others_and_what_is_none_are_passed_over(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    heard = asyncio.Event()
    billing.answers[REPORT] = lambda _: heard.set()
    asked = asyncio.create_task(call(hass, "billing_report", month="2026-02"))
    await heard.wait()
    for payload in ("no json", "[]", '{"status": "ok"}', '{"transaction": {}}'):
        publish(hass, "billing/response/report", payload)
    (transaction,) = started.runtime_data.requests._waiting
    answer = '{"status": "ok", "report": {"n": %d}, "transaction": "' + transaction + '"}'
    publish(hass, "billing/response/report", answer % 1)
    publish(hass, "billing/response/report", answer % 2)
    assert await asked == {"n": 1}


async def test_circuits_are_changed_by_panel_and_pole_or_by_device(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    billing.asked.clear()
    shares = {"power_factor": 0.9, "power_factor_tolerance": 0.02}
    await call(hass, "set_circuit", panel="rpp-1a", pole=13, rating=30, **shares)
    device = circuit_device(hass, "dc1_rpp_2_7")
    await call(hass, "assign_customer", device_id=device, customer="C9", valid_from="2026-03-10")
    await call(hass, "assign_customer", panel="rpp-1a", pole=[1, 2], customer="")
    changes = {"customer": "C9", "valid_from": "2026-03-10"}
    assert billing.asked == [
        (
            CIRCUIT,
            {"circuits": [{"panel": "rpp-1a", "pole": 13, "rating": 30, **shares}]},
        ),
        (CIRCUIT, {"circuits": [{"panel": "rpp_2", "pole": 7, **changes}]}),
        (
            CIRCUIT,
            {"circuits": [{"panel": "rpp-1a", "pole": pole, "customer": ""} for pole in (1, 2)]},
        ),
    ]


async def test_alarms_are_acknowledged_of_circuits_of_a_panel_or_of_all(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    billing.asked.clear()
    await call(hass, "acknowledge_alarm")
    await call(hass, "acknowledge_alarm", panel="rpp-1a", kind="imbalance")
    await call(hass, "acknowledge_alarm", panel="rpp-1a", pole=[1, 2], kind="overload")
    assert billing.asked == [
        (ACKNOWLEDGE, {}),
        (ACKNOWLEDGE, {"panel": "rpp-1a", "kind": "imbalance"}),
        (ACKNOWLEDGE, {"panel": "rpp-1a", "pole": 1, "kind": "overload"}),
        (ACKNOWLEDGE, {"panel": "rpp-1a", "pole": 2, "kind": "overload"}),
    ]


async def test_a_bridge_that_keeps_a_journal_is_told_who_acknowledges(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    publish(hass, "bridge/dc1/info", info(names=True))
    await hass.async_block_till_done()
    billing.asked.clear()
    ann = await hass.auth.async_create_user("Ann")
    for context in (Context(user_id=ann.id), Context()):
        await hass.services.async_call(
            "bcm_mqtt", "acknowledge_alarm", {"panel": "rpp-1a"}, blocking=True, context=context
        )
    assert billing.asked == [
        (ACKNOWLEDGE, {"panel": "rpp-1a", "by": "Ann (Home Assistant)"}),
        (ACKNOWLEDGE, {"panel": "rpp-1a", "by": "Home Assistant"}),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"panel": "rpp-1a"}, "no_circuit"),
        ({}, "no_circuit"),
        ({"pole": 1}, "no_circuit"),
        ({"panel": "rpp-9", "pole": 1}, "no_such_bridge"),
        ({"config_entry_id": "x", "panel": "rpp-1a", "pole": 1}, "no_such_bridge"),
        ({"device_id": "x"}, "not_a_circuit"),
    ],
)
async def test_what_names_no_circuit_is_refused(
    hass: HomeAssistant, started: MockConfigEntry, data: dict[str, object], reason: str
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, "assign_customer", customer="C", **data)
    assert raised.value.translation_key == reason


@pytest.mark.parametrize("identifier", ["dc1_rpp-1a", "dc1_rpp-9_1", "other"])
async def test_a_device_that_is_no_circuit_is_refused(
    hass: HomeAssistant, started: MockConfigEntry, identifier: str
) -> None:
    device = circuit_device(hass, identifier)
    with pytest.raises(ServiceValidationError, match=f"{identifier} is no circuit"):
        await call(hass, "assign_customer", customer="C", device_id=device)


async def test_of_several_bridges_one_is_named_or_told_by_its_panel(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    second = MockConfigEntry(
        domain="bcm_mqtt",
        title="B",
        unique_id="dc1_b",
        data={"base_topic": "bcm", "bridge": "b"},
        options={"customers": False},
    )
    second.add_to_hass(hass)
    panels = {"rpp-b": {"answering": True}}
    billing.retain("bcm/bridge/b/state", "online")
    billing.retain("bcm/bridge/b/info", info(bridge="b", panels=panels))
    assert await hass.config_entries.async_setup(second.entry_id)
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, "acknowledge_alarm")
    assert raised.value.translation_key == "several_bridges"
    billing.answers[REPORT] = lambda _: {"status": "ok", "report": {}}
    assert await call(hass, "billing_report", month="2026-02") == {}  # the site is the same
    billing.asked.clear()
    await call(hass, "set_circuit", panel="rpp-b", pole=1, rating=20)
    await call(hass, "acknowledge_alarm", config_entry_id=second.entry_id)
    ours, theirs = circuit_device(hass, "dc1_rpp-1a_1"), circuit_device(hass, "dc1_rpp-b_2")
    await call(hass, "assign_customer", device_id=theirs, customer="C")
    await call(hass, "acknowledge_alarm", device_id=ours)
    assert [topic for topic, _ in billing.asked] == [
        "bcm/bridge/b/request/circuit",
        "bcm/bridge/b/request/acknowledge",
        "bcm/bridge/b/request/circuit",
        "bcm/bridge/dc1/request/acknowledge",
    ]
    for devices, reason in (
        ([ours, theirs], "devices_of_several_bridges"),
        ([ours, circuit_device(hass, "other")], "not_a_circuit"),
    ):
        with pytest.raises(ServiceValidationError) as raised:
            await call(hass, "assign_customer", device_id=devices, customer="C")
        assert raised.value.translation_key == reason


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("billing_report", {"month": "March"}),
        ("set_circuit", {"panel": "p", "pole": 1}),
        ("set_circuit", {"panel": "p", "pole": 0, "rating": 1}),
        ("set_circuit", {"panel": "p", "pole": 1, "connection": "4P"}),
        ("set_circuit", {"panel": "p", "pole": 1, "power_factor": 0}),
        ("set_circuit", {"panel": "p", "pole": 1, "power_factor_tolerance": 1.5}),
        ("acknowledge_alarm", {"kind": "noise"}),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    hass: HomeAssistant, started: MockConfigEntry, action: str, data: dict[str, object]
) -> None:
    with pytest.raises(vol.Invalid):
        await call(hass, action, **data)


async def test_nothing_is_asked_of_a_bridge_that_is_offline(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    publish(hass, "bridge/dc1/state", "offline")
    await billing.settled()
    billing.asked.clear()
    for action, data in (
        ("set_circuit", {"panel": "rpp-1a", "pole": 13, "rating": 30}),
        ("assign_customer", {"panel": "rpp-1a", "pole": 13, "customer": "C"}),
        ("acknowledge_alarm", {}),
    ):
        with pytest.raises(HomeAssistantError, match="Not done: bridge dc1 is offline"):
            await call(hass, action, **data)
    assert billing.asked == []


async def test_nothing_is_queued_for_a_broker_that_is_away(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    started.runtime_data.data.connected = False
    billing.asked.clear()
    with pytest.raises(HomeAssistantError, match="not connected to the MQTT broker"):
        await call(hass, "set_circuit", panel="rpp-1a", pole=13, rating=30)
    assert billing.asked == []


def times(body: dict[str, Any]) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(body["valid_from"]), datetime.fromisoformat(body["deadline"])


async def test_a_bridge_that_knows_deadlines_gets_one(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    publish(hass, "bridge/dc1/info", info(deadlines=True))
    await billing.settled()
    billing.asked.clear()
    billing.answers[REPORT] = lambda _: {"status": "ok", "report": {}}
    await call(hass, "set_circuit", panel="rpp-1a", pole=13, rating=30)
    await call(hass, "acknowledge_alarm", panel="rpp-1a")
    await call(hass, "billing_report", month="2026-02")
    lasts = [until - made for made, until in (times(body) for _, body in billing.asked)]
    assert [round(last.total_seconds()) for last in lasts] == [10, 10, 80]
    [circuit] = billing.asked[0][1]["circuits"]
    assert circuit == {"panel": "rpp-1a", "pole": 13, "rating": 30}


async def test_a_clock_that_differs_from_the_bridges_costs_one_more_request(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    publish(hass, "bridge/dc1/info", info(deadlines=True))
    await billing.settled()
    billing.asked.clear()

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        there = datetime.now(UTC) - timedelta(hours=1)
        made, until = times(body)
        if made > there + timedelta(seconds=2):
            error = {"status": "error", "error": "not done: check both clocks"}
            return {**error, "done": False, "refusal": "clock", "time": there.isoformat()}
        assert until > there
        return {"status": "ok", "changed": 1, "done": True, "time": there.isoformat()}

    billing.answers[CIRCUIT] = answer
    await call(hass, "set_circuit", panel="rpp-1a", pole=13, rating=30)
    assert len(billing.asked) == 2
    await call(hass, "set_circuit", panel="rpp-1a", pole=13, rating=20)
    assert len(billing.asked) == 3


async def test_one_that_is_not_answered_is_sent_again_to_learn_its_end(
    hass: HomeAssistant,
    started: MockConfigEntry,
    billing: Billing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("custom_components.bcm_mqtt.requests.BRIDGE_ANSWERS_WITHIN_S", 0.3)
    publish(hass, "bridge/dc1/info", info(deadlines=True))
    await billing.settled()
    billing.asked.clear()
    done = {"status": "ok", "changed": 1, "done": True, "repeated": True}
    billing.answers[CIRCUIT] = lambda _: done if len(billing.asked) == 2 else None
    await call(hass, "set_circuit", panel="rpp-1a", pole=13, rating=30)
    assert billing.asked[0] == billing.asked[1]
