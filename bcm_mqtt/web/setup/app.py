"""The application of the set-up page, behind the guard and its own gate."""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.profiles import Profile, shipped_profiles
from bcm_mqtt.profiles.snmp import agent_profiles
from bcm_mqtt.web import refusals, spoken
from bcm_mqtt.web.bodies import Bodies
from bcm_mqtt.web.guard import Guard
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.setup import api
from bcm_mqtt.web.setup.gate import SetupGate
from bcm_mqtt.web.setup.ports import SetupPorts
from bcm_mqtt.web.texts import PlainAnswers, plain_texts

_STATIC = Path(__file__).parents[1] / "static"
_SERVICES = ("120/208", "230/400", "277/480", "347/600", "120/240", "480")
pages = APIRouter()


@dataclass(frozen=True, slots=True)
class SetupView:
    """The page: what there is to choose from, and nothing of this machine or of meters."""

    site: str
    time_zones: tuple[str, ...]
    profiles: tuple[Profile, ...]
    services: tuple[str, ...]
    agent_profiles: tuple[str, ...]


def create_setup_app(ports: SetupPorts) -> ASGIApp:
    """The page by which a site gets its first configuration."""
    app = FastAPI(
        openapi_url=None, docs_url=None, redoc_url=None, dependencies=[Depends(plain_texts)]
    )
    app.state.ports = ports
    app.include_router(api.router)
    app.include_router(pages)
    app.include_router(spoken.router)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.add_exception_handler(InputError, _wrong_input)
    app.add_exception_handler(WorkError, refusals.failed_work)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_exception_handler(RequestValidationError, refusals.not_valid)
    return PlainAnswers(Guard(SetupGate(spoken.Spoken(Bodies(app)), ports.token), ports.hosts))


@pages.get("/")
async def setup_page() -> HTMLResponse:
    """The empty page; whoever has the token fills it in."""
    zones = tuple(sorted(zone for zone in available_timezones() if "/" in zone))
    profiles = tuple(shipped_profiles()[key] for key in sorted(shipped_profiles()))
    agents = tuple(sorted(agent_profiles()))
    view = SetupView("bcm-mqtt", zones, profiles, _SERVICES, agents)
    return page("setup.html", view, root="./")


async def _wrong_input(_request: Request, error: Exception) -> JSONResponse:
    fields = {}
    if isinstance(error, InputError):
        fields = {problem.key: problem.message for problem in error.problems if problem.key}
    return _refused(HTTPStatus.CONFLICT, str(error), fields)


async def _not_served(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return _refused(HTTPStatus(error.status_code), str(error.detail), {})


def _refused(status: HTTPStatus, error: str, fields: dict[str, str]) -> JSONResponse:
    return JSONResponse(refusals.Refusal(error=error, fields=fields).model_dump(), status)
