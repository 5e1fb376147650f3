"""The broker goes away while the bridge polls: no reading is lost, live values come first."""

import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import free_port, wait_until
from peers.site import Site


def kept(site: Site) -> int:
    """Messages in the outbox."""
    file = site.folder / "bridge" / "outbox.db"
    if not file.exists():
        return 0
    with closing(sqlite3.connect(file, timeout=30)) as outbox, suppress(sqlite3.OperationalError):
        return int(outbox.execute("SELECT count(*) FROM entry WHERE missing").fetchone()[0])
    return 0  # it is not made yet


@pytest.fixture
def port() -> int:
    return free_port()


def test_ten_seconds_without_a_broker_lose_nothing(
    tmp_path: Path, meters: Meters, port: int
) -> None:
    with Site(tmp_path / "site", port, meters.port) as site:
        with Mosquitto(tmp_path / "mosquitto", port=port):
            site.publish_months()
            service = site.start("run")
            wait_until(lambda: site.count("snapshot") > 5, 60, service.said)
        time.sleep(10)
        before = site.count("snapshot")
        with Mosquitto(tmp_path / "mosquitto", port=port):
            returned = time.monotonic()
            wait_until(lambda: site.count("snapshot") > before, 60, service.said)
            resumed = time.monotonic() - returned
            wait_until(lambda: site.count("snapshot") > before + 55, 60, service.said)
            assert service.stop() == 0
        numbers = [number for (number,) in site.query("SELECT seq FROM snapshot ORDER BY seq")]
        # The one that was being published when the broker went down is in it as well.
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert resumed < 5, resumed
        assert "Traceback" not in service.said()


def test_a_bridge_that_is_killed_without_a_broker_replays_when_it_is_back(
    tmp_path: Path, meters: Meters, port: int
) -> None:
    with Site(tmp_path / "site", port, meters.port) as site:
        meters.registers[1][0] = 111
        bridge = site.start("bridge")
        wait_until(lambda: kept(site) >= 10, 60, bridge.said)
        bridge.kill()
        meters.registers[1][0] = 222
        with Mosquitto(tmp_path / "mosquitto", port=port):
            recorder = site.start("recorder")
            connected = f"bcm-recorder-dc1: broker 127.0.0.1:{port}: connected"
            wait_until(lambda: connected in recorder.said(), 60, recorder.said)
            bridge = site.start("bridge")
            wait_until(lambda: (22.2,) in site.query("SELECT amps FROM reading"), 60, bridge.said)

            def replayed() -> int:
                sql = "SELECT count(*) FROM reading WHERE pole = 1 AND amps = 11.1"
                return int(site.query(sql)[0][0])

            wait_until(lambda: replayed() >= 5, 60, bridge.said)
        assert "Traceback" not in bridge.said() + recorder.said()
