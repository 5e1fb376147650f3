"""Live values of a panel of two sources: each circuit by the source that reads it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bcm_mqtt.bridge import Bridge
from bcm_mqtt.config import load
from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.mqtt.client import Broker
from unit.bridge.noting_client import NotingClient
from unit.bridge.test_bridge_publishing import client
from unit.builders import NOON, SetClock
from unit.site_files import write_site

__all__ = ["client"]

OLD = "gateway: babel-1, service: 120/208, main_rating: 225"
SOURCES = """\
poles: 12, service: 120/208, main_rating: 225, sources: [
    {gateway: babel-1, first_unit_id: 20, poles: 1-6, name: first, poll_interval: 1s},
    {gateway: babel-2, profile: sdm630, unit_ids: [3], poles: 7+9+11, name: second,
     poll_interval: 60s, periods: {energy: 300s}}]"""
CIRCUITS = ("rpp-1a,1,Customer1-A-1,20,", "rpp-1a,5+7,Customer2-A-1,30,", "rpp-1a,9,,20,")
FIRST, SECOND = tuple(range(1, 7)), (7, 9, 11)
POLL = timedelta(seconds=1)


def amps(poles: tuple[int, ...], value: int | None) -> Thousandths:
    return tuple(value if pole in poles else None for pole in range(1, max(poles) + 1))


def first(at: int, value: int | None) -> Poll:
    """6 poles of current alone, mA."""
    current = amps(FIRST, value)
    errors = {20: "no answer in time"} if value is None else {}
    snapshot = Snapshot(
        *("rpp-1a", NOON + at * POLL, at, 1000, current),
        errors=errors,
        source="first",
        poles=FIRST,
    )
    return Poll(snapshot, value is not None)


def second(at: int, milliamps: int | None, milliwatts: int | None) -> Poll:
    """Three phases with power."""
    snapshot = Snapshot(
        *("rpp-1a", NOON + at * POLL, at, 60_000, amps(SECOND, milliamps)),
        power=amps(SECOND, milliwatts),
        source="second",
        poles=SECOND,
        errors={3: "no answer in time"} if milliamps is None else {},
    )
    return Poll(snapshot, milliamps is not None)


def register(at: int, watt_hours: int) -> Poll:
    """Its energy alone."""
    snapshot = Snapshot(
        *("rpp-1a", NOON + at * POLL, at, 300_000),
        energy=amps(SECOND, watt_hours),
        source="second",
        poles=SECOND,
    )
    return Poll(snapshot, answered=True)


@pytest.fixture
async def bridge(client: NotingClient, tmp_path: Path) -> Bridge:  # noqa: ARG001
    main = write_site(tmp_path, circuits=CIRCUITS, mqtt="circuit_rate: every")
    text = main.read_text().replace(OLD, SOURCES).replace("gateways:\n", f"gateways:\n{_SECOND}")
    main.write_text(text)
    return Bridge(load(main), Broker(), SetClock(), lambda: 0.5)


_SECOND = "  babel-2: {host: 127.0.0.1, port: 503}\n"
ONE, BOTH, NINE = (f"bcm/rpp-1a/circuit/{pole}" for pole in (1, 5, 9))


async def test_a_poll_says_of_its_own_circuits_alone(bridge: Bridge, client: NotingClient) -> None:
    bridge._polled(first(0, 10_000))
    assert client.text(f"{ONE}/power") == "1200"
    assert f"{NINE}/current" not in client.topics()
    client.sent.clear()
    bridge._polled(second(1, 4000, 500_000))
    assert client.text(f"{NINE}/current") == "4.0"
    assert client.text(f"{NINE}/power") == "500"
    assert f"{ONE}/current" not in client.topics()


async def test_each_poll_is_a_snapshot_with_what_it_read(
    bridge: Bridge, client: NotingClient
) -> None:
    bridge._polled(register(1, 5000))
    body = json.loads(client.text("bcm/rpp-1a/snapshot"))
    assert body.keys() == {
        *("v", "panel", "time", "seq", "interval", "energy", "source", "poles"),
    }
    assert (body["source"], body["poles"], body["interval"]) == ("second", [7, 9, 11], 300.0)


async def test_a_circuit_on_two_sources_has_the_poles_of_both(
    bridge: Bridge, client: NotingClient
) -> None:
    bridge._polled(first(0, 10_000))
    assert f"{BOTH}/current" not in client.topics()  # half of it is not known
    bridge._polled(second(1, 4000, 500_000))
    assert client.text(f"{BOTH}/current") == "10.0"
    # A pole's power alone is not that of the circuit.
    assert f"{BOTH}/power" not in client.topics()


async def test_a_dead_source_takes_nothing_from_the_other(
    bridge: Bridge, client: NotingClient
) -> None:
    bridge._polled(first(0, 10_000))
    bridge._polled(second(1, 4000, 500_000))
    bridge._polled(first(2, None))
    assert client.text("bcm/rpp-1a/availability") == "online"
    bridge._publish_info()
    info = json.loads(client.text("bcm/bridge/dc1/info"))["panels"]["rpp-1a"]
    assert info["answering"] is True
    assert info["sources"] == {
        "first": {"gateway": "babel-1", "answering": False},
        "second": {"gateway": "babel-2", "answering": True},
    }
    bridge._polled(second(61, 5000, 600_000))
    assert client.text(f"{NINE}/current") == "5.0"
    bridge._polled(second(121, None, None))
    assert client.text("bcm/rpp-1a/availability") == "offline"


async def test_energy_is_summed_up_by_power_or_counted_by_registers_each_circuit_once(
    bridge: Bridge,
) -> None:
    assert bridge._live
    for at in range(601):
        bridge._polled(first(at, 10_000))
        if at % 60 == 0:
            bridge._polled(second(at, 4000, 500_000))
        if at % 300 == 0:
            bridge._polled(register(at, 5000 + at // 3))
    counters = bridge._live._energy.save()
    assert counters["rpp-1a", 1] == pytest.approx(1.2 * 600 / 3600)  # 1200 W for 600 s
    assert counters["rpp-1a", 9] == pytest.approx(0.2)  # the register has gone from 5000 to 5200 Wh


async def test_energy_by_power_stands_for_one_poll_and_a_half_of_its_source(
    bridge: Bridge,
) -> None:
    """While the second source is polled on, the first one's last reading is no energy."""
    assert bridge._live
    bridge._polled(first(0, 10_000))
    bridge._polled(second(0, 4000, 500_000))
    bridge._polled(second(60, 4000, 500_000))
    bridge._polled(first(100, 10_000))
    assert bridge._live._energy.save()["rpp-1a", 1] == pytest.approx(1.2 * 1.5 / 3600)


async def test_circuits_of_a_dead_source_have_no_data_and_those_of_the_other_have(
    bridge: Bridge, client: NotingClient
) -> None:
    for at in range(3):  # the first poll of a dead source, and the alarm's two
        bridge._polled(second(60 * at, 4000, 500_000))
        bridge._polled(first(60 * at, None))
    assert json.loads(client.text(f"{ONE}/no_data_alarm"))["active"] is True
    assert json.loads(client.text(f"{NINE}/no_data_alarm"))["active"] is False
    assert json.loads(client.text("bcm/rpp-1a/main/no_data_alarm"))["active"] is False
    bridge._polled(first(181, 10_000))
    assert json.loads(client.text(f"{ONE}/no_data_alarm"))["active"] is False
