"""Meters that report over MQTT, as a configuration writes them."""

from datetime import timedelta
from pathlib import Path

import pytest

from bcm_mqtt.config import MeterBrokerSettings, MqttSource, PanelSettings
from bcm_mqtt.domain.reading.quantity import Quantity
from unit.config.site_files import changed, complaints, loaded

ONE = "    gateway: babel-1\n    first_unit_id: 9\n"
HOUSE = "house: {mqtt: site}"
A, W, KWH = Quantity.CURRENT, Quantity.POWER, Quantity.ENERGY


def written(*rows: str, gateways: tuple[str, ...] = (HOUSE,)) -> dict[str, str | bytes]:
    """The files with a list of sources for the panel rpp-1b."""
    listed = "".join(f"      - {{{row}}}\n" for row in rows)
    more = "".join(f"  {gateway}\n" for gateway in gateways)
    return changed(
        *("bcm.yaml", (ONE, f"    sources:\n{listed}"), ("gateways:\n", f"gateways:\n{more}"))
    )


def panel(folder: Path, *rows: str) -> PanelSettings:
    return loaded(folder, written(*rows)).panels["rpp-1b"]


def source(folder: Path, row: str) -> MqttSource:
    (found,) = panel(folder, row).sources
    assert isinstance(found, MqttSource)
    return found


SENSOR = "tele/plug-1/SENSOR"
MESSAGE = "mqtt: house, messages: [{topic: a, values: "
PLUG = "mqtt: house, profile: tasmota, topic: plug-1, poles: 7"


def test_a_plug_by_its_profile(tmp_path: Path) -> None:
    plug = source(tmp_path, f"{PLUG}, quantities: [current, power, energy]")
    assert (plug.name, plug.gateway) == ("house-7", "house")
    assert plug.measured == {7: {A, W, KWH}}
    assert plug.max_age == timedelta(minutes=11)
    assert plug.reports.topics == ("tele/plug-1/SENSOR", "tele/plug-1/LWT")
    assert plug.register_scales[7].step_watt_hours == 1
    assert plug.register_scales[7].capacities_watt_hours == ()


def test_phases_are_on_the_poles_in_the_order_of_the_list(tmp_path: Path) -> None:
    meter = source(tmp_path, "mqtt: house, profile: shelly-3em, topic: s/m-1, poles: 5+1+3")
    (of_phase,) = {
        value.channel
        for value in meter.reports.values
        if value.paths == (("a_act_power",),) and value.quantity is W
    }
    assert of_phase == 5
    assert meter.poles == (1, 3, 5)
    assert "s/m-1/status/em:0" in meter.reports.topics


def test_fewer_poles_than_the_device_has_are_read_alone(tmp_path: Path) -> None:
    meter = source(tmp_path, "mqtt: house, profile: shelly-switch, topic: m, poles: 9+11")
    assert meter.poles == (9, 11)
    assert "m/status/switch:2" not in meter.reports.topics


def test_parameters_fill_the_topics(tmp_path: Path) -> None:
    meter = source(
        tmp_path,
        "mqtt: house, profile: esphome, topic: node, poles: 3, max_age: 90s, "
        "parameters: {power: real_power}",
    )
    assert "node/sensor/real_power/state" in meter.reports.topics
    assert meter.max_age == timedelta(seconds=90)


def test_messages_without_a_profile(tmp_path: Path) -> None:
    meter = source(
        tmp_path,
        "mqtt: house, name: own, messages: ["
        "{topic: m/json, time: at, device: from.id, values: {3: {energy: {path: e, unit: Wh}}, "
        "5: {power: 'p[1]'}}}, {topic: m/plain, values: {5: {current: {path: $, scale: 0.1}}}}], "
        "availability: [{topic: m/there, path: [state, $], offline: gone}], steps: {energy: 0.01}",
    )
    assert meter.measured == {3: {KWH}, 5: {A, W}}
    assert meter.max_age == timedelta(minutes=5)
    assert [value.paths for value in meter.reports.values] == [(("e",),), (("p", "1"),), ((),)]
    assert meter.register_scales[3].step_watt_hours == 10
    assert meter.reports.messages[0].device == ("from", "id")


def test_a_panel_may_be_one_device(tmp_path: Path) -> None:
    alone = "    mqtt: house\n    profile: shelly-3em\n    topic: m\n    service: 230/400\n"
    files = changed("bcm.yaml", (ONE, alone), ("gateways:\n", f"gateways:\n  {HOUSE}\n"))
    found = loaded(tmp_path, files).panels["rpp-1b"]
    assert found.is_whole
    assert found.panel.pole_count == 3
    assert found.sources[0].measured.keys() == {1, 2, 3}


def test_a_broker_is_the_sites_own_or_another(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    other = (
        "other: {timeout: 2s, mqtt: {host: 10.0.0.5, port: 443, username: u, tls: {ca: ca.pem}, "
        "transport: websockets, path: /ws}}"
    )
    gateways = loaded(tmp_path, written(PLUG, gateways=(HOUSE, other))).gateways
    own, another = gateways["house"], gateways["other"]
    assert isinstance(own, MeterBrokerSettings)
    assert isinstance(another, MeterBrokerSettings)
    assert (own.broker.host, own.base) == ("broker", "bcm")
    assert (another.broker.place, another.broker.username) == ("10.0.0.5:443", "u")
    assert (another.broker.transport, another.broker.path) == ("websockets", "/ws")
    assert (another.broker.tls, another.base) == (True, "")
    assert another.timeout == timedelta(seconds=2)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (PLUG.replace("house", "hous"), "sources.0.mqtt: unknown gateway 'hous': expected one"),
        (PLUG.replace("house", "babel-1"), "sources.0.mqtt: babel-1 is no broker: expected a"),
        (PLUG.replace("tasmota", "tasmotta"), "sources.0.profile: unknown profile 'tasmotta'"),
        (PLUG.replace("topic: plug-1, ", ""), "sources.0: topic is required: where the device of"),
        (PLUG.replace("plug-1", "'#'"), "sources.0.topic: expected levels of the topics of one"),
        (PLUG.replace("poles: 7", "poles: 7+9"), "poles: profile tasmota measures 1 pole, not 2"),
        (f"{PLUG}, unit_ids: [1]", "unit_ids: has a meaning with gateway only, not with mqtt"),
        (f"{PLUG}, parameters: {{topic: x}}", "topic: is no parameter of profile tasmota: it has"),
        (f"{PLUG}, parameters: {{prefix: a+}}", "prefix: expected levels of a topic, without +"),
        (f"{PLUG}, max_age: 0s", "max_age: expected a duration from 1s to 48h such as 90s, 15min"),
        (f"{PLUG}, poll_interval: 0s", "sources.0: cannot be free running: expected a poll_int"),
        (f"{PLUG}, periods: {{energy: 0s}}", "sources.0: cannot be free running: expected a"),
        (f"{PLUG}, messages: []", "messages: is given with profile: expected one of the two"),
        (f"{PLUG}, quantities: [amps]", "quantities.0: expected a quantity: one of current"),
        (f"{PLUG}, quantities: [frequency]", "quantities: leaves nothing of what the device"),
        (f"{PLUG}, periods: {{frequency: 60s}}", "frequency: is not measured by this source"),
        ("mqtt: house, poles: 3", "expected a profile, or the messages with their topics"),
        ("mqtt: house, topic: a", "expected a profile, or the messages with their topics"),
        (
            "mqtt: house, messages: [{topic: a/#, values: {3: {power: w}}}]",
            "messages.0.topic: expected one topic, without + and #, and without $ at the beginning",
        ),
        (
            "mqtt: house, messages: [{topic: bcm/rpp-1a/main/power, values: {3: {power: $}}}]",
            "bcm/rpp-1a/main/power is below mqtt.base_topic: expected the topic of another program",
        ),
        (
            "mqtt: house, messages: [{topic: a, values: {3: {power: w}}}], poles: 3",
            "poles: is given with messages, whose values have the poles",
        ),
        (
            "mqtt: house, messages: [{topic: a, values: {3: {}}}]",
            "messages.0.values.3: expected at least one quantity",
        ),
        (
            "mqtt: house, messages: [{topic: a, values: {85: {power: w}}}]",
            "messages.0.values.85: expected a whole number from 1 to 84, not 85",
        ),
        (
            "mqtt: house, messages: [{topic: a, values: {3: {amps: w}}}]",
            "messages.0.values.3.amps: expected a quantity: one of current, power",
        ),
        (
            "mqtt: house, messages: [{topic: a, values: {3: {power: a..b}}}]",
            "messages.0.values.3.power: expected a path such as ENERGY.Power, or $ where",
        ),
        (
            "mqtt: house, messages: [{topic: a, values: {3: {power: {path: w, unit: kWh}}}}]",
            "messages.0.values.3.power.unit: expected W or kW or mW, not 'kWh'",
        ),
        (
            f"{MESSAGE}{{3: {{power: {{path: w, unit: W, scale: 2}}}}}}}}]",
            "messages.0.values.3.power.scale: is given with unit: expected one of the two",
        ),
        (
            "mqtt: house, messages: [{topic: a, values: {3: {power: {path: w, scale: 0}}}}]",
            "messages.0.values.3.power.scale: expected what 1 is worth, as a decimal above 0",
        ),
        (
            (
                "mqtt: house, messages: [{topic: a, values: {3: {power: w}}}], "
                "availability: [{topic: b, offline: ''}]"
            ),
            "availability.0.offline: expected what is published where it is gone",
        ),
    ],
)
def test_a_mistake_is_named_where_it_is(tmp_path: Path, row: str, said: str) -> None:
    found = complaints(tmp_path, written(row))
    assert any(said in complaint for complaint in found), found
    assert all(complaint.startswith("bcm.yaml:") for complaint in found)


@pytest.mark.parametrize(
    ("gateway", "said"),
    [
        ("house: {mqtt: here}", "mqtt: expected site, which is the broker of mqtt, or a broker"),
        ("house: {mqtt: {port: 1884}}", "house.mqtt.host: is required"),
        ("house: {mqtt: site, host: a}", "house.host: is given with mqtt: expected one of the two"),
        ("house: {mqtt: {hots: a}}", "house.mqtt.hots: unknown key: did you mean host"),
        ("house: {mqtt: {host: a, path: /x}}", "path: has a meaning with transport: websockets"),
        (
            "house: {mqtt: {host: a, transport: udp}}",
            "transport: expected tcp or websockets, not 'udp'",
        ),
        (
            "house: {mqtt: {host: a, transport: websockets, path: x}}",
            "path: expected a path such as /mqtt",
        ),
        ("house: {mqtt: {host: a, hosts: [b]}}", "hosts: is given with gateways.house.mqtt.host"),
        ("house: {mqtt: {host: a, tls: {ca: none.pem}}}", "mqtt.tls.ca: no such file none.pem"),
    ],
)
def test_a_mistake_of_a_broker_is_named_where_it_is(
    tmp_path: Path, gateway: str, said: str
) -> None:
    found = complaints(tmp_path, written(PLUG, gateways=(gateway,)))
    assert any(said in complaint for complaint in found), found


@pytest.mark.parametrize(
    "again",
    [
        PLUG.replace("poles: 7", "poles: 9"),
        MESSAGE.replace("topic: a", f"topic: {SENSOR}") + "{9: {power: 'ENERGY.Power[0]'}}}]",
    ],
)
def test_no_value_is_two_poles(tmp_path: Path, again: str) -> None:
    (found,) = complaints(tmp_path, written(PLUG, again))
    assert f"of {SENSOR} is pole 7's already, not pole 9's, too" in found


def test_a_voltage_may_be_of_two_poles_and_a_pole_may_change_its_source(tmp_path: Path) -> None:
    both = "{3: {voltage: v, power: a}, 5: {voltage: v, power: b}}"
    assert source(tmp_path, f"{MESSAGE}{both}}}]").poles == (3, 5)
    before = f"{PLUG}, name: before, valid_to: 2026-12-01"
    after = f"{PLUG.replace('poles: 7', 'poles: 9')}, valid_from: 2026-12-01"
    assert len(panel(tmp_path, before, after).sources) == 2


def test_meters_over_modbus_and_over_mqtt_share_a_panel(tmp_path: Path) -> None:
    found = panel(tmp_path, "gateway: babel-1, first_unit_id: 9, poles: 1-6", PLUG)
    assert [source.name for source in found.sources] == ["babel-1-9", "house-7"]
    assert found.panel.pole_count == 7
    assert found.register_scales.keys() == {7}
