"""Each blueprint does what it says, in automations as people make them of it."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import automation
from homeassistant.components.blueprint import models
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict
from published import Billing
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

FOLDER = Path(__file__).parents[2] / "blueprints" / "automation" / "bcm_mqtt"
TELL = [{"action": "test.tell", "data": {"title": "{{ title }}", "message": "{{ message }}"}}]


async def automate(hass: HomeAssistant, name: str, **inputs: object) -> None:
    file = FOLDER / name
    blueprint = models.Blueprint(
        load_yaml_dict(str(file)),
        expected_domain="automation",
        path=str(file),
        schema=automation.config.AUTOMATION_BLUEPRINT_SCHEMA,
    )
    used = {"use_blueprint": {"path": name, "input": inputs}}
    with patch.object(models.DomainBlueprints, "_load_blueprint", return_value=blueprint):
        assert await async_setup_component(hass, "automation", {"automation": used})
        await hass.async_block_till_done()
    assert len(hass.states.async_all("automation")) == 1


async def settled() -> None:
    """Until all is done but what waits for something, which a block until done would wait for."""
    for _ in range(50):
        await asyncio.sleep(0)


async def passes(hass: HomeAssistant, freezer: FrozenDateTimeFactory, **time: float) -> None:
    await settled()
    freezer.tick(timedelta(**time))
    async_fire_time_changed(hass)
    await settled()


@pytest.fixture
def told(hass: HomeAssistant) -> list[ServiceCall]:
    calls: list[ServiceCall] = async_mock_service(hass, "test", "tell")
    return calls


def test_every_blueprint_is_tested() -> None:
    text = Path(__file__).read_text()
    assert all(f'"{file.name}"' in text for file in FOLDER.glob("*.yaml"))
    assert len(list(FOLDER.glob("*.yaml"))) == 4


async def test_an_overload_is_told_once_it_lasts_and_once_it_is_over(
    hass: HomeAssistant, told: list[ServiceCall], freezer: FrozenDateTimeFactory
) -> None:
    sensor = "binary_sensor.circuit_1_overload"
    hass.states.async_set(sensor, "off", {"friendly_name": "Circuit 1 Overload"})
    await automate(hass, "overload_notification.yaml", sensors=[sensor], actions=TELL)
    for state, seconds, count in (("on", 30, 0), ("off", 90, 0), ("on", 90, 1), ("off", 90, 2)):
        hass.states.async_set(sensor, state, {"friendly_name": "Circuit 1 Overload"})
        await hass.async_block_till_done()
        await passes(hass, freezer, seconds=seconds)
        # What was told of the first, short overload is nothing but its end.
        assert len([call for call in told if "Overload:" in call.data["title"]]) == min(count, 1)
    assert told[-2].data["title"] == "Overload: Circuit 1 Overload"
    assert told[-1].data["title"] == "Overload is over: Circuit 1 Overload"


async def test_load_is_shed_and_comes_back_when_all_has_been_well_for_a_while(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    off = async_mock_service(hass, "switch", "turn_off")
    on = async_mock_service(hass, "switch", "turn_on")
    sensor, load, shed = "binary_sensor.main_overload", "switch.heater", "input_boolean.shed"
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": {"shed": {}}})
    hass.states.async_set(sensor, "off")
    hass.states.async_set(load, "on")
    await automate(hass, "shed_load.yaml", sensor=sensor, load=load, shed=shed)
    hass.states.async_set(sensor, "on")
    await passes(hass, freezer, seconds=31)
    assert (len(off), len(on)) == (1, 0)
    assert hass.states.is_state(shed, "on")
    hass.states.async_set(load, "off")
    hass.states.async_set(sensor, "off")
    await passes(hass, freezer, minutes=14)
    assert len(on) == 0
    await passes(hass, freezer, minutes=2)
    assert (len(off), len(on)) == (1, 1)
    hass.states.async_set(load, "off")
    hass.states.async_set(sensor, "on")
    await passes(hass, freezer, minutes=1)
    assert len(off) == 1  # what is off already is not ours to switch on


async def test_last_months_bills_are_told_once_from_one_day_of_the_month_on(
    hass: HomeAssistant,
    started: MockConfigEntry,
    billing: Billing,
    told: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    bill: dict[str, Any] = {"name": "Customer One", "kwh": 806.4, "amount": 95.56}
    bill |= {"currency": "USD", "status": "held for review"}
    other = {**bill, "name": "Other", "amount": None, "status": "issued"}
    billing.answers["bcm/billing/request/report"] = lambda body: {
        "status": "ok",
        "report": {
            "month": body["month"],
            "bills": [bill, other],
            "unallocated": {"kwh": 1.5},
        },
    }
    answers = billing.answers.copy()
    await hass.config.async_set_time_zone("UTC")
    freezer.move_to("2026-03-01T07:59:30Z")
    assert await async_setup_component(hass, "input_text", {"input_text": {"reported": {}}})
    await automate(hass, "month_end_bills.yaml", reported="input_text.reported", actions=TELL)
    await passes(hass, freezer, minutes=1)
    assert told == []
    freezer.move_to("2026-03-02T07:59:30Z")
    async_fire_time_changed(hass)
    billing.answers["bcm/billing/request/report"] = lambda _: {"status": "error", "error": "away"}
    await passes(hass, freezer, minutes=1)
    assert told == []
    billing.answers.update(answers)
    await passes(hass, freezer, hours=1)
    await passes(hass, freezer, hours=1)
    (call,) = told
    assert hass.states.is_state("input_text.reported", "2026-02")
    assert call.data["title"] == "Bills of 2026-02"
    assert call.data["message"].split("\n") == [
        "Customer One: 806.4 kWh, 95.56 USD (held for review)",
        "Other: 806.4 kWh (issued)",
        "Unallocated: 1.5 kWh.",
    ]


async def test_a_pair_that_would_not_carry_the_load_of_both_is_told(
    hass: HomeAssistant, told: list[ServiceCall], freezer: FrozenDateTimeFactory
) -> None:
    sensor = "sensor.rpp_1a_redundant_load"
    hass.states.async_set(sensor, "60", {"friendly_name": "RPP 1A"})
    await automate(hass, "redundant_pair_at_risk.yaml", sensors=[sensor], actions=TELL)
    hass.states.async_set(sensor, "85", {"friendly_name": "RPP 1A"})
    await passes(hass, freezer, minutes=4)
    assert told == []
    await passes(hass, freezer, minutes=2)
    (call,) = told
    assert call.data["title"] == "Redundancy at risk: RPP 1A"
    assert "85 %" in call.data["message"]
