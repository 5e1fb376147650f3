"""How each bridge is configured and started on the same site, and which topics its readings have.

Peers are installed from PyPI, in the versions named here, into .peers when they are first run.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bridges.gateways import FIRST_REGISTER, REGISTERS, UNITS

_ROOT = Path(__file__).parents[2]
_PEERS = _ROOT / ".peers"
POLES = UNITS * REGISTERS


@dataclass(frozen=True, slots=True)
class Site:
    """What a bridge has to do.

    Attributes:
        ports: Of the gateways; each has one panel.
        broker: Its port.
        period_s: Between polls; 0 is as fast as it goes.
        by_circuit: A topic for each circuit, else a JSON object for each panel or meter.
        folder: For its files.
    """

    ports: tuple[int, ...]
    broker: int
    period_s: float
    by_circuit: bool
    folder: Path


@dataclass(frozen=True, slots=True)
class Started:
    """What to run.

    Attributes:
        commands: A process each.
        topic: The filter of what carries amps, and nothing else.
        amps: How many a message carries.
        folder: To run in: a bridge of another commit is imported from there.
    """

    commands: tuple[tuple[str, ...], ...]
    topic: str
    amps: int
    folder: Path = _ROOT


Contestant = Callable[[Site], Started]


def ours(folder: Path = _ROOT) -> Contestant:
    """The bridge of this checkout, or of another; by circuit it sends amps, watts and load."""

    def start(site: Site) -> Started:
        every = f"{site.period_s:g}s"
        gateways = "\n".join(
            f"  g-{port}: {{host: 127.0.0.1, port: {port}, poll_interval: {every}, timeout: 1s}}"
            for port in site.ports
        )
        panels = "\n".join(
            f"  p-{port}: {{name: P{port}, gateway: g-{port}, profile: bg08, service: 120/208}}"
            for port in site.ports
        )
        (site.folder / "bcm.yaml").write_text(
            "site: {id: bench, name: Bench, time_zone: UTC}\n"
            f"mqtt: {{host: 127.0.0.1, port: {site.broker}, circuit_rate: every, "
            f"circuit_topics: {str(site.by_circuit).lower()}, discovery: {{enabled: false}}}}\n"
            'database: {url: "sqlite:///bcm.db"}\n'
            f'bridge: {{data: "{site.folder}/bridge"}}\n'
            f"gateways:\n{gateways}\npanels:\n{panels}\n"
        )
        rows = [f"p-{port},{pole},C-{pole},20" for port in site.ports for pole in range(1, 49)]
        (site.folder / "circuits.csv").write_text(
            "\n".join(["panel,poles,description,rating", *rows, ""])
        )
        command = (sys.executable, "-m", "bcm_mqtt", "bridge", "-c", f"{site.folder}/bcm.yaml")
        if site.by_circuit:
            return Started((command,), "bcm/+/circuit/+/current", 1, folder)
        return Started((command,), "bcm/+/snapshot", POLES, folder)

    return start


def plain(site: Site) -> Started:
    """The floor."""
    payload = "circuit" if site.by_circuit else "json"
    options = (str(site.broker), payload, f"{site.period_s:g}", *map(str, site.ports))
    command = (sys.executable, "-m", "benchmarks.bridges.plain", *options)
    if site.by_circuit:
        return Started((command,), "plain/+/+", 1)
    return Started((command,), "plain/+", POLES)


def bare(site: Site) -> Started:
    """The line alone: sockets of one gateway, with nothing done about what comes."""
    (port,) = site.ports
    command = (sys.executable, "-m", "benchmarks.bridges.bare", str(site.broker), str(port))
    return Started((command,), "bare/+", POLES)


def modpoll(requirement: str) -> Contestant:
    """Modpoll or what has its options: a process for each gateway, a message for each meter."""

    def start(site: Site) -> Started:
        program = _installed(requirement)
        commands = []
        for port in site.ports:
            lines = []
            for unit in range(1, UNITS + 1):
                lines += [
                    f"device,p-{port}-{unit},{unit},,",
                    f"poll,holding_register,{FIRST_REGISTER},{REGISTERS},BE_BE",
                ]
                lines += [
                    f"ref,c{(unit - 1) * REGISTERS + one + 1},{FIRST_REGISTER + one},uint16,r,,0.1"
                    for one in range(REGISTERS)
                ]
            file = site.folder / f"modpoll-{port}.csv"
            file.write_text("\n".join([*lines, ""]))
            # Without --mqtt-version 5.0 the older one ends at its start with paho 2.
            command = f"""
                {program} -f {file} -r {site.period_s or 0.001:g} --interval 0 --timeout 1
                --tcp 127.0.0.1 --tcp-port {port} --mqtt-host 127.0.0.1 --mqtt-port {site.broker}
                --mqtt-publish-topic-pattern peer/{{{{device_name}}}}/data --mqtt-version 5.0
                --mqtt-diagnostics-topic-pattern diagnostics/{{{{device_name}}}}
                --mqtt-clientid modpoll-{os.getpid()}-{port} --loglevel ERROR
            """.split()
            quiet = "-d" if "==1." in requirement else "--no-output"
            single = ["--mqtt-single"] * site.by_circuit
            commands.append((*command, quiet, *single))
        return Started(tuple(commands), "peer/#", 1 if site.by_circuit else REGISTERS)

    return start


def _installed(requirement: str) -> Path:
    """The program of a peer, in an environment of its own."""
    environment = _PEERS / requirement
    if not environment.exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        install = (environment / "bin" / "pip", "install", "--quiet", requirement)
        subprocess.run(install, check=True)
    return environment / "bin" / "modpoll"
