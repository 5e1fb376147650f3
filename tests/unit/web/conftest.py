"""The page without sockets: a live site that tests fill, a bridge that notes what it is asked."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from bcm_mqtt.access.audit import Audit, Change
from bcm_mqtt.access.entrance import Entrance, Timeouts
from bcm_mqtt.domain.site.customer import DEFAULT_PATTERN, CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.errors import InputError
from bcm_mqtt.history.stored import Stored
from bcm_mqtt.mqtt.payloads import (
    BridgeReport,
    GatewayReport,
    OutboxReport,
    PanelReport,
    Request,
    SiteReport,
    action_of,
    encode_request,
)
from bcm_mqtt.store import StoreState
from bcm_mqtt.web import Ports, create_app
from bcm_mqtt.web.live import LiveSite
from unit.builders import NEW_YORK, NOON, SetClock, circuit, directory, snapshot


@dataclass
class NotingBridge:
    """Notes requests; refuses them while `objection` is set."""

    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    objection: str = ""

    async def request(self, bridge: str, request: Request) -> None:
        self.asked.append((bridge, action_of(request), encode_request(request, "t1")))
        if self.objection:
            raise InputError.of(self.objection)


class NoAccounts:
    """What there is to ask of the accounts of a site that has none."""

    def has_accounts(self) -> bool:
        return False


@dataclass
class Page:
    """The application, what it is connected to, and a client that asks it."""

    live: LiveSite
    bridge: NotingBridge
    clock: SetClock
    changes: list[Change]
    ports: Ports
    client: httpx.AsyncClient

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=headers)

    async def post(self, path: str, body: object) -> httpx.Response:
        return await self.client.post(path, json=body)

    def shows(self, panel: Directory, *milliamps: int | None) -> None:
        """Takes over a panel's directory and a poll of now, its other poles missing."""
        self.live.take_directory(panel.panel.id, panel)
        current = [*milliamps, *[None] * (panel.panel.pole_count - len(milliamps))]
        self.live.take_snapshot(snapshot(self.clock(), current, panel_id=panel.panel.id))
        self.live.take_answering(panel.panel.id, answering=True)
        self.live.show()


SMALL = directory(
    circuit((1,), "Acme-web", rating=20),
    circuit((2,), "Globex-db", rating=20),
    circuit((3, 5), "Acme-storage", rating=30),
)
"""A panel with three circuits."""


REPORT = BridgeReport(
    version="0.1.0",
    bridge="dc1",
    site=SiteReport("dc1", "Test site", "America/New_York"),
    time=NOON,
    panels={"rpp-1a": PanelReport("RPP 1A", "gw", answering=True)},
    configuration_problem=None,
    directory_problem=None,
    outbox=OutboxReport(0, 0, disk_fails=False),
    gateways={"gw": GatewayReport(True, True, (3,), 1, 0, 0, None, "", {})},  # noqa: FBT003
)


def stored() -> Stored:
    return Stored(StoreState({"rpp-1a": datetime(2026, 11, 20, 11, 59, tzinfo=UTC)}, 0, 0), {})


def noting(changes: list[Change]) -> Audit:
    """An audit log that is a list."""

    async def note(change: Change) -> None:
        changes.append(change)

    return note


def entrance_of(clock: SetClock, keeping: object = None) -> Entrance:
    """Lets those in who are on this machine, or whom the accounts name."""
    return Entrance(cast("Any", keeping or NoAccounts()), clock, Timeouts())


def page_of(bridge: NotingBridge | None = None, keeping: object = None) -> Page:
    """The application of a site of which nothing is known yet but that a bridge polls it."""
    clock, bridge, changes = SetClock(NOON), bridge or NotingBridge(), list[Change]()
    live = LiveSite("Test site", clock, CustomerRule(DEFAULT_PATTERN).customer_of)
    live.take_bridge("dc1", online=True, report=REPORT)
    entrance = entrance_of(clock, keeping)
    ports = Ports(live, bridge, clock, NEW_YORK, noting(changes), stored, entrance=entrance)
    transport = httpx.ASGITransport(create_app(ports))
    client = httpx.AsyncClient(transport=transport, base_url="http://localhost")
    return Page(live, bridge, clock, changes, ports, client)


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    made = page_of()
    async with made.client:
        yield made


def on_this_machine(app: ASGIApp) -> ASGIApp:
    """The application as a client that tells no address of its own reaches it."""

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "client": ("127.0.0.1", 1234)}, receive, send)

    return asked
