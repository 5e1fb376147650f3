"""Polling a gateway's panels at the times at which they are due, or as fast as they go."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count

from bcm_mqtt.bridge.poll_times import PollTimes, poll_times
from bcm_mqtt.config import GatewaySettings, Settings
from bcm_mqtt.domain.reading.clock import ClockSteps
from bcm_mqtt.domain.time import Clock, steady
from bcm_mqtt.modbus import Holes, Line, PanelPlan, Poll, poll_panel, read_plan

_LOG = logging.getLogger(__name__)
_MS = timedelta(milliseconds=1)
SHORTEST = timedelta(milliseconds=100)
"""The least interval that a free running poll claims, as the least that can be configured."""
_IDLE = timedelta(milliseconds=100)
"""Before the next free running poll where no meter answers, which can cost no time at all."""
_NEAR = timedelta(milliseconds=50)
_MEMORY = timedelta(minutes=1)
_FOR_EVER_S = 3600.0


@dataclass(frozen=True, slots=True)
class PanelPolling:
    """What a gateway's task must know of a panel.

    Attributes:
        plan: What is read.
        interval: Poll period; zero is free running.
        offset: Of its polls from the grid of their period; None spreads them.
    """

    plan: PanelPlan
    interval: timedelta
    offset: timedelta | None = timedelta(0)

    @property
    def times(self) -> PollTimes | None:
        """When it is due; None of a panel that is free running."""
        return poll_times(self.plan.panel, self.interval, self.offset) if self.interval else None

    @property
    def interval_ms(self) -> int:
        """Longest time from poll to poll in ms; of a free running panel, the least it claims."""
        return _in_ms(self.times.longest if self.times else SHORTEST)


def _in_ms(interval: timedelta) -> int:
    return -(-interval // _MS)


def gateway_line(gateway: GatewaySettings, random: Callable[[], float]) -> Line:
    """The line to a gateway or serial port; it connects when it is first read."""
    return Line(gateway.id, gateway.link, gateway.timeout.total_seconds(), random)


def panel_pollings(settings: Settings, gateway: str) -> list[PanelPolling]:
    """The panels behind a gateway."""
    return [
        PanelPolling(
            read_plan(panel.panel.id, panel.profile, panel.unit_ids, panel.panel.pole_count),
            panel.poll_interval,
            settings.bridge.poll_offset,
        )
        for panel in settings.panels.values()
        if panel.gateway == gateway
    ]


class MeasuredPeriod:
    """The time from poll to poll of a panel that is polled as fast as it goes.

    It is the longest of the last minute or two, since a reading stands for 1.5 of it at
    most: the poll that tries a silent unit again must leave no gap in what the others say.
    """

    def __init__(self) -> None:
        """Nothing measured yet."""
        self._begun: datetime | None = None
        self._since: datetime | None = None
        self._before = self._now = SHORTEST

    def at(self, now: datetime) -> timedelta:
        """The period that holds for the poll that begins now."""
        if self._begun is not None and self._begun <= now <= self._begun + _MEMORY:
            self._now = max(self._now, now - self._begun)
        if self._since is None or not self._since <= now < self._since + _MEMORY:
            self._since, self._before, self._now = now, self._now, SHORTEST
        self._begun = now
        return max(self._before, self._now)


class GatewayPolling:
    """Polls a gateway's panels for ever, one after the other, each when it is due.

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
        self._panels: dict[str, PanelPolling] = {}
        self._holes: dict[str, Holes] = {}
        self._due: dict[str, datetime] = {}
        self._sequence: dict[str, count[int]] = {}
        self._measured: dict[str, MeasuredPeriod] = {}
        self._requested: dict[str, asyncio.Future[Poll]] = {}
        self._changed = asyncio.Event()
        self._publishing: asyncio.Task[None] | None = None
        self.change(line, panels)

    def change(self, line: Line, panels: Iterable[PanelPolling]) -> None:
        """Applies another line and other panels, after the poll that may be under way.

        A panel that stays, due when it was, keeps its next poll and its number. The
        holes in its registers are looked for again.
        """
        before = self._panels
        self._line = line
        self._panels = {polling.plan.panel: polling for polling in panels}
        self._holes = {panel: Holes(panel) for panel in self._panels}
        for panel, polling in self._panels.items():
            if panel not in before or before[panel].times != polling.times:
                self._begin(panel, polling.times)
        for panel in before.keys() - self._panels.keys():
            del self._due[panel]
            if requested := self._requested.pop(panel, None):
                requested.cancel()
        self._changed.set()

    def poll_now(self, panel: str) -> asyncio.Future[Poll]:
        """Polls a panel before anything else, once, apart from its grid; gives the poll."""
        if panel not in self._requested:
            self._requested[panel] = asyncio.get_running_loop().create_future()
            self._changed.set()
        return self._requested[panel]

    def clock_was_set(self) -> None:
        """Looks at the clock again, for a poll that its new time's grid may have earlier."""
        self._changed.set()

    async def run(self) -> None:
        """Polls until it is cancelled."""
        line = self._line
        while True:
            await self._until_due()
            if self._room:
                await self._room()
            if line is not self._line:
                line.close()
                line = self._line
            if panel := self._next():
                await self._poll(line, panel)

    def _next(self) -> str | None:
        """The panel to poll now; while there was no room it may have been taken away."""
        if self._requested:
            return next(iter(self._requested))
        panel = min(self._due, key=self._due.__getitem__, default=None)
        now = self._now()
        return panel if panel and self._due[panel] <= now else None

    def _now(self) -> datetime:
        """The present. Where the clock was set, what is due stays as near as it was."""
        now = self._clock()
        if step := self._steps.look(now, self._monotonic()):
            for panel, due in self._due.items():
                polling, stays = self._panels.get(panel), due + step
                times = polling.times if polling else None
                # Two clocks agree to some ms only: what is that near the grid is on it.
                near = times.from_on(stays - _NEAR) if times else stays
                stays = near if near - stays <= _NEAR else stays
                self._due[panel] = min(stays, times.from_on(now)) if times else stays
        return now

    async def _poll(self, line: Line, panel: str) -> None:
        polling = self._panels[panel]
        requested = self._requested.pop(panel, None)
        measured = self._measured.get(panel)
        interval_ms = _in_ms(measured.at(self._steady())) if measured else polling.interval_ms
        number, holes = next(self._sequence[panel]), self._holes[panel]
        clock = partial(self._stamp, panel) if self._stamp else self._clock
        poll = await poll_panel(line, polling.plan, clock, number, interval_ms, holes)
        if self._publishing:
            await self._publishing  # over by now; an error in it ends the polling
            self._publishing = None
        now_polled = self._panels.get(panel)
        if now_polled is None:  # taken away meanwhile
            return
        if measured and poll.answered and not requested:
            self._publishing = asyncio.create_task(self._publish(poll))
            self._due[panel] = self._now()
            return
        self._on_poll(poll)
        if requested:
            if not requested.done():
                requested.set_result(poll)
        elif now_polled.times == polling.times:
            self._due[panel] = self._following(polling)

    def _begin(self, panel: str, times: PollTimes | None) -> None:
        now = self._now()
        self._due[panel] = times.from_on(now) if times else now
        self._sequence.setdefault(panel, count(1))
        self._measured.pop(panel, None)
        if not times:
            self._measured[panel] = MeasuredPeriod()

    async def _until_due(self) -> None:
        while True:
            self._changed.clear()
            if self._requested:
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
        following = times.from_on(self._due[panel] + timedelta.resolution)
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


async def pause(seconds: float, end: asyncio.Event) -> None:
    """Sleeps; the event ends it early."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await end.wait()
