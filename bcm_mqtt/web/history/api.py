"""The past as data."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Path
from fastapi.responses import StreamingResponse

from bcm_mqtt.access.rights import Right
from bcm_mqtt.domain.history.points import Points
from bcm_mqtt.history.archive import Archive, NotThereError
from bcm_mqtt.history.sheet import sheet
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.history.answers import (
    CircuitThen,
    CustomerThen,
    Week,
    circuit_then,
    customer_then,
    week_of,
)
from bcm_mqtt.web.history.asked import AskedGiven, SheetGiven, SpanGiven
from bcm_mqtt.web.refusals import Documented, PortsGiven, documented

T = TypeVar("T")

_REFUSALS = documented(
    HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
)
_CSV: Documented = {200: {"content": {"text/csv": {}}, "description": "A row for each point."}}
_OWN = [needs(Right.SEE_CIRCUITS)]
router = APIRouter(prefix="/api/v1", tags=["history"])

PanelId = Annotated[str, Path(max_length=100)]
PoleNumber = Annotated[int, Path(ge=1, le=999, description="First pole of the circuit.")]
CustomerId = Annotated[str, Path(max_length=200)]


def archive_of(ports: PortsGiven, who: WhoAsks) -> Archive:
    """The archive, of a customer's own circuits alone; raises 404 where there is no database."""
    if ports.past is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "there is no database to read from")
    return Archive(ports.past, ports.zone, ports.live.customer_of, who.sees_only)


ArchiveGiven = Annotated[Archive, Depends(archive_of)]


def found(read: Callable[[], T]) -> T:
    """What is read; raises 404 with what there is instead."""
    try:
        return read()
    except NotThereError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from None


@router.get("/panels/{panel}/circuits/{pole}/history", dependencies=_OWN, responses=_REFUSALS)
def circuit_history(
    panel: PanelId, pole: PoleNumber, asked: AskedGiven, archive: ArchiveGiven, ports: PortsGiven
) -> CircuitThen:
    """Current and power of a circuit."""
    history = found(lambda: archive.circuit(panel, pole, asked))
    return circuit_then(history, ports.live.customer_of)


@router.get(
    "/panels/{panel}/circuits/{pole}/history.csv",
    dependencies=_OWN,
    responses={**_REFUSALS, **_CSV},
)
def circuit_sheet(
    panel: PanelId, pole: PoleNumber, asked: SheetGiven, archive: ArchiveGiven, ports: PortsGiven
) -> StreamingResponse:
    """Current and power of a circuit as a table."""
    history = found(lambda: archive.circuit(panel, pole, asked))
    return _file(f"{panel}-{pole}", history.points, ports)


@router.get("/panels/{panel}/circuits/{pole}/week", dependencies=_OWN, responses=_REFUSALS)
def circuit_week(panel: PanelId, pole: PoleNumber, span: SpanGiven, archive: ArchiveGiven) -> Week:
    """The typical week of a circuit."""
    return week_of(span, found(lambda: archive.circuit_week(panel, pole, span)))


@router.get("/customers/{customer}/history", dependencies=_OWN, responses=_REFUSALS)
def customer_history(
    customer: CustomerId, asked: AskedGiven, archive: ArchiveGiven, ports: PortsGiven
) -> CustomerThen:
    """Power of a customer: the sum of the circuits that were his at the time."""
    history = found(lambda: archive.customer(customer, asked))
    return customer_then(customer, history, ports.live.customer_of)


@router.get("/customers/{customer}/history.csv", dependencies=_OWN, responses={**_REFUSALS, **_CSV})
def customer_sheet(
    customer: CustomerId, asked: SheetGiven, archive: ArchiveGiven, ports: PortsGiven
) -> StreamingResponse:
    """Power of a customer as a table."""
    history = found(lambda: archive.customer(customer, asked))
    return _file(customer, history.points, ports)


@router.get("/customers/{customer}/week", dependencies=_OWN, responses=_REFUSALS)
def customer_week(customer: CustomerId, span: SpanGiven, archive: ArchiveGiven) -> Week:
    """The typical week of a customer."""
    return week_of(span, found(lambda: archive.customer_week(customer, span)))


def _file(name: str, points: Points, ports: PortsGiven) -> StreamingResponse:
    first, last = (at.astimezone(ports.zone) for at in (points.grid.start, points.grid.end))
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name)
    file = f"{plain}_{first:%Y-%m-%d}_{last:%Y-%m-%d}_{points.grid.step.name}.csv"
    headers = {"content-disposition": f'attachment; filename="{file}"'}
    return StreamingResponse(sheet(points, ports.zone), media_type="text/csv", headers=headers)
