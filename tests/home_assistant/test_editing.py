"""A circuit is edited, and its alarm acknowledged, in a real Home Assistant."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from home_assistant.conftest import HomeAssistantFactory
from home_assistant.instance import HomeAssistant
from home_assistant.test_bridge import TEN_AMPS, mqtt_entities, state
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.site import Site

pytestmark = [pytest.mark.home_assistant, pytest.mark.timeout(300)]

CIRCUIT = "dc1_rpp-1a_1"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "mosquitto") as running:
        yield running


@pytest.fixture
def home(home_assistant_factory: HomeAssistantFactory, broker: Mosquitto) -> HomeAssistant:
    return home_assistant_factory(broker.port)


@pytest.fixture
def meters() -> Iterator[Meters]:
    with Meters() as serving:
        for registers in serving.registers.values():
            registers[:] = [TEN_AMPS] * 6
        yield serving


def call(home: HomeAssistant, domain: str, service: str, name: str, **data: object) -> None:
    entity = mqtt_entities(home)[f"{CIRCUIT}_{name}"]
    home.call(domain, service, entity_id=entity, **data)


def test_description_rating_and_connection_are_edited_and_an_alarm_acknowledged(
    tmp_path: Path, broker: Mosquitto, meters: Meters, home: HomeAssistant
) -> None:
    with Site(tmp_path / "site", broker.port, meters.port) as site:
        bridge = site.start("bridge")
        home.wait_for(lambda: f"{CIRCUIT}_alarm" in mqtt_entities(home), 60)
        home.wait_for(lambda: state(home, f"{CIRCUIT}_current") == "10.0", 60)

        call(home, "text", "set_value", "description", value='Customer9-"A", left')
        home.wait_for(lambda: state(home, f"{CIRCUIT}_description").startswith("Customer9"), 60)
        call(home, "number", "set_value", "rating", value=12)
        home.wait_for(lambda: state(home, f"{CIRCUIT}_rating") == "12", 60)
        # 10 of 12 A is above 80 %.
        home.wait_for(lambda: state(home, f"{CIRCUIT}_overload") == "on", 60)
        home.wait_for(lambda: state(home, f"{CIRCUIT}_alarm") == "unacknowledged", 60)
        call(home, "button", "press", "acknowledge")
        home.wait_for(lambda: state(home, f"{CIRCUIT}_alarm") == "acknowledged", 60)
        written = (site.folder / "circuits.csv").read_text()
        assert '"Customer9-""A"", left",12' in written
        home.wait_for(lambda: "Customer9" in str(home.device(CIRCUIT).name), 60)

        # Poles 3 and 5 are other circuits: it is refused, and what is shown stays true.
        call(home, "select", "select_option", "connection", option="3P")
        home.wait_for(lambda: "pole 3 is on breakers" in bridge.said(), 60)
        assert state(home, f"{CIRCUIT}_connection") == "1P"
        assert (site.folder / "circuits.csv").read_text() == written
        assert home.log_problems("mqtt", "text", "number", "select", "button") == []


def test_the_circuits_of_a_meter_that_died_are_unavailable_and_the_others_are_not(
    tmp_path: Path, broker: Mosquitto, meters: Meters, home: HomeAssistant
) -> None:
    with Site(tmp_path / "site", broker.port, meters.port) as site:
        site.start("bridge")
        home.wait_for(lambda: f"{CIRCUIT}_alarm" in mqtt_entities(home), 60)
        home.wait_for(lambda: state(home, f"{CIRCUIT}_current") == "10.0", 60)
        registers = meters.registers.pop(1)  # poles 1, 3, 5, 7, 9, 11
        home.wait_for(lambda: state(home, f"{CIRCUIT}_current") == "unavailable", 60)
        assert state(home, "dc1_rpp-1a_2_current") == "10.0"
        assert state(home, f"{CIRCUIT}_description") == "Customer1-1"  # still to be edited
        meters.registers[1] = registers
        home.wait_for(lambda: state(home, f"{CIRCUIT}_current") == "10.0", 60)
