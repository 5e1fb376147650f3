"""The page of all sites without sockets: a measured portfolio, sites that tests fill."""

import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from bcm_mqtt.access.credentials import csrf_of
from bcm_mqtt.access.entrance import Entrance, Timeouts
from bcm_mqtt.cli import main
from bcm_mqtt.cli.stored import site_store
from bcm_mqtt.config.portfolio import Portfolio, PortfolioSite, load_portfolio
from bcm_mqtt.domain.site.account import Account, Role
from bcm_mqtt.store import Accounts, Database
from bcm_mqtt.web.live import LiveSite
from bcm_mqtt.web.office.app import NoBridge, create_office_app
from bcm_mqtt.web.office.office import Office
from bcm_mqtt.web.office.site import OfficeSite
from bcm_mqtt.web.ports import Ports
from unit.builders import SetClock, snapshot
from unit.cli.portfolio.measured_portfolio import write_measured_portfolio
from unit.portfolio_files import SITES
from unit.web.access.conftest import ENTRY, HASH
from unit.web.conftest import REPORT, noting

APRIL = datetime(2026, 4, 10, 12, tzinfo=ZoneInfo("UTC"))
"""The measured March has ended."""
PAGES: Mapping[str, str] = {site: f"https://{site}.example.com/" for site in SITES}


class NoSource:
    """What brings nothing: tests fill the live site."""

    def start(self) -> None:
        """Nothing to connect to."""

    def stop(self) -> None:
        """Nothing to leave."""

    def watch_connection(self) -> None:
        """It is as the test says."""


@dataclass
class Desk:
    """The office's page, and what it is connected to."""

    folder: Path
    portfolio: Portfolio
    office: Office
    sites: Mapping[str, OfficeSite]
    ports: Ports
    clock: SetClock
    accounts: Accounts

    @contextmanager
    def client(self, secret: str = "", token: str = "") -> Iterator[httpx.AsyncClient]:
        headers = {"cookie": f"bcm_session={secret}", "x-csrf-token": csrf_of(secret)}
        headers = headers if secret else {}
        if token:
            headers["authorization"] = f"Bearer {token}"
        transport = httpx.ASGITransport(create_office_app(self.ports, self.office))
        yield httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)

    def add(self, name: str, role: Role, *sites: str, customers: tuple[str, ...] = ()) -> None:
        account = Account(name, role, HASH, self.clock(), customers, sites=sites)
        self.accounts.add_account(account, ENTRY)

    def secret(self, name: str) -> str:
        return self.ports.entrance.begin(name, "127.0.0.1")

    def shows(self, site: str, milliamps: int = 10_000) -> None:
        """A poll of now of the site's panel, and a broker that is there."""
        one = self.sites[site]
        one.live.take_broker(connected=True)
        (panel,) = one.of.settings.directories
        gateways = REPORT.gateways
        report = replace(REPORT, panels={panel: REPORT.panels["rpp-1a"]}, gateways=gateways)
        one.live.take_bridge(site, online=True, report=report)
        one.live.take_directory(panel, one.of.settings.directories[panel])
        polled = snapshot(self.clock(), [milliamps] * 48, panel_id=panel)
        one.live.take_snapshot(polled)
        one.live.take_answering(panel, answering=True)
        one.live.show()
        one.look()

    def looked(self, *sites: str) -> None:
        """What threads would have found out by now."""
        for site in sites or SITES:
            self.sites[site].stored.turn()
            self.sites[site].month.turn()


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody changes it."""
    changes = [
        (
            f"{{config: {site}/bcm.yaml, seller: {seller}}}",
            f'{{config: {site}/bcm.yaml, seller: {seller}, page: "{PAGES[site]}"}}',
        )
        for site, seller in (("dc1", "harbor"), ("dc2", "harbor"))
    ]
    change = (
        "\n  dc3: {config: dc3/bcm.yaml, seller: harbor-eu}",
        f'\n  dc3: {{config: dc3/bcm.yaml, seller: harbor-eu, page: "{PAGES["dc3"]}"}}',
    )
    folder = tmp_path_factory.mktemp("office") / "portfolio"
    return write_measured_portfolio(folder, *changes, change)


def site_of(of: PortfolioSite, clock: SetClock, stack: ExitStack) -> OfficeSite:
    settings = of.settings
    live = LiveSite(settings.site.name, clock, settings.terms.rule.customer_of)
    store = stack.enter_context(closing(site_store(settings)))
    return OfficeSite(of, live, NoSource(), store, clock, clock)


@pytest.fixture(scope="session")
def issued_file(measured: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with its bills issued."""
    folder = tmp_path_factory.mktemp("issued") / "portfolio"
    shutil.copytree(measured.parent, folder)
    file = folder / measured.name
    assert main(["bill", "2026-03", "--portfolio", str(file), "--issue"]) == 0
    return file


@pytest.fixture
async def desk(measured: Path, tmp_path: Path) -> AsyncIterator[Desk]:
    """Of three sites of which nothing is known yet; without users."""
    with desk_of(measured, tmp_path) as made:
        yield made


@pytest.fixture
async def billed(issued_file: Path, tmp_path: Path) -> AsyncIterator[Desk]:
    """The same, whose bills of March are issued."""
    with desk_of(issued_file, tmp_path) as made:
        yield made


@contextmanager
def desk_of(file: Path, folder: Path) -> Iterator[Desk]:
    """The page of a copy of a portfolio."""
    shutil.copytree(file.parent, folder / "portfolio")
    portfolio = load_portfolio(folder / "portfolio" / file.name)
    clock = SetClock(APRIL)
    with ExitStack() as stack:
        accounts = Accounts(stack.enter_context(closing(Database(portfolio.home_url))))
        sites = {key: site_of(one, clock, stack) for key, one in portfolio.sites.items()}
        live = LiveSite(portfolio.name, clock, lambda _: "")
        office = Office(portfolio, sites.values(), live)
        ports = Ports(
            live,
            NoBridge(),
            clock,
            portfolio.zone,
            noting([]),
            entrance=Entrance(accounts, clock, Timeouts()),
            shares_users=True,
        )
        yield Desk(folder / "portfolio", portfolio, office, sites, ports, clock, accounts)
