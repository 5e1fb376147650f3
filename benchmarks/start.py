"""`make bench ARGS=start`: how long services take from their start until they are ready.

A bridge is ready when a poll of it reaches a subscriber, a recorder when its state is online, the
page when it answers, and `run` when its page has a panel's first live value. Each also without
compiled caches, as on a first start from a folder that cannot be written to; and 50 panels until
each comes in every period.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from pathlib import Path
from urllib.request import urlopen

import orjson

from benchmarks.bridges.contestants import Site, ours
from benchmarks.bridges.runs import Case, cpu_s, serve
from benchmarks.databases import Mosquitto
from peers.process import BCM_MQTT, Process, free_port

ROUNDS = 5
SERVICES = ("bridge", "recorder", "web", "run")
PANELS = 50
_PERIOD_S = 1.0
_SETTLES_WITHIN_S = 12.0
_READY_WITHIN_S = 120.0
_LOOK_S = 0.005
_COMMON = "asyncio, click, numpy, paho.mqtt.client, pymodbus.framer, ruamel.yaml, voluptuous"
LIBRARIES = {
    "bridge": f"{_COMMON}, cattrs",
    "recorder": f"{_COMMON}, cattrs, sqlalchemy",
    "web": f"{_COMMON}, cattrs, sqlalchemy, fastapi, jinja2, uvicorn",
}
"""What a service cannot do without: to import these, and nothing else, is the floor."""


@dataclass(frozen=True, slots=True)
class Start:
    """From a process' start until it was ready.

    Attributes:
        cpu_s: Processor time of all its threads.
        wall_s: Seconds.
    """

    cpu_s: float
    wall_s: float


def run() -> None:
    """Prints a line for each service, with compiled caches and without, and one for the site."""
    for service in SERVICES:
        for cached in (True, False):
            starts = [started(service, cached=cached) for _ in range(ROUNDS)]
            cpu, wall = (
                f"{statistics.median(those):.2f} s ({min(those):.2f} to {max(those):.2f})"
                for those in zip(*((one.cpu_s, one.wall_s) for one in starts), strict=True)
            )
            caches = "with compiled caches" if cached else "without"
            print(f"{service}, {caches}: ready after {wall}; processor time {cpu}", flush=True)
    for _ in range(ROUNDS):
        first_s, polls = settled()
        print(f"{PANELS} panels: first poll after {first_s:.2f} s, settled after {polls} polls")


def rounds(service: str, count: int) -> Iterator[tuple[float, float]]:
    """Processor time until a service is ready, and that of importing its libraries."""
    started(service)  # compiles what is not compiled yet
    for _ in range(count):
        yield started(service).cpu_s, _imported_cpu_s(LIBRARIES[service])


def started(service: str, *, cached: bool = True) -> Start:
    """Starts a service on a site of one panel, and ends it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(Mosquitto(folder / "mosquitto"))
        page = free_port()
        ours()(
            Site(
                serve(Case(1), folder, stack),
                broker.port,
                _PERIOD_S,
                by_circuit=False,
                folder=folder,
            )
        )
        config = folder / "bcm.yaml"
        config.write_text(f"{config.read_text()}web: {{port: {page}}}\n")
        if service != "bridge":  # no start but the first makes the database
            upgrade = (*BCM_MQTT, "db", "upgrade", "-c", config)
            subprocess.run(upgrade, check=True, stdout=subprocess.DEVNULL)
        topic = {"bridge": "bcm/+/snapshot", "recorder": "bcm/recorder/+/state"}.get(service, "no")
        heard = stack.enter_context(_subscribed(broker, topic, folder))
        is_ready = {"web": lambda: _answers(page), "run": lambda: _shows_amps(page)}.get(
            service, lambda: bool(heard.said())
        )
        caches = {} if cached else _uncached(folder)
        command = (*BCM_MQTT, service, "-c", str(config))
        begun = time.monotonic()
        process = stack.enter_context(Process(command, folder / "service.log", **caches))
        _wait(is_ready, process)
        return Start(cpu_s([process]), time.monotonic() - begun)


def settled() -> tuple[float, int]:
    """Starts a bridge of many panels: when the first poll came, and how many until all came.

    Settled is a site from where on no panel is missed by more than half a period.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(Mosquitto(folder / "mosquitto"))
        ports = serve(Case(PANELS), folder, stack)
        (command,) = ours()(
            Site(ports, broker.port, _PERIOD_S, by_circuit=True, folder=folder)
        ).commands
        heard = stack.enter_context(_subscribed(broker, "bcm/+/snapshot", folder))
        begun = time.time()
        process = stack.enter_context(Process(command, folder / "bridge.log"))
        _wait(lambda: bool(heard.said()), process)
        time.sleep(_SETTLES_WITHIN_S)
        lines = [line.split() for line in heard.said().splitlines()]
    times = defaultdict[str, list[float]](list)
    for line in lines:
        if len(line) == len(("topic", "time")):
            times[line[0]].append(float(line[1]))
    first = min(map(min, times.values()))
    assert len(times) == PANELS, f"{len(times)} of {PANELS} panels came"
    late = max(_regular_from(those) for those in times.values()) - first
    return first - begun, 1 + ceil(max(0.0, late / _PERIOD_S - 0.5))


def _regular_from(times: list[float]) -> float:
    """The poll after which none came late."""
    late = [b for a, b in pairwise(times) if b - a > 1.5 * _PERIOD_S]
    return max(late, default=times[0])


def _subscribed(broker: Mosquitto, topic: str, folder: Path) -> Process:
    """A line for each message: its topic, and when it arrived, in seconds."""
    command = ("mosquitto_sub", "-p", str(broker.port), "-t", topic, "-F", "%t %U")
    return Process(command, folder / "heard")


def _answers(port: int) -> bool:
    with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
        return bool(answer.status == 200)
    return False


def _shows_amps(port: int) -> bool:
    with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/api/v1/panels", timeout=30) as answer:
        return any(amps is not None for one in orjson.loads(answer.read()) for amps in one["amps"])
    return False


def _wait(is_ready: Callable[[], bool], process: Process) -> None:
    until = time.monotonic() + _READY_WITHIN_S
    while not is_ready():
        assert process.running, process.said()[-3000:]
        assert time.monotonic() < until, process.said()[-3000:]
        time.sleep(_LOOK_S)


def _uncached(folder: Path) -> dict[str, str]:
    """Variables with which Python finds no compiled file, and writes none."""
    return {"PYTHONPYCACHEPREFIX": str(folder / "none"), "PYTHONDONTWRITEBYTECODE": "1"}


def _imported_cpu_s(libraries: str) -> float:
    before = os.times()
    subprocess.run([sys.executable, "-c", f"import {libraries}"], check=True)
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])
