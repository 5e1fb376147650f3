"""An edit of one circuit: what its preview and the change take, and how long event loops stall.

Page and bridge run in one event loop here, so that the longest stall is that of either; requests
go straight to the application and to the bridge's rewriting of circuits.csv, without sockets.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bcm_mqtt.bridge.followed import FollowedDirectory
from bcm_mqtt.cli.demo.site import write_site
from bcm_mqtt.config import Settings, change_circuits, load
from bcm_mqtt.config.directory import table
from bcm_mqtt.mqtt.payloads import (
    BridgeReport,
    ChangeCircuits,
    Request,
    action_of,
    decode_request,
    encode_request,
)
from bcm_mqtt.simulator import SimulatedSite
from unit.web.conftest import REPORT, NotingBridge, Page, page_of

SIZES = (1, 20, 100, 200)
EDITS = 5
_PANEL, _POLE = "rpp-1a", 1


def run() -> None:
    """Prints, by number of panels, both times, the longest stall and how often the file is read."""
    for panels in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            site = SimulatedSite(panels, 7)
            gateways = dict.fromkeys((place.gateway_id for place in site.places), 1)
            config = write_site(site, Path(folder), gateways, 1883, "5", 8080)
            asyncio.run(_measure(load(config)))


class _Bridge(NotingBridge):
    """Changes circuits.csv as a bridge does; the rest of a bridge is not there."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.directory = FollowedDirectory(settings, _now)
        self.looked = asyncio.Event()

    async def request(self, _: str, request: Request) -> None:
        payload = encode_request(request, "1")
        change = decode_request(action_of(request), payload, self._settings.site.zone)
        assert isinstance(change, ChangeCircuits)
        rewritten = await asyncio.to_thread(change_circuits, self._settings, change.changes, _now)
        self.directory.take_rewritten(self._settings, rewritten)

    async def follow(self) -> None:
        """Looks at the file, as it does after every edit."""
        async for _ in self.directory.changes():
            self.looked.set()


async def _measure(settings: Settings) -> None:
    bridge = _Bridge(settings)
    page = page_of(bridge)
    page.live.take_bridge("dc1", online=True, report=_report(settings))
    poles = 0
    for key, directory in settings.directories.items():
        page.live.take_directory(key, directory)
        poles += directory.panel.pole_count
    async with page.client, _following(bridge):
        await _post(page, "/preview", 100)  # the first one imports and compiles
        with _parses() as parses:
            preview = await _edits(page, "/preview", bridge, range(101, 101 + EDITS))
            change = await _edits(page, "", bridge, range(121, 121 + EDITS))
        print(
            f"directory of {len(settings.panels)} panels, {poles} poles: "
            f"preview {preview}; change {change}; "
            f"circuits.csv parsed {len(parses) / EDITS:.0f} times per edit"
        )


async def _edits(page: Page, path: str, bridge: _Bridge, ratings: range) -> str:
    """Median time of a request, its processor time, and the longest stall during all of them."""
    took, worked = [], []
    async with _ticking() as gaps:
        for rating in ratings:
            bridge.looked.clear()
            begun, idle = time.perf_counter(), time.process_time()
            await _post(page, path, rating)
            took.append(1000 * (time.perf_counter() - begun))
            worked.append(1000 * (time.process_time() - idle))
            if not path:
                await asyncio.wait_for(bridge.looked.wait(), 30)
                page.live.take_directory(_PANEL, bridge.directory.panels[_PANEL])
    times = statistics.median(took), statistics.median(worked), max(gaps)
    return "{:.1f} ms ({:.1f} ms of a processor), longest stall {:.1f} ms".format(*times)


async def _post(page: Page, path: str, rating: int) -> None:
    change = {"panel": _PANEL, "pole": _POLE, "rating": rating}
    answer = await page.post(f"/api/v1/circuits{path}", {"changes": [change]})
    assert answer.status_code == 200, answer.text


@asynccontextmanager
async def _following(bridge: _Bridge) -> AsyncIterator[None]:
    following = asyncio.create_task(bridge.follow())
    try:
        yield
    finally:
        following.cancel()


@asynccontextmanager
async def _ticking() -> AsyncIterator[list[float]]:
    """How much later than after 1 ms a task of the event loop comes to its turn, ms."""
    gaps = [0.0]

    async def tick() -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.001)
            gaps.append(1000 * (time.perf_counter() - begun) - 1)

    ticking = asyncio.create_task(tick())
    try:
        yield gaps
    finally:
        ticking.cancel()


@contextmanager
def _parses() -> Iterator[list[str]]:
    """Notes each parse of a text in the format of circuits.csv."""
    parses: list[str] = []
    read: Any = table._Reading.read

    def noting(self: object, lines: list[str]) -> None:
        parses.append("")
        read(self, lines)

    with patch.object(table._Reading, "read", noting):
        yield parses


def _report(settings: Settings) -> BridgeReport:
    return replace(REPORT, panels=dict.fromkeys(settings.panels, REPORT.panels[_PANEL]))


def _now() -> datetime:
    return datetime.now(UTC)
