"""The bridge's wall clock: it stamps, and nothing waits for it.

That it was set is noticed by the monotonic clock, logged and published. Which times were stamped
is remembered over restarts, so that no snapshot is stamped twice: see `domain.reading.clock`.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Final

from bcm_mqtt.bridge.whole_file import read_whole, whole_number, write_whole
from bcm_mqtt.domain.reading.clock import (
    WAITS_S,
    ClockSteps,
    Stamp,
    Stamps,
    Unset,
    Used,
    step_sentence,
)
from bcm_mqtt.domain.time import Clock, from_ms, to_ms, to_text
from bcm_mqtt.files import PRIVATE
from bcm_mqtt.mqtt.payloads import ClockReport

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S: Final = 1.0
_AHEAD: Final = timedelta(seconds=10)
"""What is stamped until then is noted as used already: the file is written so often."""
_MOST_BETWEEN_S: Final = 0.1
"""Two clocks are not read in one instant; where that took longer, the look says nothing."""


class WallClock:
    """Stamps polls, and watches for steps; used by the event loop's thread."""

    def __init__(
        self, clock: Clock, monotonic: Callable[[], float], data: Path, mode: int = PRIVATE
    ) -> None:
        """Reads what earlier runs stamped.

        Args:
            clock: The wall clock, UTC.
            monotonic: A clock that never jumps, s.
            data: Folder of the bridge; what was stamped is a file of JSON in it.
            mode: Of a new file.
        """
        self._clock = clock
        self._monotonic = monotonic
        self._file = data / "stamps.json"
        self._mode = mode
        used, last = _read(self._file)
        self._stamps = Stamps(used)
        self._unset = Unset()
        self._anew: dict[Stamp, datetime] = {}
        self._new: dict[Stamp, datetime] = {}
        self._noted: datetime | None = None
        self._fails = self._is_said = False
        self._writing = Lock()
        self._set_by = self._unsaid = timedelta()
        self._steps = ClockSteps(clock(), monotonic())
        self.report = ClockReport()
        """What `info` shows of it."""
        now = clock()
        if last is not None and now < last - _AHEAD:
            self.report = ClockReport(behind_s=_seconds(last - now))
            _LOG.warning(
                "the clock shows %s, which is before the last poll at %s: polls go on and are "
                "stamped with it; check this host's time synchronisation",
                to_text(now),
                to_text(last),
            )

    def stamp(self, panel: str) -> datetime:
        """The time of a panel's poll that begins now: none that it had before."""
        self._look()
        at_s, wall = self._monotonic(), self._clock()
        time = self._stamps.stamp(panel, wall)
        self._unset.gave((panel, time), wall, at_s)
        if self._unset.waits((panel, time)) and not self._is_said:
            self._is_said = True
            _LOG.warning(
                "the clock shows %s, so nobody has set it yet: snapshots wait until it is set, "
                "for %.0f min at most, and get their right times then",
                to_text(wall),
                WAITS_S / 60,
            )
        return time

    def time_of(self, panel: str, time: datetime) -> datetime | None:
        """What a poll with a stamp is known by now; None while it waits for the clock."""
        stamp = (panel, time)
        return None if self._unset.waits(stamp) else self._anew.get(stamp, time)

    def stamped_anew(self) -> dict[Stamp, datetime]:
        """The stamps that wait no longer since the last call, with the times in their place."""
        new, self._new = self._new, {}
        return new

    def set_by(self) -> timedelta:
        """By how much the clock was set since the start, in all."""
        return self._set_by

    async def run(self, on_step: Callable[[timedelta], None]) -> None:
        """Watches for ever.

        Args:
            on_step: Gets by how much the clock was set.
        """
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self._look()
            if step := self._unsaid:
                self._unsaid = timedelta()
                on_step(step)
            if self._due():
                await self._note()

    def _look(self) -> None:
        """Notices whether the clock was set since the last look; logs and reports it."""
        begun_s, now = self._monotonic(), self._clock()
        if self._monotonic() - begun_s > _MOST_BETWEEN_S:
            return
        if step := self._steps.look(now, begun_s):
            self._set_by += step
            self._unsaid += step
            _LOG.warning(
                "the clock was %s, to %s: polls go on; check this host's time synchronisation",
                step_sentence(step),
                to_text(now),
            )
            self.report = replace(
                self.report,
                steps=self.report.steps + 1,
                step_s=_seconds(step),
                stepped=now,
                behind_s=0.0,
            )
        if known := self._unset.known(now, begun_s):
            self._stamp_anew(known)

    def _stamp_anew(self, known: dict[Stamp, datetime]) -> None:
        """Before any other stamp of the clock that was set, so that they stay in order."""
        self._anew = {
            (panel, old): old if time == old else self._stamps.stamp(panel, time)
            for (panel, old), time in known.items()
        }
        self._new |= self._anew
        self._is_said = False
        changed = sum(new != old for (_, old), new in self._anew.items())
        if changed:
            _LOG.info(
                "%s polls from before the clock was set have their right times now", f"{changed:,}"
            )
        else:
            _LOG.warning("nobody has set the clock: snapshots are sent as they are stamped")

    def close(self) -> None:
        """Notes exactly what was stamped."""
        if self._stamps.last is not None:
            self._write(self._written(timedelta()))

    def _due(self) -> bool:
        """Whether more was stamped than is noted, or soon will be."""
        last, noted = self._stamps.last, self._noted
        if last is None or noted is None:
            return last is not None
        return not noted - _AHEAD <= last <= noted - _AHEAD / 2

    async def _note(self) -> None:
        last = self._stamps.last
        await asyncio.to_thread(self._write, self._written(_AHEAD))
        self._noted = last and last + _AHEAD

    def _written(self, ahead: timedelta) -> str:
        last = self._stamps.last
        return json.dumps({"used": self._stamps.used(ahead), "last": last and to_ms(last)})

    def _write(self, text: str) -> None:
        try:
            with self._writing:
                write_whole(self._file, text, mode=self._mode)
        except OSError as error:
            if not self._fails:
                _LOG.warning("%s: %s: stamps are not noted", self._file, error.strerror)
            self._fails = True
        else:
            self._fails = False


def _seconds(span: timedelta) -> float:
    return round(span / timedelta(seconds=1), 3)


def _read(file: Path) -> tuple[list[Used], datetime | None]:
    """What was stamped, and the last of it; nothing where the file is not there or damaged."""
    without = "a clock that was set back may stamp times again"
    try:
        return read_whole(file, _parsed, without) or ([], None)
    except OSError as error:
        _LOG.warning("%s: %s: %s", file, error.strerror, without)
        return [], None


def _parsed(text: str) -> tuple[list[Used], datetime]:
    written = json.loads(text)
    spans = sorted(Used(*map(whole_number, span)) for span in written["used"])
    return spans, from_ms(whole_number(written["last"]))
