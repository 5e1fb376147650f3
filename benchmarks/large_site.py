"""A site of many panels with 48 circuits each, its meters, broker and bridge as processes."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from benchmarks.databases import Mosquitto
from benchmarks.wandering_meters import site_of
from home_assistant.demo import PYTHON
from home_assistant.instance import HomeAssistant
from peers.process import BCM_MQTT, Process, accepts, free_port, wait_until

POLES = 48


_MAIN = """\
site: {{id: big, name: Big, time_zone: America/New_York}}
mqtt: {{host: 127.0.0.1, port: {broker}, circuit_rate: {rate}}}
database: {{url: "sqlite:///{folder}/bcm.db"}}
bridge: {{data: "{folder}/bridge"}}
gateways:
{gateways}
panels:
{panels}
"""
_POWER = """\
id: power
title: Meters of six circuits that measure current and power
source: benchmarks/wandering_meters.py
function_code: 3
addressing: wire
poles: 48
channels_per_device: 6
current: {type: uint16, scale: 0.1, first_register: 501}
power: {type: uint16, scale: 1, first_register: 507}
"""


def quiet_home(folder: Path, broker_port: int) -> HomeAssistant:
    """A Home Assistant that logs what one at home does, and not each entity that it finds."""
    home = HomeAssistant(PYTHON, folder, broker_port)
    file = folder / "configuration.yaml"
    file.write_text(file.read_text().replace("default: info", "default: warning"))
    return home


class LargeSite:
    """Serves while its context is entered; the bridge runs from `poll` on."""

    def __init__(self, folder: Path, panels: int, *, measured: bool = False) -> None:
        self.folder, self.panels, self.measured = folder, panels, measured
        self.broker = Mosquitto(folder / "mosquitto")
        self._running = ExitStack()
        self._bridge: Process | None = None

    def __enter__(self) -> Self:
        with self._running as starting:
            starting.enter_context(self.broker)
            self._first_port = _free_ports(self.panels)
            kind = "power" if self.measured else "current"
            command = (sys.executable, "-m", "benchmarks.wandering_meters")
            arguments = (str(self.panels), str(self._first_port), kind)
            meters = Process((*command, *arguments), self.folder / "meters.log")
            starting.enter_context(meters)
            last = self._first_port + len({p.gateway_id for p in site_of(self.panels).places}) - 1
            wait_until(lambda: accepts(last), 60, meters.said)
            self._running = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self._running.close()

    def poll(self, interval_s: int, rate: str) -> Process:
        """Starts the bridge, in place of one that runs; everything else goes on."""
        self.end()
        places = site_of(self.panels).places
        lines = dict.fromkeys(place.gateway_id for place in places)
        gateways = "\n".join(
            f"  {line}: {{host: 127.0.0.1, port: {self._first_port + number}, "
            f"timeout: 5s, poll_interval: {interval_s}s}}"
            for number, line in enumerate(lines)
        )
        profile = "power.yaml" if self.measured else "bg08"
        panels = "\n".join(
            f"  {place.panel.panel_id}: {{name: {place.panel.panel_id.upper()}, "
            f"gateway: {place.gateway_id}, first_unit_id: {place.first_unit_id}, "
            f"profile: {profile}, service: 120/208, main_rating: 300}}"
            for place in places
        )
        (self.folder / "power.yaml").write_text(_POWER)
        circuits = (
            f"{place.panel.panel_id},{pole},Customer{pole % 7}-{pole},20"
            for place in places
            for pole in range(1, POLES + 1)
        )
        table = "\n".join(["panel,poles,description,rating", *circuits])
        (self.folder / "circuits.csv").write_text(table + "\n")
        config = self.folder / "bcm.yaml"
        config.write_text(
            _MAIN.format(
                broker=self.broker.port,
                rate=rate,
                folder=self.folder,
                gateways=gateways,
                panels=panels,
            )
        )
        command = (*BCM_MQTT, "bridge", "-c", str(config))
        self._bridge = Process(command, self.folder / "bridge.log")
        return self._bridge

    def end(self) -> None:
        """Of the bridge."""
        if self._bridge:
            self._bridge.stop()
            self._bridge = None


def _free_ports(count: int) -> int:
    """The first of so many in a row."""
    while True:
        first = free_port()
        if first + count < 65_536 and not any(map(accepts, range(first, first + count))):
            return first
