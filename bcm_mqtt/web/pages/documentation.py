"""The API's documentation, without anything from elsewhere."""

from dataclasses import dataclass

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import HTMLResponse, JSONResponse

from bcm_mqtt.access.rights import Right
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import PortsGiven

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Operation:
    """One request that the API takes."""

    method: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class DocumentationView:
    """The list of operations."""

    site: str
    operations: tuple[Operation, ...]


@router.get("/api/v1/openapi.json", dependencies=[needs(Right.LOG_IN)])
async def openapi(request: Request) -> JSONResponse:
    """What the API takes and gives, as OpenAPI."""
    app: FastAPI = request.app
    return JSONResponse(app.openapi())


@router.get("/api/docs", dependencies=[needs(Right.LOG_IN)])
async def documentation(request: Request, ports: PortsGiven) -> HTMLResponse:
    """The page."""
    app: FastAPI = request.app
    paths = app.openapi()["paths"]
    operations = tuple(
        Operation(method.upper(), path, operation.get("description", ""))
        for path, methods in paths.items()
        for method, operation in methods.items()
    )
    return page("documentation.html", DocumentationView(ports.live.name, operations), root="../")
