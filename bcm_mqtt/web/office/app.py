"""The application of the office: the page of all sites, behind the same guard as a site's."""

from copy import copy
from functools import cache
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import State
from starlette.types import ASGIApp

from bcm_mqtt.access.login import Login
from bcm_mqtt.errors import WorkError
from bcm_mqtt.mqtt.payloads import Request
from bcm_mqtt.web import refusals
from bcm_mqtt.web.api import accounts, resets, sessions
from bcm_mqtt.web.app import bare, behind_the_gate
from bcm_mqtt.web.office import pages, search, statements
from bcm_mqtt.web.office.office import Office
from bcm_mqtt.web.pages import access_pages
from bcm_mqtt.web.pages.rendering import SiteLook, look_like
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import PortsGiven


class NoBridge:
    """The office asks no bridge: circuits and alarms are changed at the page of their site."""

    async def request(self, bridge: str, request: Request) -> None:
        """Raises WorkError."""
        raise WorkError(f"bridge {bridge} is asked at the page of its site, not here: {request}")


def create_office_app(ports: Ports, office: Office) -> ASGIApp:
    """The page of all sites; its links are relative, as those of a site's page are.

    Raises:
        ValueError: a route does not declare which right it needs.
    """
    return behind_the_gate(with_routes(ports, office), ports)


def with_routes(ports: Ports, office: Office) -> FastAPI:
    """The application by itself: it believes the gate about who sends a request."""
    app = copy(_routes())
    app.state = State()
    app.state.ports = ports
    app.state.login = Login(ports.entrance)
    app.state.described = described
    app.state.office = office
    return app


@cache
def described() -> dict[str, Any]:
    """What the API takes and gives, as OpenAPI."""
    return refusals.with_refusals(_routes().openapi())


@cache
def _routes() -> FastAPI:
    app = bare("All sites of a portfolio as they are now.", _as_the_office)
    for part in (pages, search, statements):
        app.include_router(part.router)
        app.include_router(part.pages, include_in_schema=False)
    app.include_router(sessions.router)
    app.include_router(resets.router)
    app.include_router(accounts.router)
    app.include_router(access_pages.router, include_in_schema=False)
    return app


async def _as_the_office(ports: PortsGiven) -> None:
    """Pages name the time zone of all sites, and lead to the office's other pages."""
    look_like(SiteLook(ports.zone.key, office=True))
