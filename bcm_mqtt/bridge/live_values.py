"""Live values: what a poll means per circuit and per panel main, as plain numbers.

Snapshots go another way (delivery), and so does state that is no reading (announcer).
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from bcm_mqtt.bridge.alarms import Alarms
from bcm_mqtt.bridge.circuits import CircuitTopics, Polled
from bcm_mqtt.bridge.energy import Circuit, EnergyCounters
from bcm_mqtt.bridge.followed import FollowedDirectory
from bcm_mqtt.config import CircuitRate, Settings
from bcm_mqtt.domain.reading.corrected_reading import Corrections, PanelCorrection
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.reading.supply import LatestSupply
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.mqtt.client import MqttClient
from bcm_mqtt.mqtt.pace import PACES, quarter_hour
from bcm_mqtt.mqtt.payloads import number

_LOG = logging.getLogger(__name__)
_SAVE_EVERY = timedelta(minutes=1)
_SAVE_FIRST = timedelta(seconds=5)


class LiveValues:
    """Publishes every circuit's current, power, load and energy, at the pace of the site."""

    def __init__(
        self,
        settings: Settings,
        client: MqttClient,
        directory: FollowedDirectory,
        clock: Clock,
        set_by: Callable[[], timedelta] = timedelta,
    ) -> None:
        """Reads the energy counters and alarms of the last run, as far as the disk gives them.

        `set_by` gives by how much the clock was set since the start, in all.
        """
        self.alarms = Alarms(settings, client, directory, clock)
        self._set_by, self._clock = set_by, clock
        self._client = client
        self._topics = settings.mqtt.topics
        self._directory = directory
        self._retain = settings.mqtt.retain
        self._energy = EnergyCounters(settings.bridge.data / "energy.json", settings.file_mode)
        self._saved = self._energy.saved
        self._corrections = defaultdict[str, Corrections](Corrections)
        self._supply = LatestSupply()
        self._paced = settings.mqtt.circuit_rate is CircuitRate.DEADBAND
        self._told = set[Circuit]()  # of which the energy was published
        self._quarter = 0  # of which the energy was published
        self._circuits = {panel: self._circuit_topics() for panel in settings.panels}
        self._scales = {panel: item.register_scales for panel, item in settings.panels.items()}

    def _circuit_topics(self) -> CircuitTopics:
        return CircuitTopics(self._topics, PACES if self._paced else {})

    def take(self, settings: Settings) -> None:
        """Applies changed settings."""
        self._circuits = {
            panel: self._circuits.get(panel) or self._circuit_topics() for panel in settings.panels
        }
        self._scales = {panel: item.register_scales for panel, item in settings.panels.items()}
        self.alarms.take(settings)

    def read(self, snapshot: Snapshot) -> None:
        """Publishes what is new in a snapshot."""
        panel, directory = snapshot.panel, self._directory.panels[snapshot.panel]
        steady = snapshot.time - self._set_by()
        correction = self._corrections[panel].at(directory, snapshot.time)
        snapshot = correction.corrected(snapshot)
        self._supply.take(snapshot)
        supply = self._supply.of(directory.panel, snapshot.time)
        polled = self._circuits[panel].of(directory, snapshot, supply, steady)
        self._count(snapshot, polled, correction, steady)
        self.alarms.read(snapshot, polled.circuits, polled.load)
        values = polled.values
        if (percent := self.alarms.redundant_load_percent(panel)) is not None:
            values += self._circuits[panel].of_pair(percent, steady)
        self._publish(values)

    def _count(
        self, snapshot: Snapshot, polled: Polled, correction: PanelCorrection, steady: datetime
    ) -> None:
        """Counts energy; what the device counts itself is not counted here.

        The register of a reversed transformer stands still, so its circuit is counted here.
        """
        panel, time = snapshot.panel, snapshot.time
        counted = {
            meter.version.first_pole: reading.watts
            for meter, reading in polled.circuits
            if snapshot.energy is None or correction.reversed_poles & set(meter.version.poles)
        }
        if counted:
            poll = timedelta(milliseconds=snapshot.interval_ms)
            self._energy.add(panel, steady, counted, poll)
        if snapshot.energy is None:
            return
        for meter, _ in polled.circuits:
            circuit = panel, meter.version.first_pole
            if circuit[1] not in counted:
                self._energy.count(
                    circuit,
                    time,
                    meter.registers(snapshot.energy),
                    meter.most_watts,
                    self._scales[panel],
                    correction,
                )

    def everything_again(self) -> None:
        """Makes every value due: whoever listens has lost them."""
        for circuits in self._circuits.values():
            circuits.forget()
        self._publish_energy(self._saved)
        self.alarms.everything_again()

    async def count_energy(self) -> None:
        """Saves the counters every minute and then publishes them: see EnergyCounters; for ever.

        New circuits do not wait for the minute.
        """
        waits, waited, failed = min(_SAVE_FIRST, _SAVE_EVERY), timedelta(0), False
        while True:
            await asyncio.sleep(waits.total_seconds())
            waited += waits
            if waited < _SAVE_EVERY and (failed or self._energy.circuits <= self._told):
                continue
            waited = timedelta(0)
            try:
                # A disk can take a second to be sure; the polls must not wait for it.
                self._saved = await asyncio.to_thread(self._energy.save)
            except OSError as error:
                failed = True
                _LOG.warning(
                    "energy counters go on, but are not saved, so not published: %s", error.strerror
                )
            else:
                failed = False
                self.say_energy()

    def say_energy(self) -> None:
        """Publishes the saved counters that are due: once a minute, or once a quarter hour.

        In its last minute, so that it is that of the hour of the clock which ends with it.
        """
        before, self._quarter = self._quarter, quarter_hour(self._clock() + _SAVE_EVERY)
        is_due = not self._paced or before != self._quarter
        due = self._saved.keys() - (set() if is_due else self._told)
        self._publish_energy({circuit: self._saved[circuit] for circuit in sorted(due)})

    def save(self) -> None:
        """Saves the energy counters and alarms.

        Raises:
            OSError: they are as they were a minute ago.
        """
        self._saved = self._energy.save()
        self.alarms.save()

    def _publish_energy(self, counters: Mapping[Circuit, float]) -> None:
        shown = self._directory.shown()
        self._told |= counters.keys()
        self._publish(
            (self._topics.circuit(panel, pole, "energy"), number(kwh, 3))
            for (panel, pole), kwh in counters.items()
            if pole in shown.get(panel, ())
        )
        # With what circuits have counted that are gone: so the sum never falls either.
        panels = {panel for panel, _ in counters} & shown.keys()
        sums = dict.fromkeys(sorted(panels), 0.0)
        for (panel, _), kwh in self._saved.items():
            if panel in sums:
                sums[panel] += kwh
        self._publish(
            (self._topics.main(panel, "energy"), number(kwh, 3)) for panel, kwh in sums.items()
        )

    def _publish(self, values: Iterable[tuple[str, bytes]]) -> None:
        """Values, which come again: QoS 0."""
        self._client.publish_values(values, retain=self._retain)
