"""The services on their machines: started, stopped, killed, and started again."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path
from random import Random
from typing import Any

from chaos import clockwork
from chaos.process import PROCESS, Killed, Machine, Process, now, within

_GONE_WITHIN_S = 5.0
_STOPS_WITHIN_S = 1800.0
"""However slow its disk is."""


class Service(ABC):
    """A service that runs, or does not."""

    name = ""

    def __init__(self, machine: Machine, config: Path, say: Callable[[str], None]) -> None:
        self.machine = machine
        self.config = config
        self.say = say
        self.process: Process | None = None
        self.processes: list[Process] = []
        self.power_fails = False
        self.ended = asyncio.Event()
        self.ended.set()
        self.failures: list[str] = []
        self.on_killed: Callable[[], None] | None = None
        self.stopping: asyncio.Task[None] | None = None
        self._outside = copy_context()

    @property
    def runs(self) -> bool:
        """Whether it does."""
        return self.process is not None and self.process.alive

    def start(self) -> None:
        """Starts it; it may be killed while it does."""
        if self.runs or not self.ended.is_set():
            return
        self.ended.clear()
        process = self.process = Process(self.machine, self.name)
        self.machine.process = process
        self.processes.append(process)
        process.on_killed = lambda: self.machine.loop.call_soon(
            self._burnt, process, context=self._outside
        )
        self.say(f"{self.name} starts")
        within(process, lambda: self._safely(self._begin, process))

    def kill(self) -> None:
        """As kill -9 does."""
        if self.process and self.process.alive:
            self.process.die()

    async def stop(self) -> None:
        """In good order."""
        process = self.process
        if process is None or not process.alive:
            await self.ended.wait()
            return
        self.say(f"{self.name} stops")
        within(process, self._end)
        patience_s = self.machine.loop.now + _STOPS_WITHIN_S
        while process.alive and not self._has_ended():
            await asyncio.sleep(0.05)
            if self.machine.loop.now > patience_s:
                self.failures.append(f"{self.name} does not stop")
                process.die()
        if process.alive:
            process.cause = "stopped"
            process.on_killed = lambda: None
            process.die()
            await self._clean_up(process)

    def _burnt(self, process: Process) -> None:
        process.cause = "power cut" if self.power_fails else "killed"
        self.say(f"{self.name}: {process.cause}")
        self._cleaning = self.machine.loop.create_task(self._clean_up(process))
        self._cleaning.add_done_callback(_raise)
        if on_killed := self.on_killed:
            self.on_killed = None
            on_killed()

    async def _clean_up(self, process: Process) -> None:
        """Gives back what the kernel would, and takes away what a power cut takes."""
        for end in process.connections:
            end()
        self._unwind()
        tasks = list(process.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_GONE_WITHIN_S)
        for task in tasks:
            if not task.done():
                self.failures.append(f"{self.name}: a task did not end: {task!r}")
            elif not task.cancelled():
                task.exception()
        disk = self.machine.disk
        if self.power_fails:
            disk.stopped()
        for close in list(process.closing):
            close()
        process.closing.clear()
        if self.power_fails:
            self.power_fails = False
            lost = disk.cut()
            self.say(f"{self.machine.name}: the power cut touched {', '.join(lost) or 'nothing'}")
        self.ended.set()

    def _safely(self, act: Callable[[Process], None], process: Process) -> None:
        try:
            act(process)
        except Killed:
            pass
        except Exception as error:  # noqa: BLE001 - a service that ends by itself is a finding
            self.failures.append(f"{self.name} does not run: {type(error).__name__}: {error}")
            process.die()

    @abstractmethod
    def _begin(self, process: Process) -> None:
        """Starts it in its process."""

    @abstractmethod
    def _end(self) -> None:
        """Has it stop in good order."""

    @abstractmethod
    def _has_ended(self) -> bool:
        """Whether it has."""

    def _unwind(self) -> None:  # noqa: B027 - a bridge is tasks alone
        """Ends what is no task."""


def _raise(task: Any) -> None:
    """A fault of the simulation itself ends it."""
    if not task.cancelled() and (error := task.exception()):
        raise SystemExit(f"the simulation failed: {error!r}") from error


_LOADED: dict[Any, Any] = {}


def _settings(config: Path) -> Any:
    """The settings as the files have them: the same files give the same, and are read once."""
    from bcm_mqtt.config import load  # noqa: PLC0415

    files = sorted(file for file in config.parent.iterdir() if file.suffix in {".yaml", ".csv"})
    key = config, *((file.name, file.stat().st_mtime_ns, file.read_bytes()) for file in files)
    if key not in _LOADED:
        if len(_LOADED) > 20:
            _LOADED.clear()
        _LOADED[key] = load(config)
    return _LOADED[key]


class BridgeService(Service):
    """The bridge, as `bcm-mqtt bridge` runs it."""

    name = "bridge"
    bridge: Any = None

    def __init__(self, *arguments: Any, seed: int) -> None:
        super().__init__(*arguments)
        self._random = Random(seed)

    def _begin(self, process: Process) -> None:
        from bcm_mqtt.bridge import Bridge  # noqa: PLC0415

        settings = _settings(self.config)
        self.bridge = Bridge(settings, settings.mqtt.broker, now, self._random.random)
        self._stop = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self.bridge.run(self._stop))
        self._task.add_done_callback(lambda task: self._over(process, task))

    def _over(self, process: Process, task: Any) -> None:
        if task.cancelled() or not process.alive:
            return
        if error := task.exception():
            self.failures.append(f"bridge ended: {type(error).__name__}: {error}")
            process.die()

    def _end(self) -> None:
        self._stop.set()

    def _has_ended(self) -> bool:
        return bool(self._task.done())


class RecorderService(Service):
    """The recorder, as `bcm-mqtt recorder` runs it."""

    name = "recorder"
    service: Any = None
    _job: Any = None

    def _begin(self, process: Process) -> None:
        self._process = process
        self.service = None
        self._job = clockwork.start(self.machine.loop, lambda: self._safely(self._run, process))

    def _run(self, process: Process) -> None:
        from bcm_mqtt.cli.services import recorder  # noqa: PLC0415

        PROCESS.set(process)
        with recorder.recorder_of(_settings(self.config)) as self.service:
            self.service.run()

    def _end(self) -> None:
        if self.service:
            self.service.stop()
        else:
            self.kill()

    def _has_ended(self) -> bool:
        return bool(self._job is None or self._job.dead)

    def _unwind(self) -> None:
        if self._job is not None and not self._job.dead:
            self._job.throw(Killed)
