"""NATS with three nodes: one is killed once while a bridge polls for recorders of two parts."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from re import findall

from bcm_mqtt.recorder.part import Part, part_of
from peers.nats import MAX_ACK_PENDING, REQUIREMENT, Cluster
from peers.postgresql import PostgreSql
from peers.process import BCM_MQTT, Process, wait_until
from peers.site import Site
from peers.wire import Wire

PANELS = [f"p-{number}" for number in range(10)]
PARTS = 2
FLOW_S = 30.0
_LOOK_EVERY_S = 0.1
_SENT_AGAIN_S = 180.0
"""Longest wait for what the bridge sends again, which is half a minute and a busy machine's."""


def run() -> int:
    """Prints what was lost and what was stored twice, and the longest pause; 1 where any was."""
    print(
        f"NATS ({REQUIREMENT}): 3 nodes, max_ack_pending {MAX_ACK_PENDING}; a bridge polls "
        f"{len(PANELS)} panels every second, recorders --part 1/{PARTS} and 2/{PARTS}, behind "
        "addresses that lead to the first node that answers",
        flush=True,
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(Cluster())
        url = stack.enter_context(PostgreSql()).database()
        first, *others = [node.port for node in cluster.nodes]
        # The bridge and a recorder are at the node that is killed, the other recorder is not.
        ports = [stack.enter_context(Wire(to)).port for to in ([first, *others], [*others, first])]
        gateways = _simulated(folder, stack)
        sites = [
            stack.enter_context(_site(folder / str(port), port, url, gateways)) for port in ports
        ]
        site = sites[0]
        site.run("db", "upgrade")
        recorders = list(_started(sites))
        bridge = site.start("bridge")
        wait_until(lambda: len(_panels(site)) == len(PANELS), 120, bridge.said)
        pauses = [_pauses(site)]
        cluster.nodes[0].kill()
        pauses.append(_pauses(site))
        cluster.nodes[0].start()
        pauses.append(_pauses(site))
        begun = time.monotonic()
        while (lost := _missing(site)) and time.monotonic() - begun < _SENT_AGAIN_S:
            time.sleep(_LOOK_EVERY_S)
        assert bridge.stop() == 0
        assert [recorder.stop() for recorder in recorders] == [0] * len(recorders)
        assert not any("Traceback" in one.said() for one in (bridge, *recorders))
        rows = Counter(site.query("SELECT panel, time FROM snapshot"))
    twice = sum(rows.values()) - len(rows)
    before, killed, back = pauses
    print(
        f"{len(rows):,} snapshots, a node killed and started again: {lost} lost, {twice} twice; "
        f"longest time in which nothing of a part was stored: {max(before):.1f} s before, "
        f"{_listed(killed)} s when it was killed, {_listed(back)} s when it came back"
    )
    return 1 if lost or twice else 0


def _simulated(folder: Path, stack: ExitStack) -> list[int]:
    """The port of each panel."""
    options = ["--panels", str(len(PANELS)), "--panels-per-gateway", "1", "--port", "0"]
    simulator = Process([*BCM_MQTT, "simulate", *options], folder / "simulate.log")
    stack.enter_context(simulator)
    wait_until(lambda: simulator.said().count("unit ids") >= len(PANELS), 60, simulator.said)
    return [int(port) for port in findall(r":(\d+) unit ids", simulator.said())]


def _site(folder: Path, broker: int, url: str, gateways: list[int]) -> Site:
    mqtt = ", protocol: 3.1.1, circuit_topics: false, discovery: {enabled: false}"
    site = Site(folder, broker, 1, mqtt, url)
    text = site.config.read_text()
    before, _, after = text.partition("gateways:\n")
    lines = ["gateways:"]
    lines += [
        f"  g-{port}: {{host: 127.0.0.1, port: {port}, poll_interval: 1s}}" for port in gateways
    ]
    lines.append("panels:")
    lines += [
        f"  {name}: {{name: {name}, gateway: g-{port}, profile: bg08, service: 120/208}}"
        for name, port in zip(PANELS, gateways, strict=True)
    ]
    rest = after.partition("tariffs:")[2]
    site.config.write_text("\n".join([before.rstrip(), *lines, f"tariffs:{rest}"]))
    site.write_circuits(f"{name},{pole},C-{pole},20" for name in PANELS for pole in range(1, 49))
    return site


def _started(sites: list[Site]) -> Iterator[Process]:
    """Each part at another node."""
    for number, site in enumerate(reversed(sites), start=1):
        recorder = site.start("recorder", "--part", str(Part(number, PARTS)))
        wait_until(partial(_is_connected, recorder), 60, recorder.said)
        yield recorder


def _is_connected(recorder: Process) -> bool:
    return ": connected" in recorder.said()


def _pauses(site: Site) -> list[float]:
    """The longest time in which nothing of a part was stored, of some time, s."""
    longest, stored = [0.0] * PARTS, _by_part(site)
    begun = time.monotonic()
    since = [begun] * PARTS
    while time.monotonic() - begun < FLOW_S:
        time.sleep(_LOOK_EVERY_S)
        now, counts = time.monotonic(), _by_part(site)
        for at in range(PARTS):
            longest[at] = max(longest[at], now - since[at])
            if counts[at] > stored[at]:
                since[at] = now
        stored = counts
    return longest


def _by_part(site: Site) -> list[int]:
    counts = [0] * PARTS
    for name, count in _panels(site).items():
        counts[part_of(name, PARTS) - 1] += count
    return counts


def _panels(site: Site) -> dict[str, int]:
    """How many snapshots of each are stored."""
    return dict(site.query("SELECT panel, count(*) FROM snapshot GROUP BY panel"))


def _listed(pauses: list[float]) -> str:
    return " and ".join(f"{pause:.1f}" for pause in pauses)


def _missing(site: Site) -> int:
    """How many of the numbers that the bridge counts by panel are in no row."""
    query = "SELECT max(seq) - min(seq) + 1 - count(DISTINCT seq) FROM snapshot GROUP BY panel"
    return sum(missing for (missing,) in site.query(query))
