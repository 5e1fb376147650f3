"""An event loop whose time jumps to the next thing that happens, and blocking work within it.

Nothing waits: when nothing is ready, the clock is set to the next timer. Code that blocks (the
recorder's loop, what is handed to a thread) runs in greenlets: where it would block, it gives
the control back to the loop until what it waits for has happened.
"""

import asyncio
from asyncio import futures
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from itertools import count
from queue import Empty
from typing import Any

from greenlet import getcurrent, greenlet

from chaos.numbered import Future, Task
from chaos.process import PROCESS

_SLEEP_ENDS = futures._set_result_unless_cancelled


MOST_STEPS = 2_000_000
"""Of the loop at one instant; a busy one takes thousands."""


class NothingLeftError(Exception):
    """No timer is left: everything waits for something that will not come."""


class StandsStillError(KeyboardInterrupt):
    """The run goes on and gets nowhere; of a kind that no task and no service holds up."""


class _Jump:
    """Stands where a loop has its selector: instead of waiting it sets the clock."""

    def __init__(self, loop: "SimulatedLoop") -> None:
        self._loop = loop
        self._at, self._steps = 0.0, 0

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise NothingLeftError
        loop = self._loop
        if timeout > 0:
            loop.now = max(loop.now, min(loop._scheduled[0]._when, loop.now + timeout))
        if loop.now > self._at:
            self._at, self._steps = loop.now, 0
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise StandsStillError(f"{MOST_STEPS:,} steps at one instant")
        return []


class SimulatedLoop(asyncio.BaseEventLoop):
    """The loop of a run.

    Attributes:
        now: Seconds since its beginning.
        grain_s: Pauses (asyncio.sleep) end on multiples of it; 0: when they should. In runs of
            weeks it stretches the pauses of background tasks as polls are stretched.
        connect: Opens a simulated TCP connection.
        work_s: Gives how long a thread takes to begin.
    """

    def __init__(self, grain_s: float = 0.0) -> None:
        super().__init__()
        self._selector = _Jump(self)
        self.now = 0.0
        self.grain_s = grain_s
        self.connect: Callable[..., Any] = _no_network
        self.work_s: Callable[[], float] = lambda: 0.001
        self._numbers = count()
        self.set_task_factory(self._numbered)

    def time(self) -> float:
        """Seconds since the beginning."""
        return self.now

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody waits in a selector."""

    def stretched(self, delay: float) -> float:
        """A pause of a background task, in this loop's grain."""
        if not self.grain_s or delay <= 0:
            return delay
        end = self.now + delay
        return -(-end // self.grain_s) * self.grain_s - self.now

    def call_later(
        self, delay: float, callback: Any, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As asyncio does it; a pause is stretched to the grain."""
        if callback is _SLEEP_ENDS:
            delay = self.stretched(delay)
        return super().call_later(delay, callback, *args, context=context)

    def create_future(self) -> Any:
        """A future of this loop."""
        return Future(next(self._numbers), loop=self)

    def _numbered(self, _loop: Any, coro: Any, **more: Any) -> Any:
        return Task(next(self._numbers), coro, loop=self, **more)

    def create_task(self, coro: Any, **more: Any) -> Any:
        """A task of the process that makes it, which ends with it."""
        task = super().create_task(coro, **more)
        if process := PROCESS.get():
            process.tasks[task] = None
            task.add_done_callback(lambda done: process.tasks.pop(done, None))
        return task

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        """What is handed to a thread runs a little later, in a greenlet."""
        del executor
        future = self.create_future()

        def work() -> None:
            try:
                result = func(*args)
            except BaseException as error:  # noqa: BLE001 - as a thread pool hands them over
                if not future.done():
                    future.set_exception(error)
            else:
                if not future.done():
                    future.set_result(result)

        self.call_later(self.work_s(), start, self, work)
        return future

    async def create_connection(
        self, protocol_factory: Any, host: Any = None, *args: Any, **more: Any
    ) -> Any:
        """A connection to a simulated gateway."""
        return await self.connect(protocol_factory, host, *args, **more)


async def _no_network(*_: Any, **__: Any) -> Any:
    raise OSError("no network")


_HUB = getcurrent()
"""The greenlet in which the loop runs."""


def start(loop: SimulatedLoop, work: Callable[[], None]) -> greenlet:
    """Runs work that may block, until it first does."""
    del loop
    job = greenlet(work, parent=_HUB)
    job.gr_context = copy_context()
    job.switch()
    return job


class _Waiting:
    """A greenlet that waits, and what wakes it."""

    def __init__(self, loop: SimulatedLoop, seconds: float | None) -> None:
        self._loop = loop
        self._job = getcurrent()
        if self._job is _HUB:
            raise RuntimeError("the event loop may not block")
        self._done = False
        self._timer = None if seconds is None else loop.call_later(seconds, self.wake)

    def wake(self) -> None:
        if not self._done:
            self._done = True
            if not self._job.dead:
                self._job.switch()

    def soon(self) -> None:
        """Wakes it from the loop: who makes it happen goes on first."""
        self._loop.call_soon(self.wake)

    def until_woken(self) -> None:
        try:
            _HUB.switch()
        finally:
            self._done = True
            if self._timer:
                self._timer.cancel()


def sleep(seconds: float) -> None:
    """Stands for time.sleep."""
    loop = running()
    _Waiting(loop, loop.stretched(seconds)).until_woken()


def work_takes_time() -> None:
    """What is done in a thread takes some milliseconds, in which others go on."""
    if getcurrent() is not _HUB:
        loop = running()
        _Waiting(loop, loop.work_s()).until_woken()


_RUNNING: list[SimulatedLoop] = []


def running() -> SimulatedLoop:
    """The loop of the run."""
    return _RUNNING[-1]


def begin(loop: SimulatedLoop) -> None:
    """This loop is the run's from now on."""
    _RUNNING[:] = [loop]


class Event:
    """Stands for threading.Event."""

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: list[_Waiting] = []

    def is_set(self) -> bool:
        """Whether it is set."""
        return self._is_set

    def set(self) -> None:
        """Sets it, and wakes who waits."""
        self._is_set = True
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.soon()

    def clear(self) -> None:
        """Unsets it."""
        self._is_set = False

    def wait(self, timeout: float | None = None) -> bool:
        """Blocks until it is set."""
        if not self._is_set and (timeout is None or timeout > 0):
            loop = running()
            one = _Waiting(loop, None if timeout is None else loop.stretched(timeout))
            self._waiting.append(one)
            one.until_woken()
        return self._is_set


class SimpleQueue:
    """Stands for queue.SimpleQueue."""

    def __init__(self) -> None:
        self._items: deque[Any] = deque()
        self._waiting: list[_Waiting] = []

    def __class_getitem__(cls, _: Any) -> type["SimpleQueue"]:
        return cls

    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self._items

    def qsize(self) -> int:
        """How many."""
        return len(self._items)

    def put(self, item: Any) -> None:
        """Adds one, and wakes who waits."""
        self._items.append(item)
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.soon()

    def get_nowait(self) -> Any:
        """The first; Empty where there is none."""
        if not self._items:
            raise Empty
        return self._items.popleft()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The first, waited for."""
        if not self._items and block and (timeout is None or timeout > 0):
            loop = running()
            one = _Waiting(loop, None if timeout is None else loop.stretched(timeout))
            self._waiting.append(one)
            one.until_woken()
        return self.get_nowait()
