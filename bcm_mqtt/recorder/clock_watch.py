"""Watches the clocks of bridges by their heartbeats, and stores when one was wrong.

A heartbeat is a live message of a bridge's `info`; the retained one says nothing of now. Each
is held against this host's clock and, where the database has one of its own, against that.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

from bcm_mqtt.domain.reading.bridge_clock import (
    ClockFault,
    ClockFaultKind,
    ClockTrack,
    Heartbeat,
    clock_sentence,
    fault_of,
    followed,
)
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.mqtt.payloads import BridgeReport
from bcm_mqtt.store import RecordingStore

_LOG = logging.getLogger(__name__)
_RECORDER, _DATABASE = "recorder", "database"


@dataclass(frozen=True, slots=True)
class _Heard:
    report: BridgeReport
    at: datetime
    monotonic_s: float


class ClockWatch:
    """Takes reports in the network thread; works them off in the recorder's."""

    def __init__(
        self,
        store: RecordingStore,
        clock: Clock,
        monotonic: Callable[[], float],
        on_beat: Callable[[datetime, datetime], None] = lambda _time, _heard: None,
    ) -> None:
        """Knows no bridge yet.

        Args:
            store: Of the faults.
            clock: This host's, UTC.
            monotonic: A clock that never jumps, s.
            on_beat: Gets what a bridge's clock and this host's showed, of each heartbeat.
        """
        self._on_beat = on_beat
        self._store = store
        self._clock = clock
        self._monotonic = monotonic
        self._heard = SimpleQueue[_Heard]()
        self._next: _Heard | None = None
        self._unstored: list[ClockFault] = []
        self._tracks: dict[str, ClockTrack] = {}
        self._open: dict[tuple[str, str], tuple[ClockFaultKind, datetime, datetime, timedelta]] = {}

    def hear(self, report: BridgeReport) -> None:
        """Takes a bridge's live info, in the moment in which it comes."""
        if report.boot:  # bridges of earlier releases do not say
            self._heard.put(_Heard(report, self._clock(), self._monotonic()))

    def turn(self) -> None:
        """Stores what the heartbeats since the last turn say.

        Raises:
            WorkError: the database failed; nothing is lost.
        """
        while True:
            if self._unstored:
                self._store.clocks.add(self._unstored)
                self._unstored = []
            try:
                self._next = self._next or self._heard.get_nowait()
            except Empty:
                return
            self._on_beat(self._next.report.time, self._next.at)
            ahead = self._store.clocks.ahead_of(self._clock())
            self._unstored = list(self._faults(self._next, ahead))
            self._next = None

    def problems(self) -> list[str]:
        """Which clocks are wrong now."""
        return [
            f"bridge {bridge}: {clock_sentence(track)}"
            for bridge, track in self._tracks.items()
            if fault_of(track)
        ]

    def _faults(self, heard: _Heard, ahead: timedelta | None) -> Iterator[ClockFault]:
        bridge = heard.report.bridge
        beat = Heartbeat(heard.report.boot, heard.report.time, heard.report.uptime_s)
        before = self._tracks.get(bridge)
        track = self._tracks[bridge] = followed(before, beat, heard.at, heard.monotonic_s)
        self._say(bridge, before, track)
        same_boot = before and before.beat.boot == beat.boot
        for panel in heard.report.panels:
            if before and same_boot and track.set_back:
                yield ClockFault(
                    panel=panel,
                    kind=ClockFaultKind.SET_BACK,
                    since=before.heard,
                    until=track.heard,
                    stamped_since=beat.wall,
                    stamped_until=beat.wall + track.set_back,
                    bridge=bridge,
                    offset=-track.set_back,
                    against=_RECORDER,
                )
        held = {_RECORDER: (before, track)}
        if ahead is not None:
            held[_DATABASE] = (before.against(ahead) if before else None, track.against(ahead))
        for against, (earlier, now) in held.items():
            yield from self._off(heard.report, against, earlier if same_boot else None, now)

    def _off(
        self, report: BridgeReport, against: str, before: ClockTrack | None, now: ClockTrack
    ) -> Iterator[ClockFault]:
        """The fault that goes on, that begins, or that ends with this heartbeat."""
        key = report.bridge, against
        kind, known = fault_of(now), self._open.pop(key, None)
        last = before or now.booted
        if known and before:
            going_on, since, stamped_since, offset = known
            worst = max(offset, now.offset if kind is going_on else offset, key=abs)
            yield from _of_panels(
                report, against, going_on, (since, now.heard), (stamped_since, now.beat.wall), worst
            )
            if kind is going_on:
                self._open[key] = going_on, since, stamped_since, worst
                return
        if kind:
            self._open[key] = kind, last.heard, last.beat.wall, now.offset
            yield from _of_panels(
                report,
                against,
                kind,
                (last.heard, now.heard),
                (last.beat.wall, now.beat.wall),
                now.offset,
            )

    def _say(self, bridge: str, before: ClockTrack | None, now: ClockTrack) -> None:
        """Logs what is new."""
        if now.set_back:
            back_s = now.set_back / timedelta(seconds=1)
            _LOG.warning("bridge %s: its clock was set back by %s s", bridge, f"{back_s:,.1f}")
        was, kind = before and fault_of(before), fault_of(now)
        if kind and kind is not was:
            off = clock_sentence(now)
            _LOG.warning("bridge %s: %s: check its time synchronisation", bridge, off)
        elif was and not kind:
            _LOG.info("bridge %s: its clock is right again", bridge)


def _of_panels(
    report: BridgeReport,
    against: str,
    kind: ClockFaultKind,
    span: tuple[datetime, datetime],
    stamped: tuple[datetime, datetime],
    offset: timedelta,
) -> Iterator[ClockFault]:
    for panel in report.panels:
        yield ClockFault(
            panel, kind, *span, min(stamped), max(stamped), report.bridge, offset, against
        )
