"""Patroni with etcd, as in docs/how-to/fail-over.md, on loopback: nodes that can be killed.

Time-outs of etcd are raised, because one disk and two cores serve all of it: a heartbeat of 500 ms
and an election after 5 s. Patroni's are the least that it takes, which are shorter than the
documented ones: a leader is gone after `TTL_S`.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final, Self
from urllib.error import URLError
from urllib.request import urlopen

import psycopg

from peers.postgresql import as_user, program_of
from peers.process import Process, accepts, free_port, wait_until

REQUIREMENTS: Final = ("patroni[etcd3]==4.1.5", "psycopg[binary]>=3.3,<4")
TTL_S: Final = 20
LOOP_S: Final = 2
RETRY_S: Final = 5
ETCD: Final = {"heartbeat-interval": "500", "election-timeout": "5000"}
_PLACE: Final = Path(__file__).parents[2] / ".peers" / "patroni"
_USER: Final = "postgres"


def installed() -> Path:
    """Patroni's folder of programs; made in an environment of its own when it is not there."""
    done = _PLACE / ".installed"
    if not done.exists():
        # Patroni starts it as the user of PostgreSQL, who may not see a Python of root's own.
        python = "/usr/bin/python3" if os.geteuid() == 0 else sys.executable
        subprocess.run([python, "-m", "venv", "--clear", _PLACE], check=True)
        pip = (_PLACE / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check")
        subprocess.run([*pip, *REQUIREMENTS], check=True)
        done.touch()
    return _PLACE / "bin"


class Etcd:
    """One etcd, which stays up."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: Process | None = None

    def __enter__(self) -> Self:
        peers = f"http://127.0.0.1:{free_port()}"
        clients = f"http://127.0.0.1:{self.port}"
        options = {
            **ETCD,
            "data-dir": str(self._folder / "etcd"),
            "listen-client-urls": clients,
            "advertise-client-urls": clients,
            "listen-peer-urls": peers,
            "initial-advertise-peer-urls": peers,
            "initial-cluster": f"default={peers}",
            "log-level": "error",
        }
        command = ["etcd", *(f"--{name}={value}" for name, value in options.items())]
        self._process = Process(command, self._folder / "etcd.log")
        wait_until(lambda: accepts(self.port), 30, self._process.said)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.stop()


class Node:
    """A Patroni with its PostgreSQL."""

    def __init__(self, name: str, folder: Path, etcd: Etcd) -> None:
        self.name = name
        self.port, self._api = free_port(), free_port()
        self._folder = folder
        self._file = folder / f"{name}.yaml"
        self._file.write_text(json.dumps(self._configuration(etcd), indent=1))  # JSON is YAML
        self._process: Process | None = None

    def _configuration(self, etcd: Etcd) -> Mapping[str, Any]:
        return {
            "scope": "bcm",
            "name": self.name,
            "restapi": {
                "listen": f"127.0.0.1:{self._api}",
                "connect_address": f"127.0.0.1:{self._api}",
            },
            "etcd3": {"hosts": [f"127.0.0.1:{etcd.port}"]},
            "bootstrap": {
                "dcs": {
                    "ttl": TTL_S,
                    "loop_wait": LOOP_S,
                    "retry_timeout": RETRY_S,
                    "maximum_lag_on_failover": 0,
                    "synchronous_mode": True,
                    "synchronous_mode_strict": True,
                    "postgresql": {
                        "use_pg_rewind": True,
                        "parameters": {"wal_log_hints": "on", "max_connections": 50},
                    },
                },
                "initdb": ["no-sync", {"encoding": "UTF8"}, {"locale": "C"}],
            },
            "postgresql": {
                "listen": f"127.0.0.1:{self.port}",
                "connect_address": f"127.0.0.1:{self.port}",
                "data_dir": str(self._folder / self.name),
                "bin_dir": str(Path(program_of("postgres")).parent),
                "pgpass": str(self._folder / f"{self.name}.pgpass"),
                "authentication": {
                    "superuser": {"username": _USER, "password": "of the tests"},
                    "replication": {"username": "replicator", "password": "of the tests"},
                },
                "pg_hba": [
                    "host replication all 127.0.0.1/32 trust",
                    "host all all 127.0.0.1/32 trust",
                ],
                "parameters": {"unix_socket_directories": ""},
            },
        }

    def start(self) -> None:
        command = as_user(installed() / "patroni", self._file)
        self._process = Process(command, self._folder / f"{self.name}.log")

    def said(self) -> str:
        """The end of its log."""
        return self._process.said()[-3000:] if self._process else ""

    def state(self) -> Mapping[str, Any]:
        """What Patroni says of it; nothing where it does not answer."""
        try:
            with urlopen(f"http://127.0.0.1:{self._api}/patroni", timeout=2) as answer:
                found: Mapping[str, Any] = json.load(answer)
        except (URLError, OSError, ValueError):
            return {}
        return found

    def kill(self) -> None:
        """SIGKILL of Patroni, of the postmaster and of its children, as a power cut does."""
        assert self._process
        postmaster = _postmaster(self._folder / self.name)
        self._process.kill()
        for process in postmaster:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def stop(self) -> None:
        """Patroni stops its PostgreSQL; what is left of either is killed."""
        if self._process is None:
            return
        left = _postmaster(self._folder / self.name)
        if self._process.running:
            self._process.stop(30)
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def _postmaster(data: Path) -> list[int]:
    """The postmaster of a folder, and its children."""
    try:
        process = int((data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        name = Path(f"/proc/{process}/comm").read_text().strip()
    except (OSError, ValueError, IndexError):
        return []
    return [process, *map(int, children)] if name == "postgres" else []


class Cluster:
    """Three nodes, of which one is the leader."""

    def __init__(self) -> None:
        # Not one of pytest's folders, which are for their owner alone.
        self._folder = Path(tempfile.mkdtemp(prefix="patroni-"))
        self._running = ExitStack()
        self.nodes: Sequence[Node] = ()

    def __enter__(self) -> Self:
        if os.geteuid() == 0:
            shutil.chown(self._folder, _USER)
        self._running.callback(shutil.rmtree, self._folder, ignore_errors=True)
        installed()
        try:
            etcd = self._running.enter_context(Etcd(self._folder))
            self.nodes = [Node(f"db{number}", self._folder, etcd) for number in (1, 2, 3)]
            for node in self.nodes:
                self._running.callback(node.stop)
                node.start()
                wait_until(self.leads, 120, node.said)
            self.settle()
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @property
    def leader(self) -> Node | None:
        """The node that takes writes."""
        for node in self.nodes:
            state = node.state()
            if state.get("role") in {"primary", "master"} and state.get("state") == "running":
                return node
        return None

    def leads(self) -> bool:
        return self.leader is not None

    def settle(self) -> None:
        """Waits until all three are there, and one of them is synchronous."""
        wait_until(self._is_whole, 180, self.said)

    def said(self) -> str:
        return "\n".join(node.said() for node in self.nodes)

    def _is_whole(self) -> bool:
        states = [node.state() for node in self.nodes]
        streams = [state.get("replication_state") == "streaming" for state in states]
        has_sync = any(state.get("sync_standby") for state in states)
        return self.leads() and sum(streams) == 2 and has_sync

    def database(self) -> str:
        """The URL of a new database, wherever the leader is."""
        assert self.leader
        url = f"postgresql://{_USER}@127.0.0.1:{self.leader.port}/postgres"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE bcm")
        hosts = ",".join("127.0.0.1" for _ in self.nodes)
        ports = ",".join(str(node.port) for node in self.nodes)
        return f"postgresql+psycopg://{_USER}@/bcm?host={hosts}&port={ports}"
