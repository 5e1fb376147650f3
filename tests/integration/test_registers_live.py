"""Live counters of energy registers that fall and jump, as Home Assistant gets them.

The bridge runs here in process, so that a set clock drives its hours: all of it, from Modbus
requests over a socket to a real Mosquitto, whose retained values are those of the counters. Its
polls are requested, so that the registers and the clock move between two of them only.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.bridge import Bridge
from bcm_mqtt.config import load
from bcm_mqtt.domain.site.instrument_edit import InstrumentChange
from bcm_mqtt.domain.site.instrument_field import BY_NAME, InstrumentField, InstrumentValue
from bcm_mqtt.mqtt.payloads import ExchangeMeters, encode_request
from peers.mosquitto import Mosquitto
from peers.process import BCM_MQTT, Process, wait_until
from peers.recorded_meters import RecordedMeters
from unit.builders import NOON, SetClock
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


Places = Mapping[tuple[str, int], History]


def show(units: dict[int, Registers], places: Places, poll: int) -> None:
    """Writes what each register shows, and 1.2 kW (0.01 W), to the wire's addresses."""
    for (panel, pole), history in places.items():
        place, unit = pole // 2, {"one": 1, "two": 2}[panel]
        for first, value in ((6707 + 20 * place, history(poll)), (19 + 2 * place, 120_000)):
            units[unit][3, first], units[unit][3, first + 1] = divmod(value, 1 << 16)


@pytest.fixture
def listener(mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Process]:
    with mosquitto.listening("bcm/+/circuit/+/energy", tmp_path / "sub.log") as listening:
        yield listening


def heard(listener: Process, places: Places) -> dict[tuple[str, int], list[float]]:
    """Counters in kWh in the order in which they came, by panel and pole."""
    found: dict[tuple[str, int], list[float]] = {place: [] for place in places}
    for line in listener.said().splitlines():
        topic, _, kwh = line.partition(" ")
        _, panel, _, pole, _ = topic.split("/")
        found[panel, int(pole)].append(float(kwh))
    return found


class LiveBridge:
    """A bridge whose polls are requested, one every five minutes of a set clock."""

    def __init__(self, config: Path, units: dict[int, Registers], places: Places) -> None:
        self.config, self.clock = config, SetClock()
        self._units, self._places = units, places
        settings = load(config)
        self.bridge = Bridge(settings, settings.mqtt.broker, self.clock, lambda: 0.5)

    async def poll(self, number: int) -> None:
        show(self._units, self._places, number)
        for panel in ("one", "two"):
            polled = await asyncio.wait_for(self.bridge._gateways.poll_now(panel), 20)
            assert polled.snapshot.energy is not None
        await asyncio.sleep(0.06)  # the counters are saved and published
        self.clock.advance(POLL_S)


@asynccontextmanager
async def running(broker: Mosquitto, folder: Path, places: Places) -> AsyncIterator[LiveBridge]:
    units = {unit: registers(FIXTURES["pac1600"]) for unit in (1, 2)}
    show(units, places, 0)
    with RecordedMeters(units) as meters:
        main = folder / "bcm.yaml"
        main.write_text(_MAIN.format(folder=folder, broker=broker.port, modbus=meters.port))
        rows = "".join(f"{panel},{pole},{panel}-{pole},20\n" for panel, pole in places)
        (folder / "circuits.csv").write_text("panel,poles,description,rating\n" + rows)
        live, stop = LiveBridge(main, units, places), asyncio.Event()
        task = asyncio.create_task(live.bridge.run(stop))
        yield live
        stop.set()
        await task


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bcm_mqtt.bridge.live_values._SAVE_EVERY", timedelta(milliseconds=20))
    monkeypatch.setattr("bcm_mqtt.bridge.followed._CHECK_EVERY_S", 0.05)


@pytest.mark.usefixtures("quick")
async def test_a_published_counter_never_falls_and_ends_right_whatever_its_register_does(
    mosquitto: Mosquitto, listener: Process, tmp_path: Path
) -> None:
    async with running(mosquitto, tmp_path, PLACES) as live:
        for poll in range(POLLS + 1):
            await live.poll(poll)
        retained = await asyncio.to_thread(mosquitto.retained, "bcm/+/circuit/+/energy")
    wait_until(lambda: all(heard(listener, PLACES).values()), 20, listener.said)
    used_kwh = POLLS * POLL_WH / 1000
    for (panel, pole), came in heard(listener, PLACES).items():
        name = PLACES[panel, pole].__name__
        assert came == sorted(came), name
        assert len(set(came)) > POLLS // 2, name  # it was seen to count
        last = float(retained[f"bcm/{panel}/circuit/{pole}/energy"])
        assert last == pytest.approx(used_kwh, abs=POLL_WH / 1000 + 0.001), name


OLD_WH, NEW_WH = 70, 30
"""What a circuit used on the old meter after it was last seen, and on the new one before."""


def exchanged_for(first_kwh: Decimal) -> History:
    def shown(poll: int) -> int:
        before = counts(poll)
        return before if poll < EVENT else int(first_kwh * 1000) + NEW_WH + before - counts(EVENT)

    return shown


FIRST_KWH = {pole: Decimal(kwh) for pole, kwh in ((1, "700.25"), (3, "0"), (5, "90000.5"))}
"""First readings of the new meters: an unexplained fall, a reset and an unexplained jump."""
EXCHANGED: Places = {
    (panel, pole): exchanged_for(kwh) for panel in ("one", "two") for pole, kwh in FIRST_KWH.items()
}
LAST_KWH = Decimal(counts(EVENT - 1) + OLD_WH) / 1000
EXCHANGED_AT = NOON + timedelta(seconds=(EVENT - 1) * POLL_S + 120)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("entered", [EVENT, EVENT + 8], ids=["at once", "after 40 minutes"])
async def test_a_counter_goes_on_over_an_exchange_by_what_both_meters_counted(
    mosquitto: Mosquitto, listener: Process, tmp_path: Path, entered: int
) -> None:
    async with running(mosquitto, tmp_path, EXCHANGED) as live:
        for poll in range(entered):
            await live.poll(poll)
        await asyncio.to_thread(by_the_command, live.config)
        by_request(mosquitto, as_a_program_writes_it(1))
        by_request(mosquitto, as_the_page_writes_it(3))
        by_request(mosquitto, as_a_program_writes_it(5))
        directory = live.bridge._directory
        await asyncio.to_thread(
            wait_until,
            lambda: [len(of.instruments) for of in directory.panels.values()] == [3, 3],
            20,
        )
        for poll in range(entered, POLLS + 1):
            await live.poll(poll)
        retained = await asyncio.to_thread(mosquitto.retained, "bcm/+/circuit/+/energy")
    wait_until(lambda: all(heard(listener, EXCHANGED).values()), 20, listener.said)
    for (panel, pole), came in heard(listener, EXCHANGED).items():
        assert came == sorted(came)
        last = float(retained[f"bcm/{panel}/circuit/{pole}/energy"])
        assert last == (POLLS - 1) * POLL_WH / 1000 + (OLD_WH + NEW_WH) / 1000


def by_the_command(config: Path) -> None:
    for pole, first_kwh in FIRST_KWH.items():
        process = Process(
            [
                *(*BCM_MQTT, "meters", "exchange", "one", "-c", str(config)),
                *("--poles", str(pole), "--at", EXCHANGED_AT.isoformat(), "--serial", f"N-{pole}"),
                *("--last-reading", str(LAST_KWH), "--first-reading", str(first_kwh)),
            ],
            config.parent / f"exchange-{pole}.log",
        )
        assert process.wait(60) == 0, process.said()


def as_a_program_writes_it(pole: int) -> bytes:
    return json.dumps(
        {
            "transaction": pole,
            "panel": "two",
            "poles": [pole],
            "valid_from": EXCHANGED_AT.isoformat(),
            "last_reading": float(LAST_KWH),
            "first_reading": float(FIRST_KWH[pole]),
        }
    ).encode()


def as_the_page_writes_it(pole: int) -> bytes:
    values: dict[InstrumentField, InstrumentValue] = {
        BY_NAME["serial"]: f"N-{pole}",
        BY_NAME["last_reading"]: (LAST_KWH,),
        BY_NAME["first_reading"]: (FIRST_KWH[pole],),
    }
    change = InstrumentChange("two", values, (pole,), valid_from=EXCHANGED_AT, exchange=True)
    return encode_request(ExchangeMeters((change,)), f"page-{pole}")


def by_request(broker: Mosquitto, payload: bytes) -> None:
    broker.publish("bcm/bridge/dc1/request/exchange", payload.decode())
