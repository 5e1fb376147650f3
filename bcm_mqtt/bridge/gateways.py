"""The gateways of a bridge: a line and a task for each, also for those that come and go."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bcm_mqtt.bridge.ending import ended
from bcm_mqtt.bridge.health import GatewayHealth
from bcm_mqtt.bridge.polling import GatewayPolling, gateway_line, panel_pollings
from bcm_mqtt.config import GatewaySettings, Settings
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.modbus import Line, Poll


class Gateways:
    """Polls every gateway by a task of its own; used by the event loop's thread."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        random: Callable[[], float],
        on_poll: Callable[[Poll], None],
        room: Callable[[], Awaitable[None]],
    ) -> None:
        """Polls nothing yet: see `run`.

        Args:
            settings: Gateways and panels.
            clock: The present.
            random: 0..1, for jitter.
            on_poll: Is given every poll.
            room: Returns when what polls give can be taken.
        """
        self._settings = settings
        self._clock = clock
        self._random = random
        self._on_poll = on_poll
        self._room = room
        self.lines: dict[str, Line] = {}
        self.health = GatewayHealth(settings, self.lines)
        self._pollings: dict[str, GatewayPolling] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        for gateway in settings.gateways.values():
            self._add(gateway)

    async def run(self) -> None:
        """Polls until it is cancelled; raises what ends the task of any gateway."""
        changed: set[asyncio.Task[Any]] = set()
        try:
            while True:
                self._changed.clear()
                for key in self._pollings.keys() - self._tasks.keys():
                    polling = self._pollings[key]
                    self._tasks[key] = asyncio.create_task(polling.run(), name=f"gateway {key}")
                changed = {asyncio.create_task(self._changed.wait())}
                done, _ = await asyncio.wait(
                    changed.union(self._tasks.values()), return_when="FIRST_COMPLETED"
                )
                for task in done.intersection(self._tasks.values()):
                    task.result()  # it ended by itself, so in an error: raise it
                await ended(*changed)
        finally:
            try:
                await ended(*changed, *self._tasks.values())
            finally:
                for line in self.lines.values():
                    line.close()

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
                self.lines[key] = gateway_line(gateway, self._random)
            self._pollings[key].change(self.lines[key], panel_pollings(settings.panels, key))
        self.health.take(settings)
        self._changed.set()

    def poll_now(self, panel: str) -> asyncio.Future[Poll]:
        """Polls a panel at once, apart from its grid."""
        return self._pollings[self._settings.panels[panel].gateway].poll_now(panel)

    def _add(self, gateway: GatewaySettings) -> None:
        key = gateway.id
        self.lines[key] = gateway_line(gateway, self._random)
        self._pollings[key] = GatewayPolling(
            self.lines[key],
            panel_pollings(self._settings.panels, key),
            self._clock,
            self._on_poll,
            self._room,
            self.health.overrun,
        )
