"""What is not there, goes away or talks nonsense: a line in the log, never a traceback."""

import json
from pathlib import Path

from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import free_port, wait_until
from peers.site import Site


def test_a_killed_bridge_is_offline_until_it_is_back(site: Site, mosquitto: Mosquitto) -> None:
    def state() -> str:
        return mosquitto.retained("bcm/bridge/dc1/state").get("bcm/bridge/dc1/state", "")

    bridge = site.start("bridge")
    wait_until(lambda: state() == "online", 60, bridge.said)
    bridge.kill()
    wait_until(lambda: state() == "offline", 60)
    again = site.start("bridge")
    wait_until(lambda: state() == "online", 60, again.said)


def test_a_broker_that_is_not_there_is_waited_for(tmp_path: Path, meters: Meters) -> None:
    port = free_port()
    with Site(tmp_path / "site", port, meters.port) as site:
        site.publish_months()
        service = site.start("run")
        wait_until(lambda: f"127.0.0.1:{port} is not reachable" in service.said(), 60, service.said)
        with Mosquitto(tmp_path / "mosquitto", port=port):
            wait_until(lambda: site.count("snapshot") > 0, 60, service.said)
            assert service.stop() == 0
        assert "Traceback" not in service.said()
        # Said once by each that noticed, not once per attempt.
        said = [line for line in service.said().splitlines() if "bcm-recorder-dc1" in line]
        assert len(said) == 2, said  # not reachable, connected


def test_meters_that_are_not_there_are_waited_for_and_never_zero(
    site: Site, meters: Meters, mosquitto: Mosquitto
) -> None:
    meters.registers[1][0] = 77
    meters.stop()
    service = site.start("run")
    wait_until(lambda: "does not accept connections" in service.said(), 60, service.said)
    topic = "bcm/rpp-1a/availability"
    wait_until(lambda: mosquitto.retained(topic).get(topic) == "offline", 60, service.said)
    assert site.count("snapshot") == 0
    assert "bcm/rpp-1a/circuit/1/current" not in mosquitto.retained("bcm/#")
    meters.start()
    wait_until(lambda: mosquitto.retained(topic).get(topic) == "online", 60, service.said)
    wait_until(lambda: site.count("snapshot") > 0, 60, service.said)
    assert {amps for (amps,) in site.query("SELECT amps FROM reading WHERE pole = 1")} == {7.7}
    assert "Traceback" not in service.said()


def test_one_dead_meter_costs_its_own_poles_only(
    site: Site, meters: Meters, mosquitto: Mosquitto
) -> None:
    del meters.registers[4]
    service = site.start("run")
    wait_until(lambda: site.count("snapshot") >= 3, 60, service.said)
    poles = {pole for (pole,) in site.query("SELECT DISTINCT pole FROM reading")}
    assert poles == set(range(1, 49)) - {37, 39, 41, 43, 45, 47}
    shown = mosquitto.retained("bcm/rpp-1a/#")
    assert shown["bcm/rpp-1a/availability"] == "online"
    assert "bcm/rpp-1a/circuit/37/current" not in shown


def test_a_malformed_payload_is_told_once_and_the_recorder_lives_on(
    site: Site, mosquitto: Mosquitto
) -> None:
    recorder = site.start("recorder")
    wait_until(lambda: "connected" in recorder.said(), 60, recorder.said)
    good = {"v": 1, "panel": "rpp-1a", "seq": 1, "interval": 15.0, "current": [1.5, None]}
    for payload in ("nonsense", "[]", '{"v":1}', '{"v":99}', "{}", "[" * 5000):
        mosquitto.publish("bcm/rpp-1a/snapshot", payload)
        mosquitto.publish("bcm/rpp-9z/directory", payload)
    mosquitto.publish("bcm/rpp-1a/snapshot", json.dumps({**good, "time": "2026-03-01T00:00:00Z"}))
    wait_until(lambda: site.count("snapshot") == 1, 60, recorder.said)
    told = [
        f"bcm/{topic}: payload quarantined" for topic in ("rpp-1a/snapshot", "rpp-9z/directory")
    ]
    wait_until(lambda: all(line in recorder.said() for line in told), 60, recorder.said)
    assert recorder.running
    assert [recorder.said().count(line) for line in told] == [1, 1]
    assert "Traceback" not in recorder.said()
    assert site.query("SELECT pole, amps FROM reading") == [(1, 1.5)]


def test_check_prints_every_mistake_and_services_refuse_to_start(site: Site) -> None:
    text = site.config.read_text().replace("timeout: 500ms", "timout: soon")
    site.config.write_text(text.replace("profile: bg08", "profile: bg80"))
    (site.folder / "tariffs.yaml").write_text(
        "tariffs:\n  standard:\n    versions:\n"
        "      - {valid_from: 2026-01-01, valid_until: 2026-01-31, energy: 0.1}\n"
        "      - {valid_from: 2026-02-02, energy: 0.1}\n"
    )
    for command in ("check", "bridge", "recorder", "run", "read"):
        said = site.run(command, expect=2)
        assert "unknown key: did you mean timeout?" in said
        assert "unknown profile 'bg80': expected one of bg08" in said
        assert "no rate from 2026-02-01 until 2026-02-02" in said
        assert "Traceback" not in said
