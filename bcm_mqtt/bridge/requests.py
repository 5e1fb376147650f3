"""Requests to the bridge: decoded, done one after the other, each with a response."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from bcm_mqtt.bridge.announcer import Announcer
from bcm_mqtt.bridge.followed import AppliedSettings, FollowedDirectory
from bcm_mqtt.bridge.gateways import Gateways
from bcm_mqtt.bridge.live_values import LiveValues
from bcm_mqtt.config import Settings, change_circuits, change_instruments
from bcm_mqtt.domain.reading.alarm import MAIN, Alarm
from bcm_mqtt.domain.site.circuit import CircuitChange
from bcm_mqtt.domain.site.instrument_edit import InstrumentChange
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.mqtt.client import Message, MqttClient
from bcm_mqtt.mqtt.payloads import (
    Acknowledge,
    AlarmSelection,
    ChangeCircuits,
    ChangeInstruments,
    ExchangeMeters,
    PollNow,
    Reload,
    Request,
    Shelve,
    decode_request,
)
from bcm_mqtt.mqtt.requests import MOST_WAITING, Requests
from bcm_mqtt.mqtt.topics import last_level

_POLLED_WITHIN_S = 30.0


class BridgeRequests:
    """Does what is requested of the bridge; used by the event loop's thread."""

    def __init__(
        self,
        client: MqttClient,
        settings: AppliedSettings,
        directory: FollowedDirectory,
        announcer: Announcer,
        live: LiveValues | None,
        gateways: Gateways,
        take: Callable[[Settings], Awaitable[None]],
        clock: Clock,
    ) -> None:
        """Acts on the parts of a bridge.

        Args:
            client: To respond with.
            settings: As they are now.
            directory: As it is now.
            announcer: Publishes changes.
            live: With the alarms; None of a bridge without topics per circuit.
            gateways: To poll.
            take: Applies changed settings.
            clock: The present.
        """
        self._settings = settings
        self._directory = directory
        self._announcer = announcer
        self._live = live
        self._gateways = gateways
        self._take = take
        self._clock = clock
        self._waiting = asyncio.Queue[Message](MOST_WAITING)
        every_request = settings.now.mqtt.topics.every_request(settings.now.bridge.id)
        self.queue = Requests(client, self._waiting, every_request)

    async def run(self) -> None:
        """Does what is requested; for ever."""
        while True:
            message = await self._waiting.get()
            with self.queue.answering(message) as outcome:
                zone = self._settings.now.site.zone
                request = decode_request(last_level(message.topic), message.payload, zone)
                outcome.update(await self._act(request))

    async def _act(self, request: Request) -> Mapping[str, int]:
        """Does what is requested; counts what was done.

        Raises:
            InputError: it cannot be done so, and nothing was done.
            WorkError: it failed.
        """
        match request:
            case ChangeCircuits(changes):
                return await self._change(changes)
            case ExchangeMeters(changes) | ChangeInstruments(changes):
                return await self._change_instruments(changes)
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

    async def _change(self, changes: tuple[CircuitChange, ...]) -> Mapping[str, int]:
        settings = self._settings.now
        rewritten = await asyncio.to_thread(change_circuits, settings, changes, self._clock)
        self._directory.take_rewritten(settings, rewritten)
        # Discovery follows when the file is next checked: Home Assistant needs a pause
        # between two changes of a device.
        self._announcer.directories()
        return {"changed": len(rewritten.edits)}

    async def _change_instruments(self, changes: tuple[InstrumentChange, ...]) -> Mapping[str, int]:
        settings = self._settings.now
        rewritten = await asyncio.to_thread(change_instruments, settings, changes, self._clock)
        self._directory.take_rewritten_meters(settings, rewritten)
        self._announcer.directories()
        return {"changed": len(rewritten.edits)}

    async def _change_alarms(
        self, alarms: AlarmSelection, change: Callable[[Alarm], Alarm]
    ) -> Mapping[str, int]:
        if self._live is None:
            raise InputError.of("there are no alarms: mqtt.circuit_topics is false")
        count = self._live.alarms.change(change, alarms.panel, alarms.pole, alarms.kind)
        if not count:
            raise InputError.of(f"there is no alarm of {_named(alarms)}")
        try:
            await self._live.alarms.stored()
        except OSError as error:
            raise WorkError(
                f"done, but a restart undoes it: not stored: {error.strerror}"
            ) from error
        return {"alarms": count}

    def _shelving(self, hours: float | None) -> Callable[[Alarm], Alarm]:
        if hours is None:
            return Alarm.out_of_service
        if hours == 0:
            return Alarm.in_service
        until = self._clock() + timedelta(hours=hours)
        return lambda alarm: alarm.shelved(until)

    async def _poll(self, panel: str | None) -> Mapping[str, int]:
        panels = self._settings.now.panels
        if panel is not None and panel not in panels:
            known = ", ".join(sorted(panels))
            raise InputError.of(f"unknown panel {panel!r}: expected one of {known}")
        polls = [self._gateways.poll_now(key) for key in ([panel] if panel else panels)]
        done, _ = await asyncio.wait(polls, timeout=_POLLED_WITHIN_S)
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
