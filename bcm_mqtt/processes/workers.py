"""Worker processes: started once, and fed with tasks one by one."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import connection
from typing import Any, NamedTuple, Protocol, Self

from bcm_mqtt.errors import WorkError
from bcm_mqtt.processes.pipe import Pipe
from bcm_mqtt.processes.remote import Call, answer


class Task(NamedTuple):
    """What one worker does at a time.

    Attributes:
        name: For who reads that it failed.
        arguments: Of `Work.done`.
        called: An object of the parent, of which the worker may call methods.
        ahead: What it calls for certain, which is answered with the task: no time is lost asking.
    """

    name: str
    arguments: tuple[Any, ...]
    called: Any
    ahead: tuple[Call, ...] = ()


class Work(Protocol):
    """What a worker makes once, and does tasks with."""

    def done(self, *task: Any) -> object:  # noqa: ANN401 - as many as a task has
        """The result of a task; the last argument is the parent's object, as a `Remote`."""

    def rest(self) -> object:
        """What there is in the end, beside the results."""


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """Worker processes while their context is entered."""

    def __init__(self, count: int, what: str, make: Callable[..., Work], *arguments: Any) -> None:  # noqa: ANN401
        """Starts nothing yet.

        Args:
            count: Of processes, at least one.
            what: They do, for who reads that one of them failed.
            make: A class or function of a module, by which each makes its work.
            arguments: Of it.
        """
        self._count = count
        self._what = what
        self._make = make, arguments
        self._workers = dict[Any, _Worker]()

    def __enter__(self) -> Self:
        """Starts them; they import what they need while the caller goes on."""
        try:
            for _ in range(self._count):
                worker = _Worker(self._what)
                self._workers[worker.pipe.connection] = worker
                worker.send(self._make)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Ends them, whatever they are doing."""
        self._end()

    def results(self, tasks: Iterable[Task]) -> Iterator[Any]:
        """The result of each task, in their order; a task is taken when a worker is free for it.

        Raises:
            WorkError: a worker failed or was killed.
        """
        coming = enumerate(tasks)
        finished = dict[int, Any]()
        number = 0
        for worker in self._workers.values():
            worker.take(coming)
        while any(worker.busy for worker in self._workers.values()):
            busy = [key for key, worker in self._workers.items() if worker.busy]
            for ready in connection.wait(busy):
                worker = self._workers[ready]
                kind, value = worker.receive()
                if kind == "call":
                    worker.call(value)
                    continue
                finished[worker.number] = value
                worker.take(coming)
            while number in finished:
                yield finished.pop(number)
                number += 1

    def rests(self) -> list[Any]:
        """What each worker has in the end; call it after all results.

        Raises:
            WorkError: a worker failed or was killed.
        """
        for worker in self._workers.values():
            worker.send(None)
        return [worker.receive()[1] for worker in self._workers.values()]

    def _end(self) -> None:
        for worker in self._workers.values():
            worker.end()
        self._workers.clear()


class _Worker:
    """One process, as its parent sees it."""

    def __init__(self, what: str) -> None:
        self._what = what
        own, other = connection.Pipe()
        self.pipe = Pipe(own)
        command = [sys.executable, "-P", "-m", "bcm_mqtt.processes", str(other.fileno())]
        with other:
            self._process = subprocess.Popen(  # noqa: S603 - this very program
                command,
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # who presses Ctrl-C means the parent, which ends it
            )
        self.number = -1
        self._task: Task | None = None

    @property
    def busy(self) -> bool:
        return self._task is not None

    def take(self, coming: Iterator[tuple[int, Task]]) -> None:
        """Begins the next task, if there is one."""
        self.number, self._task = next(coming, (-1, None))
        if task := self._task:
            answers = {call: answer(task.called, call) for call in task.ahead}
            self.send((task.arguments, answers))

    def call(self, call: Call) -> None:
        """Answers what the worker calls of the object of its task."""
        self.send(answer(self._task and self._task.called, call))

    def send(self, one: object) -> None:
        try:
            self.pipe.send(one)
        except OSError:
            raise self._gone() from None

    def receive(self) -> tuple[str, Any]:
        try:
            kind, value = self.pipe.receive()
        except (EOFError, OSError):
            raise self._gone() from None
        if kind == "failed":
            of = f" of {self._task.name}" if self._task else ""
            raise WorkError(f"{self._what}{of} failed: {value}")
        return kind, value

    def _gone(self) -> WorkError:
        code = self._process.wait()
        how = (
            f"was killed ({signal.Signals(-code).name})"
            if code < 0
            else f"ended with status {code}"
        )
        return WorkError(
            f"{self._what} stopped: a worker process {how}; expected enough memory, "
            "or fewer processes (--workers 1)"
        )

    def end(self) -> None:
        self.pipe.close()
        self._process.kill()
        self._process.wait()
