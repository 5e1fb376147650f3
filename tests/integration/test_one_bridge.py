"""One bridge of an id and of a folder at a time."""

import signal
from pathlib import Path

import pytest

from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import Process, wait_until
from peers.site import Site


@pytest.fixture(name="running")
def running_bridge(site: Site) -> Process:
    bridge = site.start("bridge")
    wait_until(lambda: ": connected" in bridge.said(), 30, bridge.said)
    return bridge


def test_a_second_one_with_the_same_folder_names_file_and_process(
    site: Site, running: Process
) -> None:
    said = site.run("bridge", expect=1)
    assert said == (
        f"bcm-mqtt: {site.folder}/bridge/running: process {running.pid} is a bridge with the same "
        "bridge.data: stop it, or give each bridge a bridge.data and a bridge.id of its own\n"
    )
    running.kill()
    again = site.start("bridge")
    wait_until(lambda: ": connected" in again.said(), 30, again.said)


def test_a_second_one_with_the_same_id_ends_with_a_line(
    running: Process, mosquitto: Mosquitto, meters: Meters, tmp_path: Path
) -> None:
    with Site(tmp_path / "elsewhere", mosquitto.port, meters.port) as other:
        assert other.run("bridge", expect=1) == (
            "bcm-mqtt: another bridge with the id dc1 runs and answers at the broker "
            f"127.0.0.1:{mosquitto.port}: stop it, or give this one a bridge.id of its own\n"
        )
        running.kill()
        again = other.start("bridge")
        wait_until(lambda: ": connected" in again.said(), 30, again.said)


def test_one_that_is_only_retained_as_online_is_none(site: Site, mosquitto: Mosquitto) -> None:
    """It was cut off, and the broker has not noticed yet."""
    mosquitto.publish("bcm/bridge/dc1/state", "online", retain=True)
    bridge = site.start("bridge")
    wait_until(lambda: ": connected" in bridge.said(), 30, bridge.said)
    assert bridge.stop() == 0


def test_of_two_whose_broker_was_away_the_later_one_ends_with_a_line(
    running: Process, mosquitto: Mosquitto, meters: Meters, tmp_path: Path
) -> None:
    """It could not ask; it finds what the other has published in place of its own."""
    mosquitto.stop()
    with Site(tmp_path / "elsewhere", mosquitto.port, meters.port) as other:
        second = other.start("bridge", "-v")
        wait_until(lambda: "is not reachable" in second.said(), 60, second.said)
        mosquitto.start()
        assert second.wait(120) == 1
        assert second.said().splitlines()[-1] == (
            "bcm-mqtt: another bridge with the id dc1 runs, and has for longer: stop it, or give "
            "this one a bridge.id of its own"
        )
        assert "Traceback" not in second.said()
    assert running.running


def test_two_that_may_not_read_what_they_publish_say_so_once(
    meters: Meters, tmp_path: Path
) -> None:
    """The rights are those of an earlier release; then each disconnects the other."""
    rights = tmp_path / "older.acl"
    rights.write_text("topic write bcm/bridge/+/info\ntopic readwrite bcm/rpp-1a/#\n")
    with (
        Mosquitto(tmp_path / "older", f"allow_anonymous true\nacl_file {rights}") as mosquitto,
        Site(tmp_path / "one", mosquitto.port, meters.port) as one,
        Site(tmp_path / "other", mosquitto.port, meters.port) as other,
    ):
        running = one.start("bridge", "-v")
        second = other.start("bridge", "-v")
        taken = "lost at once: where another client has the id bcm-bridge-dc1, give each an id of"
        wait_until(lambda: taken in second.said() and taken in running.said(), 60, second.said)
        second.send(signal.SIGTERM)
        assert second.wait(30) == 0
        assert second.said().count(taken) == 1
