"""A tenant's home on a small SQLite store: March issued, April until the 20th, two customers."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bcm_mqtt.access.audit import Change
from bcm_mqtt.access.credentials import csrf_of
from bcm_mqtt.billing.issue import IssueRequest
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.billing.tenant.tenancy import Tenancy
from bcm_mqtt.config import load
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.account import Account, Role
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from bcm_mqtt.web import create_app
from bcm_mqtt.web.ports import Ports
from unit.builders import NEW_YORK, NOON, SetClock, circuit, directory, snapshot
from unit.site_files import database_url, write_site
from unit.web.access.conftest import ENTRY, HASH
from unit.web.billing.conftest import ports_with

BEGIN, END = Month(2026, 3).bounds(NEW_YORK)
NOW = datetime(2026, 4, 20, 16, tzinfo=UTC)
MARCH = Month(2026, 3)
TARIFFS = """\
tariffs:
  standard:
    currency: EUR
    versions:
      - valid_from: 2026-01-01
        energy: 0.25
        fees: [{name: Service, per: month, price: 12.00}]
        taxes: [{name: VAT, percent: 20}]
"""
CIRCUITS = (
    circuit((1,), "Customer1-Kitchen"),
    circuit((2,), "Customer1-Cold room"),
    circuit((3, 5), "Customer1-Heat pump", rating=30),
    circuit((4,), "Customer2-Office"),
    circuit((6,), "Customer3-Nothing yet"),
)


def amps(at: datetime) -> list[int | None]:
    """10 A by day and 4 A by night in the kitchen, half of it at weekends; more heat in April."""
    local = at.astimezone(NEW_YORK)
    kitchen = 10_000 if 8 <= local.hour < 20 else 4_000
    if local.weekday() >= 5:
        kitchen //= 2
    wobble = (local.toordinal() * 7919) % 1000
    heat = 6_000 if local.month == 3 else 9_000
    return [kitchen + wobble, 3_000, heat, 2_000, heat]


def write_home_site(folder: Path) -> Path:
    """The site's main file; its database has March and April until `NOW`."""
    main = write_site(folder, circuits=None)
    (folder / "tariffs.yaml").write_text(TARIFFS)
    with closing(Store(database_url(folder))) as store:
        store.database.ensure_schema()
        quarter, at, polls = timedelta(minutes=15), BEGIN, list[Snapshot]()
        while at < NOW:
            polls.append(snapshot(at, amps(at), poll_ms=900_000, seq=len(polls) + 1))
            at += quarter
        store.arrivals.add(polls)
        while store.roll_up.intervals():
            pass
        item = directory(*CIRCUITS)
        store.directories.add(item, encode_directory(item), NOON)
    billing = SiteBilling(store := Store(database_url(folder)), load(main), SetClock(NOW))
    with closing(store):
        for customer in ("Customer1", "Customer2"):
            billing.issue(IssueRequest(MARCH, customer=customer), lambda *_: None)
    return main


@dataclass
class Tenant:
    """The page as a user of Customer1 sees it, and what is stored."""

    folder: Path
    ports: Ports
    store: Store
    clock: SetClock
    client: httpx.AsyncClient
    changes: list[Change]

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def post(self, path: str, **body: object) -> httpx.Response:
        given = {"customer": "Customer1", **body}
        return await self.client.post(f"/api/v1/home/{path}", json=given)

    @contextmanager
    def seen_by(self, name: str) -> Iterator[httpx.AsyncClient]:
        """A client of another user."""
        yield client_of(self.ports, name)


def client_of(ports: Ports, name: str) -> httpx.AsyncClient:
    secret = ports.entrance.begin(name, "127.0.0.1")
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(ports)),
        base_url="http://localhost",
        headers={"cookie": f"bcm_session={secret}", "x-csrf-token": csrf_of(secret)},
    )


@pytest.fixture(scope="session")
def home_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    write_home_site(folder)
    return folder


@contextmanager
def tenant_ports(
    folder: Path, clock: SetClock, mail: str = "", changes: list[Change] | None = None
) -> Iterator[tuple[Ports, Store]]:
    """What the page of a copied site is connected to, with users."""
    changes = [] if changes is None else changes
    main = write_site(folder, circuits=None)
    (folder / "tariffs.yaml").write_text(TARIFFS)
    with main.open("a") as file:
        file.write(mail)
    settings = load(main)
    with ExitStack() as stack:
        store = stack.enter_context(closing(Store(database_url(folder))))
        ports = ports_with(SiteBilling(store, settings, clock), clock, changes, store.accounts)
        tenancy = Tenancy.of(store, settings, clock, clock)
        ports = replace(ports, past=store, tenancy=tenancy)
        for name, role, customers in (
            ("kim", Role.CUSTOMER, ("Customer1",)),
            ("two", Role.CUSTOMER, ("Customer2",)),
            ("both", Role.CUSTOMER, ("Customer1", "Customer2")),
            ("new", Role.CUSTOMER, ("Customer3",)),
            ("none", Role.CUSTOMER, ("Customer9",)),
            ("billing", Role.BILLING, ()),
            ("viewer", Role.VIEWER, ()),
        ):
            email = f"{name}@example.com" if role is Role.CUSTOMER else ""
            store.accounts.add_account(
                Account(name, role, HASH, NOON, customers, email=email), ENTRY
            )
        ports.live.take_directory("rpp-1a", directory(*CIRCUITS))
        yield ports, store


@pytest.fixture
async def tenant(home_site: Path, tmp_path: Path) -> AsyncIterator[Tenant]:
    folder = tmp_path / "site"
    shutil.copytree(home_site, folder)
    clock, changes = SetClock(NOW), list[Change]()
    with tenant_ports(folder, clock, changes=changes) as (ports, store):
        async with client_of(ports, "kim") as client:
            yield Tenant(folder, ports, store, clock, client, changes)
