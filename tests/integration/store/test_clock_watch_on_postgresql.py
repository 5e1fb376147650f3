"""Clocks of bridges against that of a real PostgreSQL, whose host may be another one."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bcm_mqtt.domain.reading.bridge_clock import ClockFaultKind
from bcm_mqtt.domain.usage.clock_findings import clock_findings
from bcm_mqtt.mqtt.client import Message
from bcm_mqtt.mqtt.payloads import encode_info
from bcm_mqtt.recorder.bridge_watch import BridgeWatch
from bcm_mqtt.store import Store
from peers.mosquitto import Mosquitto
from peers.process import wait_until
from peers.site import Site
from unit.recorder.test_clock_watch import REPORT

NEAR_S = 2.0
"""What this machine may take from one reading of a clock to the next."""
DAY = timedelta(days=1)
OFF, BACK = ClockFaultKind.OFF, ClockFaultKind.SET_BACK


def shown(ahead_s: float) -> datetime:
    """What a clock shows that is ahead of this machine's, which is the database's."""
    now = datetime.now(UTC) + timedelta(seconds=ahead_s)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class Hosts:
    """A recorder's host and a bridge, whose clocks are ahead of the database's."""

    def __init__(self, store: Store) -> None:
        self.store, self.recorder_s = store, 0.0
        self.watch = BridgeWatch(store, lambda: shown(self.recorder_s), time.monotonic)

    def beat(self, bridge_s: float) -> None:
        report = replace(REPORT, time=shown(bridge_s), uptime_s=time.monotonic())
        info = encode_info(report)
        self.watch.hear(
            Message("bcm/bridge/dc1/info", info, retain=False, mid=0, qos=0, connection=1)
        )
        self.watch.turn()

    def faults(self, panel: str = "rpp-1a") -> dict[tuple[ClockFaultKind, str], float]:
        """By how many seconds the clock was off at most, by kind and by whose clock."""
        now = datetime.now(UTC)
        found = self.store.readings.clock_faults(panel, now - DAY, now + DAY)
        return {(one.kind, one.against): round(one.offset.total_seconds()) for one in found}


@pytest.fixture
def hosts(store: Store) -> Hosts:
    return Hosts(store)


@pytest.mark.parametrize("ahead_s", [0.0, 90.0, -3600.0])
def test_the_database_shows_how_far_its_clock_is_ahead(store: Store, ahead_s: float) -> None:
    ahead = store.clocks.ahead_of(shown(-ahead_s))
    assert ahead is not None
    assert ahead.total_seconds() == pytest.approx(ahead_s, abs=NEAR_S)


def test_clocks_that_are_right_leave_no_row(hosts: Hosts) -> None:
    for _ in range(3):
        hosts.beat(0)
    assert hosts.faults() == {}


def test_a_host_that_is_wrong_with_recorder_and_bridge_is_found_by_the_databases_clock(
    hosts: Hosts,
) -> None:
    """As they run on one host, the recorder finds nothing until that is set right."""
    hosts.recorder_s = 90
    hosts.beat(90)
    hosts.beat(90)
    assert hosts.faults() == hosts.faults("rpp-1b") == {(OFF, "database"): 90}
    now = datetime.now(UTC)
    faults = hosts.store.readings.clock_faults("rpp-1a", now - DAY, now + DAY)
    (found,) = clock_findings(faults, now - DAY, now + DAY)
    assert found.flag.holds
    assert found.detail == "bridge dc1: up to 90.0 s ahead of the database's"

    hosts.recorder_s = 0
    hosts.beat(0)
    hosts.beat(0)
    assert hosts.faults() == {(OFF, "database"): 90, (BACK, "recorder"): -90}


def test_a_recorder_that_is_wrong_alone_is_no_fault_of_the_database(hosts: Hosts) -> None:
    hosts.recorder_s = -90
    hosts.beat(0)
    assert hosts.faults() == {(OFF, "recorder"): 90}


def test_a_bridge_that_is_wrong_is_found_by_both(hosts: Hosts) -> None:
    for ahead_s in (0, -75, -75, 0):
        hosts.beat(ahead_s)
    assert hosts.faults() == {
        (OFF, "recorder"): -75,
        (OFF, "database"): -75,
        (BACK, "recorder"): -75,
    }


def test_a_recorder_stores_what_live_heartbeats_say(
    url: str, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """The whole way: a broker, the recorder as a process, and rows that SQL finds."""
    with Site(tmp_path / "site", mosquitto.port, 1, database=url) as site:
        recorder = site.start("recorder")
        wait_until(lambda: "connected" in recorder.said(), 60, recorder.said)
        begun = time.monotonic()

        def rows() -> set[tuple[object, ...]]:
            report = replace(REPORT, time=shown(120), uptime_s=time.monotonic() - begun)
            mosquitto.publish("bcm/bridge/dc1/info", encode_info(report).decode())
            found = site.query("SELECT panel, kind, against, offset_ms FROM clock_fault")
            return {(*one, round(ms / 10_000)) for *one, ms in found}

        expected = {
            (panel, "off", against, 12)
            for panel in ("rpp-1a", "rpp-1b")
            for against in ("recorder", "database")
        }
        wait_until(lambda: rows() == expected, 60, recorder.said)
        assert "s ahead: check its time synchronisation" in recorder.said()
