"""The custom integration in a real Home Assistant, with two panels on our real bridge."""

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import Store
from home_assistant.conftest import HomeAssistantFactory
from home_assistant.instance import HomeAssistant
from home_assistant.test_bridge import TEN_AMPS, mqtt_entities
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.site import Site
from unit.builders import polled

pytestmark = [pytest.mark.home_assistant, pytest.mark.timeout(600)]

COMPONENTS = Path(__file__).parents[2] / "custom_components"
ZONE = ZoneInfo("America/New_York")
WITHIN_S = 180
"""For things that take a second or two on a quiet machine."""
CUSTOMER = {
    *("energy", "cost", "last_energy", "last_cost", "estimated_share", "peak_demand"),
    "review_hold",
}
SITE = {"site_energy", "unallocated_energy", "unassigned_circuits"}
SECOND_PANEL = """\
  rpp-1b: {name: RPP 1B, gateway: gw-b, profile: bg08, service: 120/208}
tariffs:"""
SECOND_GATEWAY = """\
  gw-b: {{host: 127.0.0.1, port: {port}, timeout: 500ms, poll_interval: 1s}}
panels:"""
CIRCUIT = {"current", "overload", "alarm", "description", "rating", "connection"}
"""Not its energy, which first comes after a minute, and no button: that has no state."""
Report = dict[str, Any]
"""A month, as JSON."""
AWAY = ("Disconnected from MQTT", "Failed to connect", "Error returned from MQTT server")
CLEARED_AGAIN = "No device components to cleanup"
"""With a device go its entities that are not enabled: for each of them mqtt clears the topic of
the device again, and warns of its own message."""
POLES = range(1, 13)
"""With circuits: those of the units 1 and 5. Hundreds more would say no more, and take minutes."""
STATISTIC = "bcm_mqtt:dc1_customer1_20b7d2_energy"
ALREADY = f"bcm_mqtt:dc1_customer2_{sha256(b'Customer2').hexdigest()[:6]}_energy"
"""Of the customer that was there a month before."""
COST = "bcm_mqtt:dc1_customer1_20b7d2_cost_usd"
BLUEPRINTS = Path(__file__).parents[2] / "blueprints"
EXTRA_YAML = """
energy:
automation: !include_dir_merge_list automations
counter: {bills: {}}
input_text: {bills: {}}
"""
BROKER = "allow_anonymous true\npersistence true\npersistence_location {}/\n"


def write_circuits(site: Site, *changed: str, without: str = "") -> None:
    """Twelve on each panel, of Customer1 on the one and Customer2 on the other panel."""
    rows = {
        f"{panel},{pole}": f"{panel},{pole},Customer{number}-{pole},20"
        for number, panel in enumerate(("rpp-1a", "rpp-1b"), start=1)
        for pole in POLES
    }
    rows |= {",".join(row.split(",")[:2]): row for row in changed}
    rows.pop(without, None)
    site.write_circuits(rows.values())


def write_second_panel(site: Site, port: int) -> None:
    text = site.config.read_text().replace("poll_interval: 200ms", "poll_interval: 1s")
    text = text.replace("panels:\n", SECOND_GATEWAY.format(port=port) + "\n")
    site.config.write_text(text.replace("tariffs:", SECOND_PANEL))


def seed_past_months(site: Site) -> None:
    """A day of last month of one circuit of each customer, and of one the month before."""
    store = Store(f"sqlite:///{site.folder}/bcm.db")
    store.database.ensure_schema()
    for panel, milliamps, back in (
        ("rpp-1a", 10_000, 0),
        ("rpp-1b", 5_000, 0),
        ("rpp-1b", 5_000, 1),
    ):
        end, _ = Month.parse(month(back)).bounds(ZONE)
        day = polled(end - timedelta(days=1), end, [milliamps], panel_id=panel)
        store.arrivals.add(day)
    while store.roll_up.intervals():
        pass
    store.close()


def begin_tariff_with(site: Site, first: str) -> None:
    """As the shipped one begins with a year: nobody can bill the months before."""
    file = site.folder / "tariffs.yaml"
    file.write_text(file.read_text().replace("2020-01-01", f"{first}-01"))


class Running:
    """A site with bridge, recorder and Home Assistant."""

    def __init__(self, site: Site, broker: Mosquitto, home: HomeAssistant) -> None:
        """Starts bridge and recorder."""
        self.site, self.broker, self.home = site, broker, home
        self.recorder = site.start("recorder")
        self.bridge = site.start("bridge")

    def ours(self) -> dict[str, str]:
        """Entity ids of the integration by unique id."""
        return {
            entity.unique_id: entity.entity_id
            for entity in self.home.entities().values()
            if entity.platform == "bcm_mqtt" and not entity.disabled_by
        }

    def state(self, unique_id: str) -> str:
        return self.home.state(self.ours()[unique_id]).state

    def missing(self) -> set[str]:
        """What should be there and is not, or has no state."""
        states = self.home.states()
        known = {entity.unique_id: key for key, entity in self.home.entities().items()}
        wanted = {f"dc1_customer_Customer{n}_{key}" for n in (1, 2) for key in CUSTOMER}
        wanted |= {f"dc1_dc1_{key}" for key in SITE}
        wanted |= {
            f"dc1_{panel}_{pole}_{key}"
            for panel in ("rpp-1a", "rpp-1b")
            for pole in POLES
            for key in CIRCUIT
        }
        return {
            key
            for key in wanted
            if key not in known
            or known[key] not in states
            or states[known[key]].state in {"unavailable", "unknown"}
        }

    def wait_for_all(self) -> None:
        self.home.wait_for(lambda: not self.missing(), WITHIN_S)

    def problems(self) -> list[str]:
        """What mqtt and the integration have complained of, but for what is expected.

        And what Home Assistant has of them: a use that it retires is told by its frame helper.
        """
        loggers = ("mqtt", "bcm_mqtt", "sensor", "binary_sensor", "homeassistant.helpers.frame")
        found = self.home.log_problems(*loggers)
        expected = (*AWAY, CLEARED_AGAIN)
        return [record.message for record in found if not record.message.startswith(expected)]

    def issues(self) -> dict[str, Mapping[str, str]]:
        """What the integration's repairs name, by what is wrong."""
        (found,) = self.home.ask({"type": "repairs/list_issues"})
        return {
            issue["translation_key"]: issue["translation_placeholders"]
            for issue in found["issues"]
            if issue["domain"] == "bcm_mqtt"
        }

    def flows(self) -> list[dict[str, Any]]:
        (found,) = self.home.ask({"type": "config_entries/flow/progress"})
        return [flow for flow in found if flow["handler"] == "bcm_mqtt"]

    def flow(self, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON
        return self.home.request("POST", f"/api/config/config_entries/flow{path}", body)


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, home_assistant_factory: HomeAssistantFactory
) -> Iterator[Running]:
    """Set up as a person does it: by saying yes to what was found."""
    folder = tmp_path_factory.mktemp("integration")
    with (
        Mosquitto(folder / "mosquitto", BROKER.format(folder)) as broker,
        Meters() as meters,
        Meters() as others,
        Site(folder / "site", broker.port, meters.port) as site,
    ):
        for unit in (1, 5):
            for registers in (meters.registers[unit], others.registers[unit]):
                registers[:] = [TEN_AMPS] * 6
        write_second_panel(site, others.port)
        write_circuits(site)
        site.publish_every_second()
        seed_past_months(site)
        begin_tariff_with(site, month(1))
        home = home_assistant_factory(
            broker.port, custom_components=COMPONENTS, extra_yaml=EXTRA_YAML
        )
        made = Running(site, broker, home)
        (flow,) = home.wait_for(made.flows, WITHIN_S)
        assert (flow["context"]["source"], flow["step_id"]) == ("mqtt", "confirm")
        assert made.flow(f"/{flow['flow_id']}")["type"] == "create_entry"
        made.wait_for_all()
        yield made


@pytest.fixture(scope="module")
def report(running: Running) -> Report:
    """Last month as the command prints it."""
    printed: Report = running.site.json("bill", last_month())
    return printed


def month(back: int) -> str:
    """So many months before the running one."""
    return str(Month.of(datetime.now(UTC), ZONE).shifted(-back))


def last_month() -> str:
    return month(1)


def test_customers_are_there_beside_the_circuits_and_nothing_complains(
    running: Running,
    report: Report,
) -> None:
    assert running.home.device("dc1_customer_Customer1").via_device == "dc1_dc1"
    assert [bill["customer"] for bill in report["bills"]] == ["Customer1", "Customer2"]
    for bill in report["bills"]:
        device = f"dc1_customer_{bill['customer']}"
        assert float(running.state(f"{device}_last_energy")) == bill["kwh"]
        assert float(running.state(f"{device}_last_cost")) == bill["amount"]
    assert running.problems() == []
    assert running.flows() == []
    begun = running.flow("", handler="bcm_mqtt")
    done = running.flow(f"/{begun['flow_id']}", base_topic="bcm")
    assert done["reason"] == "already_configured"


def test_a_report_is_what_the_command_prints(running: Running, report: Report) -> None:
    path = "/api/services/bcm_mqtt/billing_report?return_response"
    asked = {"month": last_month()}
    answer = running.home.request("POST", path, asked)
    assert answer["service_response"] == report
    answer = running.home.request("POST", path, {**asked, "customer": "Customer2"})
    assert answer["service_response"]["bills"] == report["bills"][1:]


def hours(running: Running, statistic: str, back: int) -> list[float]:
    """What a statistic has of each hour of a month."""
    start, end = Month.parse(month(back)).bounds(ZONE)
    (found,) = running.home.ask(
        {
            "type": "recorder/statistics_during_period",
            "statistic_ids": [statistic],
            "start_time": start.isoformat(),
            "end_time": end.isoformat(),
            "period": "hour",
            "types": ["state"],
        },
    )
    return [row["state"] for row in found.get(statistic, [])]


def test_statistics_have_the_energy_and_cost_of_the_time_before_home_assistant(
    running: Running,
    report: Report,
) -> None:
    bill = report["bills"][0]
    assert bill["kwh"] > 0
    assert bill["amount"] > 0

    def found(statistic: str, back: int) -> object:
        return pytest.approx(sum(hours(running, statistic, back)))

    running.home.wait_for(lambda: bill["kwh"] == found(STATISTIC, 1), WITHIN_S)
    running.home.wait_for(lambda: bill["amount"] == found(COST, 1), WITHIN_S)
    assert len(hours(running, STATISTIC, 1)) >= 24


def test_a_month_without_a_price_has_its_energy_and_months_without_readings_nothing(
    running: Running,
) -> None:
    refused = running.site.run("bill", month(2), expect=2)
    assert "has no rate from" in refused
    running.home.wait_for(lambda: len(hours(running, ALREADY, 2)) == 24, WITHIN_S)
    assert sum(hours(running, ALREADY, 2)) == pytest.approx(24 * 0.6)
    assert hours(running, ALREADY.replace("energy", "cost_usd"), 2) == []
    assert hours(running, ALREADY, 3) == []
    assert hours(running, STATISTIC, 2) == []
    assert "statistics_incomplete" not in running.issues()


def test_customers_are_consumption_with_a_cost_on_the_energy_dashboard(running: Running) -> None:
    def listed() -> list[str]:
        (found,) = running.home.ask({"type": "recorder/list_statistic_ids"})
        return sorted(item["statistic_id"] for item in found if item["source"] == "bcm_mqtt")

    energy, cost = running.home.wait_for(lambda: pairs(listed()), WITHIN_S)
    flow = {"entity_energy_price": None, "number_energy_price": None}
    chosen = {
        "energy_sources": [
            {
                "type": "grid",
                "flow_from": [
                    {"stat_energy_from": one, "stat_cost": other, **flow}
                    for one, other in zip(energy, cost, strict=True)
                ],
                "flow_to": [],
                "cost_adjustment_day": 0,
            }
        ],
        "device_consumption": [{"stat_consumption": one} for one in energy],
    }
    saved, found = running.home.ask(
        {"type": "energy/save_prefs", **chosen}, {"type": "energy/validate"}
    )
    assert saved["energy_sources"][0]["flow_from"][0]["stat_cost"] == COST
    assert found == {"energy_sources": [[]], "device_consumption": [[], []]}


def pairs(statistics: list[str]) -> list[list[str]]:
    """Energy and cost of both customers, once all are there."""
    energy = [one for one in statistics if one.endswith("_energy")]
    cost = [one for one in statistics if one.endswith("_cost_usd")]
    return [energy, cost] if len(energy) == len(cost) == 2 else []


def test_a_circuit_that_is_nobodys_is_a_repair_until_it_is_assigned(running: Running) -> None:
    home = running.home
    write_circuits(running.site, "rpp-1a,12,,20")
    home.wait_for(lambda: "unassigned_circuits" in running.issues(), WITHIN_S)
    assert running.issues()["unassigned_circuits"]["circuits"] == "- rpp-1a 12"
    home.call("bcm_mqtt", "assign_customer", panel="rpp-1a", pole=12, customer="Customer1")
    home.wait_for(lambda: "unassigned_circuits" not in running.issues(), WITHIN_S)
    assert "rpp-1a,12,,20,Customer1" in (running.site.folder / "circuits.csv").read_text()
    write_circuits(running.site)
    running.wait_for_all()


def test_a_renamed_circuit_keeps_its_entity_and_a_removed_one_is_gone(running: Running) -> None:
    home = running.home
    before = mqtt_entities(home)["dc1_rpp-1b_2_current"]
    write_circuits(running.site, "rpp-1b,2,Customer2-new,20", without="rpp-1b,12")
    home.wait_for(lambda: "Customer2-new" in str(home.device("dc1_rpp-1b_2").name), WITHIN_S)
    home.wait_for(lambda: "dc1_rpp-1b_12_current" not in mqtt_entities(home), WITHIN_S)
    assert mqtt_entities(home)["dc1_rpp-1b_2_current"] == before
    write_circuits(running.site)
    running.wait_for_all()
    assert running.problems() == []


def test_after_restarts_of_home_assistant_broker_and_bridge_all_is_there(running: Running) -> None:
    running.home.restart()
    running.wait_for_all()
    assert running.problems() == []

    running.broker.stop()
    energy = "dc1_customer_Customer1_energy"
    running.home.wait_for(lambda: running.state(energy) == "unavailable", WITHIN_S)
    running.broker.start()
    running.wait_for_all()

    running.bridge.stop()
    running.home.wait_for(lambda: bool(running.missing()), WITHIN_S)
    running.bridge = running.site.start("bridge")
    running.wait_for_all()
    # What it asks for after its start may meet the broker's absence; it asks again later.
    unasked = "Statistics of Test lack"
    assert [one for one in running.problems() if not one.startswith(unasked)] == []
    assert "Traceback" not in running.bridge.said() + running.recorder.said()


def test_bills_are_told_once_whatever_was_away(running: Running) -> None:
    home = running.home

    def count() -> str:
        return home.state("counter.bills").state

    used = {
        "path": "bcm_mqtt/month_end_bills.yaml",
        "input": {
            "day": 1,
            "at": "00:00:00",
            "reported": "input_text.bills",
            "actions": [{"action": "counter.increment", "target": {"entity_id": "counter.bills"}}],
        },
    }
    shutil.copytree(BLUEPRINTS, home.directory / "blueprints", dirs_exist_ok=True)
    (home.directory / "automations").mkdir()
    automation = [{"id": "bills", "alias": "bills", "use_blueprint": used}]
    (home.directory / "automations" / "bills.yaml").write_text(json.dumps(automation))

    def look() -> None:
        """As it does by itself every hour."""
        home.call("automation", "trigger", entity_id="automation.bills", skip_condition=False)

    def is_told() -> bool:
        look()
        return count() == "1"

    # Billing is away when Home Assistant starts, which asks at once, and the broker after it.
    running.recorder.stop()
    home.restart()
    home.wait_for(lambda: home.state("automation.bills").attributes["last_triggered"], WITHIN_S)
    running.broker.stop()
    running.broker.start()
    assert count() == "0"
    running.recorder = running.site.start("recorder")
    home.wait_for(is_told, WITHIN_S)
    assert home.state("input_text.bills").state == last_month()

    # It has been told, and is not again.
    home.restart()
    running.broker.stop()
    running.broker.start()
    running.bridge.stop()
    running.bridge = running.site.start("bridge")
    running.wait_for_all()
    look()
    assert count() == "1"
