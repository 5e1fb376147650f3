"""Looks at what may not answer: in a thread of its own, so that the page never waits for it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Generic, TypeVar

from bcm_mqtt.domain.time import Clock, Steady
from bcm_mqtt.errors import BcmError
from bcm_mqtt.languages import _

_Seen = TypeVar("_Seen")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Known(Generic[_Seen]):
    """What was seen last.

    Attributes:
        seen: None before the first.
        at: When it was seen.
        problem: Why it was not seen again, or "".
        since: Since when not: when it was seen last, or when the first look failed.
    """

    seen: _Seen | None = None
    at: datetime | None = None
    problem: str = ""
    since: datetime | None = None


class Watch(Generic[_Seen]):
    """Looks again and again; what was seen last is there at once."""

    def __init__(
        self,
        look: Callable[[], _Seen],
        every: timedelta,
        slow: timedelta,
        clock: Clock,
        steady: Steady,
    ) -> None:
        """Looks once it is started.

        Args:
            look: It may raise, and take for ever.
            every: From the end of a look to the next.
            slow: After so long a look is taken for one that is not answered.
            clock: The present.
            steady: Says how long a look takes.
        """
        self._look = look
        self._every = every
        self._slow = slow
        self._clock = clock
        self._steady = steady
        self._known: Known[_Seen] = Known()
        self._begun: tuple[datetime, datetime] | None = None
        """By both clocks, the look that goes on."""
        self._ended = Event()

    @property
    def known(self) -> Known[_Seen]:
        """What was seen last, and what is wrong now."""
        known, begun = self._known, self._begun
        if known.problem or begun is None or self._steady() - begun[1] < self._slow:
            return known
        return replace(known, problem=_("does not answer"), since=known.at or begun[0])

    def start(self) -> None:
        """Begins; the thread does not keep the program from ending."""
        Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        """Looks no more; a look that goes on is left to itself."""
        self._ended.set()

    def turn(self) -> None:
        """Looks once."""
        now = self._clock()
        self._begun = now, self._steady()
        before = self._known
        try:
            seen = self._look()
        except Exception as error:  # noqa: BLE001 - it looks again, and says what is wrong
            if not isinstance(error, BcmError):
                _LOG.exception("a look at a site failed")
            since = before.since or before.at or now
            self._known = replace(before, problem=str(error) or repr(error), since=since)
        else:
            self._known = Known(seen, self._clock())
        finally:
            self._begun = None

    def _run(self) -> None:
        while not self._ended.is_set():
            self.turn()
            self._ended.wait(self._every.total_seconds())
