"""The billing page on a small SQLite store with the real billing behind it."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from bcm_mqtt.access.audit import Change
from bcm_mqtt.access.entrance import Entrance, Timeouts
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.config import load
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import DEFAULT_PATTERN, CustomerRule
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.store import Store
from bcm_mqtt.web import Ports, create_app
from bcm_mqtt.web.live import LiveSite
from unit.builders import NEW_YORK, NOON, SetClock
from unit.site_files import database_url, write_site
from unit.web.billing.measured_site import put, write_measured_site
from unit.web.conftest import NoAccounts, NotingBridge

API = "/api/v1/billing"


@dataclass
class Desk:
    """The page of a site's bills, and what was changed through it."""

    folder: Path
    client: httpx.AsyncClient
    changes: list[Change]
    clock: SetClock
    live: LiveSite

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

    def forget(self) -> None:
        """What the page has computed, as if it were started again."""
        app: Any = cast("Any", self.client._transport).app
        while hasattr(app, "_app"):
            app = app._app
        app.state.runs._places.clear()

    def put(self, *versions: CircuitVersion) -> None:
        """Other circuits, as the bridge would publish them."""
        with closing(Store(database_url(self.folder))) as store:
            put(store, *versions)


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("measured")
    write_measured_site(folder)
    return folder


@pytest.fixture
def folder(measured: Path, tmp_path: Path) -> Path:
    shutil.copytree(measured, tmp_path / "site")
    write_site(tmp_path / "site", circuits=None)
    return tmp_path / "site"


@contextmanager
def site_billing(config: Path, clock: Clock) -> Iterator[SiteBilling]:
    """The real billing of a site."""
    settings = load(config)
    with closing(Store(settings.database_url)) as store:
        yield SiteBilling(store, settings, clock)


def ports_with(
    billing: SiteBilling | None, clock: SetClock, changes: list[Change], keeping: object = None
) -> Ports:
    """Of a site without accounts, unless there is something to ask about them."""
    live = LiveSite("Test site", clock, CustomerRule(DEFAULT_PATTERN).customer_of)

    async def note(change: Change) -> None:
        changes.append(change)

    entrance = Entrance(cast("Any", keeping or NoAccounts()), clock, Timeouts())
    return Ports(live, NotingBridge(), clock, NEW_YORK, note, billing=billing, entrance=entrance)


@pytest.fixture
async def desk(folder: Path) -> AsyncIterator[Desk]:
    clock, changes = SetClock(NOON), list[Change]()
    with site_billing(folder / "bcm.yaml", clock) as billing:
        ports = ports_with(billing, clock, changes)
        transport = httpx.ASGITransport(create_app(ports))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield Desk(folder, client, changes, clock, ports.live)
