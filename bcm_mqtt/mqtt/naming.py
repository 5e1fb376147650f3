"""The retained topics of a bridge, so that they can be cleared once they are not used any more.

Broker and Home Assistant keep what was published under an earlier base topic or bridge id.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.mqtt.discovery import Discovery
from bcm_mqtt.mqtt.topics import CIRCUIT_QUANTITIES, MAIN_QUANTITIES, Topics


@dataclass(frozen=True, slots=True)
class Naming:
    """What the topics of a bridge are made of.

    Attributes:
        base: Base topic.
        discovery_prefix: Of Home Assistant.
        site: Site id.
        bridge: Bridge id.
    """

    base: str
    discovery_prefix: str
    site: str
    bridge: str

    @property
    def topics(self) -> Topics:
        """Below the base topic."""
        return Topics(self.base, self.discovery_prefix)

    def of_bridge(self) -> Iterator[str]:
        """Its own topics and its device."""
        yield self.topics.bridge_state(self.bridge)
        yield self.topics.bridge_info(self.bridge)
        yield Discovery(self.topics, self.site, self.bridge).bridge_device()[0]

    def of_circuits(
        self, circuits: Mapping[str, Collection[CircuitId]], panels: Collection[str]
    ) -> Iterator[str]:
        """The topics of circuits, and of panels.

        Args:
            circuits: First poles, or ids of formulas, by panel.
            panels: Those whose own topics are meant, too.
        """
        topics, discovery = self.topics, Discovery(self.topics, self.site, self.bridge)
        for panel, poles in circuits.items():
            for pole in poles:
                yield discovery.circuit_topic(panel, pole)
                yield from (topics.circuit(panel, pole, name) for name in CIRCUIT_QUANTITIES)
            if panel in panels:
                yield discovery.panel_topic(panel)
                yield topics.directory(panel)
                yield topics.availability(panel)
                yield from (topics.main(panel, name) for name in MAIN_QUANTITIES)

    def left_by(
        self, earlier: "Naming", circuits: Mapping[str, Collection[CircuitId]]
    ) -> list[str]:
        """What is retained under an earlier naming, and is not published under this one."""

        def every(naming: Naming) -> list[str]:
            return [*naming.of_bridge(), *naming.of_circuits(circuits, circuits)]

        now = set(every(self))
        return [topic for topic in every(earlier) if topic not in now]
