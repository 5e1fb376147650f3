"""The drill of docs/mqtt.md, "When a disk is lost": what is sent again, and what is named."""

import shutil
import sqlite3
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path

from integration.test_acknowledged_end_to_end import SMALL_QUEUE, begin, waiting
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import wait_until
from peers.site import Site

_LONGEST_S = 3.0
"""Between polls of 200 ms, on a machine with much else to do."""


def times_s(site: Site) -> list[float]:
    """Of the snapshots that are stored, in order."""
    return [at / 1000 for (at,) in site.query("SELECT time FROM snapshot ORDER BY time")]


def gaps(site: Site) -> list[tuple[float, float]]:
    """Where nothing is stored, though meters were read."""
    found = times_s(site)
    return [(a, b) for a, b in pairwise(found) if b - a > _LONGEST_S]


def restore(site: Site, copy: bytes) -> None:
    for end in ("", "-wal", "-shm"):
        (site.folder / f"bcm.db{end}").unlink(missing_ok=True)
    (site.folder / "bcm.db").write_bytes(copy)


def test_a_restored_database_is_filled_again_and_a_lost_outbox_is_a_gap(
    tmp_path: Path, meters: Meters
) -> None:
    with (
        Mosquitto(tmp_path / "mosquitto", SMALL_QUEUE) as broker,
        Site(tmp_path / "site", broker.port, meters.port) as site,
    ):
        bridge, recorder = begin(site)
        assert recorder.stop() == 0
        yesterday, before = (site.folder / "bcm.db").read_bytes(), site.count("snapshot")
        recorder = site.start("recorder")
        wait_until(lambda: site.count("snapshot") > before + 30, 60, recorder.said)
        recorder.kill()

        # The database's disk is lost; the bridge's is there: all of it is sent again.
        restore(site, yesterday)
        recorder = site.start("recorder")
        wait_until(lambda: site.count("snapshot") > before + 60, 90, recorder.said)
        wait_until(lambda: gaps(site) == [], 90, bridge.said)
        wait_until(lambda: waiting(site) < 10, 60, bridge.said)
        assert "was restored from an earlier copy" in bridge.said()

        # Both are lost: nobody has what came since the copy, and that shows as a gap.
        recorder.kill()
        bridge.kill()
        shutil.rmtree(site.folder / "bridge")
        restore(site, yesterday)
        time.sleep(2 * _LONGEST_S)
        started = time.time()
        bridge = site.start("bridge")
        recorder = site.start("recorder")
        wait_until(lambda: site.count("snapshot") > before + 30, 90, recorder.said)
        wait_until(lambda: waiting(site) < 10, 60, bridge.said)
        found = gaps(site)  # between them is what the broker's queue had
        assert sum(end - start for start, end in found) > 2 * _LONGEST_S
        assert max(end for _, end in found) < started + 30
        assert bridge.stop() == 0
        assert recorder.stop() == 0
        assert "Traceback" not in bridge.said() + recorder.said()
        with closing(sqlite3.connect(site.folder / "bcm.db")) as lite:
            named = lite.execute("SELECT count(*) FROM lost_span").fetchone()
        assert named == (0,), "the names were on the bridge's disk"
