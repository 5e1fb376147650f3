"""A change of circuits that the broker drops while the database cannot store reaches it later."""

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Thread

from paho.mqtt import publish

from bcm_mqtt.cli.site import now
from bcm_mqtt.mqtt.client import Broker
from bcm_mqtt.mqtt.payloads import encode_directory, encode_snapshot
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.recorder import Recorder
from bcm_mqtt.recorder.service import Pace
from bcm_mqtt.store import RecordingStore
from integration.test_acknowledged_end_to_end import SMALL_QUEUE
from peers.mosquitto import Mosquitto
from peers.process import wait_until
from unit.builders import NEW_YORK, NOON, SECOND, circuit, directory, snapshot

IN_FLIGHT = 20
QUEUED = 10


def test_it_is_asked_for_again(tmp_path: Path) -> None:
    file = tmp_path / "site.db"
    store = RecordingStore(f"sqlite:///{file}")
    with Mosquitto(tmp_path, f"{SMALL_QUEUE}\nmax_inflight_messages {IN_FLIGHT}") as broker:
        pace = Pace(retry_s=0.1, directories_s=1.0)
        recorder = Recorder(
            store,
            Broker(port=broker.port, protocol="3.1.1"),
            Topics(),
            "recorder",
            now,
            NEW_YORK,
            pace,
        )
        running = Thread(target=recorder.run)
        running.start()

        def described() -> list[str]:
            return [
                version.description
                for directory in store.directories.all().values()
                for version in directory.versions
            ]

        def announce(description: str) -> None:
            changed = encode_directory(directory(circuit((1,), description=description)))
            publish.single("bcm/rpp-1a/directory", changed, qos=1, retain=True, port=broker.port)

        try:
            wait_until(lambda: recorder.ready.is_set() and recorder.has_begun, 60)
            announce("before")
            wait_until(lambda: described() == ["before"], 60)
            with closing(sqlite3.connect(file, isolation_level=None)) as busy:
                busy.execute("BEGIN IMMEDIATE")
                for number in range(3 * (IN_FLIGHT + QUEUED)):
                    made = encode_snapshot(snapshot(NOON + number * SECOND, [1], seq=number))
                    publish.single("bcm/rpp-1a/snapshot", made, qos=1, port=broker.port)
                announce("after")
                busy.execute("ROLLBACK")
            wait_until(lambda: described() == ["after"], 60)
            with closing(sqlite3.connect(file)) as stored:
                (taken,) = stored.execute("SELECT count(*) FROM snapshot").fetchone()
            assert taken <= IN_FLIGHT + QUEUED, "the broker had room for all of them"
        finally:
            recorder.stop()
            running.join(60)
            store.close()
        assert not running.is_alive()
