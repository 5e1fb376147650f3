"""Two brokers that know nothing of each other: each is killed once, with all that it had."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import Process, wait_until
from peers.site import Site

_STATE, _DIRECTORY = "bcm/bridge/dc1/state", "bcm/rpp-1a/circuit/3/directory"
_RECORDER = "bcm/recorder/dc1/state"


@pytest.fixture(name="brokers")
def two_brokers(tmp_path: Path) -> Iterator[tuple[Mosquitto, Mosquitto]]:
    """They store nothing: killed, each has lost everything."""
    with Mosquitto(tmp_path / "a") as a, Mosquitto(tmp_path / "b") as b:
        yield a, b


@pytest.fixture(name="of_two")
def site_of_two(
    tmp_path: Path, brokers: tuple[Mosquitto, Mosquitto], meters: Meters
) -> Iterator[Site]:
    a, b = brokers
    with Site(tmp_path / "site", a.port, meters.port) as site:
        hosts = f'hosts: ["127.0.0.1:{a.port}", "127.0.0.1:{b.port}"]'
        site.name_brokers(hosts)
        yield site


def goes_on(site: Site, at: Mosquitto, recorder: Process) -> None:
    """Until what was polled is stored again, and the broker has the bridge's state."""
    before = site.count("snapshot")
    wait_until(lambda: site.count("snapshot") > before + 2, 40, recorder.said)
    wait_until(lambda: at.retained(_STATE).get(_STATE) == "online", 20)


def test_nothing_is_lost_and_nothing_stored_twice(
    of_two: Site, brokers: tuple[Mosquitto, Mosquitto]
) -> None:
    a, b = brokers
    recorder = of_two.start("recorder")
    wait_until(lambda: recorder.said().count(": connected") == len(brokers), 30, recorder.said)
    bridge = of_two.start("bridge")
    goes_on(of_two, a, recorder)
    assert b.retained("bcm/#").keys() == {_RECORDER}
    a.process.kill()
    goes_on(of_two, b, recorder)
    assert _DIRECTORY in b.retained(_DIRECTORY)
    with b.listening("bcm/bridge/dc1/response/circuit", of_two.folder / "heard") as heard:
        edit = {"panel": "rpp-1a", "pole": 3, "description": "Customer9-A-3", "transaction": 1}

        def answered() -> bool:
            if '"status":"ok"' not in heard.said():  # its connection for requests follows
                b.publish("bcm/bridge/dc1/request/circuit", json.dumps(edit))
            return '"status":"ok"' in heard.said()

        wait_until(answered, 20, bridge.said)
    a.start()
    wait_until(lambda: _RECORDER in a.retained(_RECORDER), 30, recorder.said)
    b.process.kill()
    goes_on(of_two, a, recorder)
    assert "Customer9-A-3" in a.retained(_DIRECTORY)[_DIRECTORY]
    assert bridge.stop() == 0
    assert a.retained(_STATE)[_STATE] == "offline"
    made = of_two.polled()
    again = of_two.start("bridge")  # it has what was on its way
    wait_until(lambda: of_two.count("snapshot") > made, 40, again.said)
    assert again.stop() == 0
    assert recorder.stop() == 0
    times = of_two.query("SELECT time FROM snapshot ORDER BY time")
    assert len(times) == len(set(times))
    seqs = [
        row[0] for row in of_two.query("SELECT seq FROM snapshot ORDER BY time LIMIT ?", [made])
    ]
    assert seqs == list(range(seqs[0], seqs[0] + made))
    assert "Traceback" not in bridge.said() + recorder.said()


def test_both_are_away_at_the_start_and_the_second_one_comes_first(
    of_two: Site, brokers: tuple[Mosquitto, Mosquitto]
) -> None:
    b = brokers[1]
    for broker in brokers:
        broker.stop()
    recorder, bridge = of_two.start("recorder"), of_two.start("bridge")
    missing = [f":{one.port} is not reachable" for one in brokers]
    wait_until(lambda: all(one in bridge.said() for one in missing), 30, bridge.said)
    b.start()
    goes_on(of_two, b, recorder)
    assert bridge.said().count("is not reachable") <= 4  # of the connection for requests, too
    assert bridge.stop() == 0
    assert recorder.stop() == 0
