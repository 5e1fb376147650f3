"""All alarms of a bridge: published as they change, kept over a restart."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta

from bcm_mqtt.bridge.alarms.kept import read_alarms, write_alarms
from bcm_mqtt.bridge.alarms.panel import AlarmKey, PanelAlarms
from bcm_mqtt.bridge.alarms.rules import AlarmRules
from bcm_mqtt.bridge.followed_directory import FollowedDirectory
from bcm_mqtt.config import PanelSettings, Settings
from bcm_mqtt.domain.reading.alarm import Alarm, AlarmKind, Limits
from bcm_mqtt.domain.reading.loading import CircuitMeter, CircuitReading
from bcm_mqtt.domain.reading.panel_load import PanelLoad
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.mqtt.client import MqttClient
from bcm_mqtt.mqtt.payloads import encode_alarm
from bcm_mqtt.mqtt.topics import Topics

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 1.0


class Alarms:
    """The alarms of all panels; used by the event loop's thread."""

    def __init__(
        self,
        settings: Settings,
        client: MqttClient,
        topics: Topics,
        directory: FollowedDirectory,
        clock: Clock,
    ) -> None:
        """Goes on where the last run ended."""
        self._client = client
        self._topics = topics
        self._directory = directory
        self._clock = clock
        self._file = settings.bridge.data / "alarms.json"
        self._changed = False
        self._panels: dict[str, PanelAlarms] = {}

    def take(self, settings: Settings) -> None:
        """Takes over changed settings; the alarms of panels that stay go on."""
        kept = self._states() if self._panels else read_alarms(self._file)
        self._panels = {
            key: PanelAlarms(
                AlarmRules(settings.alarms, panel, _partner(settings, panel)), self._tell, kept
            )
            for key, panel in settings.panels.items()
        }

    def read(
        self,
        snapshot: Snapshot,
        circuits: Iterable[tuple[CircuitMeter, CircuitReading]],
        load: PanelLoad,
    ) -> None:
        """Judges what a poll gave.

        Args:
            snapshot: Of the poll.
            circuits: In service, each with its reading.
            load: Of the panel's main.
        """
        alarms = self._panels[snapshot.panel]
        alarms.read(snapshot.time, circuits, load, answered=snapshot.says_anything())
        if partner := alarms.rules.partner:
            interval = timedelta(milliseconds=snapshot.interval_ms)
            longest = max(interval, partner.poll_interval)
            alarms.pair_with(self._panels[partner.panel.id], longest)

    def redundant_load_percent(self, panel: str) -> float | None:
        """What a panel would carry, had it to carry its partner's load, by its last poll.

        In % of the smaller main rating; None where there is no partner or no reading of it.
        """
        return self._panels[panel].redundant_load_percent

    def everything_again(self) -> None:
        """Publishes every alarm; those of circuits that are gone are forgotten first."""
        for panel, versions in self._circuits():
            self._panels[panel].keep_only(versions)
        for key, alarm, limits in self._all():
            self._publish(key, alarm, limits)

    def change(
        self,
        change: Callable[[Alarm], Alarm],
        panel: str | None = None,
        pole: int | None = None,
        kind: AlarmKind | None = None,
    ) -> int:
        """Does to alarms what an operator asked for.

        Args:
            change: What becomes of each.
            panel: Of this panel only.
            pole: Of this circuit, or MAIN, only.
            kind: Of this kind only.

        Returns:
            How many alarms there are of which this was asked.
        """
        found = [
            key
            for name, versions in self._circuits()
            for key in self._panels[name].keys(versions)
            if panel in {None, key.panel} and pole in {None, key.pole} and kind in {None, key.kind}
        ]
        for key in found:
            self._panels[key.panel].change(key, change)
        return len(found)

    async def keep(self) -> None:
        """Empties the shelf in time, and keeps on disk what changed; for ever."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self.pass_time()
            if self._changed:
                try:
                    await self.kept()
                except OSError as error:
                    _LOG.warning("%s: alarms are not kept: %s", self._file, error.strerror)

    async def kept(self) -> None:
        """Returns when the alarms as they are now are safe on disk.

        Raises:
            OSError: they are kept as they were; it is tried again.
        """
        self._changed = False
        try:
            await asyncio.to_thread(write_alarms, self._file, self._states())
        except OSError:
            self._changed = True
            raise

    def pass_time(self) -> None:
        """Takes alarms from the shelf whose time there is over."""
        for alarms in self._panels.values():
            alarms.pass_time(self._clock())

    def save(self) -> None:
        """Keeps the alarms now.

        Raises:
            OSError: they are kept as they were.
        """
        write_alarms(self._file, self._states())

    def _states(self) -> Mapping[AlarmKey, Alarm]:
        return {key: alarm for key, alarm, _ in self._all()}

    def _all(self) -> Iterator[tuple[AlarmKey, Alarm, Limits]]:
        for alarms in self._panels.values():
            yield from alarms.all()

    def _circuits(self) -> Iterator[tuple[str, list[CircuitVersion]]]:
        now = self._clock()
        for panel, directory in self._directory.panels.items():
            yield panel, list(directory.shown_at(now).values())

    def _tell(self, key: AlarmKey, alarm: Alarm | None, limits: Limits) -> None:
        self._changed = True
        if alarm is None:
            self._retain(self._topics.alarm(*key), b"")
            if key.kind is AlarmKind.OVERLOAD:
                self._retain(self._topics.overload(key.panel, key.pole), b"")
            return
        if alarm.active:
            _LOG.warning("%s: %s %s: %s", _name(key), alarm.severity, key.kind, alarm.state)
        self._publish(key, alarm, limits)

    def _publish(self, key: AlarmKey, alarm: Alarm, limits: Limits) -> None:
        self._retain(self._topics.alarm(*key), encode_alarm(*key, alarm, limits))
        if key.kind is AlarmKind.OVERLOAD:
            state = b"ON" if alarm.active else b"OFF"
            self._retain(self._topics.overload(key.panel, key.pole), state)

    def _retain(self, topic: str, payload: bytes) -> None:
        if self._client.connected:  # else all of it is published when it is
            self._client.publish(topic, payload, qos=1, retain=True)


def _partner(settings: Settings, panel: PanelSettings) -> PanelSettings | None:
    return settings.panels.get(panel.panel.redundant_with)


def _name(key: AlarmKey) -> str:
    return f"panel {key.panel}" + (f" circuit {key.pole}" if key.pole else "")
