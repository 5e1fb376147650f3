"""Requests to a bridge that is away, stopped, killed or slow: each is done once or never."""

import http.client
import json
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bcm_mqtt.mqtt.client import Broker, Message, MqttClient
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import Process, wait_until
from peers.site import Site

_PERSISTENT = "allow_anonymous true\npersistence true\npersistence_location {folder}/\n"
_REQUEST, _RESPONSE = "bcm/bridge/dc1/request/circuit", "bcm/bridge/dc1/response/circuit"


class Asking:
    """A client that asks, and hears all answers."""

    def __init__(self, broker: Mosquitto) -> None:
        self.heard: list[dict[str, Any]] = []
        self.state = ""
        self.client = MqttClient(
            Broker(port=broker.port), "of-the-test", on_connect=self._on, on_message=self._heard
        )
        self.client.start()
        assert self.client.ready.wait(20)

    def _on(self) -> None:
        self.client.subscribe(_RESPONSE, "bcm/bridge/dc1/state")

    def _heard(self, message: Message) -> None:
        if message.topic == _RESPONSE:
            self.heard.append(json.loads(message.payload))
        else:
            self.state = message.payload.decode()

    def send(self, payload: str) -> None:
        self.client.publish(_REQUEST, payload, qos=1, retain=False)

    def answers(self, transaction: str) -> list[dict[str, Any]]:
        return [body for body in self.heard if body["transaction"] == transaction]

    def has_more(self, transaction: str, than: int) -> bool:
        return len(self.answers(transaction)) > than


@pytest.fixture
def lasting(tmp_path: Path) -> Iterator[Mosquitto]:
    folder = tmp_path / "mosquitto"
    with Mosquitto(folder, _PERSISTENT.format(folder=folder)) as broker:
        yield broker


@pytest.fixture
def site(tmp_path: Path, lasting: Mosquitto, meters: Meters) -> Iterator[Site]:
    with Site(tmp_path / "site", lasting.port, meters.port) as written:
        yield written


@pytest.fixture
def asking(lasting: Mosquitto) -> Iterator[Asking]:
    made = Asking(lasting)
    yield made
    made.client.stop()


def edit(name: str, pole: int, *, within_s: float | None = None) -> str:
    """Sets a description; with a deadline or without."""
    body: dict[str, Any] = {"panel": "rpp-1a", "pole": pole, "description": name}
    if within_s is None:
        return json.dumps({**body, "transaction": name})
    now = datetime.now(UTC)
    window = {
        "valid_from": now.isoformat(),
        "deadline": (now + timedelta(seconds=within_s)).isoformat(),
    }
    return json.dumps({"circuits": [body], **window, "transaction": name})


def times_done(site: Site, name: str) -> int:
    return (site.folder / "circuits.csv").read_text().count(f"{name},")


def begun(site: Site) -> Process:
    """A bridge that takes requests."""
    log = site.folder / "bridge.log"
    before = log.read_text().count("bcm-bridge-dc1-requests") if log.exists() else 0
    bridge = site.start("bridge")
    wait_until(lambda: bridge.said().count("bcm-bridge-dc1-requests") > before, 60, bridge.said)
    time.sleep(0.5)
    return bridge


def test_nothing_waits_at_the_broker_for_a_bridge_that_is_away(
    site: Site, lasting: Mosquitto, asking: Asking
) -> None:
    """Nor in the session that an earlier release left there."""
    earlier = MqttClient(Broker(port=lasting.port), "bcm-bridge-dc1", keep_session=True)
    earlier.start()
    assert earlier.ready.wait(20)
    earlier.subscribe("bcm/bridge/dc1/request/+")
    time.sleep(0.5)
    earlier.stop()
    asking.send(edit("Of-an-earlier-release", 1))
    time.sleep(0.5)
    bridge = begun(site)
    asking.send(edit("At-once", 3))
    wait_until(lambda: bool(asking.answers("At-once")), 30, bridge.said)
    for end in (Process.kill, Process.stop):
        end(bridge)
        asking.send(edit("While-away", 5))
        asking.send(edit("While-away-too", 7, within_s=5))
        lasting.stop()  # what it keeps, it has on disk
        lasting.start()
        assert asking.client.ready.wait(30)
        bridge = begun(site)
        asking.send(edit("Afterwards", 9))
        wait_until(lambda: bool(asking.answers("Afterwards")), 30, bridge.said)
        asking.heard.clear()
    for name in ("Of-an-earlier-release", "While-away", "While-away-too"):
        assert times_done(site, name) == 0
    assert times_done(site, "At-once") == times_done(site, "Afterwards") == 1
    assert "Traceback" not in bridge.said()


def test_what_came_while_the_bridge_was_stopped_is_refused(site: Site, asking: Asking) -> None:
    bridge = begun(site)
    bridge.send(signal.SIGSTOP)
    asking.send(edit("No-deadline", 1))
    asking.send(edit("Deadline", 3, within_s=10))
    time.sleep(13)
    bridge.send(signal.SIGCONT)
    wait_until(lambda: len(asking.heard) >= 2, 30, bridge.said)
    assert {body["status"] for body in asking.heard} == {"error"}
    assert all("the bridge stood still" in body["error"] for body in asking.heard)
    time.sleep(5)  # it begins another session
    asking.send(edit("Afterwards", 5))
    wait_until(lambda: bool(asking.answers("Afterwards")), 30, bridge.said)
    assert [times_done(site, name) for name in ("No-deadline", "Deadline", "Afterwards")] == [
        0,
        0,
        1,
    ]


def test_a_bridge_that_is_killed_at_any_moment_says_afterwards_what_it_did(
    site: Site, asking: Asking
) -> None:
    """The same request again: it is done once, or never, and the answer says which."""
    bridge, outcomes = begun(site), []
    for number, delay_s in enumerate((0.0, 0.005, 0.015, 0.04, None)):
        name = f"Kill-{number}"
        payload = edit(name, 2 * number + 1, within_s=3)
        asking.send(payload)
        if delay_s is None:
            wait_until(partial(asking.has_more, name, 0), 30, bridge.said)
        else:
            time.sleep(delay_s)
        bridge.kill()
        before = len(asking.answers(name))
        bridge = begun(site)
        time.sleep(3)
        asking.send(payload)  # its deadline is over: it is asked what became of it
        wait_until(partial(asking.has_more, name, before), 30, bridge.said)
        answer = asking.answers(name)[-1]
        assert answer["done"] in {True, False}
        assert times_done(site, name) == answer["done"]
        assert all(one["done"] == answer["done"] for one in asking.answers(name))
        outcomes.append(answer["done"])
    assert outcomes[-1] is True  # it was answered before


def test_one_that_is_delivered_many_times_is_done_once(site: Site, asking: Asking) -> None:
    bridge = begun(site)
    payload = edit("Many-times", 1, within_s=60)
    for _ in range(5):
        asking.send(payload)
    wait_until(lambda: len(asking.answers("Many-times")) == 5, 30, bridge.said)
    bridge.kill()
    bridge = begun(site)
    asking.send(payload)
    wait_until(lambda: len(asking.answers("Many-times")) == 6, 30, bridge.said)
    answers = asking.answers("Many-times")
    assert {(body["done"], body["changed"]) for body in answers} == {(True, 1)}
    assert [body.get("repeated", False) for body in answers] == [False, *[True] * 5]
    assert times_done(site, "Many-times") == 1


def asked(url: str, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)) as connection:
        headers = {"Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def test_the_page_refuses_at_once_what_a_bridge_that_is_offline_cannot_do(
    site: Site, asking: Asking
) -> None:
    url = site.serve_page()
    bridge = begun(site)
    recorder = site.start("recorder")
    page = site.start("web")
    wait_until(lambda: "page: http" in page.said(), 60, page.said)

    def panels() -> list[Any]:
        found: Any = asked(url, "GET", "/api/v1/panels")[1]
        return list(found)

    wait_until(lambda: bool(panels()), 60, page.said)
    change = {"panel": "rpp-1a", "pole": 1, "description": "By-the-page"}
    status, said = asked(url, "POST", "/api/v1/circuits", {"changes": [change]})
    assert status == 200, said
    assert times_done(site, "By-the-page") == 1
    bridge.kill()
    wait_until(lambda: asking.state == "offline", 60)
    time.sleep(0.5)
    for path, body in (
        ("/api/v1/circuits", {"changes": [{**change, "description": "Never"}]}),
        ("/api/v1/circuits/csv", {"csv": "panel,poles,description\nrpp-1a,1,Never\n"}),
        ("/api/v1/meters", {"panel": "rpp-1a", "poles": [1], "serial": "Never"}),
        ("/api/v1/alarms/acknowledge", {"panel": "rpp-1a", "pole": 1}),
        ("/api/v1/alarms/shelve", {"panel": "rpp-1a", "pole": 1, "hours": 1}),
    ):
        begin = time.monotonic()
        status, said = asked(url, "POST", path, body)
        assert (status, said["error"]) == (
            503,
            "not done: bridge dc1 is offline: try again when it is online",
        )
        assert time.monotonic() - begin < 5
    bridge = begun(site)
    time.sleep(1)
    assert times_done(site, "Never") == 0
    assert not (site.folder / "meters.csv").exists()
    assert "Traceback" not in page.said() + recorder.said() + bridge.said()


def test_an_answer_of_the_page_is_true_when_the_bridge_stands_still(
    site: Site,
) -> None:
    """The fault that was known: answered "not done", and done when the bridge comes back."""
    url = site.serve_page()
    bridge = begun(site)
    page = site.start("web")
    wait_until(lambda: "page: http" in page.said(), 60, page.said)
    wait_until(lambda: bool(asked(url, "GET", "/api/v1/panels")[1]), 60, page.said)
    bridge.send(signal.SIGSTOP)
    change = {"panel": "rpp-1a", "pole": 1, "description": "Never"}
    begin = time.monotonic()
    status, said = asked(url, "POST", "/api/v1/circuits", {"changes": [change]})
    took_s = time.monotonic() - begin
    assert status == 503, said
    assert "bridge dc1 does not answer" in said["error"]
    assert took_s < 20
    bridge.send(signal.SIGCONT)
    time.sleep(5)
    assert times_done(site, "Never") == 0
