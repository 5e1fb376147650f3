"""The page with 50 browsers on 20 panels that change every second, and how soon it is there.

The panels are published by a process of its own, so that the page's process is what is
measured. Each browser follows one panel's events as the page of that panel does.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page

from bcm_mqtt.cli.demo.site import write_site
from bcm_mqtt.config import load
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.mqtt.client import MqttClient
from bcm_mqtt.mqtt.payloads import encode_directory, encode_snapshot
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.simulator import SimulatedSite
from benchmarks.databases import Mosquitto
from peers.browser import chromium
from peers.process import BCM_MQTT, Process, accepts, free_port, wait_until

PANELS, BROWSERS, SECONDS = 20, 50, 60.0
SETTLING_S = 10.0
VISITS = 9
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_KB = os.sysconf("SC_PAGE_SIZE") / 1024


def run() -> None:
    """Prints processor time and memory of the page's process, first paint and weight."""
    with tempfile.TemporaryDirectory() as name, Mosquitto(Path(name) / "broker") as broker:
        folder, port = Path(name), free_port()
        site = SimulatedSite(PANELS, 7)
        gateways = dict.fromkeys((place.gateway_id for place in site.places), 1)
        config = write_site(site, folder, gateways, broker.port, "5", port)
        publisher = [sys.executable, "-m", "benchmarks.web", str(config)]
        web = [*BCM_MQTT, "web", "-c", str(config)]
        with Process(web, folder / "web.log") as service, subprocess.Popen(publisher) as publishing:
            try:
                wait_until(lambda: accepts(port), 60, service.said)
                time.sleep(SETTLING_S)
                asyncio.run(_browsers(port, service.pid))
                _paints(port)
            finally:
                publishing.terminate()


async def _browsers(port: int, pid: int) -> None:
    heard = [0] * BROWSERS
    following = [asyncio.create_task(_follow(port, index, heard)) for index in range(BROWSERS)]
    await asyncio.sleep(SETTLING_S)
    del heard[:]
    heard += [0] * BROWSERS
    cpu, memory, begun = _cpu_s(pid), _memory_mb(pid), time.perf_counter()
    await asyncio.sleep(SECONDS)
    took = time.perf_counter() - begun
    cores, grown = (_cpu_s(pid) - cpu) / took, _memory_mb(pid)
    for task in following:
        task.cancel()
    print(
        f"page: {BROWSERS} browsers on {PANELS} panels at 1 s: {cores:.2f} cores, "
        f"{min(heard) / took:.2f} to {max(heard) / took:.2f} events/s each, "
        f"memory {memory:.0f} MB, after {took:.0f} s {grown:.0f} MB"
    )


async def _follow(port: int, index: int, heard: list[int]) -> None:
    panel = f"rpp-{index % PANELS // 2 + 1}{'ab'[index % 2]}"
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    writer.write(f"GET /events/panels/{panel} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert b"200" in await reader.readline()
    async for line in reader:
        heard[index] += line.startswith(b"event: board")


def _paints(port: int) -> None:
    """Of the panel's page in Chromium, with all that is published meanwhile."""
    with chromium() as browser:
        paints, weight = [], 0.0
        for _ in range(VISITS):
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            page.goto(f"http://127.0.0.1:{port}/panels/rpp-1a")
            page.wait_for_timeout(1500)
            paints.append(_first_paint_ms(page))
            weight = _weight_kb(page)
            page.context.close()
    print(
        f"page of a panel: first paint median {statistics.median(paints):.0f} ms "
        f"({min(paints):.0f} to {max(paints):.0f}), {weight:.0f} kB with all that it loads"
    )


def _first_paint_ms(page: Page) -> float:
    found: float = page.evaluate(
        'performance.getEntriesByName("first-contentful-paint")[0].startTime'
    )
    return found


def _weight_kb(page: Page) -> float:
    found: float = page.evaluate(
        """performance.getEntriesByType("resource")
             .concat(performance.getEntriesByType("navigation"))
             .reduce((sum, entry) => sum + entry.transferSize, 0)"""
    )
    return found / 1000


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_KB / 1024


def publish(config: Path) -> None:
    """Directories, then a poll of every panel each second, with every amp another one."""
    settings = load(config)
    topics = Topics()
    client = MqttClient(settings.mqtt.broker, "bcm-publisher-bench")
    client.start()
    client.ready.wait(30)
    for key, directory in settings.directories.items():
        payload = encode_directory(directory)
        client.publish(topics.directory(key), payload, qos=1, retain=True)
        client.publish(topics.availability(key), b"online", qos=1, retain=True)
    seq = 0
    while True:
        seq += 1
        for number, key in enumerate(settings.directories):
            current = tuple(100 * ((seq * 7 + number + pole * 31) % 200) for pole in range(48))
            snapshot = Snapshot(key, datetime.now(UTC), seq, 1000, current)
            client.publish(topics.snapshot(key), encode_snapshot(snapshot), qos=1, retain=False)
            time.sleep(1 / len(settings.directories))


if __name__ == "__main__":
    publish(Path(sys.argv[1]))
