"""A walk on the terminal: polls of a panel and lines that somebody types, as they come."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from secrets import token_hex
from threading import Thread

from bcm_mqtt.bridge import gateway_line, panel_pollings
from bcm_mqtt.cli.output import say
from bcm_mqtt.cli.site import now
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.commissioning.clamp import Clamp, compared
from bcm_mqtt.domain.commissioning.result import Result, Verdict, sentence
from bcm_mqtt.domain.commissioning.steps import WINDOW, floor_amps, latest_steps
from bcm_mqtt.domain.commissioning.walk import Walk
from bcm_mqtt.domain.reading.corrected_reading import PanelCorrection
from bcm_mqtt.domain.reading.panel_load import PanelMeters
from bcm_mqtt.domain.reading.reading import PER_UNIT, Snapshot
from bcm_mqtt.domain.usage.uncertainty.accuracy import classes_of
from bcm_mqtt.errors import InputError
from bcm_mqtt.modbus import line_random, poll_panel
from bcm_mqtt.mqtt.client import Message, MqttClient
from bcm_mqtt.mqtt.payloads import decode_snapshot

Event = Snapshot | str
"""A poll, or a line that was typed."""
_INSTANT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a panel's readings come from.

    Attributes:
        settings: Of the site.
        panel: Its id.
        every: Between two polls of the meters.
        over_mqtt: Whether to read what the bridge publishes.
    """

    settings: Settings
    panel: str
    every: timedelta
    over_mqtt: bool = False

    @asynccontextmanager
    async def following(self, events: "asyncio.Queue[Event]") -> AsyncIterator[None]:
        """Puts each poll into the queue while the context is open."""
        follow = self._published if self.over_mqtt else self._polled
        async with asyncio.TaskGroup() as group:
            task = group.create_task(follow(events))
            yield
            task.cancel()

    async def _polled(self, events: "asyncio.Queue[Event]") -> None:
        gateway = self.settings.panels[self.panel].gateway
        pollings = panel_pollings(self.settings, gateway)
        polling = next(one for one in pollings if one.plan.panel == self.panel)
        line, seq, said = gateway_line(self.settings.gateways[gateway], line_random()), 0, ""
        try:
            while True:
                seq += 1
                poll = await poll_panel(line, polling.plan, now, seq, polling.interval_ms)
                errors = "; ".join(
                    f"unit id {key}: {why}" for key, why in poll.snapshot.errors.items()
                )
                if errors and errors != said:
                    say(errors, err=True)
                said = errors
                await events.put(poll.snapshot)
                await asyncio.sleep(self.every.total_seconds())
        finally:
            line.close()

    async def _published(self, events: "asyncio.Queue[Event]") -> None:
        loop, mqtt = asyncio.get_running_loop(), self.settings.mqtt

        def arrived(message: Message) -> None:
            try:
                snapshot = decode_snapshot(message.payload, self.panel)
            except InputError:
                return  # of another release; the recorder says so
            loop.call_soon_threadsafe(events.put_nowait, snapshot)

        client = MqttClient(
            mqtt.broker,
            f"bcm-commission-{self.settings.site.id}-{token_hex(4)}",
            on_connect=lambda: client.subscribe(mqtt.topics.snapshot(self.panel)),
            on_message=arrived,
        )
        client.start()
        try:
            await asyncio.Event().wait()
        finally:
            client.stop()


async def follow_steps(source: Source) -> None:
    """Prints which poles change, until interrupted."""
    events: asyncio.Queue[Event] = asyncio.Queue()
    directory = source.settings.directories[source.panel]
    floor, series = floor_amps(directory.panel.current_step), list[Snapshot]()
    async with source.following(events):
        while True:
            snapshot = await events.get()
            if not isinstance(snapshot, Snapshot):
                continue
            correction = PanelCorrection.at(directory, snapshot.time)
            series = [*series, correction.corrected(snapshot)][-WINDOW:]
            if steps := latest_steps(series, floor):
                say(", ".join(map(str, steps)))
                series = series[-2:]


@dataclass(slots=True)
class Walking:
    """Somebody who walks.

    Attributes:
        walk: As it is now.
        clamp: The clamp meter.
        who: Does it.
        store: Keeps results.
        newest: The last poll, corrected.
        done: Results of the breaker that was found last.
    """

    walk: Walk
    clamp: Clamp
    who: str
    store: Callable[[Sequence[Result]], None]
    newest: Snapshot | None = None
    done: tuple[Result, ...] = ()

    def take(self, event: Event) -> bool:
        """Applies a poll or a line; whether the walk goes on."""
        before = self.walk
        if isinstance(event, Snapshot):
            correction = PanelCorrection.at(before.directory, event.time)
            self.newest = correction.corrected(event)
            self._go(before.take(event))
            return True
        line = event.strip().lower()
        if line == "q":
            return False
        if line == "":
            self._go(before.passed_over())
        elif line == "n":
            self._go(before.nothing(now()))
        elif line.startswith("main"):
            self._main(line.split()[1:])
        else:
            self._clamp(line.split())
        return True

    def _go(self, walk: Walk) -> None:
        before, self.walk = self.walk, walk
        if found := tuple(one for one in walk.results if one not in before.results):
            self.done = tuple(replace(one, who=self.who) for one in found)
            self.store(self.done)
            for one in self.done:
                say(sentence(one))
        if walk.request != before.request:
            say(walk.request or "Every breaker was requested. Clamp readings, or q to end.")

    def _clamp(self, words: Sequence[str]) -> None:
        amps, snapshot = _amps(words), self.newest
        measured = [one for one in self.done if one.answered]
        if amps is None or snapshot is None or len(amps) != len(measured):
            say(
                f"expected the amps of {len(measured)} poles with spaces between, Enter, n, "
                "main and amps, or q"
            )
            return
        panel, at = self.walk.directory.panel, now()
        compare = []
        for one, clamp in zip(measured, amps, strict=True):
            ours = snapshot.current[(one.answered or 1) - 1]
            if ours is None:
                say(f"pole {one.answered} has no reading now: try again")
                return
            rows = self.walk.directory.instruments
            classes = classes_of(rows, (one.answered or 1,), at, at + _INSTANT)
            dated = replace(one, at=at)
            step = panel.current_step
            compare.append(compared(dated, ours / PER_UNIT, clamp, classes, step, self.clamp))
        self._keep(compare)
        self.done = tuple(compare)

    def _main(self, words: Sequence[str]) -> None:
        amps, snapshot, panel = _amps(words), self.newest, self.walk.directory.panel
        letters = panel.phase_letters
        if amps is None or snapshot is None or len(amps) != len(letters):
            say(f"expected main and the amps of phases {', '.join(letters)}")
            return
        at = now()
        load = PanelMeters.at(self.walk.directory, at).main.load(snapshot.current, ())
        poles = range(1, panel.pole_count + 1)
        classes = classes_of(self.walk.directory.instruments, poles, at, at + _INSTANT)
        results = []
        for letter, clamp in zip(letters, amps, strict=True):
            ours = load.phases[letter]
            if ours is None:
                say(f"a pole of phase {letter} has no reading now: try again")
                return
            result = Result(panel.id, at, f"main {letter}", self.who, Verdict.COMPARED)
            results.append(compared(result, ours, clamp, classes, panel.current_step, self.clamp))
        self._keep(results)

    def _keep(self, results: Sequence[Result]) -> None:
        self.store(results)
        for one in results:
            say(sentence(one))


async def follow_walk(source: Source, walking: Walking) -> None:
    """Walks until somebody ends it, or no more lines come after the last breaker."""
    events: asyncio.Queue[Event] = asyncio.Queue()
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def lines() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(events.put_nowait, line)
        loop.call_soon_threadsafe(ended.set)

    say(walking.walk.request or f"panel {source.panel} has no pole with a transformer")
    Thread(target=lines, daemon=True).start()
    async with source.following(events):
        while walking.walk.asked is not None or not ended.is_set() or not events.empty():
            if not walking.take(await events.get()):
                break


def _amps(words: Sequence[str]) -> list[float] | None:
    try:
        amps = [float(word.replace(",", ".")) for word in words]
    except ValueError:
        return None
    return amps if amps and all(0 <= one < 100_000 for one in amps) else None
