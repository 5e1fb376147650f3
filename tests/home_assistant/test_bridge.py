"""Our real bridge, a real broker, a real Home Assistant."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from home_assistant.conftest import HomeAssistantFactory
from home_assistant.discovery import validate
from home_assistant.instance import HomeAssistant
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import wait_until
from peers.site import Site

pytestmark = [pytest.mark.home_assistant, pytest.mark.timeout(300)]

MAIN = {
    *("current_a", "current_b", "current_c", "power", "energy", "neutral"),  # without a main rating
    "acknowledge",
}
QUANTITIES = {"current", "power", "energy", "load", "overload"}
OTHERS = {"alarm", "acknowledge", "description", "rating", "connection"}
NOT_ENABLED = {"dc1_rpp-1a_connection", "dc1_bridge_dc1_connection"} | {
    f"dc1_rpp-1a_{pole}_{name}" for pole in range(1, 49) for name in ("power", "load")
}
TEN_AMPS = 100  # registers hold A x 10


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path_factory.mktemp("mosquitto")) as running:
        yield running


@pytest.fixture(scope="module")
def home(home_assistant_factory: HomeAssistantFactory, broker: Mosquitto) -> HomeAssistant:
    return home_assistant_factory(broker.port)


@pytest.fixture
def bridged(tmp_path: Path, broker: Mosquitto) -> Iterator[Site]:
    with Meters() as meters, Site(tmp_path / "site", broker.port, meters.port) as site:
        for registers in meters.registers.values():
            registers[:] = [TEN_AMPS] * 6
        yield site


def mqtt_entities(home: HomeAssistant) -> dict[str, str]:
    """Entity ids by unique id."""
    return {
        entity.unique_id: entity.entity_id
        for entity in home.entities().values()
        if entity.platform == "mqtt"
    }


def not_enabled(home: HomeAssistant) -> set[str]:
    """Unique ids of what a person has to enable."""
    return {entity.unique_id for entity in home.entities().values() if entity.disabled_by}


def state(home: HomeAssistant, unique_id: str) -> str:
    return home.state(mqtt_entities(home)[unique_id]).state


def test_every_payload_is_accepted_by_home_assistants_own_discovery(
    bridged: Site, broker: Mosquitto, home_assistant_python: Path
) -> None:
    bridge = bridged.start("bridge")
    last = "homeassistant/device/dc1_rpp-1a_48/config"
    wait_until(lambda: last in broker.retained("homeassistant/#"), 60, bridge.said)
    messages = list(broker.retained("homeassistant/#").items())
    assert len(messages) == 1 + 1 + 48  # the bridge, the panel, its circuits
    for result in validate(home_assistant_python, messages):
        assert result["ok"], result
        # Releases before 2025.10 take the id from another key.
        assert all(key.endswith(": def_ent_id") for key in result["ignored"]), result
        assert result["bytes"] <= 4096, result


def test_every_circuit_is_a_device_with_states_and_goes_offline_with_the_bridge(
    bridged: Site, home: HomeAssistant
) -> None:
    bridge = bridged.start("bridge")
    wanted = {
        f"dc1_rpp-1a_{pole}_{name}" for pole in range(1, 49) for name in QUANTITIES | OTHERS
    } | {"dc1_rpp-1a_connection", "dc1_bridge_dc1_connection", "dc1_bridge_dc1_outbox"}
    wanted |= {f"dc1_rpp-1a_{quantity}" for quantity in MAIN}
    home.wait_for(lambda: mqtt_entities(home).keys() >= wanted, 60)
    assert mqtt_entities(home).keys() == wanted
    assert not_enabled(home) == NOT_ENABLED
    home.wait_for(lambda: state(home, "dc1_rpp-1a_48_current") == "10.0", 60)
    assert state(home, "dc1_rpp-1a_48_overload") == "off"
    assert state(home, "dc1_rpp-1a_48_alarm") == "normal"
    assert state(home, "dc1_rpp-1a_48_description") == "Customer1-48"
    assert state(home, "dc1_rpp-1a_48_rating") == "20"
    assert state(home, "dc1_rpp-1a_48_connection") == "1P"
    assert state(home, "dc1_rpp-1a_current_a") == "160.0"
    assert state(home, "dc1_rpp-1a_power") == "57600"
    assert state(home, "dc1_bridge_dc1_outbox") == "off"
    assert home.device("dc1_rpp-1a_48").via_device == "dc1_rpp-1a"
    assert home.device("dc1_rpp-1a").via_device == "dc1_bridge_dc1"
    assert mqtt_entities(home)["dc1_rpp-1a_48_current"] == "sensor.rpp_1a_48_current"
    assert home.device("dc1_rpp-1a_48").name == "RPP 1A 48 Customer1-48"

    bridge.kill()
    home.wait_for(lambda: state(home, "dc1_rpp-1a_48_current") == "unavailable", 60)
    assert state(home, "dc1_bridge_dc1_outbox") == "unavailable"
    again = bridged.start("bridge")
    home.wait_for(lambda: state(home, "dc1_rpp-1a_48_current") == "10.0", 60)
    assert mqtt_entities(home).keys() == wanted
    assert home.log_problems("mqtt", "sensor", "binary_sensor") == []
    assert "Traceback" not in again.said()


def test_after_a_restart_of_home_assistant_nothing_is_unavailable(
    bridged: Site, home: HomeAssistant
) -> None:
    bridge = bridged.start("bridge")
    home.wait_for(lambda: state(home, "dc1_rpp-1a_1_current") == "10.0", 60)
    home.restart()

    def all_there() -> bool:
        known = mqtt_entities(home)
        # A button has the time it was last pressed.
        seen = {key for key in known if not key.endswith("_acknowledge")}
        all_states = home.states()
        states = {all_states[known[key]].state for key in seen - NOT_ENABLED}
        return len(known) == 490 and not states & {"unavailable", "unknown"}

    home.wait_for(all_there, 60)
    assert home.log_problems("mqtt", "sensor", "binary_sensor") == []
    assert "Traceback" not in bridge.said()
