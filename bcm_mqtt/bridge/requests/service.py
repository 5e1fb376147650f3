"""Requests to the bridge: decoded, done one after the other, each with a response.

Polls, of which one may take half a minute, are a row of their own.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from bcm_mqtt.bridge.alarms.panel import AlarmKey
from bcm_mqtt.bridge.announcing.announcer import Announcer
from bcm_mqtt.bridge.followed import AppliedSettings, FollowedDirectory
from bcm_mqtt.bridge.gateways import Gateways, answering
from bcm_mqtt.bridge.live_values import LiveValues
from bcm_mqtt.bridge.partner import to_nobody
from bcm_mqtt.bridge.requests.transactions import (
    Journal,
    Trace,
    Transaction,
    content_of,
    digest,
    digest_of,
    transaction_key,
)
from bcm_mqtt.config import (
    BeforeWriting,
    Settings,
    change_circuits,
    change_instruments,
    write_at_once,
)
from bcm_mqtt.domain.reading.alarm import Alarm
from bcm_mqtt.domain.site.circuit import CircuitChange
from bcm_mqtt.domain.site.instrument_edit import InstrumentChange
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.errors import BcmError, InputError, WorkError
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
from bcm_mqtt.mqtt.requests import MOST_WAITING, Answer, Received, Requests

_POLLED_WITHIN_S = 30.0
_CIRCUITS, _METERS = "circuits.csv", "meters.csv"
_ALARMS, _CONFIGURATION = "alarms", "configuration"
_POLL = "poll"
_LEAVES_NOTHING = {"reload", _POLL}
"""What these do is over when the bridge is, so that a power cut needs no answer."""
_UNNAMED = "MQTT"
"""Who changes alarms by a request that does not say so."""
_OTHER_REQUEST = "not done: another request had this transaction: give each one of its own"


class NotStoredError(WorkError):
    """It was done, and is not on disk."""


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
        copied: Callable[[], Awaitable[None]] = to_nobody,
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
            copied: Returns when the other bridge of a pair has what is on this one's disk.
        """
        self._copied = copied
        self._settings = settings
        self._directory, self._announcer = directory, announcer
        self._live = live
        self._gateways = gateways
        self._take = take
        self._clock = clock
        self._waiting = asyncio.Queue[Received](MOST_WAITING)
        self._polls = asyncio.Queue[Received](MOST_WAITING)
        bridge = settings.now.bridge
        self._journal = Journal(bridge.data / "requests.jsonl", settings.now.file_mode)
        every_request = settings.now.mqtt.topics.every_request(bridge.id)
        self.queue = Requests(client, self._waiting, clock, time.monotonic, every_request)

    @property
    def filters(self) -> tuple[str, ...]:
        """To subscribe to."""
        return self.queue.filters

    def take(self, message: Message) -> bool:
        """Queues a request; another bridge with this id is answered at once."""
        return self._announcer.instance.take(message) or self.queue.take(message)

    def refuse(self, message: Message, error: str) -> None:
        """Answers a request that is not done."""
        self.queue.refuse(message, error)

    def open(self) -> None:
        """Finds out what became of what was under way when the bridge was ended."""
        self._journal.open(self._is_there, self._clock())

    async def run(self) -> None:
        """Does what is requested, one after the other; for ever. Polls are left to `poll`."""
        while True:
            received = await self._waiting.get()
            if received.action != _POLL:
                await self._answer(received)
            elif self._polls.full():
                self.refuse(received.message, f"{self._polls.maxsize} polls wait already")
            else:
                self._polls.put_nowait(received)

    async def poll(self) -> None:
        """Polls as requested, for ever: silent meters take long, and no other request waits.

        What was requested before a poll is done before it.
        """
        while True:
            await self._answer(await self._polls.get())

    async def _answer(self, received: Received) -> None:
        """Does a request, or says what became of it when it came before."""
        key = transaction_key(received)
        one = Transaction(
            key, content_of(received), self._clock(), received.validity.deadline is not None
        )
        known = self._journal.get(key) if key else None
        if known and known.answer:
            if known.content == one.content and known.is_sent_again(received.action, one.at):
                self.queue.respond(received, known.answer, repeated=True)
                return
            if known.content != one.content and one.has_deadline:
                self.queue.respond(received, Answer(_OTHER_REQUEST, done=False))
                return
        answer = await self._done(received, one)
        await self._note(replace(one, answer=answer), sync=received.action not in _LEAVES_NOTHING)
        await self._copied()
        self.queue.respond(received, answer)

    async def _done(self, received: Received, one: Transaction) -> Answer:
        zone = self._settings.now.site.zone
        try:
            self.queue.begin(received)
            request = decode_request(received.action, received.message.payload, zone)
            return Answer(outcome=await self._act(request, one))
        except NotStoredError as error:
            return Answer(str(error), done=True)
        except BcmError as error:
            return Answer.of_error(error)

    async def _note(self, one: Transaction, *, sync: bool = True) -> None:
        """Writes it to the journal; it is remembered while the bridge runs in any case."""
        if one.key:
            with suppress(OSError):  # a disk that fails is said by all that must write to it
                await asyncio.to_thread(self._journal.put, one, sync=sync)

    def _before_writing(self, what: str, one: Transaction) -> BeforeWriting:
        """Writes to the journal what will be written to a file."""

        def note(before: bytes | None, after: bytes, rows: int) -> None:
            trace = Trace(what, digest(before), digest(after), {"changed": rows})
            try:
                self._journal.put(replace(one, trace=trace))
            except OSError as error:
                message = f"not done: {self._journal.file}: cannot be written: {error.strerror}"
                raise WorkError(message) from error

        return note if one.key else write_at_once

    def _is_there(self, what: str, text: str) -> bool:
        """Whether something is now as a trace says."""
        settings = self._settings.now
        if what == _ALARMS:
            return self._live is not None and self._live.alarms.are(text)
        file = {_CIRCUITS: settings.circuits, _METERS: settings.meters}.get(what)
        return file is not None and digest_of(file) == text

    async def _act(self, request: Request, one: Transaction) -> Mapping[str, int]:
        """Does what is requested; counts what was done.

        Raises:
            InputError: it cannot be done so, and nothing was done.
            WorkError: it failed.
        """
        match request:
            case ChangeCircuits(changes):
                return await self._change(changes, one)
            case ExchangeMeters(changes) | ChangeInstruments(changes):
                return await self._change_instruments(changes, one)
            case Acknowledge(alarms, by):
                return await self._change_alarms(alarms, Alarm.acknowledged, by or _UNNAMED, one)
            case Shelve(alarms, hours, by):
                change = self._shelving(hours)
                return await self._change_alarms(alarms, change, by or _UNNAMED, one)
            case Reload():
                # One that is ended meanwhile reads the files when it starts.
                await self._note(replace(one, trace=Trace(_CONFIGURATION)), sync=False)
                settings = await self._settings.reloaded()
                await self._take(settings)
                return {"gateways": len(settings.gateways), "panels": len(settings.panels)}
            case PollNow(panel):
                await self._note(one, sync=False)
                return await self._poll(panel)

    async def _change(
        self, changes: tuple[CircuitChange, ...], one: Transaction
    ) -> Mapping[str, int]:
        settings, before_writing = self._settings.now, self._before_writing(_CIRCUITS, one)
        rewritten = await asyncio.to_thread(
            change_circuits, settings, changes, self._clock, before_writing
        )
        self._directory.take_rewritten(settings, rewritten)
        # Discovery follows when the file is next checked: Home Assistant needs a pause
        # between two changes of a device.
        self._announcer.directories()
        return {"changed": len(rewritten.edits)}

    async def _change_instruments(
        self, changes: tuple[InstrumentChange, ...], one: Transaction
    ) -> Mapping[str, int]:
        settings, before_writing = self._settings.now, self._before_writing(_METERS, one)
        rewritten = await asyncio.to_thread(
            change_instruments, settings, changes, self._clock, before_writing
        )
        self._directory.take_rewritten_meters(settings, rewritten)
        self._announcer.directories()
        return {"changed": len(rewritten.edits)}

    async def _change_alarms(
        self,
        selections: tuple[AlarmSelection, ...],
        change: Callable[[Alarm], Alarm],
        by: str,
        one: Transaction,
    ) -> Mapping[str, int]:
        if self._live is None:
            raise InputError.of("there are no alarms: mqtt.circuit_topics is false")
        alarms, keys = self._live.alarms, dict[AlarmKey, None]()
        for selection, named in zip(selections, alarms.named(selections), strict=True):
            if not named:
                raise InputError.of(f"there is no alarm of {selection.words}")
            keys.update(dict.fromkeys(named))
        done = {"alarms": len(keys)}
        trace = Trace(_ALARMS, *alarms.foreseen(change, keys), done)
        await self._note(replace(one, trace=trace))
        alarms.change(change, keys, by)
        try:
            await alarms.stored()
        except OSError as error:
            raise NotStoredError(
                f"done, but a restart undoes it: not stored: {error.strerror}"
            ) from error
        return done

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
        polls = [
            poll for key in ([panel] if panel else panels) for poll in self._gateways.poll_now(key)
        ]
        if not (answered := await answering(polls, _POLLED_WITHIN_S)):
            raise WorkError("no meter answers")
        return {"panels": len(answered)}
