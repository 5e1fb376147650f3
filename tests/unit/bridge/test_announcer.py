"""State is announced where it changed, and as a whole to a broker that may have lost it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bcm_mqtt.bridge.announcing.announcer import Announcer
from bcm_mqtt.bridge.followed import FollowedDirectory
from bcm_mqtt.config import change_circuits, load
from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.circuit import CircuitChange, CircuitVersion
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.mqtt.discovery import Discovery
from bcm_mqtt.mqtt.payloads import encode_directory
from unit.bridge.noting_client import NotingClient
from unit.builders import NOON, SetClock
from unit.site_files import write_site

CHANGE = CircuitChange("rpp-1a", 1, description="Customer9-A")
ITS_DEVICE = "homeassistant/device/dc1_rpp-1a_1/config"


class Announced:
    """An announcer that has announced a site of two panels."""

    def __init__(self, folder: Path) -> None:
        self.settings = load(write_site(folder))
        self.clock = SetClock()
        self.client = NotingClient()
        self.directory = FollowedDirectory(self.settings, self.clock)
        client: Any = self.client
        self.announcer = Announcer(self.settings, client, self.directory, self.clock)
        self.announcer.sources.changes(Poll(Snapshot("rpp-1a", NOON, 1, 15_000), answered=True))
        self.announcer.everything()
        self.topics = sorted(self.client.topics())
        self.client.sent.clear()

    def edit(self, change: CircuitChange = CHANGE) -> None:
        rewritten = change_circuits(self.settings, [change], self.clock)
        self.directory.take_rewritten(self.settings, rewritten)

    def reconnect(self) -> None:
        self.client.connected = True
        self.announcer.forget()
        self.announcer.everything()


@pytest.fixture
def site(tmp_path: Path) -> Announced:
    return Announced(tmp_path)


@contextmanager
def noted(encoded: list[str]) -> Iterator[None]:
    circuit_device = Discovery.circuit_device

    def directory_noted(directory: Directory) -> bytes:
        encoded.append(directory.panel.id)
        return encode_directory(directory)

    def device_noted(
        discovery: Discovery, panel: Panel, version: CircuitVersion
    ) -> tuple[str, bytes]:
        encoded.append(f"device {panel.id}")
        return circuit_device(discovery, panel, version)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bcm_mqtt.bridge.announcing.announcer.encode_directory", directory_noted)
        patch.setattr(Discovery, "circuit_device", device_noted)
        yield


def test_an_edit_encodes_and_publishes_its_panel_alone(site: Announced) -> None:
    encoded: list[str] = []
    with noted(encoded):
        site.edit()
        site.announcer.directories()
        assert encoded == ["rpp-1a"]
        assert site.client.topics() == ["bcm/rpp-1a/directory", "bcm/rpp-1a/circuit/1/directory"]
        site.client.sent.clear()
        site.announcer.everything()
        assert set(encoded) == {"rpp-1a", "device rpp-1a"}
        assert site.client.topics() == [ITS_DEVICE]
        encoded.clear()
        site.announcer.everything()
        assert encoded == []


def test_a_connection_after_an_edit_publishes_all_state(site: Announced) -> None:
    site.edit()
    site.announcer.everything()
    site.client.sent.clear()
    site.reconnect()
    assert sorted(site.client.topics()) == site.topics
    assert "Customer9-A" in site.client.text("bcm/rpp-1a/directory")


def test_an_edit_while_the_broker_is_away_is_published_at_the_connection(site: Announced) -> None:
    site.client.connected = False
    site.edit()
    site.announcer.directories()
    site.announcer.everything()
    assert site.client.sent == []
    site.reconnect()
    assert sorted(site.client.topics()) == site.topics
    assert "Customer9-A" in site.client.text(ITS_DEVICE)


def test_a_circuit_that_is_removed_while_the_broker_is_away_is_cleared(site: Announced) -> None:
    site.client.connected = False
    whole = site.directory.panels["rpp-1a"]
    others = tuple(version for version in whole.versions if version.first_pole != 1)
    site.directory.panels["rpp-1a"] = replace(whole, versions=others)
    site.announcer.everything()
    site.reconnect()
    assert site.client.text(ITS_DEVICE) == ""
    assert site.client.text("bcm/rpp-1a/circuit/1/directory") == ""


def test_a_panel_that_comes_back_is_announced_again(site: Announced) -> None:
    panel = site.directory.panels.pop("rpp-1b")
    site.announcer.everything()
    assert site.client.text("bcm/rpp-1b/directory") == ""
    site.directory.panels["rpp-1b"] = panel
    site.announcer.everything()
    assert "Customer" in site.client.text("bcm/rpp-1b/directory")


def test_discovery_is_repeated_slowly_and_never_as_it_was_before_an_edit(site: Announced) -> None:
    discovery = {topic for topic in site.topics if topic.startswith("homeassistant/")}
    site.announcer.discover_again()
    assert site.client.sent == []
    site.announcer.steps.go()
    assert len(site.client.sent) == 1
    site.edit()
    site.announcer.everything()
    edited = site.client.text(ITS_DEVICE)
    site.client.sent.clear()
    for _ in discovery:
        site.announcer.steps.go()
    assert len(site.client.topics()) == len(set(site.client.topics())) > len(discovery) - 3
    assert ITS_DEVICE not in site.client.topics() or site.client.text(ITS_DEVICE) == edited
    assert set(site.client.topics()) <= discovery


def again(site: Announced, /, **changed: str) -> NotingClient:
    """What a bridge publishes that starts on the same data with another configuration."""
    mqtt, bridge, of_site = site.settings.mqtt, site.settings.bridge, site.settings.site
    settings = replace(
        site.settings,
        mqtt=replace(mqtt, topics=replace(mqtt.topics, base=changed.get("base", "bcm"))),
        bridge=replace(bridge, id=changed.get("bridge", bridge.id)),
        site=replace(of_site, id=changed.get("site", of_site.id)),
    )
    client = NotingClient()
    noting: Any = client
    Announcer(settings, noting, site.directory, site.clock).everything()
    return client


def cleared(client: NotingClient) -> set[str]:
    return {topic for topic, payload, *_ in client.sent if payload in (b"", "")}


def test_what_was_retained_below_another_base_topic_is_cleared(site: Announced) -> None:
    topics = cleared(again(site, base="elsewhere"))
    assert topics >= {topic for topic in site.topics if topic.startswith("bcm/")}
    assert "bcm/bridge/dc1/info" in topics
    assert "bcm/rpp-1a/circuit/1/alarm" in topics
    # Devices stay: their topics are published again, with the new base topic.
    assert not any(topic.startswith("homeassistant/") for topic in topics)
    assert cleared(again(site, base="elsewhere")) == set()  # once


def test_another_bridge_id_clears_what_is_the_bridges_alone(site: Announced) -> None:
    assert cleared(again(site, bridge="east")) == {
        "bcm/bridge/dc1/state",
        "bcm/bridge/dc1/info",
        "homeassistant/device/dc1_bridge_dc1/config",
    }


def test_another_site_id_clears_the_devices_of_the_one_before(site: Announced) -> None:
    topics = cleared(again(site, site="dc2"))
    assert ITS_DEVICE in topics
    assert all(topic.startswith("homeassistant/device/dc1_") for topic in topics)
