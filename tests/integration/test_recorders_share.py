"""Several recorders that share the snapshots, killed at random: each is stored, none twice."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from bcm_mqtt.mqtt.payloads import encode_directory, encode_snapshot
from peers.mosquitto import Mosquitto
from peers.postgresql import PostgreSql
from peers.process import Process, wait_until
from peers.site import Site
from unit.builders import circuit, directory, snapshot

START = datetime(2026, 3, 1, tzinfo=UTC)
SNAPSHOTS, PANELS, KILLS, STEP = 5_000, 10, 5, timedelta(seconds=15)
INTERVALS = -(-SNAPSHOTS // PANELS * STEP // timedelta(minutes=15))


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSql]:
    with PostgreSql() as running:
        yield running


@pytest.fixture
def shared(tmp_path: Path, mosquitto: Mosquitto, postgresql: PostgreSql) -> Iterator[Site]:
    """Its recorders write to a new database."""
    url = postgresql.database()
    with Site(tmp_path / "shared", mosquitto.port, 1, database=url) as site:
        site.run("db", "upgrade")
        yield site


def every_interval(site: Site) -> list[tuple[Any, ...]]:
    return site.query("SELECT * FROM interval ORDER BY pole, start")


def has_stored(site: Site, snapshots: int) -> bool:
    return site.count("snapshot") >= snapshots


def publish_all(port: int) -> None:
    """About 1,000 a second."""
    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(100)
    client.connect("127.0.0.1", port)
    client.loop_start()
    last = client.publish("bcm/p-0/directory", encode_directory(directory(circuit())), qos=1)
    for index in range(SNAPSHOTS):
        name = f"p-{index % PANELS}"
        item = snapshot(START + index // PANELS * STEP, [index] * 48, panel_id=name, seq=index)
        last = client.publish(f"bcm/{name}/snapshot", encode_snapshot(item), qos=1)
        if index % 100 == 0:
            time.sleep(0.1)
    last.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()


def started(site: Site, name: str) -> Process:
    """A recorder that shares, subscribed."""
    said = f"bcm-recorder-dc1-{name}: broker 127.0.0.1"
    log = site.folder / "recorder.log"
    before = log.read_text().count(said) if log.exists() else 0
    recorder = site.start("recorder", "--share", name)
    wait_until(lambda: recorder.said().count(said) > before, 60, recorder.said)
    return recorder


@pytest.mark.timeout(300)
@pytest.mark.parametrize("recorders", [2, 4])
def test_recorders_that_share_lose_and_double_nothing_when_any_is_killed(
    shared: Site, mosquitto: Mosquitto, recorders: int
) -> None:
    running = {name: started(shared, name) for name in "abcd"[:recorders]}
    random = Random(recorders)
    publisher = Thread(target=publish_all, args=(mosquitto.port,))
    publisher.start()
    killed_at = []
    for kill in range(1, KILLS + 1):
        wait_until(partial(has_stored, shared, kill * SNAPSHOTS // (KILLS + 3)), 60)
        name = random.choice(sorted(running))
        running[name].kill()
        killed_at.append(shared.count("snapshot"))
        running[name] = shared.start("recorder", "--share", name)
    publisher.join()
    recorder = running["a"]
    wait_until(partial(has_stored, shared, SNAPSHOTS), 120, recorder.said)
    time.sleep(1)
    assert [item.stop() for item in running.values()] == [0] * recorders
    assert shared.count("snapshot") == SNAPSHOTS
    assert shared.count("(SELECT DISTINCT panel, time FROM snapshot) AS each") == SNAPSHOTS
    assert max(killed_at) < SNAPSHOTS, "a kill came after the flow"
    assert "Traceback" not in recorder.said()
    shared.run("db", "rollup")  # what a busy machine had no time for at their end
    assert shared.count("dirty_interval") == 0
    before = every_interval(shared)
    assert len(before) == 48 * PANELS * INTERVALS
    shared.run("db", "rollup", "--rebuild")
    assert every_interval(shared) == before


def test_recorders_that_share_take_a_part_each(shared: Site, mosquitto: Mosquitto) -> None:
    """What the one that is away would have taken waits for it."""
    started(shared, "a")
    away = started(shared, "b")
    away.kill()
    publish_all(mosquitto.port)
    wait_until(partial(has_stored, shared, SNAPSHOTS // 2), 60)
    time.sleep(2)
    assert shared.count("snapshot") < SNAPSHOTS
    back = shared.start("recorder", "--share", "b")
    wait_until(partial(has_stored, shared, SNAPSHOTS), 60, back.said)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a", "database.url: expected PostgreSQL for --share"),
        ("A/B", "--share 'A/B': expected a name of a-z, 0-9, _ and -"),
        ("", "--share '': expected a name"),
    ],
)
def test_sharing_is_refused_where_it_cannot_work(site: Site, name: str, reason: str) -> None:
    said = site.run("recorder", "--share", name, expect=2)
    assert reason in said
    assert len(said.splitlines()) == 1
