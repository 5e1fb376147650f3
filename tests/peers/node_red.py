"""Node-RED as a process, with the flows as they are shipped in config/node-red/."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import pytest

from peers.process import Process, accepts, free_port, wait_until

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "config" / "node-red"
ENVIRONMENT = ROOT / ".node-red"
Node = dict[str, Any]


def flow(name: str) -> list[Node]:
    """The nodes of a shipped file."""
    nodes: list[Node] = json.loads((SHIPPED / f"{name}.json").read_text(encoding="utf-8"))
    return nodes


class NodeRed:
    """Has imported some flows; `start` and `stop` may take turns.

    What a person would set in the editor is given: the broker's port, what is in the tabs'
    environment, and other properties by node id.
    """

    def __init__(
        self,
        folder: Path,
        names: tuple[str, ...],
        broker_port: int,
        environment: Mapping[str, str],
        properties: Mapping[str, Mapping[str, object]] | None = None,
    ) -> None:
        self.port = free_port()
        self.log = folder / "log"
        self._folder = folder
        self._process: Process | None = None
        nodes = {node["id"]: node for name in names for node in flow(name)}
        nodes["bcm-broker"]["port"] = str(broker_port)
        for node_id, changed in (properties or {}).items():
            nodes[node_id] |= changed
        for variable in (each for node in nodes.values() for each in node.get("env", ())):
            variable["value"] = environment.get(variable["name"], variable["value"])
        folder.mkdir(parents=True)
        (folder / "flows.json").write_text(json.dumps(list(nodes.values())))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when it is connected to the broker."""
        if not (ENVIRONMENT / ".ready").exists():
            pytest.fail(
                "Node-RED is missing: run scripts/node-red-environment, "
                'or leave these tests out with -m "not node_red"',
                pytrace=False,
            )
        modules = ENVIRONMENT / "node_modules"
        settings = {
            "uiHost": "127.0.0.1",
            "uiPort": self.port,
            "flowFile": "flows.json",
            "credentialSecret": "of the tests",
            "mqttReconnectTime": 500,
        }
        self.log.unlink(missing_ok=True)
        self._process = Process(
            [
                str(modules / "node" / "bin" / "node"),
                str(modules / "node-red" / "red.js"),
                *("--userDir", str(self._folder), "--no-telemetry"),
                *("--settings", str(SHIPPED / "settings.js")),
                *(part for name, value in settings.items() for part in ("-D", f"{name}={value}")),
            ],
            self.log,
        )
        wait_until(lambda: self.connections == 1 and accepts(self.port), 150, self.said)

    def stop(self) -> None:
        """SIGTERM, as systemd ends it."""
        if self._process:
            self._process.stop(60)

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process
        self._process.kill()

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    @property
    def connections(self) -> int:
        """To the broker, since it started."""
        return self.said().count("Connected to broker")

    @property
    def complaints(self) -> list[str]:
        """Warnings and errors of nodes."""
        return re.findall(r"^.* - \[(?:warn|error)\] \[.*$", self.said(), re.MULTILINE)
