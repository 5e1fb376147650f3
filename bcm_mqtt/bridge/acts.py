"""What the bridge does when it is asked to."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bcm_mqtt.bridge.announcer import Announcer
from bcm_mqtt.bridge.followed_directory import FollowedDirectory
from bcm_mqtt.bridge.followed_settings import FollowedSettings
from bcm_mqtt.bridge.gateways import Gateways
from bcm_mqtt.bridge.live_values import LiveValues
from bcm_mqtt.bridge.requests import Outcome
from bcm_mqtt.config import Settings, change_circuits
from bcm_mqtt.domain.reading.alarm import MAIN, Alarm
from bcm_mqtt.domain.site.circuit import CircuitChange
from bcm_mqtt.domain.time.instants import Clock
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.mqtt.payloads import (
    Acknowledge,
    AlarmSelection,
    ChangeCircuits,
    PollNow,
    Reload,
    Request,
    Shelve,
    decode_request,
)

_POLLED_WITHIN_S = 30.0


class Acts:
    """Decodes requests and does what they ask for; used by the event loop's thread."""

    def __init__(
        self,
        settings: FollowedSettings,
        directory: FollowedDirectory,
        announcer: Announcer,
        live: LiveValues | None,
        gateways: Gateways,
        take: Callable[[Settings], Awaitable[None]],
        clock: Clock,
    ) -> None:
        """Acts on the parts of a bridge.

        Args:
            settings: As they are now.
            directory: As it is now.
            announcer: Tells of changes.
            live: With the alarms; None of a bridge without topics per circuit.
            gateways: To poll.
            take: Takes over changed settings.
            clock: The present.
        """
        self._settings = settings
        self._directory = directory
        self._announcer = announcer
        self._live = live
        self._gateways = gateways
        self._take = take
        self._clock = clock

    def decode(self, action: str, payload: bytes) -> Request:
        """The request of a payload; raises PayloadError."""
        return decode_request(action, payload, self._settings.now.site.zone)

    async def act(self, request: Request) -> Outcome:
        """Does what is asked; counts what was done.

        Raises:
            InputError: it cannot be done so, and nothing was done.
            WorkError: it failed.
        """
        match request:
            case ChangeCircuits(changes):
                return await self._change(changes)
            case Acknowledge(alarms):
                return await self._change_alarms(alarms, Alarm.acknowledged)
            case Shelve(alarms, hours):
                return await self._change_alarms(alarms, self._shelving(hours))
            case Reload():
                settings = await self._settings.reloaded()
                await self._take(settings)
                return {"gateways": len(settings.gateways), "panels": len(settings.panels)}
            case PollNow(panel):
                return await self._poll(panel)

    async def _change(self, changes: tuple[CircuitChange, ...]) -> Outcome:
        settings = self._settings.now
        rewritten = await asyncio.to_thread(change_circuits, settings, changes, self._clock)
        self._directory.take_rewritten(settings, rewritten)
        # Discovery follows when the file is next looked at: Home Assistant needs a pause
        # between two changes of a device.
        self._announcer.directories()
        return {"changed": len(rewritten.edits)}

    async def _change_alarms(
        self, alarms: AlarmSelection, change: Callable[[Alarm], Alarm]
    ) -> Outcome:
        if self._live is None:
            raise InputError.of("there are no alarms: mqtt.circuit_topics is false")
        found = self._live.alarms.change(change, alarms.panel, alarms.pole, alarms.kind)
        if not found:
            raise InputError.of(f"there is no alarm of {_named(alarms)}")
        try:
            await self._live.alarms.kept()
        except OSError as error:
            raise WorkError(f"done, but not kept over a restart: {error.strerror}") from error
        return {"alarms": found}

    def _shelving(self, hours: float | None) -> Callable[[Alarm], Alarm]:
        if hours is None:
            return Alarm.out_of_service
        if hours == 0:
            return Alarm.in_service
        until = self._clock() + timedelta(hours=hours)
        return lambda alarm: alarm.shelved(until)

    async def _poll(self, panel: str | None) -> Outcome:
        panels = self._settings.now.panels
        if panel is not None and panel not in panels:
            known = ", ".join(sorted(panels))
            raise InputError.of(f"unknown panel {panel!r}: expected one of {known}")
        asked = [self._gateways.poll_now(key) for key in ([panel] if panel else panels)]
        done, _ = await asyncio.wait(asked, timeout=_POLLED_WITHIN_S)
        answered = sum(not poll.cancelled() and poll.result().answered for poll in done)
        if not answered:
            raise WorkError("no meter answers")
        return {"panels": answered}


def _named(alarms: AlarmSelection) -> str:
    parts = {
        "panel": alarms.panel,
        "pole": "main" if alarms.pole == MAIN else alarms.pole,
        "kind": alarms.kind,
    }
    return ", ".join(f"{name} {value}" for name, value in parts.items() if value is not None)
