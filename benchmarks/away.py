"""A recorder that is away while 50 panels are polled each second, with real processes.

The shipped simulator, Mosquitto with a queue of 1,000 messages, bridge and recorder run as
processes. The bridge's live snapshots are watched by a subscriber of their own.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from re import findall
from statistics import quantiles
from typing import Any

import psycopg
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.mqtt.payloads import decode_snapshot
from benchmarks.databases import Mosquitto, database
from peers.process import BCM_MQTT, Process, free_port, wait_until

CASES = ("queue", "state deleted", "killed")
_BROKER = """\
allow_anonymous true
max_queued_messages 1000
max_inflight_messages 1000
persistence true
autosave_interval 60
persistence_location {folder}/
"""
_SITE = """\
site: {{id: dc1, name: Test, time_zone: America/New_York}}
mqtt: {{host: 127.0.0.1, port: {broker}, discovery: {{enabled: false}}}}
database: {{url: "{database}"}}
bridge: {{data: "{folder}/bridge"}}
gateways:
{gateways}
panels:
{panels}
tariffs: tariffs.yaml
billing: {{default_tariff: standard, publish: false}}
web: {{enabled: false}}
"""
_TARIFFS = "tariffs: {standard: {versions: [{valid_from: 2020-01-01, energy: 0.1185}]}}\n"
_TICK = os.sysconf("SC_CLK_TCK")
_BEFORE_S = 60.0


@dataclass(frozen=True)
class Usage:
    """Of the bridge in a part of the run: cores, and the slowest of its live snapshots.

    Attributes:
        cores: Processor time by time.
        p50_ms: From the poll to a subscriber, median.
        p99_ms: The same, of all but one in 100.
        most_ms: Of the slowest.
        live: How many live snapshots.
    """

    cores: float
    p50_ms: float
    p99_ms: float
    most_ms: float
    live: int


@dataclass
class Away:
    """What came of it.

    Attributes:
        polled: Snapshots of the whole run.
        lost: Of them, in no row.
        twice: Rows beyond one of each.
        backlog: That were not stored when the recorder started again.
        caught_up_s: From then on until none waited but the latest.
        stored: In that time.
        outbox_mb: The outbox's file at its largest.
        bridge_mb: Most memory of the bridge.
        broker_mb: Of the broker.
        recorder_mb: Of the recorder that caught up.
        parts: By the run's part.
    """

    polled: int = 0
    lost: int = 0
    twice: int = 0
    backlog: int = 0
    caught_up_s: float = 0.0
    stored: int = 0
    outbox_mb: float = 0.0
    bridge_mb: float = 0.0
    broker_mb: float = 0.0
    recorder_mb: float = 0.0
    parts: dict[str, Usage] = field(default_factory=dict)


class Watch:
    """A subscriber that notes how late each live snapshot came; replayed ones are not live."""

    def __init__(self, port: int) -> None:
        self._newest: dict[str, int] = {}
        self.late_ms: list[float] = []
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = self._subscribe
        self._client.on_message = self._take
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def stop(self) -> None:
        """Watches no longer."""
        self._client.disconnect()
        self._client.loop_stop()

    def _subscribe(self, client: Client, *_: object) -> None:
        client.subscribe("bcm/+/snapshot", qos=0)

    def _take(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        arrived = time.time()
        panel = message.topic.split("/")[1]
        snapshot = decode_snapshot(bytes(message.payload), panel)
        at = to_ms(snapshot.time)
        if at > self._newest.get(panel, 0):
            self._newest[panel] = at
            self.late_ms.append(arrived * 1000 - at)


class Running:
    """The processes of a site."""

    def __init__(self, folder: Path, url: str, panels: int, stack: ExitStack) -> None:
        self.folder, self.url, self._stack = folder, url, stack
        self._saved = folder / "broker"
        self._saved.mkdir(parents=True)
        more = _BROKER.format(folder=self._saved)
        port = free_port()
        self.broker = stack.enter_context(Mosquitto(folder / "mosquitto", more, port=port))
        ports = _start_simulator(folder, panels, stack)
        names = [f"p-{number:03d}" for number in range(panels)]
        gateway = "  g-{0}: {{host: 127.0.0.1, port: {1}, poll_interval: 1s}}".format
        panel = "  {0}: {{name: {0}, gateway: g-{0}, profile: bg08, service: 120/208}}".format
        site = _SITE.format(
            broker=port,
            database=url,
            folder=folder,
            gateways="\n".join(
                gateway(name, port) for name, port in zip(names, ports, strict=True)
            ),
            panels="\n".join(panel(name) for name in names),
        )
        (folder / "bcm.yaml").write_text(site)
        (folder / "tariffs.yaml").write_text(_TARIFFS)
        rows = [f"{name},{pole},C-{pole},20" for name in names for pole in range(1, 49)]
        (folder / "circuits.csv").write_text("\n".join(["panel,poles,description,rating", *rows]))

    def start(self, command: str) -> Process:
        """A service, with a log of its own."""
        arguments = [*BCM_MQTT, command, "-c", str(self.folder / "bcm.yaml")]
        return self._stack.enter_context(Process(arguments, self.folder / f"{command}.log"))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Of the site's database; none while it does not have tables."""
        try:
            if self.url.startswith("sqlite"):
                file = self.url.removeprefix("sqlite:///")
                with closing(sqlite3.connect(file, timeout=30)) as lite:
                    return lite.execute(sql).fetchall()
            with closing(psycopg.connect(self.url.replace("+psycopg", ""))) as connection:
                return connection.execute(sql.encode()).fetchall()
        except (sqlite3.OperationalError, psycopg.errors.UndefinedTable):
            return []

    def stored(self) -> int:
        """Rows of snapshots."""
        return sum(count for _, count in self.rows("SELECT 'all', count(*) FROM snapshot"))

    def polled(self) -> int:
        """Snapshots that the bridge made: the outbox drops none of them in such a time."""
        entries = "SELECT count(*) FROM entry"
        blocks = "SELECT coalesce(sum(snapshots), 0) FROM block"
        file = self.folder / "bridge" / "outbox.db"
        with closing(sqlite3.connect(file, timeout=30)) as outbox:
            return int(outbox.execute(f"SELECT ({entries}) + ({blocks})").fetchone()[0])

    def hurt_broker(self, how: str) -> None:
        """Kills it, or takes its state away; then it runs again."""
        if how == "killed":
            self.broker.process.kill()
        else:
            self.broker.stop()
            shutil.rmtree(self._saved)
            self._saved.mkdir()
        self.broker.start()

    def outbox_bytes(self) -> int:
        """Of the outbox with its journal."""
        return sum(file.stat().st_size for file in (self.folder / "bridge").glob("outbox.db*"))


def _start_simulator(folder: Path, panels: int, stack: ExitStack) -> list[int]:
    """The port of each panel."""
    options = ["--panels", str(panels), "--panels-per-gateway", "1", "--port", "0"]
    simulator = Process([*BCM_MQTT, "simulate", *options], folder / "simulate.log")
    stack.enter_context(simulator)
    wait_until(lambda: simulator.said().count("unit ids") >= panels, 60, simulator.said)
    return [int(port) for port in findall(r":(\d+) unit ids", simulator.said())]


def away(folder: Path, kind: str, case: str, seconds: float, panels: int = 50) -> Away:
    """Kills the recorder for a time, and the broker as the case says; returns what was found."""
    found = Away()
    with ExitStack() as stack:
        url = stack.enter_context(database(kind))
        site = Running(folder, url, panels, stack)
        recorder = site.start("recorder")
        wait_until(lambda: ": connected" in recorder.said(), 60, recorder.said)
        bridge = site.start("bridge")
        wait_until(lambda: site.stored() > panels, 120, bridge.said)
        watch = Watch(site.broker.port)
        stack.callback(watch.stop)
        with _part(found, "before", bridge, watch):
            time.sleep(min(_BEFORE_S, seconds))
        recorder.kill()
        with _part(found, "away", bridge, watch):
            if case == "queue":
                time.sleep(seconds)
            else:
                time.sleep(seconds / 2)
                site.hurt_broker(case)
                time.sleep(seconds / 2)
        found.outbox_mb = site.outbox_bytes() / 1e6
        found.broker_mb = _most_mb(site.broker.process)
        before = site.stored()
        found.backlog = site.polled() - before
        begun = time.monotonic()
        recorder = site.start("recorder")
        with _part(found, "replay", bridge, watch):
            while site.polled() - (stored := site.stored()) > 4 * panels:
                assert time.monotonic() - begun < 60 + seconds, "it is not caught up"
                time.sleep(1)
            found.caught_up_s = time.monotonic() - begun
        found.stored = stored - before
        found.bridge_mb, found.recorder_mb = _most_mb(bridge), _most_mb(recorder)
        assert bridge.stop(60) == 0, bridge.said()[-2000:]
        # What was still on its way is in the outbox, and comes when the bridge runs again.
        found.polled, again = site.polled(), datetime.now(UTC)
        bridge = site.start("bridge")
        _count(found, site, again)
        assert bridge.stop(60) == 0, bridge.said()[-2000:]
        assert recorder.stop(60) == 0, recorder.said()[-2000:]
        assert "Traceback" not in bridge.said() + recorder.said(), bridge.said()[-2000:]
    return found


def _count(found: Away, site: Running, again: datetime) -> None:
    """All that the bridge made until `again` must have a row, and no more than one."""
    until_then = to_ms(again) if site.url.startswith("sqlite") else f"'{again.isoformat()}'"
    made = f"FROM snapshot WHERE time < {until_then}"
    distinct = f"SELECT 'all', count(*) FROM (SELECT DISTINCT panel, time {made}) AS each"
    until = time.monotonic() + 60
    while (each := site.rows(distinct)[0][1]) < found.polled and time.monotonic() < until:
        time.sleep(1)
    found.lost = found.polled - each
    found.twice = site.rows(f"SELECT 'all', count(*) {made}")[0][1] - each


@contextmanager
def _part(found: Away, name: str, bridge: Process, watch: Watch) -> Iterator[None]:
    begun, used, first = time.monotonic(), _cpu_s(bridge), len(watch.late_ms)
    yield
    cores = (_cpu_s(bridge) - used) / (time.monotonic() - begun)
    late = watch.late_ms[first:]
    cuts = quantiles(late, n=100)
    found.parts[name] = Usage(cores, cuts[49], cuts[98], max(late), len(late))


def _cpu_s(process: Process) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _most_mb(process: Process) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
