"""Per-circuit topics: published when a value changes, and at least every five minutes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from bcm_mqtt.domain.circuit import CircuitVersion
from bcm_mqtt.domain.directory import Directory
from bcm_mqtt.domain.loading import CircuitMeter, CircuitReading
from bcm_mqtt.domain.panel_load import PanelLoad, panel_load
from bcm_mqtt.domain.reading import Snapshot
from bcm_mqtt.mqtt.payloads import number
from bcm_mqtt.mqtt.topics import Topics

REFRESH = timedelta(minutes=5)
_DECIMALS = {"power": 0}  # the others have one


class Value(NamedTuple):
    """A value to publish, with QoS 0: it will come again."""

    topic: str
    payload: bytes


class Polled(NamedTuple):
    """What a poll says of a panel.

    Attributes:
        values: To publish.
        circuits: In service, each with its reading.
        load: Of the main.
    """

    values: list[Value]
    circuits: list[tuple[CircuitVersion, CircuitReading]]
    load: PanelLoad


@dataclass(slots=True)
class CircuitTopics:
    """What was last published of one panel's circuits, and what must be now."""

    topics: Topics
    _published: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)
    _shown: "_Shown | None" = None

    def of(self, directory: Directory, snapshot: Snapshot) -> Polled:
        """What a snapshot says of the circuits, and the values to publish."""
        panel = directory.panel
        values: list[Value] = []
        circuits = []
        if self._shown is None or not self._shown.holds(directory, snapshot.time):
            self._shown = _Shown.at(directory, snapshot.time)
        for pole, meter in self._shown.meters.items():
            reading = meter.reading(snapshot.current)
            circuits.append((meter.version, reading))
            if reading.amps is None:  # not read: nothing is said of it
                continue
            for quantity, amount in (
                ("current", reading.amps),
                ("power", reading.watts),
                ("load", reading.load_percent),
            ):
                topic = self.topics.circuit(panel.id, pole, quantity)
                values += self._due(topic, amount, _DECIMALS.get(quantity, 1), snapshot.time)
        load = panel_load(panel, circuits, snapshot.current)
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
        return Polled(values, circuits, load)

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


@dataclass(frozen=True, slots=True)
class _Shown:
    """The circuits of a directory while no version's time comes: found once, not per poll."""

    directory: Directory
    since: datetime
    until: datetime | None
    meters: dict[int, CircuitMeter]

    @classmethod
    def at(cls, directory: Directory, time: datetime) -> "_Shown":
        meters = {
            pole: CircuitMeter.of(directory.panel, version)
            for pole, version in directory.shown_at(time).items()
        }
        return cls(directory, time, directory.changes_after(time), meters)

    def holds(self, directory: Directory, time: datetime) -> bool:
        return (
            directory is self.directory
            and self.since <= time
            and (self.until is None or time < self.until)
        )
