"""PostgreSQL stopped while snapshots keep coming: the broker keeps them, then it is caught up."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from peers.flow import Flow, begin
from peers.killing import check, connected
from peers.mosquitto import Mosquitto
from peers.postgresql import PostgreSql
from peers.process import free_port, wait_until
from peers.site import Site


@dataclass(frozen=True)
class CaughtUp:
    """What came of an outage.

    Attributes:
        backlog: Snapshots that waited when the database was back.
        seconds: From then on until none did, while more kept coming.
        stored: In that time.
        largest_mb: Most memory that the recorder had.
    """

    backlog: int
    seconds: float
    stored: int
    largest_mb: float


def outage(folder: Path, seconds: float, rate: float) -> CaughtUp:
    """Stops PostgreSQL for a time; fails where anything is lost or doubled."""
    count, start, before = int(rate * (seconds * 1.5 + 20)), begin(), 5.0
    with ExitStack() as stack:
        broker = stack.enter_context(Mosquitto(folder / "mosquitto", port=free_port()))
        postgresql = stack.enter_context(PostgreSql())
        url = postgresql.database()
        site = stack.enter_context(Site(folder / "site", broker.port, 1, database=url))
        site.publish_months()
        recorder = site.start("recorder")
        wait_until(lambda: connected(site), 60, recorder.said)
        with Flow(broker.port, count, rate, start) as flow:
            time.sleep(before)
            postgresql.stop()
            time.sleep(seconds)
            postgresql.start()
            back, there = time.monotonic(), site.count("snapshot")
            backlog = flow.published - there
            stored = there
            while stored < flow.published - rate and not flow.done:
                time.sleep(0.2)
                stored = site.count("snapshot")
            took = time.monotonic() - back
            assert not flow.done, "it was not caught up while more came"
        wait_until(lambda: site.count("snapshot") >= count, 120, recorder.said)
        status = Path(f"/proc/{recorder.pid}/status").read_text()
        largest = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        assert recorder.stop(60) == 0
        assert "trying again until it works" in recorder.said()
        assert "works again" in recorder.said()
        assert "Traceback" not in recorder.said()
        check(site, count, start)
    return CaughtUp(backlog, took, stored - there, int(largest.split()[1]) / 1024)
