"""The application: its routes behind the guard, and the documentation of its API."""

import asyncio
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from weakref import WeakValueDictionary

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bcm_mqtt import __version__
from bcm_mqtt.access.login import Login, Throttle
from bcm_mqtt.access.rights import Right
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.web import refusals, spoken
from bcm_mqtt.web.access.gate import Gate
from bcm_mqtt.web.access.proxied import Proxied
from bcm_mqtt.web.access.roles import declared_routes, needs
from bcm_mqtt.web.api import (
    accounts,
    alarms,
    circuits,
    commissioning,
    formulas,
    meters,
    panels,
    resets,
    schedules,
    sessions,
)
from bcm_mqtt.web.billing import check_api, entries_api, explanations, files_api, months_api
from bcm_mqtt.web.billing import pages as billing_pages
from bcm_mqtt.web.billing.findings import api as findings_api
from bcm_mqtt.web.billing.findings import pages as findings_pages
from bcm_mqtt.web.billing.invoices import api as invoices_api
from bcm_mqtt.web.billing.invoices import pages as invoices_pages
from bcm_mqtt.web.billing.rehearsing import pages as rehearsing_pages
from bcm_mqtt.web.billing.runs import Runs
from bcm_mqtt.web.bodies import Bodies
from bcm_mqtt.web.configuration import api as configuration_api
from bcm_mqtt.web.configuration import pages as configuration_pages
from bcm_mqtt.web.documentation.operations import Group, groups_of
from bcm_mqtt.web.guard import Guard
from bcm_mqtt.web.history import api as history
from bcm_mqtt.web.history import pages as history_pages
from bcm_mqtt.web.home import api as home_api
from bcm_mqtt.web.home import pages as home_pages
from bcm_mqtt.web.pages import access_pages, alarms_page, commission_page, panel_page, site_page
from bcm_mqtt.web.pages.rendering import SiteLook, look_like, page
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import PortsGiven
from bcm_mqtt.web.texts import PlainAnswers, plain_texts
from bcm_mqtt.web.wall import pages as wall
from bcm_mqtt.web.wall.today import TodayLook

documentation_router = APIRouter()
_FREE_QUESTIONS: Final = 10
"""Of a user, before it waits between two."""
_QUESTION_PAUSE: Final = timedelta(minutes=15)
STATIC = Path(__file__).parent / "static"


def create_app(ports: Ports) -> ASGIApp:
    """The page of a site.

    All its links are relative, so that it works below any path that a proxy gives it.

    Raises:
        ValueError: a route does not declare which right it needs.
    """
    return behind_the_gate(with_routes(ports), ports)


def behind_the_gate(app: FastAPI, ports: Ports) -> ASGIApp:
    """An application as browsers reach it; raises ValueError as `create_app` does."""
    list(declared_routes(app))
    guarded = Guard(Gate(spoken.Spoken(Bodies(app)), ports.entrance), ports.hosts)
    return Proxied(PlainAnswers(guarded), ports.proxies)


def with_routes(ports: Ports) -> FastAPI:
    """The application by itself: it believes the gate about who sends a request."""
    app = copy(_routes())
    app.state = State()
    app.state.ports = ports
    app.state.login = Login(ports.entrance)
    app.state.described = described
    app.state.reading_schedules = asyncio.Lock()
    app.state.proposing = WeakValueDictionary[str, asyncio.Lock]()
    app.state.runs = Runs(ports.billing, ports.clock) if ports.billing else None
    app.state.today = _today_of(ports)
    app.state.questions = Throttle(_FREE_QUESTIONS, _QUESTION_PAUSE)
    return app


@cache
def described() -> dict[str, Any]:
    """What the API takes and gives, as OpenAPI."""
    return refusals.with_refusals(_routes().openapi())


@cache
def _routes() -> FastAPI:
    """All routes: they take long to make, are the same for every site, and find it in the state."""
    app = bare("Breaker panels as they are now, and edits of their circuits.", _as_the_site)
    for part in (panels, alarms, circuits, formulas, schedules, meters, commissioning):
        app.include_router(part.router)
    app.include_router(panels.events)
    app.include_router(wall.router)
    app.include_router(wall.pages, include_in_schema=False)
    app.include_router(history.router)
    app.include_router(history.events)
    for part in (
        sessions,
        resets,
        accounts,
        months_api,
        entries_api,
        findings_api,
        explanations,
        files_api,
        check_api,
        invoices_api,
        home_api,
        configuration_api,
    ):
        app.include_router(part.router)
    # /billing/findings and /billing/invoices are no months.
    billing = (findings_pages, rehearsing_pages, invoices_pages, billing_pages)
    own = (
        home_pages,
        site_page,
        alarms_page,
        panel_page,
        commission_page,
        history_pages,
        access_pages,
        configuration_pages,
    )
    for pages in (*own, *billing):
        app.include_router(pages.router, include_in_schema=False)
    app.include_router(check_api.pages, include_in_schema=False)
    return app


def bare(description: str, look: Callable[..., object]) -> FastAPI:
    """An application with what every one has: files, texts, its documentation, refusals.

    Args:
        description: Of its API, a sentence.
        look: A dependency of every request, which says what its pages have alike.
    """
    app = FastAPI(
        title="bcm-mqtt",
        version=__version__,
        description=description,
        openapi_url=None,  # served below, to those who may see it
        docs_url=None,  # it loads its code from elsewhere
        redoc_url=None,
        responses=refusals.ANYWHERE,
        dependencies=[Depends(plain_texts), Depends(look)],
        servers=[{"url": "../.."}],
    )
    app.include_router(documentation_router, include_in_schema=False)
    app.include_router(spoken.router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(InputError, refusals.wrong_input)
    app.add_exception_handler(WorkError, refusals.failed_work)
    app.add_exception_handler(OverflowError, refusals.out_of_range)
    app.add_exception_handler(HTTPException, refusals.not_served)
    app.add_exception_handler(RequestValidationError, refusals.not_valid)
    return app


async def _as_the_site(ports: PortsGiven) -> None:
    """Pages name the site's time zone, and have its phase colours."""
    look_like(SiteLook(ports.zone.key, ports.phase_colours))


def _today_of(ports: Ports) -> TodayLook | None:
    """What reads today's figures, where there is a database and there are prices."""
    if not ports.past or not ports.billing:
        return None
    return TodayLook(ports.past, ports.billing.terms, ports.zone, ports.clock)


@dataclass(frozen=True, slots=True)
class DocumentationView:
    """The requests that the API takes."""

    site: str
    groups: tuple[Group, ...]


@documentation_router.get("/api/v1/openapi.json", dependencies=[needs(Right.LOG_IN)])
async def openapi(request: Request) -> JSONResponse:
    """What the API takes and gives, as OpenAPI."""
    return JSONResponse(request.app.state.described())


@documentation_router.get("/api/docs", dependencies=[needs(Right.LOG_IN)])
async def documentation(request: Request) -> HTMLResponse:
    """The page."""
    return _documentation(request, root="../")


@documentation_router.get("/docs", dependencies=[needs(Right.LOG_IN)])
async def docs(request: Request) -> HTMLResponse:
    """The same page, where people look for it."""
    return _documentation(request, root="")


def _documentation(request: Request, root: str) -> HTMLResponse:
    described = request.app.state.described()
    view = DocumentationView(request.app.state.ports.live.name, groups_of(described))
    return page("documentation.html", view, root=root)
