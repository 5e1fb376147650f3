"""Requests over MQTT to a running bridge, each with its response."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import Process, wait_until
from peers.site import Site

TWENTY_AMPS = 200  # registers hold A x 10


class Asking:
    """Asks the bridge and waits for what it says to that."""

    def __init__(self, broker: Mosquitto, heard: Process, bridge: Process) -> None:
        self.broker, self.heard, self.bridge = broker, heard, bridge
        self._numbers = count(1)

    def ask(self, action: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        transaction = next(self._numbers)
        payload = json.dumps({**body, "transaction": transaction})
        self.broker.publish(f"bcm/bridge/dc1/request/{action}", payload)
        return self.response(action, lambda body: body["transaction"] == transaction)

    def until_it_hears(self) -> None:
        """For a bridge that has connected and not yet subscribed the broker keeps nothing."""

        def hears() -> bool:
            self.broker.publish("bcm/bridge/dc1/request/instance", "{}")
            return "bcm/bridge/dc1/response/instance " in self.heard.said()

        wait_until(hears, 60, self.bridge.said)

    def response(self, action: str, wanted: Callable[[Any], bool]) -> dict[str, Any]:
        def found() -> dict[str, Any]:
            start = f"bcm/bridge/dc1/response/{action} "
            for line in self.heard.said().splitlines():
                if line.startswith(start):
                    body: dict[str, Any] = json.loads(line.removeprefix(start))
                    if wanted(body):
                        return body
            return {}

        wait_until(lambda: bool(found()), 60, self.bridge.said)
        return found()

    def retained(self, topic: str) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.broker.retained(topic).get(topic, "{}"))

    def has(self, topic: str, **fields: object) -> None:
        wait_until(
            lambda: {**self.retained(topic), **fields} == self.retained(topic), 60, self.bridge.said
        )


@contextmanager
def asking(site: Site, broker: Mosquitto, tmp_path: Path) -> Iterator[Asking]:
    with broker.listening("bcm/#", tmp_path / "heard.log") as heard:
        bridge = site.start("bridge")
        wait_until(lambda: "bcm/rpp-1a/circuit/48/load" in heard.said(), 60, bridge.said)
        yield Asking(broker, heard, bridge)
        assert "Traceback" not in bridge.said()


@pytest.fixture
def asked(site: Site, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Asking]:
    with asking(site, mosquitto, tmp_path) as found:
        yield found


def test_a_circuit_is_edited_and_what_people_wrote_in_its_file_stays(
    asked: Asking, site: Site
) -> None:
    file = site.folder / "circuits.csv"
    commented = "# by hand\n" + file.read_text().replace("rpp-1a,5,", "rpp-1a, 5 ,")
    file.write_text(commented)
    reply = asked.ask("circuit", panel="rpp-1a", pole=3, description='Customer7-"X"', rating=30.0)
    assert (reply["status"], reply["changed"]) == ("ok", 1)
    asked.has("bcm/rpp-1a/circuit/3/directory", description='Customer7-"X"', rating=30)
    asked.has("bcm/rpp-1a/circuit/3/directory", customer="Customer7", connection="1P")
    now = file.read_text().splitlines()
    before = commented.splitlines()
    assert now[1] == f"{before[1]},valid_from"  # a column that the change needed
    assert [line for line in before if line not in now] == [before[1]]
    assert len(now) == len(before) + 1
    device = "homeassistant/device/dc1_rpp-1a_3/config"
    wait_until(lambda: "Customer7" in asked.broker.retained(device)[device], 60, asked.bridge.said)


def test_single_pole_breakers_are_tied_into_one_of_three_in_one_request(asked: Asking) -> None:
    reply = asked.ask("circuit", panel="rpp-1a", pole=1, connection="3P")
    assert reply["status"] == "error"
    assert "pole 3 is on breakers" in reply["error"]
    reply = asked.ask(
        "circuit",
        circuits=[
            {"panel": "rpp-1a", "pole": 3, "connection": "none"},
            {"panel": "rpp-1a", "pole": 5, "connection": "none"},
            {"panel": "rpp-1a", "pole": 1, "connection": "3P"},
        ],
    )
    assert reply["status"] == "ok", reply
    asked.has("bcm/rpp-1a/circuit/1/directory", poles=[1, 3, 5], connection="3P")
    wait_until(
        lambda: not any("circuit/3/" in topic for topic in asked.broker.retained("bcm/rpp-1a/#")),
        60,
        asked.bridge.said,
    )


@pytest.mark.parametrize(
    ("action", "body", "reason"),
    [
        ("circuit", {"panel": "rpp-1a", "pole": 3, "ratting": 30}, "ratting: unknown key"),
        ("circuit", {"panel": "rpp-9", "pole": 3, "rating": 30}, "unknown panel 'rpp-9'"),
        ("circuit", {"panel": "rpp-1a", "pole": 3, "rating": "x"}, "rating: expected whole amps"),
        ("circuit", {"panel": "rpp-1a", "pole": 99, "rating": 3}, "expected 1 to 48"),
        ("circuit", {"panel": "rpp-1a", "pole": 3}, "nothing to change"),
        ("circuit", {"panel": "rpp-1a", "pole": 3, "connection": "4P"}, "connection: expected one"),
        ("acknowledge", {"panel": "rpp-1a", "pole": 3, "kind": "x"}, "kind: expected one of"),
        ("acknowledge", {"panel": "rpp-9"}, "there is no alarm of panel rpp-9"),
        ("shelve", {"panel": "rpp-1a", "pole": 3}, "hours: expected"),
        ("shelve", {"panel": "rpp-1a", "hours": 1000}, "hours: expected"),
        ("poll", {"panel": "rpp-9"}, "unknown panel 'rpp-9'"),
        ("reboot", {}, "unknown action 'reboot'"),
    ],
)
def test_a_bad_request_is_refused_with_its_reason_and_changes_nothing(
    asked: Asking, site: Site, action: str, body: dict[str, Any], reason: str
) -> None:
    before = (site.folder / "circuits.csv").read_bytes()
    reply = asked.ask(action, **body)
    assert reply["status"] == "error"
    assert reason in reply["error"]
    assert (site.folder / "circuits.csv").read_bytes() == before


def test_what_is_no_json_is_answered_too(asked: Asking) -> None:
    asked.broker.publish("bcm/bridge/dc1/request/circuit", "{")
    reply = asked.response("circuit", lambda body: body["transaction"] is None)
    assert reply == {"status": "error", "error": "not JSON: b'{'", "transaction": None}


def test_an_alarm_is_acknowledged_shelved_and_still_so_after_a_restart(
    asked: Asking, meters: Meters, site: Site
) -> None:
    alarm = "bcm/rpp-1a/circuit/1/alarm"
    asked.has(alarm, state="normal")
    meters.registers[1][0] = TWENTY_AMPS
    asked.has(alarm, state="unacknowledged", loading=100.0, limit=80.0)
    assert asked.ask("acknowledge", panel="rpp-1a", pole=1)["alarms"] == 2  # overload, no data
    asked.has(alarm, state="acknowledged")
    assert asked.ask("shelve", panel="rpp-1a", pole=7, hours=2)["status"] == "ok"
    asked.bridge.kill()
    again = site.start("bridge")
    wait_until(lambda: "connected" in again.said(), 60, again.said)
    asked.has(alarm, state="acknowledged", active=True)
    asked.has("bcm/rpp-1a/circuit/7/alarm", state="shelved")
    meters.registers[1][0] = 0
    asked.has(alarm, state="normal", active=False)


def test_a_panel_is_polled_at_once_when_asked(
    site: Site, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    slow = site.config.read_text().replace("poll_interval: 200ms", "poll_interval: 1h")
    site.config.write_text(slow)
    with mosquitto.listening("bcm/#", tmp_path / "heard.log") as heard:
        bridge = site.start("bridge")
        asked = Asking(mosquitto, heard, bridge)
        wait_until(lambda: "connected" in bridge.said(), 60, bridge.said)
        asked.until_it_hears()
        assert asked.ask("poll", panel="rpp-1a")["panels"] == 1
        wait_until(lambda: "bcm/rpp-1a/snapshot" in heard.said(), 60, bridge.said)
