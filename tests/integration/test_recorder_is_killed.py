"""kill -9 of the recorder while snapshots flow: each is stored, none twice."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Thread

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from bcm_mqtt.domain.instants import from_ms
from bcm_mqtt.domain.interval import INTERVAL_MS, Interval, intervals_of
from bcm_mqtt.domain.reading import Snapshot
from bcm_mqtt.mqtt.payloads import encode_snapshot
from bcm_mqtt.store import Store
from peers.mosquitto import Mosquitto
from peers.process import wait_until
from peers.site import Site

START = datetime(2026, 3, 1, tzinfo=UTC)
SNAPSHOTS, KILLS, STEP = 20_000, 5, timedelta(seconds=15)


def snapshots() -> Iterator[Snapshot]:
    for index in range(SNAPSHOTS):
        current = tuple((index * 7 + pole * 100) % 20_000 for pole in range(48))
        yield Snapshot("rpp-1a", START + index * STEP, index, 15_000, current)


def has_stored(site: Site, snapshots: int) -> bool:
    return site.count("snapshot") >= snapshots


def publish_all(port: int, pause: float) -> None:
    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(100)
    client.connect("127.0.0.1", port)
    client.loop_start()
    last = None
    for index, snapshot in enumerate(snapshots()):
        last = client.publish("bcm/rpp-1a/snapshot", encode_snapshot(snapshot), qos=1)
        if index % 100 == 0:
            time.sleep(pause)
    assert last is not None
    last.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()


@pytest.mark.timeout(300)
def test_20000_snapshots_and_five_kills_lose_and_double_nothing(
    site: Site, mosquitto: Mosquitto
) -> None:
    recorder = site.start("recorder")
    wait_until(lambda: "connected" in recorder.said(), 60, recorder.said)
    publisher = Thread(target=publish_all, args=(mosquitto.port, 0.1))  # about 1,000/s
    publisher.start()
    killed_at = []
    for kill in range(1, KILLS + 1):
        stored = kill * SNAPSHOTS // (KILLS + 2)
        wait_until(partial(has_stored, site, stored), 60, recorder.said)
        recorder.kill()
        killed_at.append(site.count("snapshot"))
        recorder = site.start("recorder")
    publisher.join()
    wait_until(lambda: site.count("snapshot") == SNAPSHOTS, 60, recorder.said)
    time.sleep(1)
    assert recorder.stop() == 0
    assert site.count("snapshot") == SNAPSHOTS, killed_at
    assert max(killed_at) < SNAPSHOTS, "a kill came after the flow"
    assert site.count("(SELECT DISTINCT panel, time FROM snapshot)") == SNAPSHOTS
    assert site.count("dirty_interval") == 0
    assert stored_intervals(site) == intervals_from_scratch()


def stored_intervals(site: Site) -> dict[int, list[Interval]]:
    store = Store(f"sqlite:///{site.folder}/bcm.db")
    found = store.pole_intervals("rpp-1a", START, START + (SNAPSHOTS + 1) * STEP)
    store.close()
    return found


def intervals_from_scratch() -> dict[int, list[Interval]]:
    everything = list(snapshots())
    per_interval = INTERVAL_MS // (STEP // timedelta(milliseconds=1))
    found: dict[int, list[Interval]] = {}
    for first in range(0, SNAPSHOTS + per_interval, per_interval):
        start = from_ms(int(START.timestamp() * 1000) + first // per_interval * INTERVAL_MS)
        for interval in intervals_of(everything[max(0, first - 2) : first + per_interval], start):
            found.setdefault(interval.pole, []).append(interval)
    return found
