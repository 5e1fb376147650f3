"""Entities in Home Assistant's terms, one component of a discovery message each; short keys.

Home Assistant's short forms of the keys keep a circuit's message below 4.5 kB. Source: Home
Assistant's MQTT documentation, "Supported abbreviations".
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from bcm_mqtt.domain.reading.alarm import AlarmState
from bcm_mqtt.domain.site.circuit_field import (
    IN_FORMS,
    Choice,
    Factor,
    Kind,
    PoleList,
    Text,
    Whole,
)

ONLINE, OFFLINE = "online", "offline"
_NOT_OF_IDS = re.compile("[^a-z0-9]+")
_DEVICE_CLASSES = {"A": "current"}
"""Of numbers that people set, by unit."""

_OUTBOX = (
    "{% set o = value_json.outbox %}"
    "{{ 'ON' if o.disk_fails or o.runs_short | default(false) else 'OFF' }}"
)

Component: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sensor:
    """A number in Home Assistant's terms; with a state class it has statistics for ever."""

    name: str
    unit: str
    device_class: str | None
    state_class: str | None
    decimals: int


CIRCUIT_SENSORS = {
    "current": Sensor("Current", "A", "current", "measurement", 1),
    "power": Sensor("Power", "W", "power", None, 0),
    "energy": Sensor("Energy", "kWh", "energy", "total_increasing", 2),
    "load": Sensor("Load", "%", None, None, 0),
}
FORMULA_SENSORS = {
    "power": CIRCUIT_SENSORS["power"],
    # It falls where what is taken away counts more: no reset of a meter.
    "energy": Sensor("Energy", "kWh", "energy", "total", 2),
}
MAIN_SENSORS = {
    "energy": Sensor("Energy of all circuits", "kWh", "energy", "total_increasing", 2),
    "current_a": Sensor("Current A", "A", "current", "measurement", 1),
    "current_b": Sensor("Current B", "A", "current", "measurement", 1),
    "current_c": Sensor("Current C", "A", "current", "measurement", 1),
    "power": Sensor("Power", "W", "power", None, 0),
    "neutral": Sensor("Neutral current", "A", "current", "measurement", 1),
    "imbalance": Sensor("Phase imbalance", "%", None, None, 0),
    "load": Sensor("Main load", "%", None, None, 0),
    "redundant_load": Sensor("Load without the other feed", "%", None, None, 0),
}


def sensor(of: Sensor, unique_id: str, topic: str, *, enabled: bool = True) -> Component:
    """A number.

    Args:
        of: Which.
        unique_id: Of the entity.
        topic: Of its values.
        enabled: Where it is first found; who has it, keeps it as it is.
    """
    component: Component = {
        "platform": "sensor",
        "name": of.name,
        "unique_id": unique_id,
        "state_topic": topic,
        "unit_of_measurement": of.unit,
        "suggested_display_precision": of.decimals,
    }
    if of.state_class:
        component["state_class"] = of.state_class
    if not enabled:
        component["enabled_by_default"] = False
    if of.device_class:
        component["device_class"] = of.device_class
    else:
        component["icon"] = "mdi:gauge"
    return component


def problem(name: str, unique_id: str, topic: str, *, of_alarm: bool = False) -> Component:
    """Something that is wrong or not.

    Args:
        name: Of the entity.
        unique_id: Of the entity.
        topic: Of ON and OFF, or of an alarm.
        of_alarm: Whether it is an alarm's.
    """
    component = {
        "platform": "binary_sensor",
        "name": name,
        "unique_id": unique_id,
        "device_class": "problem",
        "state_topic": topic,
    }
    if of_alarm:
        component["value_template"] = "{{ 'ON' if value_json.active else 'OFF' }}"
    return component


def alarm_state(unique_id: str, topic: str) -> Component:
    """What is to be done about an alarm."""
    return {
        "platform": "sensor",
        "name": "Alarm",
        "unique_id": unique_id,
        "device_class": "enum",
        "options": list(AlarmState),
        "state_topic": topic,
        "value_template": "{{ value_json.state }}",
        "json_attributes_topic": topic,
    }


def button(name: str, unique_id: str, topic: str, request: Mapping[str, Any]) -> Component:
    """Sends a request to the bridge."""
    return {
        "platform": "button",
        "name": name,
        "unique_id": unique_id,
        "command_topic": topic,
        "payload_press": json.dumps(request, separators=(",", ":")),
    }


def connectivity(unique_id: str, topic: str) -> Component:
    """Whether something is there."""
    return {
        "platform": "binary_sensor",
        "name": "Connection",
        "unique_id": unique_id,
        "device_class": "connectivity",
        "entity_category": "diagnostic",
        "enabled_by_default": False,
        "state_topic": topic,
        "payload_on": ONLINE,
        "payload_off": OFFLINE,
    }


def outbox_problem(unique_id: str, info: str, state: str) -> Component:
    """Whether snapshots are not safe: they are lost within a day, or a crash would lose them.

    Args:
        unique_id: Of the entity.
        info: Topic of the bridge's info.
        state: Topic of the bridge's state: while it is away, nobody knows.
    """
    return {
        **problem("Outbox", unique_id, info),
        "value_template": _OUTBOX,
        "availability": [{"topic": state}],
    }


def setting(
    key: str, name: str, unique_id: str, topics: tuple[str, str], circuit: str
) -> Component:
    """What every entity has that shows and edits one field of a circuit.

    Args:
        key: Of the circuit's directory and of the request.
        name: Of the entity.
        unique_id: Of the entity.
        topics: Of the circuit's directory, and of requests to change it.
        circuit: The JSON that says which, without its closing brace.
    """
    state, command = topics
    return {
        "name": name,
        "unique_id": unique_id,
        "entity_category": "config",
        "state_topic": state,
        "value_template": f"{{{{ value_json.{key} }}}}",
        "command_topic": command,
        "command_template": f'{circuit},"{key}":{{{{ value | tojson }}}}}}',
    }


def settings(
    device_id: str, topics: tuple[str, str], circuit: str, connections: Iterable[str]
) -> dict[str, Component]:
    """The entities that edit a circuit, by the names of its fields."""
    return {
        item.name: {
            "platform": platform,
            **setting(item.name, item.entity, f"{device_id}_{item.name}", topics, circuit),
            **limits,
        }
        for item in IN_FORMS
        if item.entity
        for platform, limits in [_entity(item.kind, connections)]
    }


def _entity(kind: Kind, connections: Iterable[str]) -> tuple[str, Component]:
    """The platform that edits values of a kind, and what it takes."""
    match kind:
        case Text(longest=longest):
            return "text", {"max": longest}
        case Whole(low=low, high=high, unit=unit):
            measured = {"device_class": _DEVICE_CLASSES[unit]} if unit in _DEVICE_CLASSES else {}
            limits = {"unit_of_measurement": unit, "mode": "box", "min": low, "max": high}
            return "number", {**measured, **limits}
        case Factor():
            return "number", {"mode": "box", "min": 0.01, "max": 1, "step": 0.01}
        case Choice():
            return "select", {"options": list(connections)}
        case PoleList():
            return "text", {}


def with_entity_ids(components: Mapping[str, Component], place: str) -> dict[str, Component]:
    """The same, with the entity ids that they get where they are first found.

    Home Assistant makes them of names otherwise, and the name of a circuit has its customer's.
    Releases from 2025.10 on read the one key, those before 2026.4 the other.

    Args:
        components: By key.
        place: Panel and pole, whatever they are called.
    """
    found = {}
    for key, component in components.items():
        name = _NOT_OF_IDS.sub("_", f"{place} {component['name']}".lower()).strip("_")
        full = f"{component['platform']}.{name}"
        found[key] = {**component, "object_id": name, "default_entity_id": full}
    return found


SHORT = {
    "availability": "avty",
    "availability_mode": "avty_mode",
    "command_template": "cmd_tpl",
    "command_topic": "cmd_t",
    "components": "cmps",
    "default_entity_id": "def_ent_id",
    "device": "dev",
    "device_class": "dev_cla",
    "enabled_by_default": "en",
    "entity_category": "ent_cat",
    "icon": "ic",
    "identifiers": "ids",
    "json_attributes_topic": "json_attr_t",
    "manufacturer": "mf",
    "model": "mdl",
    "object_id": "obj_id",
    "options": "ops",
    "origin": "o",
    "payload_off": "pl_off",
    "payload_on": "pl_on",
    "payload_press": "pl_prs",
    "platform": "p",
    "state_class": "stat_cla",
    "state_topic": "stat_t",
    "suggested_display_precision": "sug_dsp_prc",
    "support_url": "url",
    "sw_version": "sw",
    "topic": "t",
    "unique_id": "uniq_id",
    "unit_of_measurement": "unit_of_meas",
    "value_template": "val_tpl",
}


def shortened(message: Any) -> Any:  # noqa: ANN401 - whatever JSON can say
    """The same with short keys; the names of components stay."""
    if isinstance(message, list):
        return [shortened(item) for item in message]
    if not isinstance(message, dict):
        return message
    return {
        SHORT.get(key, key): {name: shortened(component) for name, component in value.items()}
        if key == "components"
        else shortened(value)
        for key, value in message.items()
    }
