"""Delivery: each snapshot is published at once, and again until it is stored.

The event loop's thread only hands over: the outbox has a thread of its own, which may wait for
its disk while polls go on, and another syncs it. What is sent again goes out a few at a time
between live snapshots.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Final, TypeVar

from bcm_mqtt.bridge.gateways import ended
from bcm_mqtt.bridge.outbox import Due, Figures, Key, Outbox, Put, Work
from bcm_mqtt.bridge.wall_clock import WallClock
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.reading.stored import Series
from bcm_mqtt.domain.time import Clock, to_ms
from bcm_mqtt.mqtt.client import Message, MqttClient
from bcm_mqtt.mqtt.payloads import (
    OutboxReport,
    PayloadError,
    RecorderPresence,
    RecorderState,
    StoredReport,
    decode_recorder_state,
    decode_stored,
    encode_snapshot,
)
from bcm_mqtt.mqtt.reasons import TOO_LARGE, is_refusal
from bcm_mqtt.mqtt.topics import Topics

_LOG = logging.getLogger(__name__)
_Result = TypeVar("_Result")
_TURN_S: Final = 0.1
_BUSY_TURN_S: Final = 0.02
_IDLE_TURN_S: Final = 1.0
_REST_S: Final = 0.01
"""Between turns, so that many fast panels' snapshots are written together."""
_SYNC_EVERY_S: Final = 1.0
_UNACKNOWLEDGED: Final = 100
"""Snapshots sent again that the broker has not acknowledged: no more lie before a live one."""
_WARN_AT_S: Final = (86_400.0, 21_600.0, 3_600.0)

InThread = Callable[[Callable[[], _Result]], Awaitable[_Result]]
"""Does work where it may wait for a disk; one after the other."""


class Delivery:
    """Publishes snapshots with QoS 1; used by the event loop's thread but where it says so."""

    def __init__(
        self,
        client: MqttClient,
        topics: Topics,
        outbox: Outbox,
        monotonic: Callable[[], float],
        wall: WallClock,
    ) -> None:
        """Takes the client whose `on_published` is `published`.

        Args:
            client: To publish with.
            topics: Of snapshots and recorders.
            outbox: Is this object's from now on.
            monotonic: A clock that never jumps, s.
            wall: Stamps the snapshots, and again once a clock is set that was not.
        """
        self._wall = wall
        self._client = client
        self._topics = topics
        self._outbox = outbox
        self._monotonic = monotonic
        self._work = Work()
        self._last_id = outbox.last_id
        self._in_flight: dict[int, Key] = {}  # by packet id
        self._again = 0  # how many of them were sent again
        self._acknowledged: deque[tuple[int, int]] = deque()  # the network thread appends
        self._wake = asyncio.Event()
        self._written = False
        self._next_turn_s = 0.0
        self._refused = self._busy = False
        self._warned_at_s = float("inf")
        self._thread = ThreadPoolExecutor(1, "outbox")
        self.figures = Figures(waiting=outbox.waiting)
        """Of the outbox, as of its last turn."""

    @property
    def waiting(self) -> int:
        """Snapshots that are not stored yet, with those that the outbox has still to take."""
        return self.figures.waiting + len(self._work.puts)

    def report(self) -> OutboxReport:
        """How the outbox does."""
        figures = self.figures
        return OutboxReport(
            self.waiting,
            figures.dropped,
            figures.disk_fails,
            figures.recorders,
            figures.size,
            figures.limit,
            round(figures.lasts_s),
            figures.lost,
            figures.damaged,
            figures.runs_short,
        )

    @property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to."""
        return self._topics.every_recorder

    def published(self, packet_id: int, reason: int) -> None:
        """The broker has a message; called in the network thread for every message."""
        self._acknowledged.append((packet_id, reason))

    def connected(self) -> None:
        """The broker is back."""
        self._work.is_new_connection = True
        self._wake.set()

    def take(self, message: Message) -> bool:
        """Whether a message was a recorder's; it is taken then."""
        found = self._topics.recorder_of(message.topic)
        if found is None:
            return False
        name, level = found
        with suppress(PayloadError):  # of a later release, or of another program
            report: StoredReport | RecorderState
            if level == "stored":
                report = decode_stored(message.payload)
            elif message.payload:
                report = decode_recorder_state(message.payload)
            else:  # somebody has cleared it
                report = RecorderState(name, RecorderPresence.OFFLINE)
            if report.recorder == name:
                self._work.reports.append(report)
        return True

    def send(self, snapshot: Snapshot) -> None:
        """Publishes a snapshot, and has it stored until others have stored it.

        One that was stamped by a clock that nobody has set is only stored, until that is set.
        """
        time = self._wall.time_of(snapshot.panel, snapshot.time)
        if time and time != snapshot.time:
            snapshot = replace(snapshot, time=time)
        payload = encode_snapshot(snapshot)
        self._last_id += 1
        series, ms = Series(snapshot.panel, snapshot.source), to_ms(snapshot.time)
        is_sent = self._client.connected and time is not None
        self._work.puts.append(Put(self._last_id, series, ms, payload, is_sent, waits=time is None))
        self._wake.set()  # the next turn writes it, with what comes until then
        if is_sent:
            self._publish(Key(0, self._last_id), snapshot.panel, payload)

    async def run(self, in_thread: InThread[object] | None = None) -> None:
        """Has the outbox do its work and replays what it says; for ever.

        Args:
            in_thread: Where the outbox works; or a thread of its own.
        """
        work = [self._turns(in_thread or self._in_own_thread), self._sync(), self._tick()]
        tasks = [asyncio.create_task(job) for job in work]
        try:
            done, _ = await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
            for task in done:
                task.result()  # each goes on for ever: one that ended failed
        finally:
            await ended(*tasks)

    def close(self) -> None:
        """Writes what is left; the rest stays for the next run. The figures say what is lost."""
        self._thread.shutdown()
        work = self._taken_work()
        self._outbox.turn(work, self._monotonic())
        self._outbox.close(self._monotonic())
        self.figures = self._outbox.figures(self._monotonic())

    async def _turns(self, do: InThread[object]) -> None:
        while True:
            self._busy = await self._turn(do)
            await asyncio.sleep(_REST_S)
            await self._wake.wait()
            self._wake.clear()

    async def _turn(self, do: InThread[object]) -> bool:
        """One turn of the outbox; whether more is to be sent again soon."""
        work, room = self._taken_work(), self._room()
        now_s = self._monotonic()
        if not work and not self.figures.waiting and now_s < self._next_turn_s:
            return False
        self._next_turn_s = now_s + _IDLE_TURN_S
        result: list[Due] = []

        def in_thread() -> None:
            now_s = self._monotonic()
            self._outbox.turn(work, now_s)
            if room:
                result.extend(self._outbox.again(now_s, room))
            self.figures = self._outbox.figures(now_s)

        await do(in_thread)
        # Not before: a sync that began meanwhile may not have what was written.
        self._written = self._written or bool(work)
        self._warn()
        for due in result:
            if self._client.connected:
                self._publish(due.key, due.series.panel, due.payload)
                self._again += 1
        return bool(result)

    def _taken_work(self) -> Work:
        work, self._work = self._work, Work()
        work.stamped_anew = {
            (panel, to_ms(old)): to_ms(new)
            for (panel, old), new in self._wall.stamped_anew().items()
        }
        while self._acknowledged:
            packet_id, reason = self._acknowledged.popleft()
            key = self._in_flight.pop(packet_id, None)
            if key is None:  # it was no snapshot
                continue
            if not is_refusal(reason):
                work.taken.append(key)
            elif reason == TOO_LARGE:
                work.too_large.append(key)
            elif not self._refused:
                self._refused = True
                _LOG.error("the broker refuses snapshots (reason 0x%02x): they wait", reason)
        if not self._in_flight:
            self._again = 0
        self._again = min(self._again, len(self._in_flight))
        return work

    def _room(self) -> int:
        """How many snapshots may be sent again now."""
        return max(0, _UNACKNOWLEDGED - self._again) if self._client.connected else 0

    def _publish(self, key: Key, panel: str, payload: bytes) -> None:
        topic = self._topics.snapshot(panel)
        # A refusal may have come before this; it is looked at in the next turn, by this thread.
        self._in_flight[self._client.publish(topic, payload, qos=1, retain=False)] = key

    def _warn(self) -> None:
        """Says in time that the outbox is about to lose something."""
        lasts_s = self.figures.lasts_s
        if not self.figures.runs_short:
            self._warned_at_s = float("inf")
            return
        passed = min(limit for limit in _WARN_AT_S if lasts_s <= limit)
        if passed < self._warned_at_s:
            self._warned_at_s = passed
            _LOG.warning(
                "outbox: %s snapshots are not stored; it holds %.1f h more before the oldest are "
                "lost: see that a recorder runs",
                f"{self.figures.waiting:,}",
                lasts_s / 3600,
            )

    async def _in_own_thread(self, work: Callable[[], object]) -> object:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_BUSY_TURN_S if self._busy else _TURN_S)
            self._wake.set()

    async def _sync(self) -> None:
        while True:
            await asyncio.sleep(_SYNC_EVERY_S)
            if self._written:
                self._written = False
                try:
                    await asyncio.to_thread(self._outbox.sync)
                except OSError as error:
                    if not self.figures.disk_fails:
                        _LOG.error("outbox: not synced to disk: %s", error)


def outbox_of(settings: Settings, clock: Clock) -> Outbox:
    """The outbox of a site's bridge, opened."""
    bridge, mode = settings.bridge, settings.file_mode
    file, now_s = bridge.data / "outbox.db", time.monotonic()
    return Outbox(file, bridge.outbox, bridge.keep_until, clock, now_s, mode)
