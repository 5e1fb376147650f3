"""The recorder is away and the broker loses what it should have queued: nothing is missing."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import Process, free_port, wait_until
from peers.site import Site

OPEN = "allow_anonymous true"
SMALL_QUEUE = f"{OPEN}\nmax_queued_messages 10"
NOT_STORED = "SELECT count(*) FROM entry WHERE missing"


def waiting(site: Site) -> int:
    with closing(sqlite3.connect(site.folder / "bridge" / "outbox.db", timeout=30)) as outbox:
        return int(outbox.execute(NOT_STORED).fetchone()[0])


def numbers(site: Site) -> list[int]:
    return [number for (number,) in site.query("SELECT seq FROM snapshot ORDER BY seq")]


def is_whole(found: list[int]) -> bool:
    """None is missing, none is there twice."""
    return found == list(range(found[0], found[0] + len(found)))


def begin(site: Site) -> tuple[Process, Process]:
    """A bridge and its recorder, which it knows."""
    recorder = site.start("recorder")
    wait_until(lambda: ": connected" in recorder.said(), 60, recorder.said)
    bridge = site.start("bridge")
    wait_until(lambda: site.count("snapshot") > 10, 60, bridge.said)
    return bridge, recorder


def check_all_came(site: Site, bridge: Process, away: int) -> None:
    recorder = site.start("recorder")
    wait_until(lambda: site.count("snapshot") > away + 45, 90, recorder.said)
    wait_until(lambda: is_whole(numbers(site)), 90, bridge.said)
    # What is stored is confirmed a little later.
    wait_until(lambda: waiting(site) < 10, 60, bridge.said)
    assert bridge.stop() == 0
    assert recorder.stop() == 0
    assert "Traceback" not in bridge.said() + recorder.said()


def test_a_queue_that_overflows_costs_nothing(tmp_path: Path, meters: Meters) -> None:
    with (
        Mosquitto(tmp_path / "mosquitto", SMALL_QUEUE) as broker,
        Site(tmp_path / "site", broker.port, meters.port) as site,
    ):
        bridge, recorder = begin(site)
        recorder.kill()
        away = site.count("snapshot")
        time.sleep(10)
        check_all_came(site, bridge, away)


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_broker_without_its_state_costs_nothing(tmp_path: Path, meters: Meters, end: str) -> None:
    """It stores nothing, as one that was killed before it saved, or whose disk was changed."""
    port = free_port()
    with (
        Mosquitto(tmp_path / "mosquitto", OPEN, port=port) as broker,
        Site(tmp_path / "site", port, meters.port) as site,
    ):
        bridge, recorder = begin(site)
        recorder.kill()
        away = site.count("snapshot")
        time.sleep(5)
        if end == "kill":
            broker.process.kill()
        else:
            broker.stop()
        broker.start()
        time.sleep(5)
        check_all_came(site, bridge, away)


def test_a_database_restored_from_an_earlier_copy_is_filled_again(
    tmp_path: Path, meters: Meters
) -> None:
    with (
        Mosquitto(tmp_path / "mosquitto") as broker,
        Site(tmp_path / "site", broker.port, meters.port) as site,
    ):
        bridge, recorder = begin(site)
        assert recorder.stop() == 0
        copy = (site.folder / "bcm.db").read_bytes()
        before = site.count("snapshot")
        assert before
        recorder = site.start("recorder")
        wait_until(lambda: site.count("snapshot") > before + 40, 60, recorder.said)
        recorder.kill()
        for end in ("-wal", "-shm"):
            (site.folder / f"bcm.db{end}").unlink(missing_ok=True)
        (site.folder / "bcm.db").unlink()
        (site.folder / "bcm.db").write_bytes(copy)
        assert site.count("snapshot") <= before
        check_all_came(site, bridge, before)
        assert "was restored from an earlier copy" in bridge.said()


def test_a_recorder_that_is_forgotten_is_waited_for_no_longer(
    tmp_path: Path, meters: Meters
) -> None:
    with (
        Mosquitto(tmp_path / "mosquitto") as broker,
        Site(tmp_path / "site", broker.port, meters.port) as site,
    ):
        bridge, recorder = begin(site)
        recorder.kill()
        wait_until(lambda: waiting(site) > 30, 60, bridge.said)
        said = site.run("recorder", "forget", "dc1")
        assert "dc1 is forgotten" in said
        wait_until(lambda: waiting(site) < 5, 60, bridge.said)
