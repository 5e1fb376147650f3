"""Which clock a recorder judges snapshots by: the database's, its own, or for now none."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bcm_mqtt.domain.reading.clock import Agreement, ClockSteps, implausible, step_sentence
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import Clock, to_text
from bcm_mqtt.store import RecordingStore

_LOG = logging.getLogger(__name__)
_ASK_EVERY_S: Final = 10.0
_ANOTHER_TIME: Final = timedelta(seconds=60)
_NONE: Final = timedelta()


class ClockTrust:
    """Judges times; used by the recorder's thread."""

    def __init__(
        self,
        store: RecordingStore,
        clock: Clock,
        monotonic: Callable[[], float],
        *,
        accept: bool = False,
    ) -> None:
        """Knows nobody yet.

        Args:
            store: Whose clock decides, where it has one.
            clock: This host's, UTC.
            monotonic: A clock that never jumps, s.
            accept: Whether this host's clock is believed without others.
        """
        self._store = store
        self._clock = clock
        self._monotonic = monotonic
        self._accept = accept
        self._agreement = Agreement()
        self._steps = ClockSteps(clock(), monotonic())
        self._ahead: timedelta | None = None
        self._asked_s: float | None = None
        self.problem = ""
        """Why nothing is stored for now, with both times; "" where a clock is believed."""

    def now(self) -> datetime:
        """The present, by the database's clock where it has one.

        Raises:
            WorkError: the database failed.
        """
        at_s, own = self._monotonic(), self._clock()
        if step := self._steps.look(own, at_s):
            _LOG.warning("this host's clock was %s, to %s", step_sentence(step), to_text(own))
            self._asked_s = None
            if abs(step) > _ANOTHER_TIME:
                self._agreement.clock_was_set()
        if self._asked_s is None or at_s - self._asked_s >= _ASK_EVERY_S:
            self._ahead = self._store.clocks.ahead_of(own)
            self._asked_s = at_s
        return own + (self._ahead or _NONE)

    def heard(self, time: datetime, now: datetime) -> None:
        """Takes a time that a bridge has stamped; `now` as `now()` gave it."""
        self._agreement.heard(time, now, self._monotonic())

    def refused(self, snapshot: Snapshot, now: datetime) -> str | None:
        """Why not to store a snapshot: "" where neither clock is believed, None to store it."""
        reason = implausible(snapshot, now)
        if reason is None:
            self.heard(snapshot.time, now)
            return None
        decided = self._accept or self._ahead is not None
        if decided or self._agreement.believed(self._monotonic()):
            return reason
        self._doubt(snapshot, now)
        return ""

    def believed(self) -> None:
        """Nothing waits for a clock any more."""
        if self.problem:
            self.problem = ""
            _LOG.info("the clocks agree again: what was held is decided")

    def _doubt(self, snapshot: Snapshot, now: datetime) -> None:
        is_new = not self.problem
        self.problem = (
            f"panel {snapshot.panel} is stamped {to_text(snapshot.time)}, this host's clock shows "
            f"{to_text(now)}: nobody agrees with either, so nothing of it is stored or "
            "acknowledged; set the wrong clock right, or run with --accept-clock if this host's "
            "is right"
        )
        if is_new:
            _LOG.warning("%s", self.problem)
