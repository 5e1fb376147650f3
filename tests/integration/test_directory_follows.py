"""circuits.csv is edited while the bridge runs: taken over whole, or refused whole."""

from peers.mosquitto import Mosquitto
from peers.process import wait_until
from peers.site import Site

DEVICE = "homeassistant/device/dc1_rpp-1a_{}/config"


def test_a_changed_directory_is_taken_over_and_what_is_gone_is_taken_back(
    site: Site, mosquitto: Mosquitto
) -> None:
    site.write_circuits(["rpp-1a,1,Customer1-A,20", "rpp-1a,3,Customer1-B,20"])
    service = site.start("run")

    def known() -> dict[str, str]:
        return mosquitto.retained("#")

    wait_until(lambda: "bcm/rpp-1a/circuit/3/load" in known(), 60, service.said)
    site.write_circuits(["rpp-1a,1,Customer2-A,20", "rpp-1a,5+7,Customer1-C,30"])
    wait_until(lambda: "bcm/rpp-1a/circuit/5/load" in known(), 60, service.said)
    assert "RPP 1A 1 Customer2-A" in known()[DEVICE.format(1)]
    wait_until(lambda: not [topic for topic in known() if "circuit/3/" in topic], 60, service.said)
    assert DEVICE.format(3) not in known()
    sql = "SELECT description FROM circuit_version ORDER BY first_pole"
    wait_until(lambda: site.query(sql) == [("Customer2-A",), ("Customer1-C",)], 60, service.said)

    site.write_circuits(["rpp-1a,1,Customer3-A,20", "rpp-1a,1+3,Customer1-C,30"])
    wait_until(lambda: "stays as it was" in service.said(), 60, service.said)
    assert "has two versions valid from" in service.said()
    assert "RPP 1A 1 Customer2-A" in known()[DEVICE.format(1)]
    assert site.query(sql) == [("Customer2-A",), ("Customer1-C",)]
    assert "Traceback" not in service.said()


def test_what_was_removed_while_the_bridge_was_down_is_taken_back_as_well(
    site: Site, mosquitto: Mosquitto
) -> None:
    bridge = site.start("bridge")
    wait_until(lambda: DEVICE.format(48) in mosquitto.retained("#"), 60, bridge.said)
    assert bridge.stop() == 0
    site.write_circuits(["rpp-1a,1,Customer1-A,20"])
    bridge = site.start("bridge")
    wait_until(lambda: DEVICE.format(48) not in mosquitto.retained("#"), 60, bridge.said)
    wait_until(
        lambda: (
            {topic for topic in mosquitto.retained("homeassistant/#") if "rpp-1a_" in topic}
            == {DEVICE.format(1)}
        ),
        60,
        bridge.said,
    )


def test_what_the_commands_write_is_taken_over_while_the_bridge_runs(
    site: Site, mosquitto: Mosquitto
) -> None:
    site.write_circuits(["# by hand", "rpp-1a,1,Customer1-A,20", "rpp-1a,3,Customer1-B,20"])
    bridge = site.start("bridge")
    wait_until(lambda: DEVICE.format(3) in mosquitto.retained("#"), 60, bridge.said)
    site.run("circuits", "assign", "rpp-1a:3", "--connection", "none")
    site.run("circuits", "assign", "rpp-1a:1", "--poles", "1+3", "--description", "Customer2-A")
    wait_until(
        lambda: "RPP 1A 1+3 Customer2-A" in mosquitto.retained("#").get(DEVICE.format(1), ""),
        60,
        bridge.said,
    )
    wait_until(lambda: DEVICE.format(3) not in mosquitto.retained("#"), 60, bridge.said)
    rows = (site.folder / "circuits.csv").read_text().splitlines()
    assert rows[1:3] == ["# by hand", "rpp-1a,1,Customer1-A,20"]
    assert rows[3].startswith("rpp-1a,1+3,Customer2-A,20,2P,20")
    assert bridge.stop() == 0
