"""What the bridge publishes for a poll and for a connection, on a client that only notes it."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bcm_mqtt.bridge import Bridge
from bcm_mqtt.bridge.gateways import ended
from bcm_mqtt.bridge.outbox import Outbox
from bcm_mqtt.config import load
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.modbus import Poll
from bcm_mqtt.mqtt.client import Broker
from unit.bridge.noting_client import NotingClient
from unit.builders import NOON, SECOND, SetClock, snapshot
from unit.site_files import write_site

MakeBridge = Callable[..., Bridge]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> NotingClient:
    noting = NotingClient()
    monkeypatch.setattr("bcm_mqtt.bridge.service.MqttClient", lambda *_, **__: noting)
    return noting


@pytest.fixture
async def bridge_of(client: NotingClient, tmp_path: Path) -> MakeBridge:
    def make(mqtt: str = "") -> Bridge:
        assert client.sent == []
        settings = load(write_site(tmp_path, mqtt=mqtt))
        return Bridge(settings, Broker(), SetClock(), lambda: 0.5)

    return make


def poll(at: int, *milliamps: int | None, answered: bool = True) -> Poll:
    errors = {} if answered else {1: "no answer in time"}
    reading = snapshot(NOON + at * SECOND, milliamps)
    return Poll(
        Snapshot(reading.panel, reading.time, 1, 15_000, reading.current, errors=errors), answered
    )


async def test_a_poll_publishes_its_snapshot_and_its_circuits(
    bridge_of: MakeBridge, client: NotingClient
) -> None:
    bridge_of()._polled(poll(0, 10_000, None, 12_000, None, 12_000, None, None))
    assert client.flags("bcm/rpp-1a/snapshot") == (1, False)
    assert json.loads(client.text("bcm/rpp-1a/snapshot"))["current"][:3] == [10.0, None, 12.0]
    assert client.text("bcm/rpp-1a/circuit/1/power") == "1200"
    assert client.text("bcm/rpp-1a/circuit/3/power") == "2496"
    assert client.flags("bcm/rpp-1a/circuit/1/power") == (0, True)
    assert client.flags("bcm/rpp-1a/circuit/1/overload") == (1, True)
    assert "bcm/rpp-1a/circuit/7/current" not in client.topics()


async def test_availability_is_published_when_it_changes(
    bridge_of: MakeBridge, client: NotingClient
) -> None:
    bridge = bridge_of()
    for at, answered in enumerate([True, True, False, False, True]):
        bridge._polled(poll(at, *([10_000] if answered else [None]), answered=answered))
    said = [payload for topic, payload, *_ in client.sent if topic == "bcm/rpp-1a/availability"]
    assert said == ["online", "offline", "online"]
    assert client.flags("bcm/rpp-1a/availability") == (1, True)


async def test_a_poll_without_any_reading_publishes_no_snapshot_and_no_value(
    bridge_of: MakeBridge, client: NotingClient, caplog: pytest.LogCaptureFixture
) -> None:
    bridge_of()._polled(poll(0, None, None, answered=False))
    assert "bcm/rpp-1a/snapshot" not in client.topics()
    assert not [topic for topic in client.topics() if "/circuit/" in topic]
    assert caplog.messages == ["panel rpp-1a: no meter answers: no answer in time"]


async def test_circuit_values_are_not_published_into_the_void(
    bridge_of: MakeBridge, client: NotingClient
) -> None:
    client.connected = False
    bridge = bridge_of()
    bridge._polled(poll(0, 10_000))
    assert not [topic for topic in client.topics() if "/circuit/" in topic]
    assert "bcm/rpp-1a/snapshot" not in client.topics()
    assert bridge._delivery.waiting == 1  # the outbox has it


async def test_values_are_retained_as_configured_and_overloads_always(
    bridge_of: MakeBridge, client: NotingClient
) -> None:
    bridge_of("retain: false")._polled(poll(0, 10_000))
    assert client.flags("bcm/rpp-1a/circuit/1/current") == (0, False)
    assert client.flags("bcm/rpp-1a/circuit/1/overload") == (1, True)


async def test_without_circuit_topics_only_the_snapshot_is_published(
    bridge_of: MakeBridge, client: NotingClient
) -> None:
    bridge = bridge_of("circuit_topics: false")
    bridge._polled(poll(0, 10_000))
    bridge._announce()
    assert not [topic for topic in client.topics() if "/circuit/" in topic]
    assert not [topic for topic in client.topics() if topic.startswith("homeassistant/")]
    assert {"bcm/rpp-1a/snapshot", "bcm/rpp-1a/directory"} <= set(client.topics())


async def test_a_connection_publishes_all_state_retained(
    bridge_of: MakeBridge, client: NotingClient
) -> None:
    bridge = bridge_of()
    bridge._polled(poll(0, 10_000))
    client.sent.clear()
    bridge._connected()
    bridge._announce_again()
    for topic in (
        "bcm/bridge/dc1/state",
        "bcm/bridge/dc1/info",
        "bcm/rpp-1a/directory",
        "bcm/rpp-1b/directory",
        "bcm/rpp-1a/availability",
        "homeassistant/device/dc1_bridge_dc1/config",
        "homeassistant/device/dc1_rpp-1a_3/config",
    ):
        assert client.flags(topic) == (1, True)
    assert client.text("bcm/bridge/dc1/state") == "online"
    assert "bcm/rpp-1b/availability" not in client.topics()  # not polled yet: nobody knows
    assert "bcm/rpp-1a/snapshot" not in client.topics()  # a reading is no state


async def test_after_a_connection_every_value_comes_with_the_next_poll(
    bridge_of: MakeBridge, client: NotingClient
) -> None:
    bridge = bridge_of()
    bridge._polled(poll(0, 10_000))
    bridge._announce()
    client.sent.clear()
    bridge._polled(poll(15, 10_000))
    assert client.text("bcm/rpp-1a/circuit/1/current") == "10.0"


@pytest.mark.parametrize("retain", ["true", "false"])
async def test_home_assistant_that_starts_gets_values_that_the_broker_does_not_retain(
    bridge_of: MakeBridge, client: NotingClient, retain: str
) -> None:
    bridge = bridge_of(f"retain: {retain}")
    bridge._polled(poll(0, 10_000))
    client.sent.clear()
    bridge._home_assistant_began()
    assert client.topics() == [] or retain == "false"
    bridge._polled(poll(15, 10_000))
    again = "bcm/rpp-1a/circuit/1/current" in client.topics()
    assert again == (retain == "false")


async def test_the_last_will_says_offline_on_the_state_topic(
    bridge_of: MakeBridge, client: NotingClient
) -> None:
    bridge_of()
    assert client.last_will == ("bcm/bridge/dc1/state", "offline")


async def test_the_info_tells_how_panels_and_gateways_do(
    bridge_of: MakeBridge, client: NotingClient
) -> None:
    bridge_of()._polled(poll(0, 10_000))
    info = json.loads(client.text("bcm/bridge/dc1/info"))
    assert info["site"] == {"id": "dc1", "name": "Data Center 1", "time_zone": "America/New_York"}
    assert {name: panel["answering"] for name, panel in info["panels"].items()} == {
        "rpp-1a": True,
        "rpp-1b": None,
    }
    assert info["gateways"] == {
        "babel-1": {
            "connected": False,
            "reachable": True,
            "silent_units": [],
            "connections": 0,
            "failures": 0,
            "overruns": 0,
            "last_answer": None,
            "last_error": "",
            "units": {},
        }
    }


async def test_panels_that_come_one_after_the_other_share_an_info(
    bridge_of: MakeBridge, client: NotingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    within_s = "bcm_mqtt.bridge.service._CHECK_HEALTH_EVERY_S"
    monkeypatch.setattr(within_s, 3600.0)
    bridge = bridge_of()
    bridge._polled(poll(0, 10_000))
    bridge._polled(poll(1, None, answered=False))
    bridge._polled(poll(2, 10_000))
    bridge._polled(poll(3, None, answered=False))
    topic = "bcm/bridge/dc1/info"
    infos = [payload for name, payload, *_ in client.sent if name == topic]
    assert [json.loads(info)["panels"]["rpp-1a"]["answering"] for info in infos] == [True]
    monkeypatch.setattr(within_s, 0.001)
    watching = asyncio.create_task(bridge._watch_health())
    async with asyncio.timeout(50):
        while json.loads(client.text(topic))["panels"]["rpp-1a"]["answering"]:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    await ended(watching)


async def test_energy_is_published_only_once_it_is_saved(
    bridge_of: MakeBridge, client: NotingClient
) -> None:
    bridge = bridge_of()
    for at in range(0, 3600, 15):
        bridge._polled(poll(at, 10_000))
    bridge._announce()
    assert "bcm/rpp-1a/circuit/1/energy" not in client.topics()
    assert bridge._live
    bridge._live.save()
    bridge._announce()
    assert client.text("bcm/rpp-1a/circuit/1/energy") == "1.195"
    published = {topic for topic in client.topics() if topic.endswith("/energy")}
    circuits = {topic for topic in published if topic.startswith("bcm/rpp-1a/circuit/")}
    total = sum(float(client.text(topic)) for topic in circuits)
    assert float(client.text("bcm/rpp-1a/main/energy")) == pytest.approx(total, abs=0.001)
    assert total > 0


@pytest.mark.parametrize(("rate", "expected"), [("deadband", [0, 14, 29]), ("every", range(31))])
async def test_energy_is_published_at_the_end_of_each_quarter_hour(
    bridge_of: MakeBridge, client: NotingClient, rate: str, expected: Sequence[int]
) -> None:
    """Minutes after noon; the first time as soon as there is any."""
    bridge = bridge_of(f"circuit_rate: {rate}")
    assert bridge._live
    topic, published = "bcm/rpp-1a/circuit/1/energy", []
    for minute in range(31):
        bridge._clock.now = NOON + minute * 60 * SECOND  # type: ignore[attr-defined]
        bridge._polled(poll(minute * 60, 10_000))
        bridge._live.save()
        client.sent.clear()
        bridge._live.say_energy()
        published += [minute] * (topic in client.topics())
    assert published == list(expected)


async def test_energy_of_a_new_circuit_does_not_wait_for_the_minute(
    bridge_of: MakeBridge, client: NotingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bcm_mqtt.bridge.live_values._SAVE_FIRST", timedelta(milliseconds=1))
    bridge = bridge_of()
    bridge._polled(poll(0, 10_000))
    assert bridge._live
    counting = asyncio.create_task(bridge._live.count_energy())
    async with asyncio.timeout(50):
        while "bcm/rpp-1a/circuit/1/energy" not in client.topics():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    await ended(counting)
    assert client.text("bcm/rpp-1a/circuit/1/energy") == "0.000"


async def test_a_sync_that_fails_as_nobody_expected_ends_the_delivery(
    bridge_of: MakeBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_self: Outbox) -> None:
        raise RuntimeError("unexpected")

    monkeypatch.setattr(Outbox, "sync", fails)
    bridge = bridge_of()
    bridge._polled(poll(0, 10_000))
    with pytest.raises(RuntimeError, match="unexpected"):
        await asyncio.wait_for(bridge._delivery.run(), 60)
