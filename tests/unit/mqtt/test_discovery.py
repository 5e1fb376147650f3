"""Home Assistant's discovery: ids that no name changes, devices in the order of their links."""

import json
from dataclasses import replace
from typing import Any

import pytest
from jinja2 import Environment

from bcm_mqtt.domain.printable import has_controls
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.mqtt.discovery import Discovery, PanelDevices
from bcm_mqtt.mqtt.discovery.components import SHORT
from bcm_mqtt.mqtt.payloads import (
    Acknowledge,
    AlarmSelection,
    ChangeCircuits,
    decode_request,
    encode_directory,
    encode_response,
)
from bcm_mqtt.mqtt.topics import Topics
from unit.builders import NEW_YORK, circuit, directory, panel

DISCOVERY = Discovery(Topics(), site="dc1", bridge="east")
RPP_1A, RPP_1B = panel("rpp-1a"), panel("rpp-1b", "480")
SITE = [
    PanelDevices(RPP_1A, [circuit((1,)), circuit((2, 4)), circuit((7, 9, 11))]),
    PanelDevices(RPP_1B, [circuit((1, 3, 5))]),
]
QUANTITIES = ["current", "power", "energy", "load", "overload"]
SETTINGS = ["description", "rating", "connection"]
COMPONENTS = [*QUANTITIES, "alarm", "acknowledge", *SETTINGS]
LONG = {short: name for name, short in SHORT.items()}
LONGEST = 4608
LONGEST_BY_FAR = 6656
NAMES = {
    "a letter": "x" * 200,
    "quotes, which JSON escapes": '"' * 200,
    "control characters, which JSON spells out": "\x01" * 200,
    "four bytes each": "🔌" * 200,
}


def body(message: tuple[str, bytes]) -> dict[str, Any]:
    """A message with its keys written out."""
    found: dict[str, Any] = written_out(json.loads(message[1]))
    return found


def written_out(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can say
    if isinstance(value, dict):
        return {LONG.get(key, key): written_out(item) for key, item in value.items()}
    return [written_out(item) for item in value] if isinstance(value, list) else value


def everything() -> list[tuple[str, dict[str, Any]]]:
    return [(message[0], body(message)) for message in DISCOVERY.everything(SITE)]


def keys_of(value: object) -> set[str]:
    """Every key at every depth."""
    if isinstance(value, dict):
        return set(value) | {key for item in value.values() for key in keys_of(item)}
    if isinstance(value, list):
        return {key for item in value for key in keys_of(item)}
    return set()


def components(of: dict[str, Any], platform: str) -> list[dict[str, Any]]:
    return [item for item in of["components"].values() if item["platform"] == platform]


@pytest.mark.parametrize("pole", [1, 2, 47])
def test_a_unique_id_is_site_panel_first_pole_and_quantity(pole: int) -> None:
    found = body(DISCOVERY.circuit_device(RPP_1A, circuit((pole,))))
    assert {name: item["unique_id"] for name, item in found["components"].items()} == {
        name: f"dc1_rpp-1a_{pole}_{name}" for name in COMPONENTS
    }


def test_a_breaker_of_three_poles_is_one_device_named_by_its_first() -> None:
    topic, payload = DISCOVERY.circuit_device(RPP_1A, circuit((7, 9, 11), "Customer2-A-2"))
    device = body((topic, payload))["device"]
    assert topic == "homeassistant/device/dc1_rpp-1a_7/config"
    assert device["identifiers"] == ["dc1_rpp-1a_7"]
    assert device["name"] == "RPP-1A 7+9+11 Customer2-A-2"
    assert device["model"] == "Circuit 3P, phase ABC"


def test_no_id_and_no_topic_changes_with_a_description_or_a_panels_name() -> None:
    before = DISCOVERY.circuit_device(RPP_1A, circuit((1,), "Customer1-A-1"))
    renamed = replace(RPP_1A, name="Row 1 left")
    after = DISCOVERY.circuit_device(renamed, circuit((1,), "Customer2-B-9", rating=30))
    assert body(before)["device"]["name"] != body(after)["device"]["name"]
    assert before[0] == after[0]
    assert body(before)["components"] == body(after)["components"]
    assert body(before)["device"]["identifiers"] == body(after)["device"]["identifiers"]
    assert body(before)["device"]["via_device"] == body(after)["device"]["via_device"]


def test_all_unique_ids_of_a_site_differ() -> None:
    ids = [item["unique_id"] for _, found in everything() for item in found["components"].values()]
    assert len(ids) == len(set(ids)) == 2 + 2 * 8 + 4 * len(COMPONENTS)


def test_a_device_is_announced_after_the_one_it_is_reached_through() -> None:
    seen: set[str] = set()
    for topic, found in everything():
        device = found["device"]
        assert device.get("via_device") in {None, *seen}, topic
        seen.update(device["identifiers"])
    assert seen == {
        "dc1_bridge_east",
        *("dc1_rpp-1a", "dc1_rpp-1a_1", "dc1_rpp-1a_2", "dc1_rpp-1a_7"),
        *("dc1_rpp-1b", "dc1_rpp-1b_1"),
    }


def test_circuits_hang_on_their_panel_panels_on_the_bridge_and_the_bridge_on_nothing() -> None:
    via = {found["device"]["identifiers"][0]: found["device"] for _, found in everything()}
    assert "via_device" not in via["dc1_bridge_east"]
    assert via["dc1_rpp-1a"]["via_device"] == "dc1_bridge_east"
    assert via["dc1_rpp-1b_1"]["via_device"] == "dc1_rpp-1b"


def test_a_device_is_published_at_the_topic_of_its_identifier() -> None:
    for topic, found in everything():
        assert topic == f"homeassistant/device/{found['device']['identifiers'][0]}/config"


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_component_reads_the_topic_that_the_bridge_publishes(quantity: str) -> None:
    found = body(DISCOVERY.circuit_device(RPP_1A, circuit((7, 9, 11))))["components"][quantity]
    assert found["state_topic"] == Topics().circuit("rpp-1a", 7, quantity)


@pytest.mark.parametrize("measures", [False, True])
def test_what_few_people_want_is_there_and_not_enabled(*, measures: bool) -> None:
    power_of = {"rpp-1a"} if measures else set()
    discovery = Discovery(Topics(), "dc1", "east", power_of)
    of_circuit = body(discovery.circuit_device(RPP_1A, circuit()))["components"]
    off = {key for key, one in of_circuit.items() if not one.get("enabled_by_default", True)}
    assert off == ({"load"} if measures else {"load", "power"})
    of_panel = body(discovery.panel_device(RPP_1A))["components"]
    of_bridge = body(discovery.bridge_device())["components"]
    for components in (of_panel, of_bridge, of_circuit):
        for component in components.values():
            is_diagnostic = component.get("entity_category") == "diagnostic"
            assert not (is_diagnostic and component.get("enabled_by_default", True))
    assert of_bridge["outbox"].get("enabled_by_default", True)  # it warns of a loss


def test_only_energy_and_current_have_statistics() -> None:
    kept = [
        component.get("device_class")
        for _, payload in DISCOVERY.everything([PanelDevices(RPP_1A, [circuit()])])
        for component in body(("", payload))["components"].values()
        if "state_class" in component
    ]
    assert set(kept) == {"current", "energy"}


@pytest.mark.parametrize(
    ("quantity", "unit", "device_class", "state_class"),
    [
        ("current", "A", "current", "measurement"),
        ("power", "W", "power", None),
        ("energy", "kWh", "energy", "total_increasing"),
        ("load", "%", None, None),
    ],
)
def test_a_sensor_says_its_unit_and_class(
    quantity: str, unit: str, device_class: str | None, state_class: str | None
) -> None:
    found = body(DISCOVERY.circuit_device(RPP_1A, circuit()))["components"][quantity]
    assert (found["platform"], found["unit_of_measurement"]) == ("sensor", unit)
    assert (found.get("device_class"), found.get("state_class")) == (device_class, state_class)


def test_an_overload_is_a_problem_that_is_on_or_off() -> None:
    found = body(DISCOVERY.circuit_device(RPP_1A, circuit()))
    (overload,) = components(found, "binary_sensor")
    assert overload["device_class"] == "problem"
    assert "payload_on" not in overload  # Home Assistant's own are ON and OFF


def test_nothing_expires_because_the_last_will_says_when_a_bridge_is_gone() -> None:
    found = [found for _, found in everything()]
    assert "expire_after" not in keys_of(found)
    assert "state_class" in keys_of(found)  # keys_of does look into the components


def test_no_key_is_published_that_newer_or_older_releases_do_not_know() -> None:
    unknown = {"child_devices", "cdevs"}
    assert not unknown & keys_of([found for _, found in everything()])


def test_a_circuit_is_there_while_its_bridge_and_panel_are_and_it_is_read() -> None:
    found = body(DISCOVERY.circuit_device(RPP_1A, circuit()))
    assert [item["topic"] for item in found["availability"]] == [
        "bcm/bridge/east/state",
        "bcm/rpp-1a/availability",
        "bcm/rpp-1a/circuit/1/no_data_alarm",
    ]
    assert found["availability_mode"] == "all"
    unread = body(DISCOVERY.circuit_device(panel(unmonitored=[1]), circuit()))
    assert len(unread["availability"]) == 2  # nobody says anything of what is not measured


@pytest.mark.parametrize("key", SETTINGS)
def test_a_setting_shows_the_directory_and_asks_for_a_change(key: str) -> None:
    found = body(DISCOVERY.circuit_device(RPP_1A, circuit((7, 9, 11))))["components"][key]
    assert found["entity_category"] == "config"
    assert found["state_topic"] == "bcm/rpp-1a/circuit/7/directory"
    assert found["command_topic"] == "bcm/bridge/east/request/circuit"
    value = {"description": '"a, b"', "rating": "20", "connection": '"3P"'}[key]
    payload = found["command_template"].replace("{{ value | tojson }}", value)
    request = decode_request("circuit", payload.encode(), NEW_YORK)
    assert isinstance(request, ChangeCircuits)
    assert (request.changes[0].panel, request.changes[0].first_pole) == ("rpp-1a", 7)
    assert [item["topic"] for item in found["availability"]] == ["bcm/bridge/east/state"]


@pytest.mark.parametrize(
    ("service", "pole", "options"),
    [
        ("120/208", 1, ["1P", "2P", "2P-N", "3P", "3P-D"]),
        ("120/240", 1, ["1P", "2P", "2P-N"]),
        ("480", 1, ["2P", "3P", "3P-D"]),
        ("120/208", 46, ["1P", "2P", "2P-N"]),
        ("120/208", 48, ["1P"]),
    ],
)
def test_the_connections_to_choose_from_are_those_that_fit(
    service: str, pole: int, options: list[str]
) -> None:
    found = body(DISCOVERY.circuit_device(panel("rpp-1a", service), circuit((pole,))))
    assert found["components"]["connection"]["options"] == options


def test_the_button_acknowledges_the_circuits_alarms() -> None:
    found = body(DISCOVERY.circuit_device(RPP_1A, circuit((7,))))["components"]["acknowledge"]
    assert found["command_topic"] == "bcm/bridge/east/request/acknowledge"
    request = decode_request("acknowledge", found["payload_press"].encode(), NEW_YORK)
    assert request == Acknowledge((AlarmSelection("rpp-1a", 7),), "Home Assistant")


def test_an_entity_id_is_of_panel_and_pole_whatever_they_are_called() -> None:
    named = replace(RPP_1A, name="Row 1 left", main_rating=225)
    described = circuit((7, 9, 11), "Customer2-A-2")
    found = body(DISCOVERY.circuit_device(named, described))["components"]
    assert found["current"]["default_entity_id"] == "sensor.rpp_1a_7_current"
    assert found["acknowledge"]["default_entity_id"] == "button.rpp_1a_7_acknowledge_alarms"
    of_panel = body(DISCOVERY.panel_device(named))["components"]
    assert of_panel["load"]["default_entity_id"] == "sensor.rpp_1a_main_load"
    assert of_panel["alarm"]["default_entity_id"] == "sensor.rpp_1a_main_alarm"
    everything = [*found.values(), *of_panel.values()]
    ids = [item["default_entity_id"] for item in everything]
    assert len(set(ids)) == len(ids)
    for item in everything:  # as releases before 2025.10 read it
        assert item["default_entity_id"] == f"{item['platform']}.{item['object_id']}"


def test_the_button_of_a_panel_acknowledges_all_of_it() -> None:
    found = body(DISCOVERY.panel_device(RPP_1A))["components"]["acknowledge"]
    request = decode_request("acknowledge", found["payload_press"].encode(), NEW_YORK)
    assert request == Acknowledge((AlarmSelection("rpp-1a"),), "Home Assistant")


def test_a_panel_of_a_redundant_pair_tells_how_it_stands() -> None:
    alone = replace(RPP_1A, main_rating=225)
    paired = replace(alone, redundant_with="rpp-1b")
    assert keys_of_components(RPP_1A) == {
        *("power", "energy", "neutral", "connection", "acknowledge"),
        *PHASES,
    }
    assert keys_of_components(alone) - keys_of_components(RPP_1A) == {
        *("load", "imbalance"),
        *("overload", "alarm", "imbalance_alarm", "neutral_alarm"),
    }
    assert keys_of_components(paired) - keys_of_components(alone) == {
        *("redundant_load", "redundancy_alarm", "redundant_share_alarm"),
    }


PHASES = {"current_a", "current_b", "current_c"}


def keys_of_components(of: Panel) -> set[str]:
    return set(body(DISCOVERY.panel_device(of))["components"])


def test_the_bridges_own_device_stays_and_shows_the_connection() -> None:
    found = body(DISCOVERY.bridge_device())
    assert "availability" not in found
    connection, outbox = components(found, "binary_sensor")
    assert connection["unique_id"] == "dc1_bridge_east_connection"
    assert connection["state_topic"] == "bcm/bridge/east/state"
    assert (connection["payload_on"], connection["payload_off"]) == ("online", "offline")
    assert outbox["unique_id"] == "dc1_bridge_east_outbox"
    assert outbox["state_topic"] == "bcm/bridge/east/info"
    assert [item["topic"] for item in outbox["availability"]] == ["bcm/bridge/east/state"]


@pytest.mark.parametrize(
    ("outbox", "state"),
    [
        ({"disk_fails": False, "runs_short": False}, "OFF"),
        ({"disk_fails": False, "runs_short": True}, "ON"),
        ({"disk_fails": True, "runs_short": False}, "ON"),
        ({"disk_fails": False}, "OFF"),  # retained by a bridge of an earlier release
    ],
)
def test_the_bridge_has_a_problem_while_snapshots_are_not_safe(
    outbox: dict[str, bool], state: str
) -> None:
    _, problem = components(body(DISCOVERY.bridge_device()), "binary_sensor")
    template = Environment(autoescape=True).from_string(problem["value_template"])
    assert template.render(value_json={"outbox": outbox}) == state


def test_a_panels_device_shows_whether_its_meters_answer() -> None:
    found = body(DISCOVERY.panel_device(RPP_1A))
    assert found["device"]["model"] == "48-pole panel, 120/208 V"
    assert [item["topic"] for item in found["availability"]] == ["bcm/bridge/east/state"]
    (connection,) = components(found, "binary_sensor")
    assert connection["unique_id"] == "dc1_rpp-1a_connection"
    assert connection["state_topic"] == "bcm/rpp-1a/availability"


@pytest.mark.parametrize("made_of", NAMES)
def test_no_payload_is_over_6_and_a_half_kb_whatever_200_characters_describe_a_circuit(
    made_of: str,
) -> None:
    _, payload = DISCOVERY.circuit_device(RPP_1A, circuit((7, 9, 11), NAMES[made_of]))
    assert len(payload) <= LONGEST_BY_FAR
    assert json.loads(payload)["dev"]["name"].endswith(NAMES[made_of])


def test_no_payload_is_over_6_and_a_half_kb_with_ids_of_32_characters() -> None:
    topics = Topics(base="b" * 32, discovery_prefix="homeassistant")
    discovery = Discovery(topics, site="s" * 32, bridge="e" * 32)
    long = replace(RPP_1A, id="p" * 32, name="n" * 50)
    messages = list(discovery.everything([PanelDevices(long, [circuit((7, 9, 11), "x" * 200)])]))
    assert len(messages) == 3
    assert max(len(payload) for _, payload in messages) <= LONGEST_BY_FAR


def test_no_payload_of_a_usual_circuit_is_over_4_and_a_half_kb() -> None:
    usual = replace(RPP_1A, id="hall-3-rpp-12b", name="Hall 3 RPP 12B")
    _, payload = DISCOVERY.circuit_device(usual, circuit((38, 40, 42), "Customer1234-R17-PDU-2"))
    assert len(payload) <= LONGEST


@pytest.mark.parametrize("description", ["", "  "])
def test_a_circuit_without_a_description_is_named_by_its_poles(description: str) -> None:
    found = body(DISCOVERY.circuit_device(RPP_1A, circuit((2, 4), description)))
    assert found["device"]["name"] == "RPP-1A 2+4"


def test_what_watches_topics_in_a_terminal_obeys_no_name() -> None:
    """C1 controls and overrides of the direction, which JSON may have as they are."""
    evil = "A\x1b[2J\x9b2J\u202eB\u2028\x7f"
    hostile = circuit((1,), evil)
    payloads = [payload for _, payload in DISCOVERY.everything([PanelDevices(RPP_1A, [hostile])])]
    of_panel, answer = encode_directory(directory(hostile)), encode_response("x", evil)
    payloads += [of_panel, answer]
    assert "202e" in str(payloads[:-2])
    assert not any(has_controls(payload.decode()) for payload in payloads)
    assert json.loads(of_panel)["circuits"][0]["description"] == evil
    assert json.loads(answer)["error"] == evil
