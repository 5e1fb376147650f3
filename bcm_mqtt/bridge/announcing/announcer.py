"""What the bridge publishes that is state and not a reading: retained, for late subscribers.

A retained message stays at the broker until it is cleared, also when its circuit was removed
while the bridge was down; so the list of the circuits that were announced is stored on disk.
"""

from collections.abc import Mapping
from uuid import uuid4

from bcm_mqtt import __version__
from bcm_mqtt.bridge.announcing.announced import Announced
from bcm_mqtt.bridge.announcing.content import Content, contents_of, in_discovery
from bcm_mqtt.bridge.announcing.steps import Steps
from bcm_mqtt.bridge.followed import FollowedDirectory
from bcm_mqtt.bridge.sources.answers import Answers
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.reading.quantity import Quantity
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
    SiteReport,
    encode_circuit,
    encode_directory,
    encode_formula,
    encode_info,
)


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
        self._lists = {0: Announced(settings.bridge.data, settings.file_mode)}
        self._naming = Naming(
            self._topics.base, self._topics.discovery_prefix, settings.site.id, settings.bridge.id
        )
        self._discovery = _discovery_of(settings)
        self._published: dict[str, int] = {}  # hash of the payload, by topic
        self.steps = Steps(self._retain, self._repeat)
        """Of discovery."""
        self._in_directories: dict[str, Content] = {}
        self._in_discovery: dict[str, Content] = {}
        self.sources = Answers(settings)
        """Which of them answer."""

    def take(self, settings: Settings) -> None:
        """Applies changed settings."""
        self._settings = settings
        self._discovery = _discovery_of(settings)
        self.sources.take(settings)

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
        announced = self._announced()
        for topic in announced.left(self._naming):
            self._retain(topic, b"")
        gone = announced.gone(self._directory.shown())
        for topic in self._naming.of_circuits(gone, gone.keys() - self._directory.panels):
            self.steps.drop(topic)
            self._retain(topic, b"")
        self.directories()
        for panel in self.sources.panels:
            self.availability(panel)
        if self._settings.mqtt.discovery and self._settings.mqtt.circuit_topics:
            self._discover()

    def _announced(self) -> Announced:
        """What the broker has at which the bridge is: each of several has its own list."""
        number, settings = len(self._client.course.earlier), self._settings
        if number not in self._lists:
            self._lists[number] = Announced(settings.bridge.data, settings.file_mode, number)
        return self._lists[number]

    def directories(self) -> None:
        """The directory of every panel that is new, and each of its circuits as it is now."""
        for panel, content in self._new(self._in_directories).items():
            self._retain(self._topics.directory(panel), encode_directory(content.directory))
            if not self._settings.mqtt.circuit_topics:
                continue
            for pole, version in content.shown.items():
                circuit = encode_circuit(panel, version, content.rule.customer_of(version))
                self._retain(self._topics.circuit_directory(panel, pole), circuit)
            for formula in content.formulas:
                said = encode_formula(formula.span, formula.customer)
                self._retain(self._topics.circuit_directory(panel, formula.id), said)

    def availability(self, panel: str) -> None:
        """Whether the meters of a panel answer."""
        state = ONLINE if self.sources.answering(panel) else OFFLINE
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
            panels={key: self.sources.report(panel) for key, panel in settings.panels.items()},
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
            self.steps.repeat(self._discovery.everything(in_discovery(self._in_discovery)))

    def _discover(self) -> None:
        self.steps.put(
            (topic, payload)
            for topic, payload in self._discovery.everything(
                in_discovery(self._new(self._in_discovery))
            )
            if self._published.get(topic) != hash(payload)
        )

    def _new(self, announced: dict[str, Content]) -> dict[str, Content]:
        """The panels that are other than they were announced, and remembers them as announced.

        To encode them is what takes long: 1.2 s of 100 panels.
        """
        if not self._client.connected:
            return {}
        contents = contents_of(self._directory, self._settings.terms.rule, self._clock())
        new = {panel: of for panel, of in contents.items() if announced.get(panel) != of}
        announced.clear()
        announced.update(contents)
        return new

    def _retain(self, topic: str, payload: bytes | str) -> None:
        if not self._client.connected:  # then all of it is published when it is
            return
        if self._published.get(topic) != (published := hash(payload)):
            self._published[topic] = published
            self._client.retain(topic, payload)

    def _repeat(self, topic: str, payload: bytes) -> None:
        """Publishes what was published last, and nothing that has changed since."""
        if self._client.connected and self._published.get(topic) == hash(payload):
            self._client.retain(topic, payload)


def _discovery_of(settings: Settings) -> Discovery:
    measure_power = frozenset(
        panel for panel, item in settings.panels.items() if item.measures(Quantity.POWER)
    )
    return Discovery(settings.mqtt.topics, settings.site.id, settings.bridge.id, measure_power)
