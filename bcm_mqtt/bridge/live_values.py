"""Live values: what a poll means per circuit and per panel main, as plain numbers.

Snapshots go another way (delivery), and so does state that is no reading (announcer).
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

from bcm_mqtt.bridge.alarms import Alarms
from bcm_mqtt.bridge.circuits import CircuitTopics, Polled, seconds
from bcm_mqtt.bridge.energy import Circuit, EnergyCounters
from bcm_mqtt.bridge.followed import FollowedDirectory
from bcm_mqtt.bridge.formulas.energy import FORMULA_ENERGY_FILE, FormulaEnergy
from bcm_mqtt.bridge.formulas.power import FormulaPower
from bcm_mqtt.bridge.partner import to_nobody
from bcm_mqtt.bridge.sources.parts import DatedParts, Part
from bcm_mqtt.config import CircuitRate, Settings
from bcm_mqtt.domain.reading.corrected_reading import Corrections, PanelCorrection
from bcm_mqtt.domain.reading.loading import CircuitMeter
from bcm_mqtt.domain.reading.polled.merged import Merged
from bcm_mqtt.domain.reading.reading import PER_UNIT, Snapshot, Thousandths
from bcm_mqtt.domain.reading.stored import Series
from bcm_mqtt.domain.reading.supply import LatestSupply
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.mqtt.client import MqttClient
from bcm_mqtt.mqtt.pace import PACES, Pace, quarter_hour
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
        copied: Callable[[], Awaitable[None]] = to_nobody,
    ) -> None:
        """Reads the energy counters and alarms of the last run, as far as the disk gives them.

        Args:
            settings: Of the site.
            client: To publish with.
            directory: As it is now.
            clock: The present.
            set_by: Gives by how much the clock was set since the start, in all.
            copied: Returns when the other bridge of a pair has what is on this one's disk.
        """
        self._copied = copied
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
        self._formula_power = FormulaPower(self._topics, self._paces)
        self._formula_energy = FormulaEnergy(
            settings.bridge.data / FORMULA_ENERGY_FILE, settings.file_mode
        )
        self._of_formulas: Mapping[tuple[str, str], float] = {}  # kWh that are on disk
        self._merged = defaultdict[str, Merged](Merged)
        self._take_panels(settings)

    def _take_panels(self, settings: Settings) -> None:
        self._scales = {panel: item.register_scales for panel, item in settings.panels.items()}
        self._parts = {panel: DatedParts.of(item) for panel, item in settings.panels.items()}

    def _circuit_topics(self) -> CircuitTopics:
        return CircuitTopics(self._topics, self._paces)

    @property
    def _paces(self) -> Mapping[str, Pace]:
        return PACES if self._paced else {}

    def take(self, settings: Settings) -> None:
        """Applies changed settings."""
        self._circuits = {
            panel: self._circuits.get(panel) or self._circuit_topics() for panel in settings.panels
        }
        self._take_panels(settings)
        self.alarms.take(settings)

    def read(self, snapshot: Snapshot) -> None:
        """Publishes what is new in a snapshot."""
        panel, directory = snapshot.panel, self._directory.panels[snapshot.panel]
        steady = snapshot.time - self._set_by()
        correction = self._corrections[panel].at(directory, snapshot.time)
        parts = self._parts[panel]
        part = parts.at(snapshot.time).part(snapshot.poles) if parts else None
        self._supply.take(snapshot)
        whole = correction.corrected(self._merged[panel].take(snapshot) if part else snapshot)
        supply = self._supply.of(directory.panel, snapshot.time)
        polled = self._circuits[panel].of(directory, whole, supply, steady, part)
        if parts and parts.handed_over:
            self._note(snapshot, whole.power, polled, steady, parts.handed_over)
        self._count(snapshot, polled, correction, steady, part)
        self.alarms.read(whole, polled.circuits, polled.load)
        values = polled.values
        if (percent := self.alarms.redundant_load_percent(panel)) is not None:
            values += self._circuits[panel].of_pair(percent, steady)
        if formulas := self._directory.formulas_at(snapshot.time):
            watts = [(one.version.first_pole, reading.watts) for one, reading in polled.circuits]
            poll, now_s = timedelta(milliseconds=snapshot.interval_ms), seconds(steady)
            values += self._formula_power.read(formulas, panel, watts, now_s, poll)
        self._publish(values)

    def _note(
        self,
        snapshot: Snapshot,
        power: Thousandths | None,
        polled: Polled,
        steady: datetime,
        handed_over: Collection[int],
    ) -> None:
        """Notes the power of poles that several sources read in turn: see `Handovers`."""
        if not snapshot.power and not snapshot.current:
            return  # it says nothing new of it
        poll = timedelta(milliseconds=snapshot.interval_ms)
        for meter, reading in polled.circuits:
            for index in meter.indices:
                if index in handed_over:
                    own = power[index] if power and index < len(power) else None
                    of_all = None if reading.watts is None else reading.watts / len(meter.indices)
                    watts = of_all if own is None else own / PER_UNIT
                    self._energy.handovers.polled((snapshot.panel, index + 1), steady, watts, poll)

    def _count(
        self,
        snapshot: Snapshot,
        polled: Polled,
        correction: PanelCorrection,
        steady: datetime,
        part: Part | None,
    ) -> None:
        """Counts energy; what the device counts itself is not counted here.

        The register of a reversed transformer stands still, so its circuit is counted here.
        """
        panel, time = snapshot.panel, snapshot.time

        def is_summed(meter: CircuitMeter) -> bool:
            if correction.reversed_poles & set(meter.version.poles):
                return True
            return not part.has_register(meter) if part else snapshot.energy is None

        summed = {
            meter.version.first_pole: reading.watts
            for meter, reading in polled.circuits
            if is_summed(meter) and (part is None or part.counts(meter))
        }
        if summed:
            poll = timedelta(milliseconds=snapshot.interval_ms)
            self._energy.add(Series(panel, snapshot.source), steady, summed, poll)
            for meter, _ in polled.circuits:
                if meter.version.first_pole in summed:
                    circuit = panel, meter.version.first_pole
                    poles = [index + 1 for index in meter.indices]
                    self._energy.take_over(circuit, poles, snapshot.source)
        if snapshot.energy is None:
            return
        for meter, _ in polled.circuits:
            circuit = panel, meter.version.first_pole
            if not is_summed(meter):
                self._energy.count(
                    circuit,
                    time,
                    meter.registers(snapshot.energy),
                    meter.most_watts,
                    self._scales[panel],
                    correction,
                    snapshot.source,
                )

    def everything_again(self) -> None:
        """Makes every value due: whoever listens has lost them."""
        for circuits in self._circuits.values():
            circuits.forget()
        self._formula_power.forget()
        self._publish_energy(self._saved)
        self._publish_formulas(self._of_formulas)
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
                before = self._of_formulas.keys()
                formulas = self._directory.formulas_at(self._clock())
                self._of_formulas = await asyncio.to_thread(
                    self._formula_energy.count, formulas, self._saved
                )
            except OSError as error:
                failed = True
                _LOG.warning(
                    "energy counters go on, but are not saved, so not published: %s", error.strerror
                )
            else:
                failed = False
                await self._copied()  # or what was shown may fall where the other goes on
                self.say_energy(self._of_formulas.keys() - before)

    def say_energy(self, new_formulas: Collection[tuple[str, str]] = ()) -> None:
        """Publishes the saved counters that are due: once a minute, or once a quarter hour.

        In its last minute, so that it is that of the hour of the clock which ends with it.

        Args:
            new_formulas: Those that do not wait for it.
        """
        before, self._quarter = self._quarter, quarter_hour(self._clock() + _SAVE_EVERY)
        is_due = not self._paced or before != self._quarter
        due = self._saved.keys() - (set() if is_due else self._told)
        self._publish_energy({circuit: self._saved[circuit] for circuit in sorted(due)})
        of_formulas = self._of_formulas.keys() if is_due else new_formulas
        self._publish_formulas({key: self._of_formulas[key] for key in of_formulas})

    def save(self) -> None:
        """Saves the energy counters and alarms.

        Raises:
            OSError: they are as they were a minute ago.
        """
        self._saved = self._energy.save()
        self.alarms.save()

    def _publish_formulas(self, counts: Mapping[tuple[str, str], float]) -> None:
        self._publish(
            (self._topics.circuit(*key, "energy"), number(kwh, 3)) for key, kwh in counts.items()
        )

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
