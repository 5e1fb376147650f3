"""Disks that are full, read-only, slow or damaged: live values go on, and what is lost is named."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from peers.bad_disk import (
    BadDisk,
    Figures,
    changing,
    listened,
    poll_every_second,
    service,
    shim,
)
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import BCM_MQTT, Process, wait_until
from peers.site import Site

LIVE = "bcm/rpp-1a/circuit/1/current"
LIVE_VALUES = 6


@pytest.fixture
def polled(tmp_path: Path, mosquitto: Mosquitto, meters: Meters) -> Iterator[Site]:
    """A panel whose first circuit carries another current at each poll, once a second."""
    with changing(meters), Site(tmp_path / "site", mosquitto.port, meters.port) as site:
        poll_every_second(site)
        yield site


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def until_live(broker: Mosquitto, process: Process) -> None:
    wait_until(lambda: bool(broker.subscribe(LIVE, "-C", "1", "-W", "1")), 60, process.said)


def live_goes_on(broker: Mosquitto, process: Process, log: Path) -> Figures:
    """For some polls, with the pauses that a busy machine adds."""
    with listened(broker, log) as figures:
        wait_until(lambda: figures().live >= LIVE_VALUES, 60, process.said)
        found = figures()
    assert process.running, process.said()
    assert "Traceback" not in process.said()
    return found


def outbox(broker: Mosquitto) -> dict[str, Any]:
    topic = "bcm/bridge/dc1/info"
    found: dict[str, Any] = json.loads(broker.retained(topic)[topic])["outbox"]
    return found


MEGABYTE = 1 << 20


def run_on(
    disk: BadDisk, polled: Site, folder: Path, running: ExitStack, command: str = "run"
) -> Process:
    polled.publish_months()
    poll_every_second(polled, disk.folder)
    line = service(polled, command)
    return running.enter_context(Process(line, folder / "service.log", **disk.environment))


def test_a_start_on_a_full_disk_of_1_mb_gives_live_values(
    tmp_path: Path, polled: Site, mosquitto: Mosquitto, running: ExitStack
) -> None:
    disk = BadDisk(tmp_path / "disk", MEGABYTE)
    disk.fill()
    process = run_on(disk, polled, tmp_path, running)
    until_live(mosquitto, process)
    live_goes_on(mosquitto, process, tmp_path / "heard")
    wait_until(lambda: bool(outbox(mosquitto).get("disk_fails")), 30, process.said)
    assert process.said().count("snapshots are only in memory") == 1
    disk.clear()
    wait_until(lambda: "outbox: works again" in process.said(), 30, process.said)
    names = disk.folder / "bridge"
    wait_until((names / "alarms.json").exists, 30, process.said)
    modes = {one.name: one.stat().st_mode & 0o777 for one in names.iterdir() if one.suffix}
    assert set(modes.values()) == {0o600}, modes


def test_a_disk_that_fills_up_stops_no_live_value(
    tmp_path: Path, polled: Site, mosquitto: Mosquitto, running: ExitStack
) -> None:
    disk = BadDisk(tmp_path / "disk", MEGABYTE)
    process = run_on(disk, polled, tmp_path, running, "bridge")
    until_live(mosquitto, process)
    wait_until((disk.folder / "bridge" / "outbox.db").exists, 30, process.said)
    disk.fill()
    live_goes_on(mosquitto, process, tmp_path / "heard")
    wait_until(lambda: "snapshots are only in memory" in process.said(), 30, process.said)
    disk.clear()
    wait_until(lambda: "outbox: works again" in process.said(), 30, process.said)


def test_a_read_only_disk_at_the_start_is_waited_for(
    tmp_path: Path, polled: Site, mosquitto: Mosquitto, running: ExitStack
) -> None:
    disk = BadDisk(tmp_path / "disk")
    disk.be_read_only(on=True)
    process = run_on(disk, polled, tmp_path, running)
    until_live(mosquitto, process)
    live_goes_on(mosquitto, process, tmp_path / "heard")
    wait_until(lambda: "Read-only file system" in process.said(), 30, process.said)
    disk.be_read_only(on=False)
    wait_until(lambda: "outbox: works again" in process.said(), 30, process.said)
    wait_until((disk.folder / "bcm.db").exists, 30, process.said)


def test_a_disk_that_becomes_read_only_stops_no_live_value_and_loses_nothing(
    tmp_path: Path, polled: Site, mosquitto: Mosquitto, running: ExitStack
) -> None:
    disk = BadDisk(polled.folder)
    process = run_on(disk, polled, tmp_path, running)
    wait_until(lambda: polled.count("snapshot") >= 3, 60, process.said)
    disk.be_read_only(on=True)
    live_goes_on(mosquitto, process, tmp_path / "heard")
    wait_until(lambda: "snapshots are only in memory" in process.said(), 30, process.said)
    stored = polled.count("snapshot")
    disk.be_read_only(on=False)
    wait_until(lambda: polled.count("snapshot") >= stored + 5, 60, process.said)
    assert process.stop(60) == 0
    [(first, last, count)] = polled.query("SELECT min(seq), max(seq), count(*) FROM snapshot")
    assert last - first + 1 == count


def test_a_card_that_syncs_in_2_s_does_not_move_the_polls(
    tmp_path: Path, polled: Site, mosquitto: Mosquitto, running: ExitStack
) -> None:
    slow = {"BAD_DISK_SYNC_S": "2", "BAD_DISK_MAIN_LOG": str(tmp_path / "syncs"), **shim(tmp_path)}
    polled.publish_months()
    process = Process(service(polled, "run"), tmp_path / "service.log", **slow)
    running.enter_context(process)
    running.callback(process.kill)  # it stops in good order, but in its own time
    until_live(mosquitto, process)
    found = live_goes_on(mosquitto, process, tmp_path / "heard")
    assert found.live > 0.4 * found.seconds, f"one per second was polled, {found}"
    wait_until(lambda: polled.count("snapshot") > 0, 60, process.said)
    assert not (tmp_path / "syncs").exists(), "a sync in the thread of the event loop"


def test_damaged_files_of_the_bridge_are_moved_aside_and_named(
    tmp_path: Path, polled: Site, mosquitto: Mosquitto
) -> None:
    data = polled.folder / "bridge"
    data.mkdir()
    damaged = ["outbox.db", "energy.json", "alarms.json", "announced.json"]
    for name in damaged:
        (data / name).write_bytes(b'{"half": of a file' * 300)
    process = polled.start("bridge")
    until_live(mosquitto, process)
    live_goes_on(mosquitto, process, tmp_path / "heard")
    for name in damaged:
        [aside] = data.glob(f"{name}.damaged-*")
        assert aside.read_bytes().startswith(b'{"half"')
        assert f"{data / name} is damaged" in process.said()
        assert aside.name in process.said()
    assert outbox(mosquitto)["damaged"].startswith("outbox.db.damaged-")
    assert process.stop() == 0


def test_a_damaged_database_is_named_and_goes_on_with_a_backup_without_a_loss(
    tmp_path: Path, polled: Site, mosquitto: Mosquitto
) -> None:
    database, backup = polled.folder / "bcm.db", tmp_path / "backup.db"
    bridge, recorder = polled.start("bridge"), polled.start("recorder")
    wait_until(lambda: polled.count("snapshot") >= 3, 60, recorder.said)
    polled.run("db", "backup", str(backup))
    assert backup.stat().st_mode & 0o777 == 0o600
    at_backup = polled.count("snapshot")
    wait_until(lambda: polled.count("snapshot") >= at_backup + 3, 60, recorder.said)
    assert recorder.stop(30) == 0
    body = bytearray(database.read_bytes())
    for page in range(4096, len(body), 4096):
        body[page : page + 200] = b"garbage " * 25
    database.write_bytes(body)
    recorder = polled.start("recorder")
    wait_until(lambda: "bcm.db (database.url) is damaged" in recorder.said(), 60, recorder.said)
    live_goes_on(mosquitto, bridge, tmp_path / "heard")
    assert recorder.running
    assert "A damaged database" in polled.run("db", "info", expect=1)
    for end in ("", "-wal", "-shm"):
        if (part := Path(f"{database}{end}")).exists():
            part.rename(tmp_path / f"damaged.db{end}")
    shutil.copy(backup, database)
    wait_until(lambda: "database: works again" in recorder.said(), 60, recorder.said)

    def missing() -> int:
        [(first, last, count)] = polled.query("SELECT min(seq), max(seq), count(*) FROM snapshot")
        return int(last - first + 1 - count) if last >= at_backup + 10 else 1

    wait_until(lambda: missing() == 0, 60, lambda: f"{bridge.said()}\n{recorder.said()}")
    assert "restored from an earlier copy" in bridge.said()
    assert recorder.stop(30) == 0


@pytest.mark.parametrize(
    "command", [("backup", "copy.db"), ("export", "all.zip"), ("export", "all")], ids=" ".join
)
def test_a_copy_for_which_there_is_no_room_leaves_nothing_behind(
    tmp_path: Path, polled: Site, command: tuple[str, str]
) -> None:
    polled.run("db", "upgrade")
    disk = BadDisk(tmp_path / "disk", 4096)
    act, name = command
    line = [*BCM_MQTT, "db", act, f"{disk.folder}/{name}", "-c", str(polled.config)]
    process = Process(line, tmp_path / "copy.log", **disk.environment)
    assert process.wait(60) == 1
    [said] = process.said().splitlines()
    assert said.startswith(f"bcm-mqtt: {disk.folder}/{name}: ")
    assert said.endswith(("No space left on device", "database or disk is full"))
    assert not list(disk.folder.iterdir())
