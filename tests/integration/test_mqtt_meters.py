"""Meters that report over MQTT, at a real Mosquitto: what is a reading, and what is none."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from unittest.mock import Mock

import pytest

from bcm_mqtt.bridge import connection_line, panel_pollings
from bcm_mqtt.bridge.pair.answers import Answers
from bcm_mqtt.bridge.sources import Line, Reader
from bcm_mqtt.config import PeerSettings, Settings, load
from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.domain.time import whole_ms
from peers.mosquitto import Mosquitto
from peers.process import Process, wait_until
from peers.site import Site
from unit.builders import NOON

_SITE = """\
site: {{id: home, time_zone: UTC}}
mqtt: {{port: {port}{mqtt}}}
gateways: {{house: {{mqtt: site, timeout: 10s}}}}
panels:
  flat: {{service: 230/400, sources: [{source}]}}
"""
PLUG = "{mqtt: house, profile: tasmota, topic: plug-1, poles: 7, quantities: [current, power]}"
SENSOR = "tele/plug-1/SENSOR"


def energy(watts: float, **more: float) -> str:
    return json.dumps({"ENERGY": {"Power": watts, "Current": 0.25, **more}})


class Meter:
    """A plug at a broker, and what is read of it."""

    def __init__(self, line: Line, reader: Reader, broker: Mosquitto) -> None:
        self.line, self._reader, self._broker = line, reader, broker

    async def poll(self) -> Poll:
        return await self._reader.read(lambda: whole_ms(NOON), 1, 1000)

    async def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        await asyncio.to_thread(self._broker.publish, topic, payload, retain=retain)

    async def until(self, holds: Callable[[Poll], bool]) -> Poll:
        """Polls until something holds of a poll."""
        async with asyncio.timeout(20):
            while not holds(poll := await self.poll()):  # noqa: ASYNC110 - as a bridge polls
                await asyncio.sleep(0.02)
        return poll


def watts(poll: Poll, pole: int = 7) -> int | None:
    assert poll.snapshot.power is not None
    return poll.snapshot.power[pole - 1]


def reason(poll: Poll) -> str:
    return poll.snapshot.errors.get(0, "")


def site_of(broker: Mosquitto, folder: Path, source: str, mqtt: str) -> Settings:
    config = folder / "bcm.yaml"
    config.write_text(_SITE.format(port=broker.port, source=source, mqtt=mqtt))
    (folder / "circuits.csv").write_text("panel,poles,description\n")
    return load(config)


@asynccontextmanager
async def metered(
    broker: Mosquitto, folder: Path, source: str = PLUG, mqtt: str = ""
) -> AsyncIterator[Meter]:
    settings = site_of(broker, folder, source, mqtt)
    line = connection_line(settings.gateways["house"], lambda: 0.5)
    [polling] = panel_pollings(settings, "house")
    try:
        yield Meter(line, polling.reader(line, polling.plan), broker)
    finally:
        line.close()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_a_retained_message_is_no_reading_and_the_next_one_is(
    mosquitto: Mosquitto, tmp_path: Path, protocol: str
) -> None:
    mosquitto.publish(SENSOR, energy(99), retain=True)
    mosquitto.publish("tele/plug-1/LWT", "Online", retain=True)
    async with metered(mosquitto, tmp_path, mqtt=f', protocol: "{protocol}"') as meter:
        poll = await meter.until(lambda poll: "retained" in reason(poll))
        assert (watts(poll), poll.answered) == (None, False)
        await meter.publish(SENSOR, energy(100), retain=True)  # retained, but published now
        poll = await meter.until(lambda poll: poll.answered)
        assert (watts(poll), poll.snapshot.errors) == (100_000, {})
        assert meter.line.connected


async def test_a_last_will_ends_its_readings_at_once(mosquitto: Mosquitto, tmp_path: Path) -> None:
    will = ["--will-topic", "tele/plug-1/LWT", "--will-payload", "Offline", "--will-retain"]
    device = ["mosquitto_sub", "-p", str(mosquitto.port), "-t", "cmnd/plug-1", *will]
    with Process(device, tmp_path / "device.log") as running:
        async with metered(mosquitto, tmp_path) as meter:
            await meter.poll()
            await meter.publish("tele/plug-1/LWT", "Online", retain=True)
            await meter.publish(SENSOR, energy(100))
            await meter.until(lambda poll: watts(poll) == 100_000)
            running.send(signal.SIGKILL)
            poll = await meter.until(lambda poll: not poll.answered)
            assert reason(poll) == "tele/plug-1/LWT says that it is gone"


async def test_what_is_not_heard_again_is_a_failed_read_after_max_age(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    async with metered(mosquitto, tmp_path, PLUG.replace("}", ", max_age: 1s}")) as meter:
        await meter.poll()
        await meter.publish(SENSOR, energy(100))
        await meter.until(lambda poll: watts(poll) == 100_000)
        poll = await meter.until(lambda poll: not poll.answered)
        assert "longer than max_age" in reason(poll)
        await meter.publish(SENSOR, energy(101))
        await meter.until(lambda poll: watts(poll) == 101_000)


async def test_two_devices_on_one_topic_are_a_fault_and_no_reading(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    source = "{mqtt: house, profile: shelly-switch, topic: s, poles: 7, quantities: [power]}"
    async with metered(mosquitto, tmp_path, source) as meter:
        await meter.poll()
        for name in ("one", "two", "one"):
            params = {"switch:0": {"id": 0, "apower": 5}}
            await meter.publish("s/events/rpc", json.dumps({"src": name, "params": params}))
        poll = await meter.until(lambda poll: "two devices" in reason(poll))
        assert watts(poll) is None
        assert meter.line.health().last_error == (
            "two devices publish on s/events/rpc: messages of one and two take turns"
        )


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_a_packet_that_is_too_large_is_not_read_and_the_next_one_is(
    mosquitto: Mosquitto, tmp_path: Path, protocol: str
) -> None:
    async with metered(mosquitto, tmp_path, mqtt=f', protocol: "{protocol}"') as meter:
        await meter.poll()
        await meter.publish(SENSOR, energy(100, more=1) + " " * 100_000)
        async with asyncio.timeout(20):  # where the broker cannot be told, the connection ends
            while not meter.line.connected:  # noqa: ASYNC110 - no event says it
                await asyncio.sleep(0.02)
            while not (await meter.poll()).answered:
                await meter.publish(SENSOR, energy(101))
        assert watts(await meter.poll()) == 101_000


async def test_a_reload_keeps_what_was_heard(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with metered(mosquitto, tmp_path) as meter:
        await meter.poll()
        await meter.publish(SENSOR, energy(100))
        await meter.until(lambda poll: watts(poll) == 100_000)
        [polling] = panel_pollings(load(tmp_path / "bcm.yaml"), "house")
        again = Meter(meter.line, polling.reader(meter.line, polling.plan), mosquitto)
        assert watts(await again.poll()) == 100_000


async def test_a_standby_finds_out_whether_the_broker_of_meters_is_there(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    there = ("127.0.0.1", 1)
    peer = PeerSettings(there, there, is_first=True, secret=b"x" * 16)
    settings = site_of(mosquitto, tmp_path, PLUG, "")
    standby = Answers(settings, peer, Mock(), Mock(), Mock(), lambda: 0.0)
    assert await standby._probe() == 1
    mosquitto.stop()
    assert await standby._probe() == 0


@pytest.fixture
def home(site: Site) -> Site:
    """One plug in place of the meters, and topics below several levels."""
    text = site.config.read_text().replace("circuit_rate: every", "base_topic: site/dc1/bcm")
    begin = text.index("gateways:")
    end = text.index("tariffs:")
    site.config.write_text(
        f"{text[:begin]}gateways: {{house: {{mqtt: site, poll_interval: 200ms}}}}\n"
        f"panels:\n  rpp-1a: {{service: 230/400, sources: [{PLUG}]}}\n{text[end:]}"
    )
    site.write_circuits(["rpp-1a,7,Customer1-7,16"])
    return site


def test_read_waits_until_it_has_reported(home: Site, mosquitto: Mosquitto) -> None:
    reading = home.start("read", "--wait", "60", "--format", "json")
    while reading.running:
        mosquitto.publish(SENSOR, energy(100))
    [row] = [one for one in json.loads(reading.said()) if one["poles"] == "7"]
    assert (row["amps"], row["watts"]) == (0.25, 100)


def test_read_says_what_did_not_report(home: Site) -> None:
    said = home.run("read", "--wait", "0", expect=1)
    assert said.startswith(f"rpp-1a: nothing was heard on {SENSOR} yet")


def test_a_meter_over_mqtt_is_recorded_also_below_a_base_of_several_levels(
    home: Site, mosquitto: Mosquitto
) -> None:
    site = home
    recorder = site.start("recorder")
    bridge = site.start("bridge")
    wait_until(lambda: "nothing was heard on" in bridge.said(), 60, bridge.said)
    mosquitto.publish(SENSOR, energy(100))
    rows = "SELECT DISTINCT pole, amps FROM reading WHERE amps IS NOT NULL"
    wait_until(lambda: site.query(rows) == [(7, 0.25)], 30, bridge.said)
    power = "site/dc1/bcm/rpp-1a/circuit/7/power"
    assert float(mosquitto.retained(power)[power]) == 100
    assert site.run("circuits", "list").count("Customer1-7") == 1
    assert "Traceback" not in bridge.said() + recorder.said()
