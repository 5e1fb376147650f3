"""An MQTT client that only notes what it is given."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bcm_mqtt.mqtt.broker import Broker, Course


@dataclass
class NotingClient:
    """Stands in for the MQTT client."""

    connected: bool = True
    sent: list[tuple[str, bytes | str, int, bool]] = field(default_factory=list)
    last_will: tuple[str, str] | None = None
    filters: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    course: Course = field(default_factory=lambda: Course(Broker()))

    def will(self, topic: str, payload: str) -> None:
        self.last_will = (topic, payload)

    def fits(self, _topic: str, _payload: bytes | str) -> bool:
        return True

    def publish(self, topic: str, payload: bytes | str, *, qos: int, retain: bool) -> int:
        self.sent.append((topic, payload, qos, retain))
        return len(self.sent)

    def retain(self, topic: str, payload: bytes | str) -> None:
        self.publish(topic, payload, qos=1, retain=True)

    def publish_values(self, values: Iterable[tuple[str, bytes]], *, retain: bool) -> None:
        if self.connected:
            self.sent += [(topic, payload, 0, retain) for topic, payload in values]

    def subscribe(self, *filters: str) -> None:
        self.filters += filters

    def subscribe_live(self, *filters: str) -> None:
        self.filters += filters

    def unsubscribe(self, *filters: str) -> None:
        self.ended += filters

    def topics(self) -> list[str]:
        return [topic for topic, *_ in self.sent]

    def flags(self, topic: str) -> tuple[int, bool]:
        """QoS and retain of the last message on a topic."""
        return next((qos, retain) for name, _, qos, retain in reversed(self.sent) if name == topic)

    def text(self, topic: str) -> str:
        """The last payload on a topic."""
        payload = next(payload for name, payload, *_ in reversed(self.sent) if name == topic)
        return payload if isinstance(payload, str) else payload.decode()

    async def drained(self) -> None:
        """Takes whatever comes."""
