"""Two brokers that know nothing of each other, killed in turn with all that they had.

A stand-in of a bridge publishes 1,000 snapshots a second from a real outbox: to poll that many,
two cores would be busy with the meters. Beside it a real bridge polls a panel every 200 ms.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from bcm_mqtt.bridge.delivery import Delivery
from bcm_mqtt.bridge.outbox import Outbox
from bcm_mqtt.bridge.wall_clock import WallClock
from bcm_mqtt.config.settings import OutboxSettings
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.mqtt.client import Broker, Message, MqttClient
from bcm_mqtt.mqtt.topics import Topics
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.postgresql import PostgreSql
from peers.process import wait_until
from peers.site import Site

KILLS, RATE, TICK_S, TICKS = 10, 1_000, 0.1, 10
"""A panel is polled each tenth tick: once a second."""
REST_S, AWAY_S = 6.0, 3.0
LIVE = "bcm/rpp-1a/circuit/1/current"
_OF_EACH = "(SELECT max(time) FROM snapshot WHERE panel = 'flow-{}-0')"
_NEWEST = f"SELECT greatest({', '.join(map(_OF_EACH.format, range(TICKS)))})"


class Flow:
    """Panels with 48 poles, each polled once a second, as their bridge publishes."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        folder.mkdir()
        self.sent: set[tuple[str, int]] = set()
        self._topics = Topics()
        self._folder = folder
        self.client = MqttClient(
            broker,
            "bcm-bridge-flow",
            on_connect=self._connected,
            on_message=self._message,
            on_published=self._published,
        )
        wall = WallClock(_now, time.monotonic, folder)
        outbox = Outbox(folder / "outbox.db", OutboxSettings(), "auto", _now, time.monotonic())
        self._delivery = Delivery(self.client, self._topics, outbox, time.monotonic, wall)
        self._going, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def begin(self) -> None:
        """Once a recorder is expected to store what comes."""
        wait_until(lambda: bool(self._delivery.figures.recorders), 60)
        self._going.set()

    def finish(self) -> None:
        """Returns when all that was sent is stored, as the recorder says."""
        self._going.clear()
        time.sleep(2 * TICK_S)
        wait_until(lambda: self._delivery.waiting == 0, 120)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.client.start(self._loop)
        delivering = asyncio.create_task(self._delivery.run())
        begun, number = time.monotonic(), 0
        while not self._ended.is_set() and not delivering.done():
            if self._going.is_set():
                self._poll(number)
            number += 1
            await asyncio.sleep(max(0.005, begun + number * TICK_S - time.monotonic()))
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
        self._delivery.close()
        self.client.stop()

    def _poll(self, number: int) -> None:
        """A tenth of the panels: that is the rate."""
        at = _now()
        for panel in range(int(RATE * TICK_S)):
            name = f"flow-{number % TICKS}-{panel}"
            current = tuple((number * 7 + pole * 100) % 20_000 for pole in range(48))
            self.sent.add((name, number))
            self._delivery.send(Snapshot(name, at, number, round(TICK_S * TICKS * 1000), current))

    def _published(self, packet_id: int, reason: int) -> None:
        self._delivery.published(packet_id, reason)

    def _connected(self) -> None:
        self.client.subscribe(*self._delivery.filters)
        self._delivery.connected()

    def _message(self, message: Message) -> None:
        self._delivery.take(message)


class Live:
    """Listens at both brokers for a value that changes with each poll of the real bridge."""

    def __init__(self, *ports: int) -> None:
        self.came: list[float] = []
        self.port = 0
        self._clients = [self._client(port) for port in ports]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients:
            client.disconnect()
            client.loop_stop()

    def _client(self, port: int) -> Client:
        def heard(_client: Client, _data: object, message: MQTTMessage) -> None:
            if not message.retain:
                self.came.append(time.monotonic())
                self.port = port

        client = Client(CallbackAPIVersion.VERSION2)
        client.on_connect = lambda one, *_: one.subscribe(LIVE)
        client.on_message = heard
        client.reconnect_delay_set(1, 1)
        client.connect("127.0.0.1", port)
        client.loop_start()
        return client


class Stored:
    """Looks for the newest snapshot of the flow that is stored."""

    def __init__(self, site: Site) -> None:
        self.came: list[float] = []
        self._site = site
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        newest = None
        while not self._ended.wait(0.05):
            if (found := self._site.query(_NEWEST)[0][0]) != newest:
                newest = found
                self.came.append(time.monotonic())


def run() -> int:
    """Prints a line for each kill, and what was lost and stored twice; 1 where any was."""
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as name,
        Mosquitto(Path(name) / "a") as a,
        Mosquitto(Path(name) / "b") as b,
        Meters() as meters,
        PostgreSql() as postgresql,
        Site(Path(name) / "site", a.port, meters.port, database=postgresql.database()) as site,
    ):
        site.name_brokers(f'hosts: ["127.0.0.1:{a.port}", "127.0.0.1:{b.port}"]')
        recorder = site.start("recorder")
        wait_until(lambda: ": connected" in recorder.said(), 60, recorder.said)
        bridge = site.start("bridge")
        broker = Broker(port=a.port, others=(("127.0.0.1", b.port),))
        with (
            _changing(meters),
            Flow(Path(name) / "flow", broker) as flow,
            Live(a.port, b.port) as live,
            Stored(site) as stored,
        ):
            flow.begin()
            wait_until(lambda: bool(live.came and stored.came), 120, bridge.said)
            print("| killed | nothing stored for, s | no live value for, s |\n|---|---|---|")
            _unhurt(live, stored)
            pauses = [_killed((a, b)[number % 2], flow, live, stored) for number in range(KILLS)]
            _unhurt(live, stored)
            flow.finish()
        assert bridge.stop() == 0
        lost, twice = _compared(site, flow.sent)
        again = site.start("bridge")
        missing = _of_bridge(site, again.said)
        assert again.stop() == 0
        assert recorder.stop(60) == 0
        assert "Traceback" not in recorder.said() + bridge.said() + again.said()
    storing, showing = (max(column) for column in zip(*pauses, strict=True))
    print(
        f"{len(flow.sent):,} snapshots at {RATE:,}/s, each broker killed {KILLS // 2} times with "
        f"all that it had: {lost} lost, {twice} twice; of the real bridge {missing} lost; nothing "
        f"stored for {storing:.1f} s and no live value for {showing:.1f} s at the longest"
    )
    return 1 if lost or twice or missing else 0


def _killed(broker: Mosquitto, flow: Flow, live: Live, stored: Stored) -> tuple[float, float]:
    """Kills the broker at which both bridges are; the longest pause of each, s."""

    def are_there() -> bool:
        at = flow.client.course.broker.port if flow.client.connected else 0
        return at == live.port == broker.port and _goes_on(stored.came) and _goes_on(live.came)

    name = "b" if flow.client.course.earlier else "a"
    wait_until(are_there, 120)
    time.sleep(REST_S)
    begun = time.monotonic()
    broker.process.kill()
    time.sleep(AWAY_S)
    broker.start()
    wait_until(lambda: _goes_on(stored.came, begun) and _goes_on(live.came, begun), 120)
    time.sleep(REST_S)
    pauses = _longest(stored.came, begun), _longest(live.came, begun)
    print(f"| {name} | {pauses[0]:.1f} | {pauses[1]:.1f} |", flush=True)
    return pauses


def _unhurt(live: Live, stored: Stored) -> None:
    """What the pauses are without a kill: while intervals are computed, nothing is stored."""
    begun = time.monotonic()
    time.sleep(2 * REST_S + AWAY_S)
    print(
        f"| none | {_longest(stored.came, begun):.1f} | {_longest(live.came, begun):.1f} |",
        flush=True,
    )


def _goes_on(came: list[float], since: float = 0.0) -> bool:
    """Whether something came in the last second, and after a moment."""
    return came[-1] > max(since + AWAY_S, time.monotonic() - 1.0)


def _longest(came: list[float], since: float) -> float:
    """Between two that followed one another, from the last before a moment on."""
    times = list(came)
    first = next(number for number, at in enumerate(times) if at > since)
    return max(later - earlier for earlier, later in pairwise(times[max(0, first - 1) :]))


def _compared(site: Site, sent: set[tuple[str, int]]) -> tuple[int, int]:
    """How many are not stored, and how many rows there are beyond one of each."""
    rows = Counter(site.query("SELECT panel, seq FROM snapshot WHERE panel <> 'rpp-1a'"))
    return len(sent - rows.keys()), sum(rows.values()) - len(rows)


def _of_bridge(site: Site, said: Callable[[], str]) -> int:
    """Snapshots of the real bridge's first run that are not stored, and rows beyond one of each."""
    made = site.polled()
    of_bridge = "FROM snapshot WHERE panel = 'rpp-1a'"
    wait_until(lambda: site.query(f"SELECT count(*) {of_bridge}")[0][0] > made, 60, said)
    rows, times = site.query(f"SELECT count(*), count(DISTINCT time) {of_bridge}")[0]
    seqs = [row[0] for row in site.query(f"SELECT seq {of_bridge} ORDER BY time LIMIT {made}")]
    return sum(after != before + 1 for before, after in pairwise(seqs)) + int(rows - times)


@contextmanager
def _changing(meters: Meters) -> Iterator[None]:
    """Has a register change all the time, so that each poll has another live value."""
    ended = threading.Event()

    def change() -> None:
        number = 0
        while not ended.wait(0.05):
            number += 1
            meters.registers[1][0] = 50 + number % 100

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _now() -> datetime:
    return datetime.now(UTC)
