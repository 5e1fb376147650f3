"""Recorders that take a part of the panels each, at a broker of MQTT 3.1.1, and another number."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import pytest
from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import CallbackAPIVersion

from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.recorder.part import Part
from peers.flow import Flow, begin
from peers.mosquitto import Mosquitto
from peers.postgresql import PostgreSql
from peers.process import Process, wait_until
from peers.site import Site
from unit.builders import circuit, directory, panel

PANELS, NEW = [f"p-{number}" for number in range(9)], "p-9"
COUNT, RATE = 1_800, 450
ONE_MORE = timedelta(hours=3)


@pytest.fixture
def parted(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Site]:
    """Its recorders write to a new database, and its broker knows the panels."""
    with (
        PostgreSql() as postgresql,
        Site(
            tmp_path / "parted",
            mosquitto.port,
            1,
            mqtt=", protocol: 3.1.1",
            database=postgresql.database(),
        ) as site,
    ):
        site.run("db", "upgrade")
        for name in PANELS:
            announce(mosquitto, name)
        yield site


def announce(broker: Mosquitto, name: str) -> None:
    payload = encode_directory(directory(circuit(), of=panel(name))).decode()
    broker.publish(f"bcm/{name}/directory", payload, retain=True)


def says(part: str, panels: list[str]) -> str:
    return f"part {part}: {sum(map(Part.parse(part).has, panels))} panels"


def started(site: Site, part: str, *options: str) -> Process:
    """A recorder of a part that has subscribed to its panels."""
    log, said = site.folder / "recorder.log", says(part, PANELS)
    before = log.read_text().count(said) if log.exists() else 0
    recorder = site.start("recorder", "--part", part, *options)
    wait_until(lambda: recorder.said().count(said) > before, 60, recorder.said)
    return recorder


def has_session(broker: Mosquitto, client_id: str) -> bool:
    """Whether something waits, or may, for a client that comes back."""
    answers = SimpleQueue[ConnectFlags]()
    client = Client(CallbackAPIVersion.VERSION2, client_id, clean_session=False)
    client.on_connect = lambda _client, _data, flags, *_: answers.put(flags)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        return answers.get(timeout=30).session_present
    finally:
        client.disconnect()
        client.loop_stop()


def has_stored(site: Site, snapshots: int) -> bool:
    return site.count("snapshot") >= snapshots


def test_parts_store_each_snapshot_once_while_one_is_killed_and_their_number_is_changed(
    parted: Site, mosquitto: Mosquitto
) -> None:
    killed = started(parted, "2/2")
    before = [started(parted, "1/2"), started(parted, "2/2", "--second")]
    with Flow(mosquitto.port, COUNT, RATE, begin(), panels=PANELS) as flow:
        wait_until(partial(has_stored, parted, COUNT // 6), 60, killed.said)
        killed.kill()
        flow.pause()  # however long a start takes, there is flow after it
        after = [started(parted, part) for part in ("1/3", "2/3", "3/3")]
        # What came before the new ones had subscribed is for the old ones to store.
        wait_until(partial(has_stored, parted, flow.published), 60, killed.said)
        flow.resume()
        wait_until(partial(has_stored, parted, flow.published + 1), 60, killed.said)
        assert not flow.done, "the old ones are stopped after the flow"
        assert [recorder.stop() for recorder in before] == [0, 0]
    wait_until(partial(has_stored, parted, COUNT), 60, killed.said)
    announce(mosquitto, NEW)
    number = next(part for part in ("1/3", "2/3", "3/3") if Part.parse(part).has(NEW))
    wait_until(lambda: says(number, [*PANELS, NEW]) in killed.said(), 60, killed.said)
    with Flow(mosquitto.port, 1, 1, begin() + ONE_MORE, panels=[NEW]):
        wait_until(partial(has_stored, parted, COUNT + 1), 60, killed.said)
    assert [recorder.stop() for recorder in after] == [0, 0, 0]
    assert parted.count("snapshot") == COUNT + 1
    assert parted.count("(SELECT DISTINCT panel, time FROM snapshot) AS each") == COUNT + 1
    assert parted.count("quarantine") == 0
    assert "Traceback" not in killed.said()
    assert has_session(mosquitto, "bcm-recorder-dc1-part-2-of-2")
    parted.run("recorder", "forget", "dc1-part-2-of-2")
    assert not has_session(mosquitto, "bcm-recorder-dc1-part-2-of-2")
