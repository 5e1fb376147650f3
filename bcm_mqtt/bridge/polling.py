"""Polling what is read through a gateway when it is due, or as fast as it goes."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import count

from bcm_mqtt.bridge.poll_times import MeasuredPeriod, PollTimes
from bcm_mqtt.bridge.sources.source import Key, Line, PanelPolling, Reader, in_ms
from bcm_mqtt.domain.reading.clock import ClockSteps
from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.domain.time import Clock, steady

_LOG = logging.getLogger(__name__)
_IDLE = timedelta(milliseconds=100)
"""Before the next free running poll where no meter answers, which can cost no time at all."""
_NEAR = timedelta(milliseconds=50)
_FOR_EVER_S = 3600.0


class GatewayPolling:
    """Polls panels, or their sources, for ever, one after the other, each when it is due.

    A bridge that was restarted reads at the same instants and, on a grid, panels on different
    gateways as well. A poll that is late does not shift the following ones; those it ran over
    are left out, counted in the log and reported.

    Where the clock is set, a panel's next poll comes when it would have come, or earlier where
    the new time's grid has one; the following ones are on that grid. So the clock never makes
    the time from poll to poll longer.

    A panel whose interval is zero is polled as fast as it goes, in turn with the others.
    Its values are published once the next request is on the line, which need not wait for that.
    """

    def __init__(
        self,
        line: Line,
        panels: Iterable[PanelPolling],
        clock: Clock,
        on_poll: Callable[[Poll], None],
        room: Callable[[], Awaitable[None]] | None = None,
        on_overrun: Callable[[str, int], None] = lambda _panel, _missed: None,
        monotonic: Callable[[], float] = time.monotonic,
        stamp: Callable[[str], datetime] | None = None,
    ) -> None:
        """Polls nothing yet: see `run`.

        Args:
            line: To the gateway; used by no other task.
            panels: Behind it.
            clock: The present.
            on_poll: Is given every poll.
            room: Returns when what polls give can be taken: the broker's back-pressure.
            on_overrun: Gets a panel and how many of its polls were left out.
            monotonic: A clock that never jumps, s.
            stamp: Gives a panel's poll that begins its time; the present where there is none.
        """
        self._line = line
        self._clock = clock
        self._monotonic = monotonic
        self._steady = steady(monotonic)
        self._steps = ClockSteps(clock(), monotonic())
        self._stamp = stamp
        self._on_poll = on_poll
        self._room = room
        self._on_overrun = on_overrun
        self._panels: dict[Key, PanelPolling] = {}
        self._readers: dict[Key, Reader] = {}
        self._due: dict[Key, datetime] = {}
        self._sequence: dict[tuple[str, str], count[int]] = {}  # of panel and source
        self._measured: dict[Key, MeasuredPeriod] = {}
        self._requested: dict[Key, asyncio.Future[Poll]] = {}
        self._changed = asyncio.Event()
        self._publishing: asyncio.Task[None] | None = None
        self._is_finishing = False
        self.change(line, panels)

    def change(self, line: Line, panels: Iterable[PanelPolling]) -> None:
        """Applies another line and other panels, after the poll that may be under way.

        A panel that stays, due when it was, keeps its next poll and its number. The
        holes in its registers are looked for again.
        """
        before = self._panels
        self._line = line
        self._panels = {polling.key: polling for polling in panels}
        self._readers = {
            key: polling.reader(line, polling.plan) for key, polling in self._panels.items()
        }
        for key, polling in self._panels.items():
            if key not in before or _when(before[key]) != _when(polling):
                self._begin(polling)
        for key in before.keys() - self._panels.keys():
            self._due.pop(key, None)
            if requested := self._requested.pop(key, None):
                requested.cancel()
        self._changed.set()

    def poll_now(self, panel: str) -> list[asyncio.Future[Poll]]:
        """Polls all of a panel before anything else, once, apart from its grid; gives the polls."""
        now = self._clock()
        keys = [
            key
            for key, polling in self._panels.items()
            if key.panel == panel and polling.begins(now) == now and not polling.is_over(now)
        ]
        for key in keys:
            if key not in self._requested:
                self._requested[key] = asyncio.get_running_loop().create_future()
                self._changed.set()
        return [self._requested[key] for key in keys]

    def clock_was_set(self) -> None:
        """Looks at the clock again, for a poll that its new time's grid may have earlier."""
        self._changed.set()

    def finish(self) -> None:
        """Has `run` end after the poll that is under way."""
        self._is_finishing = True
        self._changed.set()

    async def run(self) -> None:
        """Polls until it is cancelled, or finished."""
        line = self._line
        while not self._is_finishing:
            await self._until_due()
            if self._room:
                await self._room()
            if line is not self._line:
                line.close()
                line = self._line
            if key := self._next():
                await self._poll(key)

    def _next(self) -> Key | None:
        """What to poll now; while there was no room it may have been taken away."""
        if self._requested:
            return next(iter(self._requested))
        key = min(self._due, key=self._due.__getitem__, default=None)
        now = self._now()
        if key is None or self._due[key] > now:
            return None
        polling = self._panels[key]
        if polling.is_over(now):
            del self._due[key]
        elif polling.begins(now) > now:  # the clock was set back
            self._begin(polling)
        else:
            return key
        return None

    def _now(self) -> datetime:
        """The present. Where the clock was set, what is due stays as near as it was."""
        now = self._clock()
        if step := self._steps.look(now, self._monotonic()):
            for key, due in self._due.items():
                polling, stays = self._panels.get(key), due + step
                times = polling.times if polling else None
                # Two clocks agree to some ms only: what is that near the grid is on it.
                near = times.from_on(stays - _NEAR) if times else stays
                stays = near if near - stays <= _NEAR else stays
                self._due[key] = min(stays, times.from_on(now)) if times else stays
        return now

    async def _poll(self, key: Key) -> None:
        polling = self._panels[key]
        requested = self._requested.pop(key, None)
        measured = self._measured.get(key)
        interval_ms = in_ms(measured.at(self._steady())) if measured else polling.interval_ms
        number, reader = next(self._sequence[key[:2]]), self._readers[key]
        # By the panel: none of its sources has a time that another has.
        clock = partial(self._stamp, key.panel) if self._stamp else self._clock
        poll = await reader.read(clock, number, interval_ms)
        if self._publishing:
            await self._publishing  # over by now; an error in it ends the polling
            self._publishing = None
        now_polled = self._panels.get(key)
        if now_polled is None:  # taken away meanwhile
            return
        if measured and poll.answered and not requested:
            self._publishing = asyncio.create_task(self._publish(poll))
            self._due[key] = self._now()
            return
        self._on_poll(poll)
        if requested:
            if not requested.done():
                requested.set_result(poll)
        elif now_polled.times == polling.times:
            self._due[key] = self._following(polling)

    def _begin(self, polling: PanelPolling) -> None:
        key, times, now = polling.key, polling.times, polling.begins(self._now())
        self._due[key] = times.from_on(now) if times else now
        self._sequence.setdefault(key[:2], count(1))
        self._measured.pop(key, None)
        if not times:
            self._measured[key] = MeasuredPeriod()

    async def _until_due(self) -> None:
        while True:
            self._changed.clear()
            if self._requested or self._is_finishing:
                return
            wait = _FOR_EVER_S
            if self._due:
                now = self._now()
                wait = (min(self._due.values()) - now).total_seconds()
            if wait > 0:
                await pause(wait, self._changed)
            if not self._changed.is_set() and self._due:
                return

    async def _publish(self, poll: Poll) -> None:
        self._on_poll(poll)

    def _following(self, polling: PanelPolling) -> datetime:
        """When the panel's next poll is due."""
        now, times = self._now(), polling.times
        if times is None:
            return now + _IDLE
        panel, interval = polling.plan.panel, polling.interval
        following = times.from_on(self._due[polling.key] + timedelta.resolution)
        if following < now - interval:
            resumed = times.from_on(now)
            missed = round((resumed - following) / interval)
            _LOG.warning(
                "panel %s: %d polls left out: the line is too slow",
                panel,
                missed,
                extra={"panel": panel},
            )
            self._on_overrun(panel, missed)
            return resumed
        return following


def _when(polling: PanelPolling) -> tuple[PollTimes | None, datetime | None, datetime | None]:
    return polling.times, polling.since, polling.until


async def pause(seconds: float, end: asyncio.Event) -> None:
    """Sleeps; the event ends it early."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await end.wait()
