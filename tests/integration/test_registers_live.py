"""Live counters of energy registers that fall and jump, as Home Assistant gets them.

The bridge runs here in process, so that a set clock drives its hours: all of it, from Modbus
requests over a socket to a real Mosquitto, whose retained values are those of the counters. Its
polls are requested, so that the registers and the clock move between two of them only.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bcm_mqtt.bridge import Bridge
from bcm_mqtt.config import load
from peers.mosquitto import Mosquitto
from peers.process import Process, wait_until
from peers.recorded_meters import RecordedMeters
from unit.builders import SetClock
from unit.modbus.recorded_meter import Registers, registers
from unit.profiles.register_fixtures import FIXTURES

_MAIN = """\
site: {{id: dc1, name: Test, time_zone: Europe/Berlin, currency: EUR}}
mqtt: {{host: 127.0.0.1, port: {broker}}}
bridge: {{data: "{folder}/bridge"}}
gateways:
  gw: {{host: 127.0.0.1, port: {modbus}, poll_interval: 1h}}
panels:
  one: {{name: One, gateway: gw, profile: pac1600, service: 230/400}}
  two: {{name: Two, gateway: gw, profile: pac1600, service: 230/400, first_unit_id: 2}}
"""
POLLS, EVENT = 36, 12
POLL_S = 300
POLL_WH = 100
"""What a circuit of 1.2 kW uses from poll to poll."""
BEFORE_WH = 9_184_000
CAPACITY_WH = 10**9

History = Callable[[int], int]
"""Wh that a register shows, by the number of the poll."""


def counts(poll: int) -> int:
    return BEFORE_WH + poll * POLL_WH


def shows_0_once(poll: int) -> int:
    return 0 if poll == EVENT else counts(poll)


def falls_by_half_a_kwh(poll: int) -> int:
    return counts(poll) - (500 if poll >= EVENT else 0)


def jumps(poll: int) -> int:
    return counts(poll) + (7_184_000 if poll >= EVENT else 0)


def is_reset(poll: int) -> int:
    return (poll - EVENT) * POLL_WH if poll >= EVENT else counts(poll)


def rolls_over(poll: int) -> int:
    return (CAPACITY_WH + (poll - EVENT) * POLL_WH) % CAPACITY_WH


PLACES: dict[tuple[str, int], History] = {
    ("one", 1): counts,
    ("one", 3): shows_0_once,
    ("one", 5): falls_by_half_a_kwh,
    ("two", 1): jumps,
    ("two", 3): is_reset,
    ("two", 5): rolls_over,
}


def show(units: dict[int, Registers], poll: int) -> None:
    """Writes what each register shows, and 1.2 kW (0.01 W), to the wire's addresses."""
    for (panel, pole), history in PLACES.items():
        place, unit = pole // 2, {"one": 1, "two": 2}[panel]
        for first, value in ((6707 + 20 * place, history(poll)), (19 + 2 * place, 120_000)):
            units[unit][3, first], units[unit][3, first + 1] = divmod(value, 1 << 16)


@pytest.fixture
def listener(mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Process]:
    with mosquitto.listening("bcm/+/circuit/+/energy", tmp_path / "sub.log") as listening:
        yield listening


def heard(listener: Process) -> dict[tuple[str, int], list[float]]:
    """Counters in kWh in the order in which they came, by panel and pole."""
    found: dict[tuple[str, int], list[float]] = {place: [] for place in PLACES}
    for line in listener.said().splitlines():
        topic, _, kwh = line.partition(" ")
        _, panel, _, pole, _ = topic.split("/")
        found[panel, int(pole)].append(float(kwh))
    return found


async def test_a_published_counter_never_falls_and_ends_right_whatever_its_register_does(
    mosquitto: Mosquitto, listener: Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bcm_mqtt.bridge.live_values._SAVE_EVERY", timedelta(milliseconds=20))
    units = {unit: registers(FIXTURES["pac1600"]) for unit in (1, 2)}
    show(units, 0)
    with RecordedMeters(units) as meters:
        main = tmp_path / "bcm.yaml"
        main.write_text(_MAIN.format(folder=tmp_path, broker=mosquitto.port, modbus=meters.port))
        rows = "".join(f"{panel},{pole},{panel}-{pole},20\n" for panel, pole in PLACES)
        (tmp_path / "circuits.csv").write_text("panel,poles,description,rating\n" + rows)
        settings, clock, stop = load(main), SetClock(), asyncio.Event()
        bridge = Bridge(settings, settings.mqtt.broker, clock, lambda: 0.5)
        running = asyncio.create_task(bridge.run(stop))
        for poll in range(POLLS + 1):
            show(units, poll)
            for panel in ("one", "two"):
                polled = await asyncio.wait_for(bridge._gateways.poll_now(panel), 20)
                assert polled.snapshot.energy is not None
            await asyncio.sleep(0.06)  # the counters are saved and published
            clock.advance(POLL_S)
        retained = await asyncio.to_thread(mosquitto.retained, "bcm/+/circuit/+/energy")
        stop.set()
        await running
    wait_until(lambda: all(heard(listener).values()), 20, listener.said)
    used_kwh = POLLS * POLL_WH / 1000
    for (panel, pole), came in heard(listener).items():
        name = PLACES[panel, pole].__name__
        assert came == sorted(came), name
        assert len(set(came)) > POLLS // 2, name  # it was seen to count
        last = float(retained[f"bcm/{panel}/circuit/{pole}/energy"])
        assert last == pytest.approx(used_kwh, abs=POLL_WH / 1000 + 0.001), name
