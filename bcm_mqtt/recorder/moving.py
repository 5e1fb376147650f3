"""Old snapshots move to the archive while the recorder runs."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

from bcm_mqtt.domain.time import Clock
from bcm_mqtt.recorder.rounds import UpkeepPace, in_rounds
from bcm_mqtt.store import Archiving

_LOG = logging.getLogger(__name__)


class Moving:
    """Moves in a thread of its own, on a connection of its own."""

    def __init__(
        self, archiving: Archiving, after: timedelta, clock: Clock, pace: UpkeepPace | None = None
    ) -> None:
        """Does not touch the database yet.

        Args:
            archiving: Its database need not answer yet.
            after: Age of what moves.
            clock: Says what is old.
            pace: Or the default.
        """
        self._archiving = archiving
        self._after = after
        self._clock = clock
        self._pace = pace or UpkeepPace()
        self._stopping = Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Moves while the context stands; leaving it waits for the step under way."""
        failed = "nothing more moves to the archive for now"
        with in_rounds("archive", self.move, self._pace, self._stopping, failed):
            yield

    def move(self) -> int:
        """Moves what is old enough, and logs how much that was.

        Returns:
            How many snapshots moved.

        Raises:
            WorkError: the database or the archive failed; the steps before it are done.
        """
        moved = 0
        begun = time.monotonic()
        for step in self._archiving.run(self._clock, self._after):
            if step.done == "moved":
                moved += step.file.rows
            took_s = time.monotonic() - begun
            if self._stopping.wait(max(self._pace.pause_s, took_s)):
                break
            begun = time.monotonic()
        if moved:
            _LOG.info("%s snapshots moved to the archive", f"{moved:,}")
        return moved
