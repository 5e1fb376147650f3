"""The billing page on a small SQLite store with the real billing behind it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bcm_mqtt.cli.web_billing import SiteBilling
from bcm_mqtt.config import load
from bcm_mqtt.domain.circuit import CircuitVersion
from bcm_mqtt.domain.customer import DEFAULT_PATTERN, CustomerRule
from bcm_mqtt.domain.month import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from bcm_mqtt.web import Change, Ports, create_app
from bcm_mqtt.web.billing.port import Billing
from bcm_mqtt.web.live import LiveSite
from unit.builders import NEW_YORK, NOON, SetClock, circuit, directory, polled
from unit.site_files import database_url, write_site
from unit.web.conftest import NotingBridge

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
GAP = START + timedelta(days=10), START + timedelta(days=14)
CIRCUITS = circuit((1,), "Customer1-A-1"), circuit((2,), "Customer2-<b>A</b>-1")
API = "/api/v1/billing"


@dataclass
class Desk:
    """The page of a site's bills, and what was changed through it."""

    folder: Path
    client: httpx.AsyncClient
    changes: list[Change]
    clock: SetClock

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def post(self, path: str, body: object) -> httpx.Response:
        return await self.client.post(path, json=body)

    async def done(self, path: str = f"{API}/months/2026-03/run") -> dict[str, Any]:
        """The run, when it has ended."""
        while True:
            found = (await self.get(path)).json()
            run: dict[str, Any] = found.get("run", found)
            if run["state"] != "running":
                return run
            await asyncio.sleep(0.02)

    async def process(self, month: str = "2026-03") -> dict[str, Any]:
        begun = await self.post(f"{API}/months/{month}/process", {})
        assert begun.status_code == 202, begun.text
        return await self.done(f"{API}/months/{month}/run")

    async def month(self) -> dict[str, Any]:
        """March as it was computed, its customers by id."""
        found: dict[str, Any] = (await self.get(f"{API}/months/2026-03")).json()
        return found | {"customers": {one["customer"]: one for one in found["customers"]}}

    async def issue(self, **asked: object) -> dict[str, Any]:
        begun = await self.post(f"{API}/months/2026-03/issue", asked)
        assert begun.status_code == 202, begun.text
        return await self.done()

    def put(self, *versions: CircuitVersion) -> None:
        """Other circuits, as the bridge would publish them."""
        with closing(Store(database_url(self.folder))) as store:
            put(store, *versions)


def put(store: Store, *versions: CircuitVersion) -> None:
    item = directory(*versions)
    store.add_directory(item, encode_directory(item), NOON)


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """March: 10 A of Customer1; 30 A of Customer2 on a 20 A breaker, with four days' gap."""
    folder = tmp_path_factory.mktemp("measured")
    write_site(folder)
    with closing(Store(database_url(folder))) as store:
        store.ensure_schema()
        for at, (begin, end) in enumerate(((START, GAP[0]), GAP, (GAP[1], END))):
            current = [10_000, None if at == 1 else 30_000]
            store.add_snapshots(polled(begin, end, current))
        while store.roll_up():
            pass
        put(store, *CIRCUITS)
    return folder


@pytest.fixture
def folder(measured: Path, tmp_path: Path) -> Path:
    shutil.copytree(measured, tmp_path / "site")
    write_site(tmp_path / "site")
    return tmp_path / "site"


def ports_with(billing: Billing | None, clock: SetClock, changes: list[Change]) -> Ports:
    live = LiveSite("Test site", clock, CustomerRule(DEFAULT_PATTERN).customer_of)
    return Ports(live, NotingBridge(), clock, NEW_YORK, changes.append, billing=billing)


@pytest.fixture
async def desk(folder: Path) -> AsyncIterator[Desk]:
    clock, changes = SetClock(NOON), list[Change]()
    with closing(SiteBilling(load(folder / "bcm.yaml"), clock)) as billing:
        transport = httpx.ASGITransport(create_app(ports_with(billing, clock, changes)))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield Desk(folder, client, changes, clock)
