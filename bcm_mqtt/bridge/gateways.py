"""The gateways of a bridge: a line, a task and a health for each, also for those that come and go.

Their figures come from the lines (modbus); what of them is worth publishing at once is decided
here, and the rest of `info` is the announcer's.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bcm_mqtt.bridge.polling import GatewayPolling
from bcm_mqtt.bridge.sources import Line, connection_line, panel_pollings
from bcm_mqtt.config import ConnectionSettings, Settings
from bcm_mqtt.domain.reading.polled.line_health import LineHealth, UnitHealth
from bcm_mqtt.domain.reading.polled.permission import Permission
from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.domain.time import Clock, whole_ms
from bcm_mqtt.mqtt.payloads import GatewayReport, UnitId, UnitReport

_EVERY_S = 60.0
"""Health is published at least that often; sooner when a connection or a unit comes or goes."""
_CANCEL_AGAIN_S = 0.1


class Gateways:
    """Polls every gateway by a task of its own; used by the event loop's thread."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        random: Callable[[], float],
        on_poll: Callable[[Poll], None],
        room: Callable[[], Awaitable[None]],
        stamp: Callable[[str], datetime] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        permission: Permission | None = None,
    ) -> None:
        """Polls nothing yet: see `run`.

        Args:
            settings: Gateways and panels.
            clock: The present.
            random: 0..1, for jitter.
            on_poll: Is given every poll.
            room: Returns when what polls give can be taken.
            stamp: Gives a panel's poll that begins its time; the present where there is none.
            monotonic: A clock that never jumps, s.
            permission: Looked at before each request; None where none is needed.
        """
        self._monotonic = monotonic
        self._permission = permission
        self._stamp = stamp
        self._settings = settings
        self._clock = clock
        self._random = random
        self._on_poll = on_poll
        self._room = room
        self.lines: dict[str, Line] = {}
        self.health = GatewayHealth(self.lines)
        self._pollings: dict[str, GatewayPolling] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._is_finishing = False
        for gateway in settings.gateways.values():
            self._add(gateway)

    async def run(self) -> None:
        """Polls until it is cancelled, or finished; raises what ends the task of any gateway."""
        changed: set[asyncio.Task[Any]] = set()
        try:
            while True:
                self._changed.clear()
                for key in [key for key in self._pollings if key not in self._tasks]:
                    polling = self._pollings[key]
                    self._tasks[key] = asyncio.create_task(polling.run(), name=f"gateway {key}")
                changed = {asyncio.create_task(self._changed.wait())}
                done, _ = await asyncio.wait(
                    changed.union(self._tasks.values()), return_when="FIRST_COMPLETED"
                )
                for task in done.intersection(self._tasks.values()):
                    task.result()  # it ended by itself: in an error, or to be handed over
                await ended(*changed)
                if self._is_finishing:
                    for task in self._tasks.values():
                        await task
                    return
        finally:
            try:
                await ended(*changed, *self._tasks.values())
            finally:
                for line in self.lines.values():
                    line.close()

    def finish(self) -> None:
        """Has `run` end once no poll is under way any more."""
        self._is_finishing = True
        for polling in self._pollings.values():
            polling.finish()

    @property
    def reached(self) -> int:
        """How many gateways gave an answer when they were last asked for one."""
        return sum(line.reachable for line in self.lines.values())

    async def take(self, settings: Settings) -> None:
        """Applies changed settings: what stays as it is goes on without missing a poll."""
        before, self._settings = self._settings, settings
        for key in before.gateways.keys() - settings.gateways.keys():
            if task := self._tasks.pop(key, None):
                await ended(task)
            del self._pollings[key]
            self.lines.pop(key).close()
        for key, gateway in settings.gateways.items():
            if key not in before.gateways:
                self._add(gateway)
                continue
            if gateway != before.gateways[key]:
                self.lines[key] = connection_line(gateway, self._random, self._permission)
            self._pollings[key].change(
                self.lines[key], panel_pollings(settings, key, self._clock())
            )
        self._changed.set()

    def clock_was_set(self) -> None:
        """Has polls come as the clock's new time wants them."""
        for polling in self._pollings.values():
            polling.clock_was_set()

    def poll_now(self, panel: str) -> list[asyncio.Future[Poll]]:
        """Polls all sources of a panel at once, apart from their grid; gives the polls."""
        gateways = {source.gateway for source in self._settings.panels[panel].sources}
        return [poll for key in sorted(gateways) for poll in self._pollings[key].poll_now(panel)]

    def _add(self, gateway: ConnectionSettings) -> None:
        key = gateway.id
        self.lines[key] = connection_line(gateway, self._random, self._permission)
        self._pollings[key] = GatewayPolling(
            self.lines[key],
            panel_pollings(self._settings, key, self._clock()),
            self._clock,
            self._on_poll,
            self._room,
            partial(self.health.overrun, key),
            monotonic=self._monotonic,
            stamp=self._stamp,
        )


class GatewayHealth:
    """The health of all gateways of a bridge."""

    def __init__(self, lines: Mapping[str, Line]) -> None:
        """Nothing published yet.

        Args:
            lines: By gateway id.
        """
        self._lines = lines
        self._overruns = Counter[str]()
        self._reported: dict[str, object] = {}
        self._reported_at = float("-inf")

    def overrun(self, gateway: str, _panel: str, missed: int) -> None:
        """Polls of a panel were left out, because its line is too slow."""
        self._overruns[gateway] += missed

    def overruns(self, gateway: str) -> int:
        """Polls of a gateway's panels that were left out since the start."""
        return self._overruns[gateway]

    def due(self, loop_time: float) -> bool:
        """Whether something changed that is worth publishing, or a minute is over."""
        return loop_time - self._reported_at >= _EVERY_S or self._material() != self._reported

    def reports(self, now: datetime, loop_time: float) -> dict[str, GatewayReport]:
        """By gateway, for `info`; the next is due when this has changed.

        Args:
            now: For the times of last answers.
            loop_time: For `due`.
        """
        self._reported, self._reported_at = self._material(), loop_time
        return {
            key: _gateway(line, line.health(), self._overruns[key], now)
            for key, line in self._lines.items()
        }

    def _material(self) -> dict[str, object]:
        return {
            key: (line.reachable, line.silent_units(), self._overruns[key] > 0)
            for key, line in self._lines.items()
        }


def _gateway(line: Line, health: LineHealth, overruns: int, now: datetime) -> GatewayReport:
    return GatewayReport(
        connected=health.connected,
        reachable=line.reachable,
        silent_units=tuple(line.silent_units()),
        connections=health.connections,
        failures=health.failures,
        overruns=overruns,
        last_answer=_time(health.answered_ago_s, now),
        last_error=health.last_error,
        units={UnitId(unit.unit): _unit(unit, now) for unit in health.units},
    )


def _unit(health: UnitHealth, now: datetime) -> UnitReport:
    trip = health.round_trip_s
    return UnitReport(
        round_trip_ms=None if trip is None else round(trip * 1000, 1),
        failures=health.failures,
        silent_in_a_row=health.silent_in_a_row,
        last_answer=_time(health.answered_ago_s, now),
        last_error=health.last_error,
    )


def _time(ago_s: float | None, now: datetime) -> datetime | None:
    return None if ago_s is None else whole_ms(now - timedelta(seconds=ago_s))


async def answering(polls: Collection[asyncio.Future[Poll]], within_s: float) -> set[str]:
    """The panels that were answered at any of the polls that are over in time."""
    done, _ = await asyncio.wait(polls, timeout=within_s) if polls else (set(), None)
    found = [poll.result() for poll in done if not poll.cancelled()]
    return {poll.snapshot.panel for poll in found if poll.answered}


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancels tasks until all have ended.

    Once is not enough: up to Python 3.11 `asyncio.wait_for`, which a read waits in, swallows
    a cancellation that meets the reply.

    Raises:
        asyncio.CancelledError: whoever waits here was cancelled meanwhile; raised only once
            all tasks have ended, as what comes after takes away what they work with.
    """
    pending = set(tasks)
    cancelled = None
    while pending:
        for task in pending:
            task.cancel()
        try:
            _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_S)
        except asyncio.CancelledError as error:
            cancelled = error
            pending = {task for task in pending if not task.done()}
    if cancelled:
        raise cancelled
