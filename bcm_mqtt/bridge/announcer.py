"""What the bridge publishes that is state and not a reading: retained, for whoever comes late."""

from collections.abc import Mapping
from typing import Any

from bcm_mqtt import __version__
from bcm_mqtt.bridge.announced import Announced, topics_to_clear
from bcm_mqtt.bridge.followed_directory import FollowedDirectory
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.time.instants import Clock, to_text
from bcm_mqtt.mqtt.client import MqttClient
from bcm_mqtt.mqtt.discovery import OFFLINE, ONLINE, Discovery
from bcm_mqtt.mqtt.payloads import encode_circuit, encode_directory, encode_info
from bcm_mqtt.mqtt.topics import Topics


class Announcer:
    """Directories, discovery, availability and info."""

    def __init__(
        self,
        settings: Settings,
        client: MqttClient,
        topics: Topics,
        directory: FollowedDirectory,
        clock: Clock,
    ) -> None:
        """Reads what the last run announced."""
        self._settings = settings
        self._client = client
        self._topics = topics
        self._directory = directory
        self._clock = clock
        self._announced = Announced(settings.bridge.data / "announced.json")
        self._discovery = Discovery(topics, settings.site.id, settings.bridge.id)
        self._said: dict[str, int] = {}  # hash of the payload, by topic
        self.answering: dict[str, bool] = {}
        """Whether a panel's meters answered when they were last asked, by panel."""

    def take(self, settings: Settings) -> None:
        """Takes over changed settings."""
        self._settings = settings
        self.answering = {
            panel: answers for panel, answers in self.answering.items() if panel in settings.panels
        }

    def forget(self) -> None:
        """Everything is to be said again: whoever listens has lost it."""
        self._said.clear()

    def everything(self) -> None:
        """All of it but info, as far as it is new; what is gone is taken back first."""
        gone = self._announced.gone(self._directory.shown())
        panels = self._directory.panels
        for topic in topics_to_clear(gone, panels, self._topics, self._discovery):
            self._retain(topic, b"")
        self.directories()
        for panel in self.answering:
            self.availability(panel)
        if self._settings.mqtt.discovery and self._settings.mqtt.circuit_topics:
            self._discover()

    def directories(self) -> None:
        """Every panel's directory, and each of its circuits as it is now."""
        now = self._clock()
        rule = self._settings.terms.rule
        for panel, directory in self._directory.panels.items():
            self._retain(self._topics.directory(panel), encode_directory(directory))
            if not self._settings.mqtt.circuit_topics:
                continue
            for pole, version in directory.shown_at(now).items():
                circuit = encode_circuit(panel, version, rule.customer_of(version))
                self._retain(self._topics.circuit_directory(panel, pole), circuit)

    def availability(self, panel: str) -> None:
        """Whether the meters of a panel answer."""
        state = ONLINE if self.answering[panel] else OFFLINE
        self._retain(self._topics.availability(panel), state)

    def info(
        self, gateways: Mapping[str, Any], outbox: Mapping[str, Any], problem: str = ""
    ) -> None:
        """The bridge, its panels, gateways and outbox.

        Args:
            gateways: Health by gateway id.
            outbox: What waits in it.
            problem: Why a changed configuration was refused, or "".
        """
        site = self._settings.site
        info = {
            "version": __version__,
            "bridge": self._settings.bridge.id,
            "site": {"id": site.id, "name": site.name, "time_zone": site.zone.key},
            "time": to_text(self._clock()),
            "panels": {
                key: {
                    "name": panel.panel.name,
                    "gateway": panel.gateway,
                    "answering": self.answering.get(key),
                }
                for key, panel in self._settings.panels.items()
            },
            "configuration_problem": problem or None,
            "directory_problem": self._directory.problem or None,
            "outbox": outbox,
            "gateways": gateways,
        }
        self._retain(self._topics.bridge_info(self._settings.bridge.id), encode_info(info))

    def _discover(self) -> None:
        now = self._clock()
        circuits = [
            (directory.panel, list(directory.shown_at(now).values()))
            for directory in self._directory.panels.values()
        ]
        for topic, payload in self._discovery.everything(circuits):
            self._retain(topic, payload)

    def _retain(self, topic: str, payload: bytes | str) -> None:
        if not self._client.connected:  # then all of it is published when it is
            return
        if self._said.get(topic) != (said := hash(payload)):
            self._said[topic] = said
            self._client.publish(topic, payload, qos=1, retain=True)
