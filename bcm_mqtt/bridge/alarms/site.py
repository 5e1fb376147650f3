"""All alarms of a bridge: published as they change, stored over a restart."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bcm_mqtt.bridge.alarms.panel import AlarmKey, PanelAlarms, Watched
from bcm_mqtt.bridge.followed import FollowedDirectory
from bcm_mqtt.bridge.whole_file import read_whole, write_whole
from bcm_mqtt.config import PanelSettings, Settings
from bcm_mqtt.domain.reading.alarm import Alarm, AlarmState, Severity, Threshold
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.reading.loading import CircuitMeter, CircuitReading
from bcm_mqtt.domain.reading.panel_load import PanelLoad
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.time import Clock, from_text, to_text
from bcm_mqtt.mqtt.client import MqttClient
from bcm_mqtt.mqtt.payloads import AlarmSelection, encode_alarm

_LOG = logging.getLogger(__name__)
_CHECK_EVERY_S = 1.0


class Alarms:
    """The alarms of all panels; used by the event loop's thread."""

    def __init__(
        self, settings: Settings, client: MqttClient, directory: FollowedDirectory, clock: Clock
    ) -> None:
        """Goes on where the last run ended."""
        self._client = client
        self._topics = settings.mqtt.topics
        self._directory = directory
        self._clock = clock
        self._file = settings.bridge.data / "alarms.json"
        self._mode = settings.file_mode
        self._changed = False
        self._panels: dict[str, PanelAlarms] = {}
        self.take(settings)

    def take(self, settings: Settings) -> None:
        """Applies changed settings; the alarms of panels that stay go on."""
        alarms = self._states() if self._panels else _read(self._file)
        self._panels = {
            key: PanelAlarms(
                settings.alarms,
                settings.terms.rule.customer_of,
                panel,
                settings.panels.get(panel.panel.redundant_with),
                self._changes,
                self._clear,
                alarms,
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
        if partner := alarms.partner:
            interval = timedelta(milliseconds=snapshot.interval_ms)
            longest = max(interval, _longest_poll(partner))
            alarms.pair_with(self._panels[partner.panel.id], longest)

    def redundant_load_percent(self, panel: str) -> float | None:
        """What a panel would carry, had it to carry its partner's load, by its last poll.

        In % of the smaller main rating; None where there is no partner or no reading of it.
        """
        return self._panels[panel].redundant_load_percent

    def everything_again(self) -> None:
        """Publishes every alarm; those of circuits that are gone are forgotten first."""
        for panel, versions in self._circuits():
            self._panels[panel].follow(versions)
        for watched in self._all():
            self._publish(watched)

    def named(self, selections: Iterable[AlarmSelection]) -> list[list[AlarmKey]]:
        """For each selection the alarms that there are of it.

        The alarms that there are are looked up once for all of them, and not for each: a request
        names up to a thousand, and polls wait meanwhile.
        """
        there: dict[str, dict[int, list[AlarmKey]]] = {}
        for name, versions in self._circuits():
            of_panel = there[name] = {}
            for key in self._panels[name].keys(versions):
                of_panel.setdefault(key.pole, []).append(key)
        return [list(_chosen(one, there)) for one in selections]

    def change(self, change: Callable[[Alarm], Alarm], keys: Iterable[AlarmKey], by: str) -> None:
        """Does to alarms what an operator requested, who is called `by`."""
        now = self._clock()
        for key in keys:
            self._panels[key.panel].change(key, change, now, by)

    def foreseen(
        self, change: Callable[[Alarm], Alarm], keys: Iterable[AlarmKey]
    ) -> tuple[str, str]:
        """What `change` would do: the alarms that it changes before and after, see `are`."""
        alarms = {key: self._panels[key.panel].alarm_of(key) for key in keys}
        after = {key: new for key, old in alarms.items() if (new := change(old)) != old}
        return _states_text({key: alarms[key] for key in after}), _states_text(after)

    def are(self, states: str) -> bool:
        """Whether alarms are as `foreseen` said."""
        now = self._states()
        keys = {AlarmKey(row[0], row[1], AlarmKind(row[2])) for row in json.loads(states)}
        return _states_text({key: now.get(key, Alarm()) for key in keys}) == states

    async def run(self) -> None:
        """Takes alarms from the shelf in time, and stores what changed; for ever."""
        while True:
            await asyncio.sleep(_CHECK_EVERY_S)
            self.pass_time()
            if self._changed:
                try:
                    await self.stored()
                except OSError as error:
                    _LOG.warning("%s: alarms are not stored: %s", self._file, error.strerror)

    async def stored(self) -> None:
        """Returns when the alarms as they are now are safe on disk.

        Raises:
            OSError: the file is as it was; it is tried again.
        """
        self._changed = False
        try:
            await asyncio.to_thread(_write, self._file, self._states(), self._mode)
        except OSError:
            self._changed = True
            raise

    def clock_was_set(self, step: timedelta) -> None:
        """Has alarms stay on the shelf for as long as was requested."""
        for alarms in self._panels.values():
            alarms.clock_was_set(step, self._clock())
        self._changed = True

    def pass_time(self) -> None:
        """Takes alarms from the shelf whose time there is over."""
        for alarms in self._panels.values():
            alarms.pass_time(self._clock())

    def save(self) -> None:
        """Stores the alarms now.

        Raises:
            OSError: the file is as it was.
        """
        _write(self._file, self._states(), self._mode)

    def _states(self) -> Mapping[AlarmKey, Alarm]:
        return {watched.key: watched.alarm for watched in self._all()}

    def _all(self) -> Iterator[Watched]:
        for alarms in self._panels.values():
            yield from alarms.all()

    def _circuits(self) -> Iterator[tuple[str, list[CircuitVersion]]]:
        now = self._clock()
        for panel, directory in self._directory.panels.items():
            yield panel, list(directory.shown_at(now).values())

    def _changes(self, watched: Watched, turned: bool) -> None:  # noqa: FBT001 - a callback
        self._changed = True
        key, alarm = watched.key, watched.alarm
        if alarm.active:
            place = f"panel {key.panel}" + (f" circuit {key.pole}" if key.pole else "")
            _LOG.warning("%s: %s %s: %s", place, alarm.severity, key.kind, alarm.state)
        self._publish(watched, turned=turned)

    def _publish(self, watched: Watched, *, turned: bool = True) -> None:
        """Publishes an alarm, and where it turned on or off the plain fact as well."""
        state = b"ON" if watched.alarm.active else b"OFF"
        payload = encode_alarm(*watched.key, watched.alarm, watched.limits)
        self._retain(watched.key, payload, state if turned else None)

    def _clear(self, key: AlarmKey) -> None:
        self._changed = True
        self._retain(key, b"", b"")

    def _retain(self, key: AlarmKey, payload: bytes, state: bytes | None) -> None:
        if not self._client.connected:  # then all of it is published when it is
            return
        self._client.retain(self._topics.alarm(*key), payload)
        if state is not None and key.kind.plain_level:
            self._client.retain(self._topics.plain_alarm(*key), state)


def _chosen(
    selection: AlarmSelection, there: Mapping[str, Mapping[int, list[AlarmKey]]]
) -> Iterator[AlarmKey]:
    """The alarms of a panel, a place and a kind; None: of any."""
    panel, pole, kind = selection.panel, selection.pole, selection.kind
    for of_panel in there.values() if panel is None else [there.get(panel, {})]:
        for keys in of_panel.values() if pole is None else [of_panel.get(pole, [])]:
            yield from (key for key in keys if kind in {None, key.kind})


def _read(file: Path) -> dict[AlarmKey, Alarm]:
    """The alarms of the last run; a file that is damaged is moved aside."""
    without = "all alarms start again, none is acknowledged"
    try:
        return read_whole(file, _parsed, without) or {}
    except OSError as error:
        _LOG.warning("%s: %s: %s", file, error.strerror, without)
        return {}


def _parsed(text: str) -> dict[AlarmKey, Alarm]:
    return {
        AlarmKey(row["panel"], int(row["pole"]), AlarmKind(row["kind"])): _alarm(row)
        for row in json.loads(text)
    }


def _write(file: Path, alarms: Mapping[AlarmKey, Alarm], mode: int) -> None:
    """Stores the alarms that are not as they were at the beginning.

    Raises:
        OSError: the file is as it was.
    """
    rows = [_row(key, alarm) for key, alarm in alarms.items() if alarm != Alarm()]
    write_whole(file, json.dumps(rows, indent=1), mode=mode)


def _states_text(alarms: Mapping[AlarmKey, Alarm]) -> str:
    rows = [
        [*key, alarm.state, to_text(alarm.until) if alarm.until else None]
        for key, alarm in sorted(alarms.items())
    ]
    return json.dumps(rows, separators=(",", ":"))


def _row(key: AlarmKey, alarm: Alarm) -> dict[str, Any]:
    return {
        **key._asdict(),
        "state": alarm.state,
        "severity": alarm.severity,
        "since": to_text(alarm.since) if alarm.since else None,
        "value": alarm.value,
        "until": to_text(alarm.until) if alarm.until else None,
        "warning": alarm.warning.passed,
        "critical": alarm.critical.passed,
        "changed": to_text(alarm.changed) if alarm.changed else None,
        "by": alarm.by,
    }


def _longest_poll(panel: PanelSettings) -> timedelta:
    return max(period.interval for source in panel.sources for period in source.polled)


def _alarm(row: Mapping[str, Any]) -> Alarm:
    return Alarm(
        state=AlarmState(row["state"]),
        severity=Severity(row["severity"]),
        since=_time(row["since"]),
        value=None if row["value"] is None else float(row["value"]),
        until=_time(row["until"]),
        warning=Threshold(passed=row["warning"] is True),
        critical=Threshold(passed=row["critical"] is True),
        changed=_time(row.get("changed")),  # earlier releases do not have these two
        by=str(row.get("by", "")),
    )


def _time(text: str | None) -> datetime | None:
    return from_text(text) if text else None
