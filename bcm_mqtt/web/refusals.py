"""Answers to what cannot be done: always `{"error": ..., "fields": {...}}`."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeAlias

from fastapi import Depends, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import JSONResponse, Response

from bcm_mqtt.errors import InputError
from bcm_mqtt.languages import N_, translated
from bcm_mqtt.web.live import LivePanel
from bcm_mqtt.web.pages.rendering import page, way_up
from bcm_mqtt.web.ports import Ports


class Refusal(BaseModel):
    """Why a request was not done."""

    error: str = Field(description="All that is wrong, in one line.")
    fields: dict[str, str] = Field(
        default_factory=dict, description="What is wrong by field, where it is a field's."
    )


PHRASES: Final = (
    N_("Unauthorized"),
    N_("Forbidden"),
    N_("Not Found"),
    N_("Method Not Allowed"),
    N_("Unprocessable Content"),
    N_("Unprocessable Entity"),
    N_("Service Unavailable"),
)
"""Titles of pages that say why there is no other."""
Documented: TypeAlias = dict[int | str, dict[str, Any]]


_REFUSED: Final = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}


def documented(*statuses: HTTPStatus) -> Documented:
    """What a route may answer instead, for its documentation.

    By reference: of a model FastAPI makes a validator for each status of each route, which was
    three quarters of the time to make the application. `with_refusals` adds what is referred to.
    """
    return {int(status): {"content": _REFUSED} for status in statuses}


def with_refusals(description: dict[str, Any]) -> dict[str, Any]:
    """An OpenAPI description in which the references of `documented` have their schema."""
    schemas = {
        **description["components"]["schemas"],
        Refusal.__name__: Refusal.model_json_schema(),
    }
    components = {**description["components"], "schemas": dict(sorted(schemas.items()))}
    return {**description, "components": components}


ANYWHERE: Final = documented(
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.MISDIRECTED_REQUEST,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
"""What is said to any request: by the guard, the gate, and of texts that are no lines."""

CHANGES: Final = documented(
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.LENGTH_REQUIRED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
"""What a request for a change may be answered instead."""
UNKNOWN: Final = documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
"""What a request for something by its id may be answered instead."""


def ports_of(request: Request) -> Ports:
    """What the application is connected to."""
    ports: Ports = request.app.state.ports
    return ports


PortsGiven = Annotated[Ports, Depends(ports_of)]


def panel_of(panel: str, ports: PortsGiven) -> LivePanel:
    """The panel of a path; raises 404."""
    if live := ports.live.panel(panel):
        return live
    known = ", ".join(sorted(ports.live.panels)) or "none yet"
    raise HTTPException(HTTPStatus.NOT_FOUND, f"unknown panel {panel!r}: there are {known}")


PanelGiven = Annotated[LivePanel, Depends(panel_of)]


async def wrong_input(_request: Request, error: Exception) -> JSONResponse:
    """What the domain or the bridge says against it: 409."""
    fields = {}
    if isinstance(error, InputError):
        for problem in error.problems:
            place, _, column = problem.key.rpartition(": ")
            if problem.key:  # what has none is of the whole
                fields[column if place else "poles"] = problem.message
    return _refused(HTTPStatus.CONFLICT, str(error), fields)


async def failed_work(_request: Request, error: Exception) -> JSONResponse:
    """The broker or the bridge is away: 503."""
    return _refused(HTTPStatus.SERVICE_UNAVAILABLE, str(error))


async def out_of_range(_request: Request, _error: Exception) -> JSONResponse:
    """A time at the edges of the calendar, or a number beyond all: 422."""
    reason = "a time or a number is too early, too late or too large to calculate with"
    return _refused(HTTPStatus.UNPROCESSABLE_ENTITY, reason)


async def not_valid(_request: Request, error: Exception) -> JSONResponse:
    """The body is not what is documented: 422."""
    fields = {}
    if isinstance(error, RequestValidationError):
        for mistake in error.errors():
            names = [str(part) for part in mistake["loc"] if part not in {"body", "changes"}]
            fields[".".join(names) or "body"] = str(mistake["msg"])
    line = "; ".join(f"{name}: {message}" for name, message in fields.items())
    return _refused(HTTPStatus.UNPROCESSABLE_ENTITY, line, fields)


@dataclass(frozen=True, slots=True)
class RefusedView:
    """The page that says why there is no other."""

    site: str
    title: str
    reason: str


async def not_served(request: Request, error: Exception) -> Response:
    """What the routes say against it, such as 403, 404 and 405: people get it as a page."""
    if not isinstance(error, StarletteHTTPException):
        raise error
    status, reason = HTTPStatus(error.status_code), str(error.detail)
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        view = RefusedView(ports_of(request).live.name, translated(status.phrase), reason)
        response: Response = page("refused.html", view, root=way_up(request.url.path))
        response.status_code = status
    else:
        response = _refused(status, reason)
    response.headers.update(error.headers or {})
    return response


def _refused(status: HTTPStatus, error: str, fields: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(Refusal(error=error, fields=fields or {}).model_dump(), status)
