"""Simulated machines and the processes on them: who runs, by which clock, and how it is killed."""

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

EPOCH = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""When a run begins: by day, within a month."""


class Killed(BaseException):
    """Raised in a process that is gone: whatever it still does has no effect."""


@dataclass
class Process:
    """One run of a service.

    Attributes:
        machine: On which it runs.
        name: Of the service.
        alive: Until it is killed or has ended.
        fuse: Writes until it is killed; None: it is not to be.
        fuse_after: Whether it is killed after the last of these, or before.
        on_killed: Called when the fuse has burnt.
        closing: Called when it is gone, to give back what the kernel would.
        connections: Called when it is gone, to end those of the network.
        died_at: When, s of the loop.
        cause: Of its end.
        tasks: Of it, which end with it.
        full_since: Since when its disk was full as it ended, s of the loop; None: it was not.
    """

    machine: "Machine"
    name: str
    alive: bool = True
    fuse: int | None = None
    fuse_after: bool = False
    on_killed: Callable[[], None] = lambda: None
    closing: list[Callable[[], None]] = field(default_factory=list)
    connections: list[Callable[[], None]] = field(default_factory=list)
    died_at: float | None = None
    cause: str = "killed"
    tasks: dict[Any, None] = field(default_factory=dict)
    full_since: float | None = None

    def writing(self) -> bool:
        """A write is about to happen; whether it is the last one.

        Raises:
            Killed: the process is gone, or it is killed here.
        """
        if not self.alive:
            raise Killed
        if self.fuse is None:
            return False
        self.fuse -= 1
        if self.fuse > 0:
            return False
        if self.fuse_after:
            return True
        self.die()
        raise Killed

    def unwritten(self, forgets_s: float) -> tuple[float, float] | None:
        """From when to when, s of the loop, what it knew was in no file as it died; None: it lives.

        `forgets_s` is how long it may keep something before it writes, on a disk that is not full.
        """
        if self.died_at is None:
            return None
        since = self.died_at if self.full_since is None else self.full_since
        return since - forgets_s, self.died_at

    def die(self) -> None:
        """From here on it has no effect on anything."""
        if self.alive:
            self.alive = False
            self.died_at = self.machine.loop.now
            disk = self.machine.disk
            self.full_since = disk.full_since if disk.full else None
            self.fuse = None
            self.on_killed()


PROCESS: ContextVar[Process | None] = ContextVar("PROCESS", default=None)


def within(process: Process, work: Callable[[], Any]) -> Any:
    """Calls as that process."""
    context = copy_context()

    def call() -> Any:
        PROCESS.set(process)
        return work()

    return context.run(call)


class Machine:
    """A computer: a folder on a disk that can lose what was not synced, and a clock."""

    def __init__(self, name: str, folder: Path, loop: Any, random: Random) -> None:
        self.name = name
        self.folder = folder
        self.loop = loop
        self.random = random
        self._offsets = [(0.0, timedelta())]
        self.process: Process | None = None
        self.disk: Any = None

    def now(self) -> datetime:
        """By this machine's clock on the wall."""
        return self._showed(self.loop.now, self._offsets[-1][1])

    @property
    def was_set(self) -> bool:
        """Whether its clock ever showed another time than the true one."""
        return any(offset for _, offset in self._offsets)

    def set_clock(self, by: timedelta) -> None:
        """From what it shows now."""
        self._offsets.append((self.loop.now, self._offsets[-1][1] + by))

    def set_right(self) -> None:
        """To the true time."""
        self.set_clock(-self._offsets[-1][1])

    def showed(self, since_s: float, until_s: float) -> list[tuple[datetime, datetime]]:
        """What its clock showed in a span of the true time: the ends of each piece."""
        ends = [at for at, _ in self._offsets[1:]] + [until_s]
        return [
            (self._showed(max(at, since_s), offset), self._showed(min(end, until_s), offset))
            for (at, offset), end in zip(self._offsets, ends, strict=True)
            if at <= until_s and end >= since_s
        ]

    def shows_later(
        self, since_s: float, until_s: float, last_s: float
    ) -> list[tuple[datetime, datetime]]:
        """What its clock would have shown in a span, as it was set after it, but not after last."""
        return [
            (self._showed(since_s, offset), self._showed(until_s, offset))
            for at, offset in self._offsets
            if since_s < at <= last_s
        ]

    @staticmethod
    def _showed(at_s: float, offset: timedelta) -> datetime:
        return EPOCH + timedelta(microseconds=round(at_s * 1e6)) + offset


def now() -> datetime:
    """The present of whoever asks."""
    process = PROCESS.get()
    if process is None:
        raise RuntimeError("the clock was asked for outside of any process")
    return process.machine.now()
