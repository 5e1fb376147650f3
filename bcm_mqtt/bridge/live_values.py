"""Live values: what a poll means per circuit and per panel main, as plain numbers.

Owns: each circuit's topics and energy counter. Does not own: snapshots (delivery), state
that is no reading (announcer).
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta

from bcm_mqtt.bridge.circuits import CircuitTopics
from bcm_mqtt.bridge.energy import Circuit, EnergyCounters
from bcm_mqtt.bridge.followed_directory import FollowedDirectory
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.reading import Snapshot
from bcm_mqtt.mqtt.client import MqttClient
from bcm_mqtt.mqtt.payloads import number
from bcm_mqtt.mqtt.topics import Topics

_LOG = logging.getLogger(__name__)
_SAVE_EVERY = timedelta(minutes=1)


class LiveValues:
    """Publishes every circuit's current, power, load and energy."""

    def __init__(
        self,
        settings: Settings,
        client: MqttClient,
        topics: Topics,
        directory: FollowedDirectory,
    ) -> None:
        """Reads the energy counters of the last run.

        Raises:
            WorkError: they cannot be read or written.
        """
        self._client = client
        self._topics = topics
        self._directory = directory
        self._retain = settings.mqtt.retain
        self._energy = EnergyCounters(settings.bridge.data / "energy.json")
        self._saved = self._energy.saved
        self._circuits = {panel: CircuitTopics(topics) for panel in settings.panels}

    def read(self, snapshot: Snapshot) -> None:
        """Publishes what is new in a snapshot."""
        panel = snapshot.panel
        circuits = self._circuits[panel]
        values, readings = circuits.of(self._directory.panels[panel], snapshot)
        if snapshot.energy is not None:  # what the device counts itself is not counted here
            for pole, meter in circuits.meters.items():
                registers = meter.registers(snapshot.energy)
                self._energy.count((panel, pole), snapshot.time, registers, meter.most_watts)
        else:
            interval = timedelta(milliseconds=snapshot.interval_ms)
            for pole, reading in readings.items():
                self._energy.add((panel, pole), snapshot.time, reading.watts, interval)
        if self._client.connected:
            for topic, payload, event in values:
                self._client.publish(topic, payload, qos=int(event), retain=event or self._retain)

    def everything_again(self) -> None:
        """Makes every value due: whoever listens has lost them."""
        for circuits in self._circuits.values():
            circuits.forget()
        self._publish_energy(self._saved)

    async def count_energy(self) -> None:
        """Saves the counters every minute, then publishes them: see EnergyCounters; for ever."""
        while True:
            await asyncio.sleep(_SAVE_EVERY.total_seconds())
            try:
                # A disk can take a second to be sure; the polls must not wait for it.
                await asyncio.to_thread(self.save)
            except OSError as error:
                _LOG.warning("energy counters are not saved, so not published: %s", error.strerror)
            else:
                self._publish_energy(self._saved)

    def save(self) -> None:
        """Saves the energy counters.

        Raises:
            OSError: they are as they were a minute ago.
        """
        self._saved = self._energy.save()

    def _publish_energy(self, counters: Mapping[Circuit, float]) -> None:
        if not self._client.connected:
            return
        shown = self._directory.shown()
        for (panel, pole), kwh in counters.items():
            if pole in shown.get(panel, ()):
                topic = self._topics.circuit(panel, pole, "energy")
                self._client.publish(topic, number(kwh, 3), qos=0, retain=self._retain)
