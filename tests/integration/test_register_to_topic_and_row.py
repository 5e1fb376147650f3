"""The whole way of a reading: foreign Modbus server, real broker, our services as processes."""

from pathlib import Path

import pytest

from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import wait_until
from peers.site import Site

# From the printed BG08 map: by unit id, the poles of registers 501 to 506.
POLES_BY_UNIT = {
    **{unit: [12 * (unit - 1) + 2 * j + 1 for j in range(6)] for unit in range(1, 5)},
    **{unit: [12 * (unit - 5) + 2 * j + 2 for j in range(6)] for unit in range(5, 9)},
}


def known_amps(pole: int) -> float:
    return round(0.1 + pole * 1.7, 1)


@pytest.fixture
def known(meters: Meters) -> Meters:
    for unit, poles in POLES_BY_UNIT.items():
        meters.registers[unit][:] = [round(known_amps(pole) * 10) for pole in poles]
    return meters


@pytest.mark.usefixtures("known")
def test_each_of_48_registers_arrives_on_its_poles_topic_and_row(
    site: Site, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    with mosquitto.listening("bcm/#", tmp_path / "sub.log") as listener:
        recorder = site.start("recorder")
        wait_until(lambda: "connected" in recorder.said(), 60, recorder.said)
        bridge = site.start("bridge")
        wait_until(lambda: site.count("snapshot") >= 3, 60, bridge.said)
        wait_until(lambda: "bcm/rpp-1a/circuit/48/power" in listener.said(), 60, listener.said)
        heard = {
            line.partition(" ")[0]: line.partition(" ")[2] for line in listener.said().splitlines()
        }
    for pole in range(1, 49):
        amps = float(heard[f"bcm/rpp-1a/circuit/{pole}/current"])
        assert amps == pytest.approx(known_amps(pole), abs=0.01)
        watts = float(heard[f"bcm/rpp-1a/circuit/{pole}/power"])
        assert watts == pytest.approx(120 * known_amps(pole), abs=0.5)
    rows = site.query("SELECT DISTINCT pole, amps FROM reading WHERE panel = 'rpp-1a'")
    assert dict(rows) == {pole: known_amps(pole) for pole in range(1, 49)}
    assert len(rows) == 48
    assert "Traceback" not in bridge.said() + recorder.said()


@pytest.mark.usefixtures("known")
def test_read_shows_the_same_without_broker_or_database(site: Site) -> None:
    rows = site.json("read")
    assert {int(row["poles"]): row["amps"] for row in rows} == {
        pole: known_amps(pole) for pole in range(1, 49)
    }
    assert site.count("snapshot") == 0


def test_read_names_the_meter_that_does_not_answer(site: Site, meters: Meters) -> None:
    del meters.registers[3]
    said = site.run("read", expect=1)
    assert "rpp-1a: unit id 3: exception 2 (illegal data address)" in said
    assert "Traceback" not in said


def test_read_says_once_why_no_meter_of_a_gateway_answers(site: Site, meters: Meters) -> None:
    meters.registers.clear()
    said = site.run("read", expect=1)
    (reason,) = [line for line in said.splitlines() if "exception" in line]
    assert reason.startswith("rpp-1a: unit ids 1-8: exception ")
    assert "amps" not in said  # a table of nothing


@pytest.mark.usefixtures("known")
def test_run_does_it_in_one_process_and_ends_in_good_order(
    site: Site, mosquitto: Mosquitto
) -> None:
    site.publish_months()
    service = site.start("run")
    wait_until(lambda: site.count("snapshot") >= 3, 60, service.said)
    state = "bcm/bridge/dc1/state"
    wait_until(lambda: mosquitto.retained(state) == {state: "online"}, 60, service.said)
    assert service.stop() == 0
    wait_until(lambda: mosquitto.retained(state) == {state: "offline"}, 60, service.said)
    # Polls of a second may stand in two intervals of 15 minutes.
    assert site.query("SELECT count(DISTINCT pole) FROM interval") == [(48,)]
    assert "Traceback" not in service.said()


@pytest.mark.usefixtures("known")
def test_a_late_subscriber_finds_all_state(site: Site, mosquitto: Mosquitto) -> None:
    bridge = site.start("bridge")
    overload = "bcm/rpp-1a/circuit/48/overload"  # begins with the second poll
    wait_until(lambda: mosquitto.retained(overload) == {overload: "ON"}, 60, bridge.said)
    state = mosquitto.retained("bcm/#")
    assert state["bcm/rpp-1a/availability"] == "online"
    assert '"service":"120/208"' in state["bcm/rpp-1a/directory"]
    assert '"answering":true' in state["bcm/bridge/dc1/info"]
    assert state["bcm/rpp-1a/circuit/48/overload"] == "ON"  # 81.7 A on a 20 A breaker
    assert state["bcm/rpp-1a/circuit/1/overload"] == "OFF"
    assert not any(topic.endswith("/snapshot") for topic in state)
