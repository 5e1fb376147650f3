"""Patroni with three nodes: the leader is killed five times while snapshots flow.

Page and billing run beside the recorder, and a bill run is cut off by the first kill.
"""

import os
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

from peers.beside import MONTHS_TO_DATE, Watched, answers, has_month, issued_once, writing_bills
from peers.flow import Flow, begin, snapshots
from peers.killing import connected
from peers.mosquitto import Mosquitto
from peers.patroni import ETCD, LOOP_S, RETRY_S, TTL_S, Cluster
from peers.process import wait_until
from peers.site import Site

KILLS, RATE, PER_KILL = int(os.environ.get("KILLS", "5")), 100, 5_600
_GAP_S = 0.1


def run() -> int:
    """Prints what was lost and what was stored twice, and the longest pause; 1 where any was."""
    print(
        f"Patroni: 3 nodes, ttl {TTL_S} s, loop_wait {LOOP_S} s, retry_timeout {RETRY_S} s, "
        f"synchronous_mode_strict; etcd: heartbeat {ETCD['heartbeat-interval']} ms, election "
        f"{ETCD['election-timeout']} ms; {RATE} snapshots/s"
    )
    count, start = KILLS * PER_KILL, begin()
    with (
        tempfile.TemporaryDirectory() as folder,
        Mosquitto(Path(folder) / "mosquitto") as broker,
        Cluster() as cluster,
        Site(Path(folder) / "site", broker.port, 1, database=cluster.database()) as site,
    ):
        page = site.serve_page()
        has_month(site)
        before = site.count("snapshot")
        services = [site.start(name) for name in ("recorder", "web", "billing")]
        recorder, web, billing = services
        wait_until(lambda: connected(site), 180, recorder.said)
        wait_until(lambda: answers(page) == 200, 180, web.said)
        with Flow(broker.port, count, RATE, start) as flow, Watched(page) as watched:
            wait_until(lambda: site.count("snapshot") > before, 180, recorder.said)
            with writing_bills(site) as bill:
                pauses = [_killed(cluster, site, 1)]
                assert bill.wait(180) == 1
            pauses += [_killed(cluster, site, number) for number in range(2, KILLS + 1)]
            killed_at = flow.published
        wait_until(lambda: _arrived(site, before + count), 300, recorder.said)
        broker.publish(MONTHS_TO_DATE, "", retain=True)
        wait_until(lambda: bool(broker.retained(MONTHS_TO_DATE)), 180, billing.said)
        bills = issued_once(site)
        for service in services:
            assert service.stop(60) == 0
            assert "Traceback" not in service.said()
        lost, twice = _compared(site, count, start)
    print(
        f"{count:,} snapshots, leader killed {KILLS} times (the last after {killed_at:,}): "
        f"{lost} lost, {twice} twice; nothing stored for {max(pauses):.1f} s at the longest "
        f"({', '.join(f'{pause:.1f}' for pause in pauses)} s)\n"
        f"the page was without what is stored for {watched.longest_s:.1f} s at the longest, and "
        f"did not answer {watched.failed} times; the bill run that was cut off was repeated: "
        f"{bills} bills, verified"
    )
    return 1 if lost or twice else 0


def _killed(cluster: Cluster, site: Site, number: int) -> float:
    """Kills the leader and starts it again; how long nothing was stored, s."""
    cluster.settle()
    leader = cluster.leader
    assert leader
    before = site.count("snapshot")
    wait_until(lambda: site.count("snapshot") > before, 60)
    leader.kill()
    killed = time.monotonic()
    stored = site.count("snapshot")
    wait_until(lambda: site.count("snapshot") > max(before, stored), 180, cluster.said)
    pause = time.monotonic() - killed
    print(f"  kill {number}: {leader.name}, stored again after {pause:.1f} s", flush=True)
    leader.start()
    return pause


def _arrived(site: Site, count: int) -> bool:
    time.sleep(_GAP_S)
    return site.count("snapshot") >= count


def _compared(site: Site, count: int, start: datetime) -> tuple[int, int]:
    """How many are not stored, and how many rows there are beyond one of each."""
    rows = Counter(site.query("SELECT panel, seq FROM snapshot WHERE time >= %s", [start]))
    sent = {(item.panel, item.seq) for item in snapshots(count, start)}
    return len(sent - rows.keys()), sum(rows.values()) - len(rows)
