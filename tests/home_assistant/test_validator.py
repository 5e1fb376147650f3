"""Proves that what the validator accepts means something: it refuses what it must."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from home_assistant.discovery import Verdict, validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.home_assistant

Payload = dict[str, Any]

TOPIC = "homeassistant/device/dc1_rpp-1a_1/config"
VALUES = "bcm/rpp-1a/circuit/1"


def sensor(quantity: str, device_class: str, unit: str, state_class: str) -> Payload:
    return {
        "p": "sensor",
        "uniq_id": f"dc1_rpp-1a_1_{quantity}",
        "stat_t": f"{VALUES}/{quantity}",
        "dev_cla": device_class,
        "unit_of_meas": unit,
        "stat_cla": state_class,
    }


GOOD: Payload = {
    "dev": {"ids": ["dc1_rpp-1a_1"], "name": "RPP 1A 1", "via_device": "dc1_rpp-1a"},
    "o": {"name": "bcm-mqtt", "sw": "0.1.0"},
    "avty": [{"t": "bcm/bridge/dc1/state"}, {"t": "bcm/rpp-1a/availability"}],
    "avty_mode": "all",
    "cmps": {
        "current": sensor("current", "current", "A", "measurement"),
        "energy": sensor("energy", "energy", "kWh", "total_increasing"),
        "overload": {
            "p": "binary_sensor",
            "uniq_id": "dc1_rpp-1a_1_overload",
            "stat_t": f"{VALUES}/overload",
            "dev_cla": "problem",
        },
        "rating": {
            "p": "number",
            "uniq_id": "dc1_rpp-1a_1_rating",
            "cmd_t": f"{VALUES}/rating/set",
            "dev_cla": "current",
            "unit_of_meas": "A",
            "ent_cat": "config",
        },
        "removed": {"p": "sensor"},
    },
}


def at_the_root(**changes: object) -> Callable[[Payload], None]:
    return lambda payload: payload.update(changes)


def in_the(component: str, **changes: object) -> Callable[[Payload], None]:
    return lambda payload: payload["cmps"][component].update(changes)


def without(*path: str) -> Callable[[Payload], None]:
    def remove(payload: Payload) -> None:
        for key in path[:-1]:
            payload = payload[key]
        del payload[path[-1]]

    return remove


# What is changed, and what Home Assistant says to it.
BAD: dict[str, tuple[Callable[[Payload], None], str]] = {
    "unknown root key": (at_the_root(cdevs={}), "extra keys not allowed @ data['cdevs']"),
    "no origin": (without("o"), "required key not provided @ data['origin']"),
    "no identifiers": (without("dev", "ids"), "at least one identifying value"),
    "unknown platform": (in_the("current", p="meter"), "value must be one of"),
    "no unique_id": (without("cmps", "current", "uniq_id"), "['current']['unique_id']"),
    "unique_id twice": (in_the("energy", uniq_id="dc1_rpp-1a_1_current"), "belongs to"),
    "unknown device class": (in_the("current", dev_cla="amps"), "expected SensorDeviceClass"),
    "impossible state class": (
        in_the("energy", stat_cla="measurement"),
        "state class 'measurement' which is impossible considering device class ('energy')",
    ),
    "unit of another class": (in_the("energy", unit_of_meas="W"), "unit of measurement 'W'"),
    "no unit": (without("cmps", "energy", "unit_of_meas"), "unit of measurement 'None'"),
    "number with a wrong unit": (in_the("rating", unit_of_meas="kWh"), "unit 'kWh'"),
    "sensor as configuration": (in_the("current", ent_cat="config"), "category is set to config"),
    "wildcard in a topic": (in_the("current", stat_t="bcm/#/current"), "wildcard"),
    "broken template": (in_the("current", val_tpl="{{ value"), "invalid template"),
    "no entity": (in_the("current", p="tag"), "4 entities were sent, 3 came out"),
}


@pytest.fixture(scope="module")
def verdicts(home_assistant_python: Path) -> dict[str, Verdict]:
    # All in one go, because most of the time is the start of Home Assistant's code.
    messages: dict[str, tuple[str, object]] = {
        "good": (TOPIC, GOOD),
        "good as published": (TOPIC, json.dumps(GOOD)),
        "misspelt": (TOPIC, changed(in_the("current", stat_clas="measurement"))),
        "removal": (TOPIC, ""),
        "no JSON": (TOPIC, "{"),
        "illegal topic": ("homeassistant/device/rpp 1a/config", GOOD),
        "other topic": ("homeassistant/devices/dc1_rpp-1a_1/config", GOOD),
    }
    messages |= {name: (TOPIC, changed(change)) for name, (change, _) in BAD.items()}
    return dict(
        zip(messages, validate(home_assistant_python, messages.values()), strict=True),
    )


def changed(change: Callable[[Payload], None]) -> Payload:
    payload = deepcopy(GOOD)
    change(payload)
    return payload


@pytest.mark.parametrize("name", ["good", "good as published"])
def test_a_good_payload_is_accepted(name: str, verdicts: dict[str, Verdict]) -> None:
    assert verdicts[name] == {
        "topic": TOPIC,
        "ok": True,
        "errors": [],
        "ignored": [],
        "components": 5,
        "bytes": len(json.dumps(GOOD)),
    }


@pytest.mark.parametrize("name", BAD)
def test_a_bad_payload_is_refused(name: str, verdicts: dict[str, Verdict]) -> None:
    _, reason = BAD[name]
    assert not verdicts[name]["ok"]
    assert reason in "\n".join(verdicts[name]["errors"])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no JSON", "Unable to parse JSON"),
        ("illegal topic", "illegal discovery topic"),
        ("other topic", "4 entities were sent, 0 came out"),
    ],
)
def test_what_never_becomes_a_device_is_refused(
    name: str, reason: str, verdicts: dict[str, Verdict]
) -> None:
    assert not verdicts[name]["ok"]
    assert reason in "\n".join(verdicts[name]["errors"])


def test_an_empty_payload_removes_the_device(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["removal"]["ok"]
    assert verdicts["removal"]["components"] == 0


def test_a_key_that_is_dropped_is_named(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["misspelt"]["ok"]
    assert verdicts["misspelt"]["ignored"] == ["dc1_rpp-1a_1 current: stat_clas"]
