"""The blueprints over restarts of a real Home Assistant, broker and bridge."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from home_assistant.instance import HomeAssistant
from home_assistant.test_bridge import TEN_AMPS, mqtt_entities, state
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peers.process import Process

pytestmark = [pytest.mark.home_assistant, pytest.mark.timeout(900)]

BLUEPRINTS = Path(__file__).parents[2] / "blueprints"
WITHIN_S = 120
"""For things that take a second or two on a quiet machine."""
LOAD, SHED = "switch.heater", "input_boolean.shed"
YAML = """\
automation: !include automations.yaml
input_boolean: {heater: {}, shed: {}}

counter: {told: {}, over: {}, risk: {}}
switch:
  - platform: template
    switches:
      heater:
        value_template: "{{ is_state('input_boolean.heater', 'on') }}"
        turn_on: {action: input_boolean.turn_on, target: {entity_id: input_boolean.heater}}
        turn_off: {action: input_boolean.turn_off, target: {entity_id: input_boolean.heater}}
"""
TELL = [
    {
        "action": "counter.increment",
        "target": {"entity_id": "{{ 'counter.over' if 'over:' in title else 'counter.told' }}"},
    }
]
RISK = [{"action": "counter.increment", "target": {"entity_id": "counter.risk"}}]
TWENTY_AMPS = 2 * TEN_AMPS
SECOND = {"seconds": 1}
CIRCUIT = "dc1_rpp-1a_1"


class Running:
    """A bridge whose first circuit is overloaded or not, and a Home Assistant with blueprints."""

    def __init__(self, site: Site, broker: Mosquitto, meters: Meters, home: HomeAssistant) -> None:
        """Starts the bridge."""
        self.site, self.broker, self.meters, self.home = site, broker, meters, home
        self.bridge: Process = site.start("bridge")

    def overload(self, active: bool) -> None:  # noqa: FBT001 - it reads well
        """As the meter has it, from its next poll on."""
        self.meters.registers[1][0] = TWENTY_AMPS if active else TEN_AMPS

    def is_overload(self, shown: str) -> None:
        self.home.wait_for(lambda: state(self.home, f"{CIRCUIT}_overload") == shown, WITHIN_S)

    def is_load(self, shown: str, shed: str) -> None:
        def there() -> bool:
            states = self.home.states()
            return (states[LOAD].state, states[SHED].state) == (shown, shed)

        self.home.wait_for(there, WITHIN_S)

    def told(self) -> Counter[str]:
        """How often an overload was told of, and that it is over; it outlasts restarts."""
        states = self.home.states()
        return Counter({name: int(states[f"counter.{name}"].state) for name in ("told", "over")})

    def is_told(self, begun: int, over: int) -> None:
        wanted = {"told": begun, "over": over}
        try:
            self.home.wait_for(lambda: dict(self.told()) == wanted, WITHIN_S)
        except TimeoutError:
            assert dict(self.told()) == wanted
            raise

    def risks(self) -> int:
        """How often it was told that a pair is at risk."""
        return int(self.home.state("counter.risk").state)

    def is_risk_told_since(self, before: int) -> None:
        self.home.wait_for(lambda: self.risks() > before, WITHIN_S)

    def automate(self, name: str, blueprint: str, **inputs: Any) -> None:  # noqa: ANN401
        used = {"path": f"bcm_mqtt/{blueprint}.yaml", "input": inputs}
        body = {"alias": name, "use_blueprint": used}
        self.home.request("POST", f"/api/config/automation/config/{name}", body)
        self.home.wait_for(lambda: self.home.state(f"automation.{name}").state == "on", WITHIN_S)


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, home_assistant_python: Path
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("blueprints")
    with (
        Mosquitto(folder / "mosquitto") as broker,
        Meters() as meters,
        Site(folder / "site", broker.port, meters.port) as site,
    ):
        site.write_circuits(f"rpp-1a,{pole},Customer1-{pole},20" for pole in (1, 3))
        meters.registers[1][:] = [TEN_AMPS] * 6
        config = folder / "home-assistant"
        home = HomeAssistant(home_assistant_python, config, broker.port, extra_yaml=YAML)
        shutil.copytree(BLUEPRINTS, config / "blueprints")
        (config / "automations.yaml").write_text("[]\n")
        with home:
            made = Running(site, broker, meters, home)
            home.wait_for(lambda: f"{CIRCUIT}_overload" in mqtt_entities(home), WITHIN_S)
            home.call("input_boolean", "turn_on", entity_id="input_boolean.heater")
            known = mqtt_entities(home)
            overload, alarm = known[f"{CIRCUIT}_overload"], known[f"{CIRCUIT}_alarm"]
            current = known[f"{CIRCUIT}_current"]
            made.is_overload("off")
            made.automate(
                *("shed", "shed_load"),
                sensor=alarm,
                load=LOAD,
                shed=SHED,
                delay=SECOND,
                well_for=SECOND,
            )
            made.automate(
                *("tell", "overload_notification"), sensors=[overload], delay=SECOND, actions=TELL
            )
            # Any sensor with a figure stands for the redundant load of a pair.
            made.automate(
                *("risk", "redundant_pair_at_risk"),
                sensors=[current],
                limit=15,
                delay=SECOND,
                actions=RISK,
            )
            yield made


def test_what_was_shed_comes_back_after_restarts_of_home_assistant(running: Running) -> None:
    running.is_load("on", "off")
    running.overload(active=True)
    running.is_load("off", "on")
    running.is_told(1, 0)
    running.is_risk_told_since(0)
    assert running.risks() == 1

    # Shed, and still overloaded: it stays so, and nothing is told twice.
    running.home.restart()
    running.is_overload("on")
    running.is_load("off", "on")
    running.is_risk_told_since(1)

    # Shed, and over while it is down: it is restored, and that it is over is told.
    running.home.stop()
    running.overload(active=False)
    running.home.start()
    risks = running.risks()
    running.is_load("on", "off")
    running.is_told(1, 1)
    assert running.risks() == risks

    # It begins while it is down: it is shed and told.
    running.home.stop()
    running.overload(active=True)
    running.home.start()
    running.is_load("off", "on")
    running.is_told(2, 1)
    running.is_risk_told_since(risks)


def test_what_was_shed_comes_back_after_restarts_of_the_broker(running: Running) -> None:
    running.is_load("off", "on")
    before = running.told()
    for active in (False, True):
        running.broker.stop()
        running.home.wait_for(
            lambda: state(running.home, f"{CIRCUIT}_overload") == "unavailable", WITHIN_S
        )
        running.overload(active=active)
        risks = running.risks()
        running.broker.start()
        running.is_load(*(("off", "on") if active else ("on", "off")))
        if active:
            running.is_risk_told_since(risks)
        else:
            assert running.risks() == risks
    running.is_told(before["told"] + 1, before["over"] + 1)


def test_what_was_shed_comes_back_after_restarts_of_the_bridge(running: Running) -> None:
    running.is_load("off", "on")
    before = running.told()
    # The third one changes nothing: that is not told again.
    for active in (False, True, True):
        running.bridge.stop()
        running.home.wait_for(
            lambda: state(running.home, f"{CIRCUIT}_overload") == "unavailable", WITHIN_S
        )
        running.overload(active=active)
        risks = running.risks()
        running.bridge = running.site.start("bridge")
        running.is_load(*(("off", "on") if active else ("on", "off")))
        if active:
            running.is_risk_told_since(risks)
        running.is_overload("on" if active else "off")
    running.overload(active=False)
    running.is_load("on", "off")
    running.is_told(before["told"] + 1, before["over"] + 2)
    assert running.home.log_problems("automation", "blueprint", "script") == []


def test_what_is_off_already_stays_off_over_a_restart(running: Running) -> None:
    running.is_load("on", "off")
    running.home.call("switch", "turn_off", entity_id=LOAD)
    running.is_load("off", "off")
    begun = running.told()["told"]
    running.overload(active=True)
    running.home.wait_for(lambda: running.told()["told"] == begun + 1, WITHIN_S)
    running.home.restart()
    running.is_overload("on")
    over = running.told()["over"]
    running.overload(active=False)
    running.home.wait_for(lambda: running.told()["over"] == over + 1, WITHIN_S)
    running.is_load("off", "off")
