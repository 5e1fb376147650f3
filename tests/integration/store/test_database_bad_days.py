"""Days on which the database is not there, full, locked or read-only: nothing is lost."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bcm_mqtt.mqtt.payloads import encode_snapshot
from peers.bad_disk import BadDisk
from peers.mosquitto import Mosquitto
from peers.postgresql import PostgreSql
from peers.process import BCM_MQTT, Process, wait_until
from peers.site import Site
from unit.builders import snapshot

_started = datetime.now(UTC).replace(second=0, microsecond=0)
NOW = _started - timedelta(minutes=_started.minute % 15 + 8)
"""Seven minutes into the last quarter hour: no snapshot here reaches into the one before."""
SECOND = timedelta(seconds=1)


def payload(at: datetime, panel: str = "rpp-1a", **changes: object) -> str:
    made = json.loads(encode_snapshot(snapshot(at, [1000], panel_id=panel)))
    return json.dumps({**made, **changes})


def send(broker: Mosquitto, count: int, start: datetime = NOW - timedelta(hours=1)) -> None:
    """So many snapshots, a second apart."""
    for number in range(count):
        broker.publish("bcm/rpp-1a/snapshot", payload(start + number * SECOND, seq=number))


@pytest.fixture
def server() -> Iterator[PostgreSql]:
    with PostgreSql() as running:
        yield running


@pytest.fixture
def on_postgresql(tmp_path: Path, mosquitto: Mosquitto, server: PostgreSql) -> Iterator[Site]:
    url = server.database()
    with Site(tmp_path / "site", mosquitto.port, 1, database=url) as site:
        yield site


@pytest.fixture
def lite(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Site]:
    with Site(tmp_path / "site", mosquitto.port, 1) as site:
        yield site


def recorder_of(site: Site) -> Process:
    recorder = site.start("recorder")
    wait_until(lambda: "connected" in recorder.said(), 60, recorder.said)
    return recorder


def ended_well(recorder: Process) -> None:
    assert recorder.stop(30) == 0
    assert "Traceback" not in recorder.said()


def test_a_database_that_is_down_at_the_start_is_waited_for(
    on_postgresql: Site, mosquitto: Mosquitto, server: PostgreSql
) -> None:
    server.stop()
    on_postgresql.publish_months()
    recorder = recorder_of(on_postgresql)
    send(mosquitto, 3)
    wait_until(lambda: "trying again until it works" in recorder.said(), 60, recorder.said)
    said = on_postgresql.run("db", "info", expect=1)
    assert said.startswith("bcm-mqtt: database: ")
    assert said.count("\n") == 1
    server.start()
    wait_until(lambda: on_postgresql.count("snapshot") == 3, 60, recorder.said)
    ended_well(recorder)


def test_a_read_only_database_is_waited_for(
    on_postgresql: Site, mosquitto: Mosquitto, server: PostgreSql
) -> None:
    recorder = recorder_of(on_postgresql)
    send(mosquitto, 1)
    wait_until(lambda: on_postgresql.count("snapshot") == 1, 60, recorder.said)

    def read_only(value: str) -> None:
        server.stop()
        server.settings["default_transaction_read_only"] = value
        server.start()

    read_only("on")
    send(mosquitto, 3)
    wait_until(lambda: "read-only transaction" in recorder.said(), 60, recorder.said)
    assert on_postgresql.count("snapshot") == 1
    read_only("off")
    wait_until(lambda: on_postgresql.count("snapshot") == 3, 60, recorder.said)
    ended_well(recorder)


def test_a_locked_sqlite_file_is_waited_for(lite: Site, mosquitto: Mosquitto) -> None:
    lite.publish_months()
    recorder = recorder_of(lite)
    send(mosquitto, 1)
    wait_until(lambda: lite.count("snapshot") == 1, 60, recorder.said)
    with closing(sqlite3.connect(lite.folder / "bcm.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        send(mosquitto, 3)
        wait_until(lambda: "database is locked" in recorder.said(), 60, recorder.said)
        other.execute("ROLLBACK")
    wait_until(lambda: lite.count("snapshot") == 3, 60, recorder.said)
    ended_well(recorder)


def test_a_full_disk_is_waited_for(tmp_path: Path, lite: Site, mosquitto: Mosquitto) -> None:
    disk = BadDisk(lite.folder, 3 << 20)
    disk.fill(left=296_000)
    command = [*BCM_MQTT, "recorder", "-c", str(lite.config)]
    with Process(command, tmp_path / "recorder.log", **disk.environment) as recorder:
        wait_until(lambda: "connected" in recorder.said(), 60, recorder.said)
        for number in range(40):
            wide = [float(pole) for pole in range(512)]
            at = NOW - timedelta(hours=1) + number * SECOND
            mosquitto.publish("bcm/rpp-1a/snapshot", payload(at, current=wide))
        wait_until(lambda: "disk is full" in recorder.said(), 60, recorder.said)
        disk.clear()
        wait_until(lambda: "works again" in recorder.said(), 60, recorder.said)
        wait_until(lambda: lite.count("snapshot") == 40, 60, recorder.said)
        assert "Traceback" not in recorder.said()


def test_wrong_clocks_strangers_and_newer_payloads_are_kept_apart_and_told(
    lite: Site, mosquitto: Mosquitto
) -> None:
    recorder = recorder_of(lite)
    topic = "bcm/rpp-1a/snapshot"
    mosquitto.publish(topic, payload(NOW))
    mosquitto.publish(topic, payload(NOW + timedelta(days=400)))
    mosquitto.publish(topic, payload(datetime(2000, 1, 1, tzinfo=UTC)))
    mosquitto.publish(topic, payload(NOW, v=2))
    mosquitto.publish(topic, payload(NOW, seq=9, current=[7.0]))  # the clock ran back to NOW

    def apart() -> bool:
        # Which clock is right is known once somebody agrees with the recorder's after the doubt.
        mosquitto.publish("bcm/stranger/snapshot", payload(NOW, "stranger"))
        return lite.count("quarantine") == 4

    wait_until(apart, 60, recorder.said)
    wait_until(lambda: lite.count("snapshot") == 2, 60, recorder.said)
    ended_well(recorder)
    assert recorder.said().count("payload quarantined") == 1
    rows = {row["panel"]: row for row in lite.json("db", "info")["panels"]}
    assert (rows["rpp-1a"]["snapshots"], rows["rpp-1a"]["quarantined"]) == (1, 4)
    assert rows["stranger"]["directory"] == "unassigned"
    assert lite.query("SELECT amps FROM reading WHERE panel = 'rpp-1a'") == [(1.0,)]
    reasons = sorted(row["reason"] for row in lite.json("db", "quarantine"))
    assert "another snapshot of this instant" in reasons[0]
    assert "more than ten years ago" in reasons[1]
    assert "in the future" in reasons[2]
    assert reasons[3] == "v: expected 1, not 2"


def test_a_clock_that_jumps_ahead_and_back_loses_nothing(lite: Site, mosquitto: Mosquitto) -> None:
    """Within an hour it may be right; both halves are stored, and their intervals computed."""
    recorder = recorder_of(lite)
    send(mosquitto, 10, NOW - timedelta(minutes=40))
    send(mosquitto, 10, NOW + timedelta(minutes=30))
    send(mosquitto, 10, NOW - timedelta(minutes=30))
    wait_until(lambda: lite.count("snapshot") == 30, 60, recorder.said)
    ended_well(recorder)
    assert lite.run("db", "rollup", "--rebuild")
    assert sum(samples for (samples,) in lite.query("SELECT samples FROM interval")) == 30


def test_a_second_recorder_on_the_file_is_refused_and_the_first_goes_on(
    lite: Site, mosquitto: Mosquitto
) -> None:
    recorder = recorder_of(lite)
    said = lite.run("recorder", expect=1)
    file, process = f"{lite.folder}/bcm.db", recorder.pid
    assert said == (
        f"bcm-mqtt: another recorder is writing to {file}: process {process}: stop it, or give "
        "this one a database of its own\n"
    )
    send(mosquitto, 2)
    wait_until(lambda: lite.count("snapshot") == 2, 60, recorder.said)
    ended_well(recorder)


def test_a_schema_of_another_version_is_refused_and_mended_only_when_told(
    lite: Site, mosquitto: Mosquitto
) -> None:
    lite.run("db", "upgrade")
    with closing(sqlite3.connect(lite.folder / "bcm.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    said = lite.run("recorder", expect=1)
    assert "the database has schema 9999, which is newer than this version's" in said
    assert said.count("\n") == 1
    assert mosquitto.process.running


def test_intervals_that_a_killed_recorder_left_are_computed_at_the_start(
    lite: Site, mosquitto: Mosquitto
) -> None:
    recorder = recorder_of(lite)
    send(mosquitto, 1)
    wait_until(lambda: lite.count("interval") == 1, 60, recorder.said)
    send(mosquitto, 3, NOW - timedelta(hours=3))  # the next round is ten seconds away
    wait_until(lambda: lite.count("snapshot") == 4, 60, recorder.said)
    recorder.kill()
    assert lite.count("dirty_interval") == 1
    begun = time.monotonic()
    again = recorder_of(lite)
    wait_until(lambda: lite.count("dirty_interval") == 0, 60, again.said)
    assert time.monotonic() - begun < 60
    assert lite.count("interval") == 2
    ended_well(again)
