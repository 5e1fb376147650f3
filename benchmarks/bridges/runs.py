"""A run of one bridge: what reached a subscriber in some seconds, and what it took."""

import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from benchmarks.bridges.contestants import POLES, Contestant, Site, Started
from benchmarks.bridges.gateways import REGISTERS
from benchmarks.databases import Mosquitto
from peers.process import Process, wait_until

_TICK = os.sysconf("SC_CLK_TCK")
_STARTS_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Case:
    """What is polled, and how.

    Attributes:
        panels: Each behind a gateway of its own.
        latency_ms: Of the line for each request.
        dead_unit: That never answers; 0 is none.
        period_s: Between polls; 0 is as fast as it goes.
        by_circuit: A topic for each circuit, else JSON.
        warm_s: From the first reading on, not measured.
        seconds: Measured.
    """

    panels: int
    latency_ms: float = 0.0
    dead_unit: int = 0
    period_s: float = 0.0
    by_circuit: bool = False
    warm_s: float = 3.0
    seconds: float = 6.0


@dataclass(frozen=True, slots=True)
class Run:
    """What was measured.

    Attributes:
        readings: Amps that reached the subscriber.
        cycle_ms: Mean time from one poll of a panel to the next.
        median_ms: Its median over panels' messages: without the few in which a dead unit was tried.
        cpu_s: Processor time of the bridge's processes.
        cores: The same by time.
        megabytes: Of memory, what processes share split between them.
    """

    readings: int
    cycle_ms: float
    median_ms: float
    cpu_s: float
    cores: float
    megabytes: float

    @property
    def cpu_ms_per_1000(self) -> float:
        """Processor time of 1,000 readings."""
        return 1_000_000 * self.cpu_s / self.readings if self.readings else float("inf")


def run(case: Case, contestant: Contestant) -> Run:
    """Starts the meters, a broker, a subscriber and the bridge, and ends them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(Mosquitto(folder / "mosquitto"))
        ports = serve(case, folder, stack)
        site = Site(ports, broker.port, case.period_s, case.by_circuit, folder)
        started = contestant(site)
        # A line for each message: when it arrived, in seconds.
        listening = ("mosquitto_sub", "-p", str(broker.port), "-t", started.topic, "-F", "%U")
        arrivals = stack.enter_context(Process(listening, folder / "arrivals"))
        bridges = [
            stack.enter_context(
                Process(command, folder / f"bridge-{number}.log", PYTHONPATH=_path(started.folder))
            )
            for number, command in enumerate(started.commands)
        ]
        wait_until(lambda: arrivals.log.stat().st_size > 0, _STARTS_WITHIN_S, bridges[0].said)
        while case.period_s and not _complete(case, started, arrivals):
            assert all(bridge.running for bridge in bridges), bridges[0].said()[-2000:]
        time.sleep(case.warm_s)
        begun, used = time.time(), cpu_s(bridges)
        time.sleep(case.seconds)
        ended, used = time.time(), cpu_s(bridges) - used
        megabytes = sum(map(_megabytes, bridges))
        assert all(bridge.running for bridge in bridges), bridges[0].said()[-2000:]
        for bridge in bridges:
            bridge.kill()
        arrivals.stop()
        times = [float(line) for line in arrivals.said().split()]
    within = [at for at in times if begun <= at < ended]
    readings = len(within) * started.amps
    live = POLES - REGISTERS * bool(case.dead_unit)  # whose meters have messages of their own
    messages_of_a_cycle = case.panels * max(1, live // started.amps)
    polls = within[::messages_of_a_cycle]
    cycles = len(polls) - 1
    median_s = median([b - a for a, b in pairwise(polls)] or [0.0])
    cycle_s = (within[cycles * messages_of_a_cycle] - within[0]) / cycles if cycles > 0 else 0.0
    return Run(readings, 1000 * cycle_s, 1000 * median_s, used, used / (ended - begun), megabytes)


def _complete(case: Case, started: Started, arrivals: Process) -> bool:
    """Whether all panels come in each period by now: many processes start one by one."""
    before = arrivals.log.stat().st_size
    time.sleep(4 * case.period_s)
    messages = (arrivals.log.stat().st_size - before) / len(f"{time.time_ns() / 1e9:.9f}\n")
    return messages > 3 * case.panels * POLES / started.amps


def _path(folder: Path) -> str:
    return f"{folder}{os.pathsep}{folder / 'tests'}"


def serve(case: Case, folder: Path, stack: ExitStack) -> tuple[int, ...]:
    """The ports of gateways that answer, until the stack is closed."""
    with ExitStack() as held:  # all at once, so that no two are the same
        anywhere = ("127.0.0.1", 0)
        ends = [held.enter_context(socket.create_server(anywhere)) for _ in range(case.panels)]
        ports = tuple(end.getsockname()[1] for end in ends)
    listed = ",".join(map(str, ports))
    options = (listed, str(case.latency_ms), str(case.dead_unit))
    command = (sys.executable, "-m", "benchmarks.bridges.gateways", *options)
    meters = stack.enter_context(Process(command, folder / "meters.log"))
    wait_until(lambda: "ready" in meters.said(), 30, meters.said)
    return ports


def cpu_s(processes: list[Process]) -> float:
    """Of all their threads, and of the processes that they have started."""
    ticks = 0
    for pid in [pid for process in processes for pid in _family(process.pid)]:
        with suppress(OSError):  # it has just ended
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICK


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text().split():
                yield from _family(int(child))


def _megabytes(process: Process) -> float:
    shares = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in shares if line.startswith("Pss:")) / 1024
