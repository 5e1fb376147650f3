"""The alarms of one panel: every poll's figures against their limits."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from bcm_mqtt.bridge.alarms.rules import AlarmRules
from bcm_mqtt.domain.reading.alarm import MAIN, Alarm, AlarmKind, Limits
from bcm_mqtt.domain.reading.loading import CircuitMeter, CircuitReading
from bcm_mqtt.domain.reading.panel_load import PanelLoad, combined_load_percent
from bcm_mqtt.domain.site.circuit import CircuitVersion

_STANDS_FOR = 1.5
"""Polls for which a reading stands."""
_AT_REST = Alarm()


class AlarmKey(NamedTuple):
    """Which alarm: `pole` is a circuit's first pole, or MAIN."""

    panel: str
    pole: int
    kind: AlarmKind


@dataclass(slots=True)
class _Watched:
    """An alarm, and what it is held against."""

    key: AlarmKey
    limits: Limits
    alarm: Alarm = _AT_REST


class PanelAlarms:
    """Alarms by kind and first pole; one is there once its figure was first known."""

    def __init__(
        self,
        rules: AlarmRules,
        tell: Callable[[AlarmKey, Alarm | None, Limits], None],
        kept: Mapping[AlarmKey, Alarm],
    ) -> None:
        """Goes on where the last run ended.

        Args:
            rules: Which alarms, and their limits.
            tell: Is given every alarm that is new, has changed for who sees it, or is gone.
            kept: Alarms of the last run; those of other panels are passed over.
        """
        self.rules = rules
        self._panel = rules.panel.panel.id
        self._tell = tell
        self._watched: dict[AlarmKind, dict[int, _Watched]] = {kind: {} for kind in AlarmKind}
        for key, alarm in kept.items():
            if key.panel == self._panel:
                self._new(key).alarm = alarm
        self.phases: Mapping[str, float | None] = {}
        self.read_at: datetime | None = None
        self.redundant_load_percent: float | None = None

    def read(
        self,
        at: datetime,
        circuits: Iterable[tuple[CircuitMeter, CircuitReading]],
        load: PanelLoad,
        *,
        answered: bool,
    ) -> None:
        """Takes what a poll gave.

        Args:
            at: Of the poll.
            circuits: Those in service, each with its reading.
            load: Of the main.
            answered: Whether anything was read: else it is the panel that has no data, and
                not each of its circuits as well.
        """
        self._watch(AlarmKind.NO_DATA, MAIN, 0.0 if answered else 1.0, at)
        if not answered:
            return
        self.phases, self.read_at = load.phases, at
        for meter, reading in circuits:
            pole = meter.version.first_pole
            if reading.amps is not None:
                self._watch(AlarmKind.NO_DATA, pole, 0.0, at)
                if reading.load_percent is not None:
                    self._watch(AlarmKind.OVERLOAD, pole, reading.load_percent, at)
            elif meter.indices:  # else nothing measures it
                self._watch(AlarmKind.NO_DATA, pole, 1.0, at)
        for kind, figure in self._of_main(load):
            self._watch(kind, MAIN, figure, at)

    def pair_with(self, partner: "PanelAlarms | None", longest_poll: timedelta) -> None:
        """Judges the redundant pair by this panel's last poll and its partner's.

        Args:
            partner: The other panel.
            longest_poll: Of the two poll intervals.
        """
        self.redundant_load_percent = None
        smaller = self.rules.smaller_rating
        if partner is None or smaller is None or self.read_at is None or partner.read_at is None:
            return
        if abs(self.read_at - partner.read_at) > longest_poll * _STANDS_FOR:
            return
        combined = combined_load_percent(self.phases, partner.phases, smaller)
        if combined is None:
            return
        self.redundant_load_percent = combined
        alone = max(amps for amps in self.phases.values() if amps is not None)
        self._watch(AlarmKind.REDUNDANCY, MAIN, combined, self.read_at)
        self._watch(AlarmKind.REDUNDANT_SHARE, MAIN, 100 * alone / smaller, self.read_at)

    def all(self) -> Iterator[tuple[AlarmKey, Alarm, Limits]]:
        """Every alarm whose figure is, or was, known, and what it is held against."""
        for alarms in self._watched.values():
            for watched in alarms.values():
                yield watched.key, watched.alarm, watched.limits

    def change(self, key: AlarmKey, change: Callable[[Alarm], Alarm]) -> None:
        """Does to an alarm what an operator asked for."""
        watched = self._watched[key.kind].get(key.pole) or self._new(key)
        self._become(watched, change(watched.alarm))

    def pass_time(self, now: datetime) -> None:
        """Takes alarms from the shelf whose time there is over."""
        for alarms in self._watched.values():
            for watched in alarms.values():
                if watched.alarm.until:
                    self._become(watched, watched.alarm.next(None, now, watched.limits))

    def keep_only(self, circuits: Iterable[CircuitVersion]) -> None:
        """Forgets the alarms of circuits that are gone, or that have no rating any more."""
        keep = set(self.keys(circuits))
        for key, _, limits in list(self.all()):
            if key not in keep:
                del self._watched[key.kind][key.pole]
                self._tell(key, None, limits)

    def keys(self, circuits: Iterable[CircuitVersion]) -> Iterator[AlarmKey]:
        """Every alarm that the panel has, read or not."""
        for kind in self.rules.of_main():
            yield AlarmKey(self._panel, MAIN, kind)
        for version in circuits:
            for kind in self.rules.of_circuit(version):
                yield AlarmKey(self._panel, version.first_pole, kind)

    def _of_main(self, load: PanelLoad) -> Iterator[tuple[AlarmKind, float]]:
        rating = self.rules.panel.panel.main_rating
        if rating is None:
            return
        if load.load_percent is not None:
            yield AlarmKind.OVERLOAD, load.load_percent
            # All phases are known: an imbalance that is not told is one too small to matter.
            yield AlarmKind.IMBALANCE, load.imbalance_percent or 0.0
        if load.neutral_amps is not None:
            yield AlarmKind.NEUTRAL, 100 * load.neutral_amps / rating

    def _watch(self, kind: AlarmKind, pole: int, figure: float, at: datetime) -> None:
        watched = self._watched[kind].get(pole)
        if watched is None:
            watched = self._new(AlarmKey(self._panel, pole, kind))
            self._tell(watched.key, watched.alarm, watched.limits)
        following = watched.alarm.next(figure, at, watched.limits)
        if following is not watched.alarm:
            self._become(watched, following)

    def _new(self, key: AlarmKey) -> _Watched:
        watched = _Watched(key, self.rules.limits(key.kind, key.pole))
        self._watched[key.kind][key.pole] = watched
        return watched

    def _become(self, watched: _Watched, alarm: Alarm) -> None:
        before, watched.alarm = watched.alarm, alarm
        if _seen(alarm) != _seen(before):
            self._tell(watched.key, alarm, watched.limits)


def _seen(alarm: Alarm) -> tuple[object, ...]:
    """What of an alarm is published."""
    return alarm.state, alarm.severity, alarm.since, alarm.until
