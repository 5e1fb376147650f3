"""A site of one BG08 panel with a circuit on every pole, and its services as processes."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any, Self

import psycopg

from peers.process import BCM_MQTT, Process, free_port

_MAIN = """\
site: {{id: dc1, name: Test, time_zone: America/New_York}}
mqtt: {{host: 127.0.0.1, port: {broker}, circuit_rate: every{mqtt}}}
database: {{url: "{database}"}}
bridge: {{data: "{folder}/bridge"}}
gateways:
  gw: {{host: 127.0.0.1, port: {modbus}, timeout: 500ms, poll_interval: 200ms}}
panels:
  rpp-1a: {{name: RPP 1A, gateway: gw, profile: bg08, service: 120/208}}
tariffs: tariffs.yaml
billing: {{publish: false, default_tariff: standard}}
web: {{enabled: false}}
"""
_TARIFFS = "tariffs: {standard: {versions: [{valid_from: 2020-01-01, energy: 0.1185}]}}\n"


class Site:
    """Configuration files in a folder; `bridge()` and so on run on them."""

    def __init__(
        self,
        folder: Path,
        broker_port: int,
        modbus_port: int,
        mqtt: str = "",
        database: str = "",
    ) -> None:
        """Takes more of `mqtt:` and the URL of a database that is not a SQLite file."""
        self.folder = folder
        self.database = database or f"sqlite:///{folder}/bcm.db"
        self.config = folder / "bcm.yaml"
        self._running = ExitStack()
        self._server: psycopg.Connection | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text(
            _MAIN.format(
                folder=folder,
                broker=broker_port,
                modbus=modbus_port,
                mqtt=mqtt,
                database=self.database,
            )
        )
        (folder / "tariffs.yaml").write_text(_TARIFFS)
        self.write_circuits(f"rpp-1a,{pole},Customer1-{pole},20" for pole in range(1, 49))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()
        if self._server:
            self._server.close()

    def write_circuits(self, rows: Iterable[str]) -> None:
        lines = ["panel,poles,description,rating", *rows]
        (self.folder / "circuits.csv").write_text("\n".join(lines) + "\n")

    def publish_months(self, publishing: str = "publish: true") -> None:
        """Has recorders start the process that publishes months to date, which they do by default.

        It takes more processor time to start than the recorder.
        """
        text = self.config.read_text()
        assert "publish: false" in text
        self.config.write_text(text.replace("publish: false", publishing))

    def publish_every_second(self) -> None:
        """Months to date, that is."""
        self.publish_months("publish_every: 1s")

    def serve_page(self) -> str:
        """Has `run` serve the page; its address."""
        port = free_port()
        text = self.config.read_text()
        self.config.write_text(text.replace("web: {enabled: false}", f"web: {{port: {port}}}"))
        return f"http://127.0.0.1:{port}/"

    def name_brokers(self, hosts: str) -> None:
        """Has `mqtt` name several brokers: `hosts: [...]`."""
        text = self.config.read_text()
        begin, end = text.index("{host: ") + 1, text.index(", circuit_rate")
        self.config.write_text(text[:begin] + hosts + text[end:])

    def start(self, command: str, *options: str, **environment: str) -> Process:
        """A service in the background; its log is `<command>.log`."""
        log = self.folder / f"{command}.log"
        arguments = [*BCM_MQTT, command, "-c", str(self.config), *options]
        return self._running.enter_context(Process(arguments, log, **environment))

    def run(self, *arguments: str, expect: int = 0) -> str:
        """A command to its end; what it printed."""
        log = self.folder / "command.log"
        log.unlink(missing_ok=True)
        process = Process([*BCM_MQTT, *arguments, "-c", str(self.config)], log)
        status = process.wait(60)
        assert status == expect, process.said()
        return process.said()

    def scan(self, *arguments: str, expect: int = 0) -> str:
        """What `scan` printed, which takes no configuration."""
        log = self.folder / "scan.log"
        log.unlink(missing_ok=True)
        process = Process([*BCM_MQTT, "scan", *arguments], log)
        assert process.wait(60) == expect, process.said()
        return process.said()

    def json(self, *arguments: str) -> Any:  # noqa: ANN401 - as the command printed it
        return json.loads(self.run(*arguments, "--format", "json"))

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of the database, as a person with a SQL prompt sees them."""
        if self.database.startswith("sqlite"):
            with closing(sqlite3.connect(self.folder / "bcm.db", timeout=10)) as lite:
                return lite.execute(sql, parameters).fetchall()
        if self._server:
            with suppress(psycopg.OperationalError):  # it was away in between
                return self._server.execute(sql, parameters).fetchall()
            self._server.close()
        url = self.database.replace("+psycopg", "")
        self._server = psycopg.connect(url, connect_timeout=10, autocommit=True)
        return self._server.execute(sql, parameters).fetchall()

    def polled(self) -> int:
        """Snapshots that the bridge made and has still in its outbox, stored or not."""
        entries = "SELECT count(*) FROM entry"
        blocks = "SELECT coalesce(sum(snapshots), 0) FROM block"
        file = self.folder / "bridge" / "outbox.db"
        with closing(sqlite3.connect(file, timeout=30)) as outbox:
            if not outbox.execute("SELECT 1 FROM sqlite_master WHERE name = 'block'").fetchone():
                return 0  # it is being made
            return int(outbox.execute(f"SELECT ({entries}) + ({blocks})").fetchone()[0])

    def count(self, table: str) -> int:
        """Rows of a table; 0 while there is none, or nobody to ask."""
        try:
            found: int = self.query(f"SELECT count(*) FROM {table}")[0][0]
        except (sqlite3.OperationalError, psycopg.Error):
            return 0
        return found
