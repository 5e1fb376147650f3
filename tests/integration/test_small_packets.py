"""A broker that takes small packets only: what does not fit is named, and the rest goes on."""

from pathlib import Path

import pytest

from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import Process, wait_until
from peers.site import Site

OPEN = "allow_anonymous true"


def connections(bridge: Process, broker: Mosquitto) -> int:
    """Of the bridge, without those of its requests."""
    return bridge.said().count(f"bcm-bridge-dc1: broker 127.0.0.1:{broker.port}: connected")


def all_missing_are_named(site: Site) -> bool:
    """Whether as many are named as lost as are not stored of those since the first, and some."""
    [(lost,)] = site.query("SELECT coalesce(sum(snapshots), 0) FROM lost_span")
    seqs = [number for (number,) in site.query("SELECT seq FROM snapshot ORDER BY seq")]
    return 0 < lost == seqs[-1] - seqs[0] + 1 - len(seqs)  # type: ignore[no-any-return]


def test_snapshots_that_fit_no_packet_are_named_as_lost(tmp_path: Path, meters: Meters) -> None:
    with (
        Mosquitto(tmp_path / "mosquitto", f"{OPEN}\nmax_packet_size 250") as broker,
        Site(tmp_path / "site", broker.port, meters.port) as site,
    ):
        recorder, bridge = site.start("recorder"), site.start("bridge", "-v")
        lost = "outbox: snapshots of rpp-1a are lost: the broker takes no packet of its size"
        wait_until(lambda: lost in bridge.said(), 30, bridge.said)
        wait_until(lambda: "on bcm/rpp-1a/directory is not published" in bridge.said(), 10)
        current = broker.subscribe("bcm/rpp-1a/circuit/+/current", "-C", "48", "-W", "20")
        wait_until(lambda: ": connected" in recorder.said(), 30, recorder.said)
        assert len(current) == 48  # values that fit go on
        assert connections(bridge, broker) == 1
        assert bridge.stop() == 0
        assert recorder.stop() == 0
        assert "Traceback" not in bridge.said() + recorder.said()
        assert "connection lost" not in bridge.said() + recorder.said()


def test_a_limit_that_came_with_a_restart_ends_no_connection_twice(
    tmp_path: Path, meters: Meters
) -> None:
    """What the bridge had on its way is larger than the broker takes from now on, and then not."""
    broker = Mosquitto(tmp_path / "mosquitto", OPEN)
    with broker, Site(tmp_path / "site", broker.port, meters.port) as site:
        recorder, bridge = site.start("recorder"), site.start("bridge", "-v")
        wait_until(lambda: site.count("snapshot") > 5, 60, bridge.said)
        for limit in ("max_packet_size 250", ""):
            broker.stop()
            broker._more = f"{OPEN}\n{limit}"
            broker.start()
            if limit:
                wait_until(lambda: "are lost: the broker" in bridge.said(), 30, bridge.said)
        wait_until(lambda: all_missing_are_named(site), 60, bridge.said)
        assert bridge.stop() == 0
        assert recorder.stop() == 0
        assert connections(bridge, broker) == 3


@pytest.mark.parametrize(
    ("protocol", "limit"), [("3.1.1", "max_packet_size 250"), ("5", "message_size_limit 200")]
)
def test_a_limit_that_the_broker_does_not_state_is_the_configurations(
    tmp_path: Path, meters: Meters, protocol: str, limit: str
) -> None:
    """Mosquitto ends the connection, and bcm-mqtt says what to do; then it goes on.

    With MQTT 5 it may learn the limit from the refusals before that, and goes on by itself.
    """
    lost = "outbox: snapshots of rpp-1a are lost: the broker takes no packet of its size"
    hint = "where the broker limits the size of messages without saying so, state it as"
    goes_on = (hint, lost) if protocol == "5" else (hint,)
    with Mosquitto(tmp_path / "mosquitto", f"{OPEN}\n{limit}") as broker:
        mqtt = f", protocol: {protocol}"
        with Site(tmp_path / "a", broker.port, meters.port, mqtt) as site:
            bridge = site.start("bridge")
            wait_until(lambda: any(line in bridge.said() for line in goes_on), 30, bridge.said)
            assert bridge.stop() == 0
        with Site(
            tmp_path / "b", broker.port, meters.port, f"{mqtt}, max_packet_size: 200"
        ) as site:
            bridge = site.start("bridge", "-v")
            wait_until(lambda: lost in bridge.said(), 30, bridge.said)
            assert "connection lost" not in bridge.said()
            assert bridge.stop() == 0
