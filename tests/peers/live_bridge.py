"""A bridge in process over registers that fall and jump, hours of which pass in seconds.

All of it runs, from Modbus requests over a socket to a real Mosquitto, but a set clock drives its
hours. Its polls are requested, so that the registers and the clock move between two of them only.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.bridge import Bridge
from bcm_mqtt.config import load
from peers.mosquitto import Mosquitto
from peers.process import BCM_MQTT, Process
from peers.recorded_meters import RecordedMeters
from unit.builders import NOON, SetClock
from unit.modbus.recorded_meter import Registers, registers
from unit.profiles.register_fixtures import FIXTURES

_MAIN = """\
site: {{id: dc1, name: Test, time_zone: Europe/Berlin, currency: EUR}}
mqtt: {{host: 127.0.0.1, port: {broker}, circuit_rate: every}}
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


OLD_WH, NEW_WH = 70, 50
"""What a circuit used on the old meter after it was last seen, and on the new one before."""


def exchanged_for(first_kwh: Decimal) -> History:
    """Of a meter that was exchanged for one that shows so much."""

    def shown(poll: int) -> int:
        before = counts(poll)
        return before if poll < EVENT else int(first_kwh * 1000) + NEW_WH + before - counts(EVENT)

    return shown


LAST_KWH = Decimal(counts(EVENT - 1) + OLD_WH) / 1000
EXCHANGED_AT = NOON + timedelta(seconds=(EVENT - 1) * POLL_S + 120)


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


class LiveBridge:
    """A bridge whose polls are requested, one every five minutes of a set clock."""

    def __init__(self, config: Path, units: dict[int, Registers], places: Places) -> None:
        self.config, self.clock = config, SetClock()
        self._units, self._places = units, places
        settings = load(config)
        self.bridge = Bridge(
            settings, settings.mqtt.broker, self.clock, lambda: 0.5, self.clock.monotonic
        )

    async def poll(self, number: int) -> None:
        show(self._units, self._places, number)
        for panel in ("one", "two"):
            [polling] = self.bridge._gateways.poll_now(panel)
            polled = await asyncio.wait_for(polling, 20)
            assert polled.snapshot.energy is not None
        await asyncio.sleep(0.06)  # the counters are saved and published
        self.clock.advance(POLL_S)


@contextmanager
def quick() -> Iterator[None]:
    """Has bridges save and publish counters, and read changed files, at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bcm_mqtt.bridge.live_values._SAVE_EVERY", timedelta(milliseconds=20))
        patch.setattr("bcm_mqtt.bridge.followed._CHECK_EVERY_S", 0.05)
        yield


@asynccontextmanager
async def live_bridge(broker: Mosquitto, folder: Path, places: Places) -> AsyncIterator[LiveBridge]:
    """The bridge of these registers, that saves and publishes its counters at once."""
    units = {unit: registers(FIXTURES["pac1600"]) for unit in (1, 2)}
    show(units, places, 0)
    with quick(), RecordedMeters(units) as meters:
        main = folder / "bcm.yaml"
        main.write_text(_MAIN.format(folder=folder, broker=broker.port, modbus=meters.port))
        rows = "".join(f"{panel},{pole},{panel}-{pole},20\n" for panel, pole in places)
        (folder / "circuits.csv").write_text("panel,poles,description,rating\n" + rows)
        live, stop = LiveBridge(main, units, places), asyncio.Event()
        task = asyncio.create_task(live.bridge.run(stop))
        yield live
        stop.set()
        await task


def exchanged(config: Path, panel: str, pole: int, first_kwh: Decimal) -> None:
    """Enters an exchange with the command."""
    process = Process(
        [
            *(*BCM_MQTT, "meters", "exchange", panel, "-c", str(config), "--poles", str(pole)),
            *("--at", EXCHANGED_AT.isoformat(), "--serial", f"N-{pole}"),
            *("--last-reading", str(LAST_KWH), "--first-reading", str(first_kwh)),
        ],
        config.parent / f"exchange-{pole}.log",
    )
    assert process.wait(60) == 0, process.said()
