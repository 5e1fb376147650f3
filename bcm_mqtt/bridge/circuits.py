"""Per-circuit topics: published when a value changes, and at least every five minutes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bcm_mqtt.domain.alarm import Overload, OverloadLimits
from bcm_mqtt.domain.directory import Directory
from bcm_mqtt.domain.loading import CircuitReading, circuit_reading
from bcm_mqtt.domain.panel_load import panel_load
from bcm_mqtt.domain.reading import Snapshot
from bcm_mqtt.mqtt.payloads import number
from bcm_mqtt.mqtt.topics import Topics

REFRESH = timedelta(minutes=5)
_DECIMALS = {"power": 0}  # the others have one


@dataclass(frozen=True, slots=True)
class Value:
    """A message to publish; an event (QoS 1) must arrive, a value will come again (QoS 0)."""

    topic: str
    payload: bytes
    event: bool = False


@dataclass(slots=True)
class CircuitTopics:
    """What was last published of one panel's circuits, and what must be now."""

    topics: Topics
    limits: OverloadLimits = field(default_factory=OverloadLimits)
    _published: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)
    _overloads: dict[int, Overload] = field(default_factory=dict)

    def of(
        self, directory: Directory, snapshot: Snapshot
    ) -> tuple[list[Value], Mapping[int, CircuitReading]]:
        """The values to publish for a snapshot, and each circuit's reading by first pole."""
        panel = directory.panel
        values: list[Value] = []
        readings = {}
        circuits = directory.shown_at(snapshot.time)
        for pole, version in circuits.items():
            reading = circuit_reading(panel, version, snapshot.current)
            readings[pole] = reading
            if reading.amps is None:  # not read: nothing is said of it, not even "no overload"
                continue
            for quantity, amount in (
                ("current", reading.amps),
                ("power", reading.watts),
                ("load", reading.load_percent),
            ):
                topic = self.topics.circuit(panel.id, pole, quantity)
                values += self._due(topic, amount, _DECIMALS.get(quantity, 1), snapshot.time)
            overload = self._overloads.get(pole, Overload()).next(
                reading.load_percent, snapshot.time, self.limits
            )
            self._overloads[pole] = overload
            topic = self.topics.overload(panel.id, pole)
            payload = b"ON" if overload.active else b"OFF"
            if self._is_due(topic, payload, snapshot.time):
                values.append(Value(topic, payload, event=True))
        load = panel_load(
            panel, [(circuits[pole], readings[pole]) for pole in readings], snapshot.current
        )
        found = [(f"current_{letter.lower()}", amps) for letter, amps in load.phases.items()]
        found += [
            ("power", load.watts),
            ("neutral", load.neutral_amps),
            ("imbalance", load.imbalance_percent),
            ("load", load.load_percent),
        ]
        for quantity, amount in found:
            topic = self.topics.main(panel.id, quantity)
            values += self._due(topic, amount, _DECIMALS.get(quantity, 1), snapshot.time)
        return values, readings

    def forget(self) -> None:
        """Makes every value due again: whoever listens has lost them."""
        self._published.clear()

    def _due(self, topic: str, amount: float | None, decimals: int, time: datetime) -> list[Value]:
        """The message of a value, where there is one to send."""
        if amount is None:
            return []
        payload = number(amount, decimals)
        return [Value(topic, payload)] if self._is_due(topic, payload, time) else []

    def _is_due(self, topic: str, payload: bytes, time: datetime) -> bool:
        last = self._published.get(topic)
        if last and last[0] == payload and time - last[1] < REFRESH:
            return False
        self._published[topic] = (payload, time)
        return True
