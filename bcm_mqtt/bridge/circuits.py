"""Per-circuit topics: published when a value changes, and at least every five minutes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from bcm_mqtt.domain.alarm import Overload, OverloadLimits
from bcm_mqtt.domain.directory import Directory
from bcm_mqtt.domain.loading import CircuitMeter, CircuitReading
from bcm_mqtt.domain.panel_load import panel_load
from bcm_mqtt.domain.reading import Snapshot
from bcm_mqtt.mqtt.payloads import number
from bcm_mqtt.mqtt.topics import Topics

REFRESH = timedelta(minutes=5)
_DECIMALS = {"power": 0}  # the others have one


class Value(NamedTuple):
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
    _shown: "_Shown | None" = None

    def of(
        self, directory: Directory, snapshot: Snapshot
    ) -> tuple[list[Value], Mapping[int, CircuitReading]]:
        """The values to publish for a snapshot, and each circuit's reading by first pole."""
        panel = directory.panel
        values: list[Value] = []
        readings = {}
        if self._shown is None or not self._shown.holds(directory, snapshot.time):
            self._shown = _Shown.at(directory, snapshot.time)
        meters = self._shown.meters
        for pole, meter in meters.items():
            reading = meter.reading(snapshot.current, snapshot.power)
            readings[pole] = reading
            for quantity, amount in (
                ("current", reading.amps),
                ("power", reading.watts),
                ("load", reading.load_percent),
            ):
                topic = self.topics.circuit(panel.id, pole, quantity)
                values += self._due(topic, amount, _DECIMALS.get(quantity, 1), snapshot.time)
            if reading.amps is None:  # not read: nothing is said of it, not even "no overload"
                continue
            overload = self._overloads.get(pole, Overload()).next(
                reading.load_percent, snapshot.time, self.limits
            )
            self._overloads[pole] = overload
            topic = self.topics.overload(panel.id, pole)
            payload = b"ON" if overload.active else b"OFF"
            if self._is_due(topic, payload, snapshot.time):
                values.append(Value(topic, payload, event=True))
        circuits = [(meter.version, readings[pole]) for pole, meter in meters.items()]
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
        return values, readings

    @property
    def meters(self) -> Mapping[int, CircuitMeter]:
        """The circuits of the last snapshot, by first pole."""
        return self._shown.meters if self._shown else {}

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
