"""Per-circuit topics: published at the pace of their quantity, and at least every five minutes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from operator import itemgetter
from typing import NamedTuple

from bcm_mqtt.bridge.paced_topic import PacedTopic, Value
from bcm_mqtt.bridge.sources.parts import Part
from bcm_mqtt.domain.reading.loading import MISSING, CircuitMeter, CircuitReading
from bcm_mqtt.domain.reading.panel_load import PanelLoad, PanelMeters
from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.domain.reading.supply import MeasuredSupply
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.time import EPOCH
from bcm_mqtt.mqtt.pace import PACES, REFRESH, Pace
from bcm_mqtt.mqtt.topics import Topics

_REFRESH_S = REFRESH.total_seconds()


class Polled(NamedTuple):
    """What a poll says of a panel.

    Attributes:
        values: To publish.
        circuits: In service, of which any pole was read, each with its reading.
        load: Of the main.
    """

    values: list[Value]
    circuits: list[tuple[CircuitMeter, CircuitReading]]
    load: PanelLoad


@dataclass(slots=True)
class CircuitTopics:
    """What was last published of one panel's circuits, and what must be now."""

    topics: Topics
    paces: Mapping[str, Pace] = field(default_factory=lambda: PACES)
    _shown: "_Shown | None" = None

    def of_pair(self, percent: float, time: datetime) -> list[Value]:
        """The value of the pair's load, after `of` of the same poll."""
        values: list[Value] = []
        if self._shown:
            self._shown.pair_topic.say(percent, seconds(time), values)
        return values

    def of(
        self,
        directory: Directory,
        snapshot: Snapshot,
        supply: MeasuredSupply | None = None,
        steady: datetime | None = None,
        part: Part | None = None,
    ) -> Polled:
        """What a snapshot says of the circuits, and the values to publish.

        Args:
            directory: With the circuits.
            snapshot: Of the panel.
            supply: What its companions measure; None without any.
            steady: The present of a clock that is never set; or the snapshot's time.
            part: What of the panel was just read; None is all of it.
        """
        if self._shown is None or not self._shown.meters.holds(directory, snapshot.time):
            self._shown = _Shown.at(directory, snapshot.time, self.topics, self.paces)
        shown, now_s = self._shown, seconds(steady or snapshot.time)
        poles = directory.panel.pole_count
        current = _of_all_poles(snapshot.current, poles)
        power = None if snapshot.power is None else _of_all_poles(snapshot.power, poles)
        values: list[Value] = []
        if part is None:
            circuits = [
                (circuit.meter, circuit.read(current, power, supply, now_s, values))
                for circuit in shown.circuits
            ]
        else:
            circuits = [
                (meter, circuit.read(current, own_power, supply, now_s, values))
                for circuit in shown.circuits
                if part.reads(meter := circuit.meter)
                for own_power in [power if part.has_power(meter) else None]
            ]
        load = shown.meters.main.load(current, [one.reading.watts for one in shown.circuits])
        for topic, amount in zip(shown.main_topics, _figures(load), strict=True):
            if amount is not None:
                topic.say(amount, now_s, values)
        return Polled(values, circuits, load)

    def forget(self) -> None:
        """Makes every value due again: whoever listens has lost them."""
        self._shown = None


@dataclass(slots=True)
class _Circuit:
    """A circuit as it was last read: while its poles and supply stay there is nothing to do."""

    meter: CircuitMeter
    topics: tuple[PacedTopic, ...]
    legs: Callable[[Thousandths], object]
    last: object = ()
    reading: CircuitReading = MISSING
    again_s: float = -inf

    @classmethod
    def of(cls, meter: CircuitMeter, topics: tuple[PacedTopic, ...]) -> "_Circuit":
        return cls(meter, topics, itemgetter(*meter.indices) if meter.indices else lambda _: None)

    def read(
        self,
        current: Thousandths,
        power: Thousandths | None,
        supply: MeasuredSupply | None,
        now_s: float,
        values: list[Value],
    ) -> CircuitReading:
        """Its reading; adds the values that must be published."""
        legs = self.legs(current)
        if power is not None:
            legs = legs, self.legs(power)
        elif supply is not None:
            legs = legs, supply
        if legs != self.last or now_s >= self.again_s:
            self.last, self.reading = legs, self.meter.reading(current, power, supply)
            again_s = now_s + _REFRESH_S
            # Without the last of a reading, its misfit.
            for topic, amount in zip(self.topics, self.reading, strict=False):
                if amount is not None:  # else nothing is said of it
                    again_s = min(again_s, topic.say(amount, now_s, values))
            self.again_s = again_s
        return self.reading


def seconds(time: datetime) -> float:
    """Since 1970, as paces are kept by."""
    return (time - EPOCH).total_seconds()


def _of_all_poles(values: Thousandths, poles: int) -> Thousandths:
    """Whoever made the snapshot, it has a place for every pole."""
    return values + (None,) * (poles - len(values))


def _figures(load: PanelLoad) -> tuple[float | None, ...]:
    """In the order of `_Shown.main_topics`."""
    return (
        *load.phases.values(),
        load.watts,
        load.neutral_amps,
        load.imbalance_percent,
        load.load_percent,
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """The circuits in service until the next version begins, with their topics."""

    meters: PanelMeters
    circuits: tuple[_Circuit, ...]
    main_topics: tuple[PacedTopic, ...]
    pair_topic: PacedTopic

    @classmethod
    def at(
        cls, directory: Directory, time: datetime, topics: Topics, paces: Mapping[str, Pace]
    ) -> "_Shown":
        panel = directory.panel

        def of(name: str, quantity: str) -> PacedTopic:
            return PacedTopic.of(name, quantity, paces)

        meters = PanelMeters.at(directory, time)

        def circuit_topics(pole: int) -> tuple[PacedTopic, ...]:
            names = ("current", "power", "load")
            return tuple(of(topics.circuit(panel.id, pole, name), name) for name in names)

        phases = (f"current_{letter.lower()}" for letter in panel.phase_letters)
        return cls(
            meters,
            tuple(
                _Circuit.of(meter, circuit_topics(pole)) for pole, meter in meters.meters.items()
            ),
            tuple(
                of(topics.main(panel.id, name), name)
                for name in (*phases, "power", "neutral", "imbalance", "load")
            ),
            of(topics.main(panel.id, "redundant_load"), "redundant_load"),
        )
