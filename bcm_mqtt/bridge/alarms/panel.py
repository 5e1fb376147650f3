"""The alarms of one panel: which it has, and every poll's figures against their limits."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from bcm_mqtt.config import PanelSettings
from bcm_mqtt.domain.alarms.own_limits import AllLimits
from bcm_mqtt.domain.reading.alarm import MAIN, Alarm, Limits
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind, MainReading
from bcm_mqtt.domain.reading.loading import CircuitMeter, CircuitReading
from bcm_mqtt.domain.reading.panel_load import PairLoad, PanelLoad, combined_load_percent
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.site.circuit import CircuitVersion

_STANDS_FOR = 1.5
"""Polls for which a reading stands."""
_AT_REST = Alarm()
_OF_CIRCUITS = tuple((kind, kind.circuit) for kind in AlarmKind if kind.circuit)
_OF_MAINS = tuple((kind, kind.main) for kind in AlarmKind if kind.main)
_OF_PAIRS = tuple((kind, kind.pair) for kind in AlarmKind if kind.pair)


class AlarmKey(NamedTuple):
    """Which alarm: `pole` is a circuit's first pole, or MAIN."""

    panel: str
    pole: int
    kind: AlarmKind


@dataclass(slots=True)
class Watched:
    """An alarm, and what it is held against.

    Attributes:
        key: Which.
        limits: Of its figure.
        alarm: Its state.
        is_timed: Whether it was shelved under the clock of now: one of an earlier run comes
            back at its time, whatever clocks were in between.
    """

    key: AlarmKey
    limits: Limits
    alarm: Alarm = _AT_REST
    is_timed: bool = False


class PanelAlarms:
    """Alarms by kind and first pole; one is there once its figure was first known."""

    def __init__(
        self,
        limits: AllLimits,
        customer_of: Callable[[CircuitVersion], str],
        panel: PanelSettings,
        partner: PanelSettings | None,
        publish: Callable[[Watched, bool], None],
        clear: Callable[[AlarmKey], None],
        stored: Mapping[AlarmKey, Alarm],
    ) -> None:
        """Goes on where the last run ended.

        Args:
            limits: Of the site, its customers and circuits.
            customer_of: Whose circuit it is, or "".
            panel: Its ratings.
            partner: The other panel of a redundant pair, where this bridge polls it, too.
            publish: Is given every alarm that is new or has changed for who sees it, and whether
                it became active, or is over, by that.
            clear: Is given every alarm that is gone.
            stored: Alarms of the last run; those of other panels are passed over.
        """
        self.partner = partner
        self.phases: Mapping[str, float | None] = {}
        self.read_at: datetime | None = None
        self.redundant_load_percent: float | None = None
        self._limits, self._customer_of = limits, customer_of
        self._versions: dict[int, CircuitVersion] = {}
        self._settings = panel
        self._panel = panel.panel
        self._publish = publish
        self._clear = clear
        self._watched: dict[AlarmKind, dict[int, Watched]] = {kind: {} for kind in AlarmKind}
        self._of_circuits = [
            (kind, of_circuit, self._watched[kind]) for kind, of_circuit in _OF_CIRCUITS
        ]
        for key, alarm in stored.items():
            if key.panel == self._panel.id:
                self._new(key).alarm = alarm

    def read(
        self,
        at: datetime,
        circuits: Iterable[tuple[CircuitMeter, CircuitReading]],
        load: PanelLoad,
        *,
        answered: bool,
    ) -> None:
        """Judges what a poll gave.

        Args:
            at: Of the poll.
            circuits: Those in service, each with its reading.
            load: Of the main.
            answered: Whether anything was read: else it is the panel that has no data, and
                not each of its circuits as well.
        """
        main = MainReading(self._panel.main_rating, load if answered else None)
        for kind, of_main in _OF_MAINS:
            if main.rating_amps or not of_main.needs_rating:
                self._watch(kind, MAIN, of_main.figure(main), at)
        if not answered:
            return
        self.phases, self.read_at = load.phases, at
        for meter, reading in circuits:
            version = meter.version
            self._follow(version)
            if not meter.indices:  # nothing measures it
                continue
            pole, rated = version.first_pole, version.rating_amps
            for kind, of_circuit, alarms in self._of_circuits:
                if not rated and of_circuit.needs_rating:
                    continue
                figure, watched = of_circuit.figure(reading), alarms.get(pole)
                if figure is None:
                    continue
                if watched and watched.alarm is _AT_REST and figure <= watched.limits.warning:
                    continue  # as nearly always
                self._watch(kind, pole, figure, at)

    def pair_with(self, partner: "PanelAlarms", longest_poll: timedelta) -> None:
        """Judges the redundant pair by this panel's last poll and its partner's.

        Args:
            partner: The other panel.
            longest_poll: Of the two poll intervals.
        """
        self.redundant_load_percent = None
        smaller = self._smaller_rating
        if smaller is None or self.read_at is None or partner.read_at is None:
            return
        if abs(self.read_at - partner.read_at) > longest_poll * _STANDS_FOR:
            return
        combined = combined_load_percent(self.phases, partner.phases, smaller)
        if combined is None:
            return
        self.redundant_load_percent = combined
        own = max(amps for amps in self.phases.values() if amps is not None)
        pair = PairLoad(combined, 100 * own / smaller)
        for kind, of_pair in _OF_PAIRS:
            self._watch(kind, MAIN, of_pair.figure(pair), self.read_at)

    def all(self) -> Iterator[Watched]:
        """Every alarm whose figure is, or was, known."""
        for alarms in self._watched.values():
            yield from alarms.values()

    def alarm_of(self, key: AlarmKey) -> Alarm:
        """An alarm as it is; one that is not there yet is at rest."""
        watched = self._watched[key.kind].get(key.pole)
        return watched.alarm if watched else _AT_REST

    def change(
        self, key: AlarmKey, change: Callable[[Alarm], Alarm], at: datetime, by: str
    ) -> None:
        """Does to an alarm what an operator requested.

        Args:
            key: Which.
            change: What.
            at: The present.
            by: Who requested it.
        """
        watched = self._watched[key.kind].get(key.pole) or self._new(key)
        self._become(watched, change(watched.alarm), at, by)
        watched.is_timed = watched.alarm.until is not None

    def clock_was_set(self, step: timedelta, now: datetime) -> None:
        """Moves the ends of what was shelved with the clock: so long was requested."""
        for watched in self.all():
            if watched.is_timed and (until := watched.alarm.until):
                self._become(watched, replace(watched.alarm, until=until + step), now)

    def pass_time(self, now: datetime) -> None:
        """Takes alarms from the shelf whose time there is over."""
        for watched in self.all():
            if watched.alarm.until:
                self._become(watched, watched.alarm.next(None, now, watched.limits), now)

    def follow(self, circuits: Sequence[CircuitVersion]) -> None:
        """Takes the circuits as they are now: whose they are, and which of them are gone.

        Alarms of those that are gone, or that have no rating any more, are forgotten.
        """
        for version in circuits:
            self._follow(version)
        remaining = set(self.keys(circuits))
        for watched in list(self.all()):
            if watched.key not in remaining:
                del self._watched[watched.key.kind][watched.key.pole]
                self._clear(watched.key)

    def keys(self, circuits: Iterable[CircuitVersion]) -> Iterator[AlarmKey]:
        """Every alarm that the panel has, read or not."""
        panel = self._panel
        for kind, of_main in _OF_MAINS:
            if panel.main_rating or not of_main.needs_rating:
                yield AlarmKey(panel.id, MAIN, kind)
        for kind, _ in _OF_PAIRS:
            if self._smaller_rating:
                yield AlarmKey(panel.id, MAIN, kind)
        for version in circuits:
            if panel.monitored(version.poles):
                for kind, of_circuit in _OF_CIRCUITS:
                    if of_circuit.needs_power and not self._measures_power:
                        continue
                    if version.rating_amps or not of_circuit.needs_rating:
                        yield AlarmKey(panel.id, version.first_pole, kind)

    @property
    def _measures_power(self) -> bool:
        return self._settings.measures(Quantity.POWER)

    @property
    def _smaller_rating(self) -> int | None:
        """Of the pair's main breakers; None where there is no pair or a rating is missing."""
        ours = self._panel.main_rating
        theirs = self.partner.panel.main_rating if self.partner else None
        return min(ours, theirs) if ours and theirs else None

    def _watch(self, kind: AlarmKind, pole: int, figure: float | None, at: datetime) -> None:
        if figure is None:
            return
        watched = self._watched[kind].get(pole)
        if watched is None:
            watched = self._new(AlarmKey(self._panel.id, pole, kind))
            self._publish(watched, True)  # noqa: FBT003 - the callback's second place
        following = watched.alarm.next(figure, at, watched.limits)
        if following is not watched.alarm:
            self._become(watched, following, at)

    def _follow(self, version: CircuitVersion) -> None:
        """Has alarms of a circuit that became another customer's the limits of that one."""
        pole = version.first_pole
        if self._versions.get(pole) is version:
            return
        self._versions[pole] = version
        for alarms in self._watched.values():
            if watched := alarms.get(pole):
                watched.limits = self._limits_of(watched.key)

    def _limits_of(self, key: AlarmKey) -> Limits:
        version = self._versions.get(key.pole)
        customer = self._customer_of(version) if version else ""
        fully_rated = key.pole in self._settings.fully_rated
        return self._limits.of(*key, customer, fully_rated=fully_rated)

    def _new(self, key: AlarmKey) -> Watched:
        watched = Watched(key, self._limits_of(key))
        self._watched[key.kind][key.pole] = watched
        return watched

    def _become(self, watched: Watched, alarm: Alarm, at: datetime, by: str = "") -> None:
        before, watched.alarm = watched.alarm, alarm.noted(watched.alarm, at, by)
        if alarm.visible != before.visible:
            self._publish(watched, alarm.active != before.active)
