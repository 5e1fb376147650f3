"""What the bridge publishes that is state and not a reading: retained, for late subscribers.

A retained message stays at the broker until it is cleared, also when its circuit was removed
while the bridge was down; so the list of the circuits that were announced is stored on disk.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from bcm_mqtt import __version__
from bcm_mqtt.bridge.followed import FollowedDirectory
from bcm_mqtt.bridge.steps import Steps
from bcm_mqtt.bridge.whole_file import read_whole, write_whole
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.mqtt.client import MqttClient
from bcm_mqtt.mqtt.discovery import OFFLINE, ONLINE, Discovery
from bcm_mqtt.mqtt.instance import Instance
from bcm_mqtt.mqtt.naming import Naming
from bcm_mqtt.mqtt.payloads import (
    BridgeReport,
    ClockReport,
    GatewayReport,
    OutboxReport,
    PanelReport,
    SiteReport,
    encode_circuit,
    encode_directory,
    encode_info,
)

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Content:
    """What the topics of a panel and of its circuits are made of."""

    directory: Directory
    shown: Mapping[int, CircuitVersion]
    rule: CustomerRule


class Announcer:
    """Directories, discovery, availability and info."""

    def __init__(
        self,
        settings: Settings,
        client: MqttClient,
        directory: FollowedDirectory,
        clock: Clock,
    ) -> None:
        """Reads what the last run announced."""
        self._settings = settings
        self._client = client
        self._topics = settings.mqtt.topics
        self._directory = directory
        self._clock = clock
        self.boot = uuid4().hex[:12]
        """Names this run of the bridge."""
        self.instance = Instance(client, self._topics, settings.bridge.id, self.boot)
        self._announced = Announced(settings.bridge.data / "announced.json", settings.file_mode)
        self._naming = Naming(
            self._topics.base, self._topics.discovery_prefix, settings.site.id, settings.bridge.id
        )
        self._discovery = _discovery_of(settings)
        self._published: dict[str, int] = {}  # hash of the payload, by topic
        self.steps = Steps(self._retain, self._repeat)
        """Of discovery."""
        self._in_directories: dict[str, _Content] = {}
        self._in_discovery: dict[str, _Content] = {}
        self.answering: dict[str, bool] = {}
        """Whether a panel's meters answered its last poll, by panel."""

    def take(self, settings: Settings) -> None:
        """Applies changed settings."""
        self._settings = settings
        self._discovery = _discovery_of(settings)
        self.answering = {
            panel: answers for panel, answers in self.answering.items() if panel in settings.panels
        }

    def forget(self) -> None:
        """Everything is to be published again: the subscribers have lost it."""
        self._published.clear()
        self.steps.clear()
        self._in_directories.clear()
        self._in_discovery.clear()

    def everything(self) -> None:
        """All of it but info, as far as it is new; what is gone is cleared first."""
        if not self._client.connected:  # then all of it is published when it is
            return
        for topic in self._announced.left(self._naming):
            self._retain(topic, b"")
        gone = self._announced.gone(self._directory.shown())
        for topic in self._naming.of_circuits(gone, gone.keys() - self._directory.panels):
            self.steps.drop(topic)
            self._retain(topic, b"")
        self.directories()
        for panel in self.answering:
            self.availability(panel)
        if self._settings.mqtt.discovery and self._settings.mqtt.circuit_topics:
            self._discover()

    def directories(self) -> None:
        """The directory of every panel that is new, and each of its circuits as it is now."""
        for panel, content in self._new(self._in_directories).items():
            self._retain(self._topics.directory(panel), encode_directory(content.directory))
            if not self._settings.mqtt.circuit_topics:
                continue
            for pole, version in content.shown.items():
                circuit = encode_circuit(panel, version, content.rule.customer_of(version))
                self._retain(self._topics.circuit_directory(panel, pole), circuit)

    def availability(self, panel: str) -> None:
        """Whether the meters of a panel answer."""
        state = ONLINE if self.answering[panel] else OFFLINE
        self._retain(self._topics.availability(panel), state)

    def info(
        self,
        gateways: Mapping[str, GatewayReport],
        outbox: OutboxReport,
        uptime_s: float,
        clock: ClockReport,
        problem: str = "",
    ) -> None:
        """The bridge, its panels, gateways and outbox.

        Args:
            gateways: Health by gateway id.
            outbox: What waits in it.
            uptime_s: Since the bridge began, by a clock that never jumps.
            clock: What was noticed of its wall clock.
            problem: Why a changed configuration was refused, or "".
        """
        settings = self._settings
        report = BridgeReport(
            version=__version__,
            bridge=settings.bridge.id,
            site=SiteReport(settings.site.id, settings.site.name, settings.site.zone.key),
            time=self._clock(),
            panels={
                key: PanelReport(panel.panel.name, panel.gateway, self.answering.get(key))
                for key, panel in settings.panels.items()
            },
            configuration_problem=problem or None,
            directory_problem=self._directory.problem or None,
            outbox=outbox,
            gateways=gateways,
            boot=self.boot,
            uptime_s=round(uptime_s, 3),
            deadlines=True,
            names=True,
            clock=clock,
        )
        self._retain(self._topics.bridge_info(settings.bridge.id), encode_info(report))

    def discover_again(self) -> None:
        """Repeats discovery slowly: the broker retains it, but Home Assistant may have lost some.

        It does where it was removed there by hand, and where it changed while that started.
        """
        if self._in_discovery:
            self.steps.repeat(self._discovery.everything(_circuits(self._in_discovery)))

    def _discover(self) -> None:
        self.steps.put(
            (topic, payload)
            for topic, payload in self._discovery.everything(
                _circuits(self._new(self._in_discovery))
            )
            if self._published.get(topic) != hash(payload)
        )

    def _new(self, announced: dict[str, _Content]) -> dict[str, _Content]:
        """The panels that are other than they were announced, and remembers them as announced.

        To encode them is what takes long: 1.2 s of 100 panels.
        """
        if not self._client.connected:
            return {}
        now, rule = self._clock(), self._settings.terms.rule
        contents = {
            panel: _Content(directory, directory.shown_at(now), rule)
            for panel, directory in self._directory.panels.items()
        }
        new = {panel: of for panel, of in contents.items() if announced.get(panel) != of}
        announced.clear()
        announced.update(contents)
        return new

    def _retain(self, topic: str, payload: bytes | str) -> None:
        if not self._client.connected:  # then all of it is published when it is
            return
        if self._published.get(topic) != (published := hash(payload)):
            self._published[topic] = published
            self._client.publish(topic, payload, qos=1, retain=True)

    def _repeat(self, topic: str, payload: bytes) -> None:
        """Publishes what was published last, and nothing that has changed since."""
        if self._client.connected and self._published.get(topic) == hash(payload):
            self._client.publish(topic, payload, qos=1, retain=True)


class Announced:
    """Circuits by panel id, as first poles, and the naming of their topics."""

    def __init__(self, file: Path, mode: int) -> None:
        """Reads what the last run announced; a file that is damaged is moved aside."""
        self._file = file
        self._mode = mode
        self._named = file.with_name("announced_as.json")
        self._circuits: dict[str, set[int]] = {}
        self._is_written = True
        self._naming: Naming | None = None
        without = "removed circuits may stay announced"
        try:
            self._circuits = read_whole(file, _announced, without) or {}
            self._naming = read_whole(self._named, _naming, without)
        except OSError as error:
            _LOG.warning("%s: %s: %s", file, error.strerror, without)

    def left(self, naming: Naming) -> list[str]:
        """Topics of an earlier naming that are retained for nothing; remembers this one instead."""
        earlier, self._naming = self._naming, naming
        if earlier == naming:
            return []
        try:
            write_whole(self._named, json.dumps(asdict(naming)), mode=self._mode, sync=False)
        except OSError as error:
            _LOG.warning("%s: %s", self._named, error.strerror)
        return naming.left_by(earlier, self._circuits) if earlier else []

    def gone(self, circuits: Mapping[str, Iterable[int]]) -> dict[str, set[int]]:
        """What was announced and is not among these, by panel; remembers these instead."""
        now = {panel: set(poles) for panel, poles in circuits.items()}
        gone = {
            panel: poles - now.get(panel, set())
            for panel, poles in self._circuits.items()
            if panel not in now or poles - now[panel]
        }
        if now != self._circuits or not self._is_written:
            self._circuits = now
            self._is_written = False
            try:
                text = json.dumps({panel: sorted(poles) for panel, poles in now.items()})
                # Without a sync: the polls must not wait for a disk.
                write_whole(self._file, text, mode=self._mode, sync=False)
                self._is_written = True
            except OSError as error:
                _LOG.warning("%s: %s", self._file, error.strerror)
        return gone


def _naming(text: str) -> Naming:
    naming = Naming(**json.loads(text))
    if not all(isinstance(part, str) for part in asdict(naming).values()):
        raise TypeError
    return naming


def _announced(text: str) -> dict[str, set[int]]:
    return {panel: set(map(int, poles)) for panel, poles in json.loads(text).items()}


def _discovery_of(settings: Settings) -> Discovery:
    measure_power = frozenset(
        panel
        for panel, item in settings.panels.items()
        if any(measure.quantity is Quantity.POWER for measure in item.profile.measures)
    )
    return Discovery(settings.mqtt.topics, settings.site.id, settings.bridge.id, measure_power)


def _circuits(contents: Mapping[str, _Content]) -> list[tuple[Panel, list[CircuitVersion]]]:
    return [(of.directory.panel, list(of.shown.values())) for of in contents.values()]
