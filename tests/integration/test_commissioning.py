"""Commissioning through real Modbus requests: a whole panel in process, and the command itself."""

import asyncio
import sys
from contextlib import AsyncExitStack, closing
from pathlib import Path

from pypdfium2 import PdfDocument

from bcm_mqtt.bridge import panel_pollings
from bcm_mqtt.config import load
from bcm_mqtt.domain.commissioning.clamp import Clamp
from bcm_mqtt.domain.commissioning.result import mix_ups, newest
from bcm_mqtt.domain.commissioning.walk import walk_by_pole
from bcm_mqtt.domain.commissioning.walking import Walking
from bcm_mqtt.modbus import Line, Tcp, line_random
from bcm_mqtt.simulator import SimulatedGateway, SwitchedPanel, meter_poles
from bcm_mqtt.store import Store
from peers.process import BCM_MQTT
from unit.builders import NOON, SetClock

_MAIN = """\
site: {{id: dc1, name: Data Center 1, time_zone: America/New_York, currency: USD}}
mqtt: {{host: 127.0.0.1, port: 1}}
database: {{url: "sqlite:///{folder}/bcm.db"}}
gateways:
  gw: {{host: 127.0.0.1, port: {modbus}}}
panels:
  rpp-1a: {{name: RPP 1A, gateway: gw, profile: {profile}, service: 120/208}}
"""
_PROFILE = """\
id: sixteen
title: Sixteen three-phase meters
source: this test
function_code: 4
addressing: wire
max_registers: 80
current: {type: float32, scale: 1, first_register: 0x0006}
power: {type: float32, scale: 1, first_register: 0x000C}
voltage: {type: float32, scale: 1, first_register: 0x0000}
reactive_power: {type: float32, scale: 1, first_register: 0x0018}
channels:
"""


def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()


def write(folder: Path, modbus: int, profile: str) -> Path:
    config = folder / "bcm.yaml"
    config.write_text(_MAIN.format(folder=folder, modbus=modbus, profile=profile))
    (folder / "circuits.csv").write_text("panel,poles,description,rating\n")
    return config


async def test_48_of_48_poles_two_swapped_and_one_reversed(tmp_path: Path) -> None:
    of = SwitchedPanel(transformers={9: 21, 21: 9}, reversed_poles=frozenset({14}))
    channels = [
        f"  - {{pole: {pole}, channel: {channel}, device_id: {unit}}}\n"
        for unit, poles in meter_poles().items()
        for channel, pole in enumerate(poles, start=1)
    ]
    (tmp_path / "sixteen.yaml").write_text(_PROFILE + "".join(channels))
    clock = SetClock()
    async with SimulatedGateway(of.meters(clock)) as gateway:
        settings = load(write(tmp_path, gateway.port, "sixteen.yaml"))
        (polling,) = panel_pollings(settings, "gw")
        line = Line("gw", Tcp("127.0.0.1", gateway.port), 5.0, line_random(1))
        reader = polling.reader(line, polling.plan)
        with closing(Store(settings.database_url)) as store:
            store.database.ensure_schema()
            walk = walk_by_pole(settings.directories["rpp-1a"], NOON)
            walking = Walking(walk, Clamp("Fluke 376"), "anna")
            while (asked := walking.walk.asked) is not None:
                of.on.clear()
                while walking.walk.asked is asked:
                    for _ in range(4):
                        clock.advance(15)
                        poll = await reader.read(clock, 1, 1000)
                        assert poll.snapshot.errors == {}
                        walking = walking.take(poll.snapshot)
                        store.commissionings.add(walking.found)
                    if walking.walk.asked is asked:
                        of.on ^= set(asked.poles)
            stored = newest(store.commissionings.of_panel("rpp-1a"))
        line.close()
    assert {int(place) for place in stored} == set(range(1, 49))
    assert {place for place, one in stored.items() if not one.passed} == {"9", "14", "21"}
    assert mix_ups(stored.values(), walk.directory.panel) == [
        "The transformers of poles 9 and 21 are swapped: exchange their leads"
    ]
    assert stored["14"].corrections == {"sign": "-1"}
    assert {one.who for one in stored.values()} == {"anna"}


async def test_the_command_walks_a_meter_and_writes_the_sheet(tmp_path: Path) -> None:
    of = SwitchedPanel(reversed_poles=frozenset({3}))

    def clock_stands() -> object:
        return NOON

    meter = of.meters(clock_stands)[1]  # type: ignore[arg-type]
    async with SimulatedGateway({1: meter}) as gateway, AsyncExitStack() as ending:
        config = write(tmp_path, gateway.port, "sdm630")
        process = await asyncio.create_subprocess_exec(
            *(*BCM_MQTT, "commission", "rpp-1a", "--by", "pole", "--every", "100ms"),
            *("--who", "anna", "--clamp", "Fluke 376", "-c", str(config)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=sys.stderr,
        )
        ending.callback(_end, process)
        assert process.stdin
        assert process.stdout

        async def said() -> str:
            assert process.stdout
            return (await asyncio.wait_for(process.stdout.readline(), 60)).decode().rstrip()

        assert await said() == "Switch a load on at pole 1."
        lines = []
        for pole in (1, 3):
            answer, patience_s = asyncio.ensure_future(said()), 1.0
            while not answer.done():  # some polls are needed before and after
                of.on ^= {pole}
                await asyncio.wait({answer}, timeout=patience_s)
                patience_s *= 1.3
            lines += [await answer, await said()]
        of.on = {3}
        amps = of.amps(NOON)[2]
        process.stdin.write(f"{amps:.1f}\nmain 1 2\n\n".encode())
        process.stdin.close()
        rest = (await asyncio.wait_for(process.stdout.read(), 60)).decode()
        assert await process.wait() == 0
    assert lines[0] == "Pole 1: right (+8.3 A)"
    assert lines[1] == "Switch a load on at pole 3."
    assert lines[2].startswith("Pole 3: right (+8.3 A); Power or energy runs backwards: -9")
    assert "within ±" in rest
    assert "expected the amps of phases A, B, C; or Enter" in rest
    assert "Panel rpp-1a: 2 of 3 poles checked, 1 with findings." in rest
    assert "  bcm-mqtt meters add rpp-1a --poles 3 --sign -1" in rest
    sheet = tmp_path / "sheet.pdf"
    done = await asyncio.create_subprocess_exec(
        *BCM_MQTT, "commission", "--sheet", str(sheet), "-c", str(config)
    )
    assert await asyncio.wait_for(done.wait(), 60) == 0
    with closing(PdfDocument(sheet)) as document:
        text = document[0].get_textpage().get_text_bounded()
    assert "2 of 3 poles checked, 1 with findings" in text
    assert "Which transformer is on these poles: 5." in text
