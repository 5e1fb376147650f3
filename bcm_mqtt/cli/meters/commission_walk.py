"""A walk on the terminal: polls of a panel and lines that somebody types, as they come."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from secrets import token_hex
from threading import Thread

from bcm_mqtt.bridge import connection_line, panel_pollings
from bcm_mqtt.cli.output import say
from bcm_mqtt.cli.site import now
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.commissioning.result import Result, sentence
from bcm_mqtt.domain.commissioning.steps import WINDOW, floor_amps, latest_steps
from bcm_mqtt.domain.commissioning.walking import Walking
from bcm_mqtt.domain.reading.corrected_reading import PanelCorrection
from bcm_mqtt.domain.reading.polled.merged import Merged
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.errors import InputError
from bcm_mqtt.modbus import line_random
from bcm_mqtt.mqtt.brokers import EveryBroker
from bcm_mqtt.mqtt.client import Message
from bcm_mqtt.mqtt.payloads import decode_snapshot

Event = Snapshot | str
"""A poll, or a line that was typed."""
Store = Callable[[Sequence[Result]], None]


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
        gateways, random = self.settings.gateways, line_random()
        used = {source.gateway for source in self.settings.panels[self.panel].sources}
        lines = {key: connection_line(gateways[key], random) for key in sorted(used)}
        readers = [
            (one.reader(line, one.plan), one.interval_ms)
            for key, line in lines.items()
            for one in panel_pollings(self.settings, key)
            if one.plan.panel == self.panel
        ]
        merged, said = Merged(), ""
        try:
            for seq in count(1):
                polls = [await reader.read(now, seq, ms) for reader, ms in readers]
                found = [poll.snapshot for poll in polls]
                errors = "; ".join(
                    f"unit id {key}: {why}" for one in found for key, why in one.errors.items()
                )
                if errors and errors != said:
                    say(errors, err=True)
                said = errors
                await events.put([merged.take(snapshot) for snapshot in found][-1])
                await asyncio.sleep(self.every.total_seconds())
        finally:
            for line in lines.values():
                line.close()

    async def _published(self, events: "asyncio.Queue[Event]") -> None:
        loop, mqtt = asyncio.get_running_loop(), self.settings.mqtt

        merged = Merged()

        def arrived(message: Message) -> None:
            try:
                snapshot = merged.take(decode_snapshot(message.payload, self.panel))
            except InputError:
                return  # of another release; the recorder says so
            loop.call_soon_threadsafe(events.put_nowait, snapshot)

        client = EveryBroker(
            mqtt.broker,
            f"bcm-commission-{self.settings.site.id}-{token_hex(4)}",
            on_connect=lambda one: one.subscribe(mqtt.topics.snapshot(self.panel)),
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


def after(walking: Walking, event: Event) -> Walking | None:
    """What a poll or a typed line makes of it; None ends the walk.

    Raises:
        ValueError: the line says nothing that can be done, and what was expected.
    """
    if isinstance(event, Snapshot):
        return walking.take(event)
    line = event.strip().lower()
    if line == "q":
        return None
    if line == "":
        return walking.passed_over()
    if line == "n":
        return walking.nothing(now())
    if line.startswith("main"):
        return walking.main_read(_amps(line.split()[1:]), now())
    return walking.clamp_read(_amps(line.split()), now())


async def follow_walk(source: Source, walking: Walking, store: Store) -> None:
    """Walks until somebody ends it, or no more lines come after the last breaker.

    Args:
        source: Of the polls.
        walking: At its beginning.
        store: Takes results as they are found.
    """
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
            try:
                event = after(walking, await events.get())
            except ValueError as error:
                say(f"{error}; or Enter, n, main and amps, or q")
                continue
            if event is None:
                break
            if event.found:
                store(event.found)
            for one in event.found:
                say(sentence(one))
            if event.walk.request != walking.walk.request:
                say(event.walk.request or "Every breaker was requested. Clamp readings, or q.")
            walking = event


def _amps(words: Sequence[str]) -> list[float]:
    try:
        amps = [float(word.replace(",", ".")) for word in words]
    except ValueError:
        raise ValueError(f"{' '.join(words)!r} is no number of amps") from None
    if not all(0 <= one < 100_000 for one in amps):
        raise ValueError("expected amps from 0 to 100000")
    return amps
