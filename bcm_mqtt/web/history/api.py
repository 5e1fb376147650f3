"""The past as data, and the newest values of a circuit or a customer as server-sent events."""

import re
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from fastapi.responses import StreamingResponse
from starlette.convertors import Convertor, register_url_convertor

from bcm_mqtt.access.rights import Right, Who
from bcm_mqtt.domain.history.grid import STEPS
from bcm_mqtt.domain.history.points import Points
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.site.formula.formula import circuit_id
from bcm_mqtt.history.archive import Archive
from bcm_mqtt.history.pieces import NotThereError, no_circuit
from bcm_mqtt.history.query import (
    AUTO,
    PointsQuery,
    QueryError,
    Span,
    chart_query,
    sheet,
    table_query,
    week_query,
)
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.api.panels import DOCUMENTED, stream
from bcm_mqtt.web.history.answers import (
    CircuitThen,
    CustomerThen,
    Week,
    circuit_then,
    customer_then,
    week_of,
)
from bcm_mqtt.web.history.power import PowerNow, held_now, lately, watts_of, watts_of_circuit
from bcm_mqtt.web.live import LivePanel
from bcm_mqtt.web.live.formulas import known_formulas
from bcm_mqtt.web.live.panel import FRESHNESS
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import UNKNOWN, Documented, PortsGiven, documented, panel_of

T = TypeVar("T")

_REFUSALS = documented(
    HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
)
_CSV: Documented = {200: {"content": {"text/csv": {}}, "description": "A row for each point."}}
_OWN = [needs(Right.SEE_CIRCUITS)]
router = APIRouter(prefix="/api/v1", tags=["history"])

_WHEN = (
    "A date (its midnight), a time of the site's clocks or one with an offset, such as "
    "2026-11-20 or 2026-11-20T12:00Z."
)
From = Annotated[str, Query(alias="from", max_length=40, description=_WHEN)]
To = Annotated[str, Query(max_length=40, description=f"{_WHEN} Not included.")]
Length = Annotated[
    str,
    Query(
        max_length=10,
        description=f"Of a point: {', '.join(STEPS)}, or auto: as short as a chart has room for.",
    ),
]
PanelId = Annotated[str, Path(max_length=100)]
PoleNumber = Annotated[int, Path(ge=1, le=999, description="First pole of the circuit.")]
_Circuit = Annotated[
    str,
    Path(
        pattern=r"^([1-9]\d{0,2}|f-[a-z0-9_-]{1,60})$",
        description="First pole of the circuit, or the id of a formula.",
    ),
]


def circuit_of(pole: _Circuit) -> CircuitId:
    """The circuit of a path."""
    return circuit_id(pole)


CircuitInPath = Annotated[CircuitId, Depends(circuit_of)]
CustomerId = Annotated[str, Path(max_length=200)]


class _Name(Convertor[str]):
    """A name with any characters, at most one in a path and with fixed text behind it or none.

    Slashes are decoded before routes are looked at, so they are part of it; of what follows, the
    last that fits is the route's: the history of `A/history` is at `A%2Fhistory/history`.
    """

    regex = r"[\s\S]+"

    def convert(self, value: str) -> str:
        """As it stands."""
        return value

    def to_string(self, value: str) -> str:
        """As it stands."""
        return value


register_url_convertor("name", _Name())


def chart_of(ports: PortsGiven, since: From = "", to: To = "", step: Length = AUTO) -> PointsQuery:
    """The query for a chart, of the last day if it does not say; raises 422."""
    return _valid(lambda: chart_query(since, to, step, ports.clock(), ports.zone))


def table_of(ports: PortsGiven, since: From = "", to: To = "", step: Length = AUTO) -> PointsQuery:
    """The query for a table, of the last day if it does not say; raises 422."""
    return _valid(lambda: table_query(since, to, step, ports.clock(), ports.zone))


def week_span_of(ports: PortsGiven, since: From = "", to: To = "") -> Span:
    """The span of a typical week, eight weeks if it does not say; raises 422."""
    return _valid(lambda: week_query(since, to, ports.clock(), ports.zone))


def _valid(query: Callable[[], T]) -> T:
    try:
        return query()
    except QueryError as error:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None


ChartGiven = Annotated[PointsQuery, Depends(chart_of)]
TableGiven = Annotated[PointsQuery, Depends(table_of)]
SpanGiven = Annotated[Span, Depends(week_span_of)]


def archive_of(ports: PortsGiven, who: WhoAsks) -> Archive:
    """The archive, of a customer's own circuits alone; raises 404 where there is no database."""
    if ports.past is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "there is no database to read from")
    formulas = known_formulas(ports.billing)
    return Archive(ports.past, ports.zone, ports.live.customer_of, who.sees_only, formulas)


ArchiveGiven = Annotated[Archive, Depends(archive_of)]


def read(reading: Callable[[], T]) -> T:
    """What is read; raises 404 with what there is instead."""
    try:
        return reading()
    except NotThereError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from None


@router.get("/panels/{panel}/circuits/{pole}/history", dependencies=_OWN, responses=_REFUSALS)
def circuit_history(
    panel: PanelId, pole: CircuitInPath, query: ChartGiven, archive: ArchiveGiven, ports: PortsGiven
) -> CircuitThen:
    """Current and power of a circuit."""
    history = read(lambda: archive.circuit(panel, pole, query))
    return circuit_then(history, ports.live.customer_of)


@router.get(
    "/panels/{panel}/circuits/{pole}/history.csv",
    dependencies=_OWN,
    responses={**_REFUSALS, **_CSV},
)
def circuit_sheet(
    panel: PanelId, pole: CircuitInPath, query: TableGiven, archive: ArchiveGiven, ports: PortsGiven
) -> StreamingResponse:
    """Current and power of a circuit as a table."""
    history = read(lambda: archive.circuit(panel, pole, query))
    return _file(f"{panel}-{pole}", history.points, ports)


@router.get("/panels/{panel}/circuits/{pole}/week", dependencies=_OWN, responses=_REFUSALS)
def circuit_week(
    panel: PanelId, pole: CircuitInPath, span: SpanGiven, archive: ArchiveGiven
) -> Week:
    """The typical week of a circuit."""
    return week_of(span, read(lambda: archive.circuit_week(panel, pole, span)))


@router.get("/customers/{customer:name}/history", dependencies=_OWN, responses=_REFUSALS)
def customer_history(
    customer: CustomerId, query: ChartGiven, archive: ArchiveGiven, ports: PortsGiven
) -> CustomerThen:
    """Power of a customer: the sum of the circuits that were his at the time."""
    history = read(lambda: archive.customer(customer, query))
    return customer_then(customer, history, ports.live.customer_of)


@router.get(
    "/customers/{customer:name}/history.csv", dependencies=_OWN, responses={**_REFUSALS, **_CSV}
)
def customer_sheet(
    customer: CustomerId, query: TableGiven, archive: ArchiveGiven, ports: PortsGiven
) -> StreamingResponse:
    """Power of a customer as a table."""
    history = read(lambda: archive.customer(customer, query))
    return _file(customer, history.points, ports)


@router.get("/customers/{customer:name}/week", dependencies=_OWN, responses=_REFUSALS)
def customer_week(customer: CustomerId, span: SpanGiven, archive: ArchiveGiven) -> Week:
    """The typical week of a customer."""
    return week_of(span, read(lambda: archive.customer_week(customer, span)))


def _file(name: str, points: Points, ports: PortsGiven) -> StreamingResponse:
    first, last = (at.astimezone(ports.zone) for at in (points.grid.start, points.grid.end))
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name)
    file = f"{plain}_{first:%Y-%m-%d}_{last:%Y-%m-%d}_{points.grid.step.name}.csv"
    headers = {"content-disposition": f'attachment; filename="{file}"'}
    return StreamingResponse(sheet(points, ports.zone), media_type="text/csv", headers=headers)


@router.get("/panels/{panel}/circuits/{pole}/power", dependencies=_OWN, responses=_REFUSALS)
def circuit_power(
    panel: PanelId, pole: CircuitInPath, archive: ArchiveGiven, ports: PortsGiven
) -> PowerNow:
    """What a circuit draws now."""
    return PowerNow(watts=read(lambda: watts_of_circuit(panel, pole, archive, ports)))


@router.get("/customers/{customer:name}/power", dependencies=_OWN, responses=_REFUSALS)
def customer_power(customer: CustomerId, archive: ArchiveGiven, ports: PortsGiven) -> PowerNow:
    """What a customer's circuits draw now, formula circuits included."""
    pieces = read(lambda: archive.circuits_of(customer, lately(ports)))
    return PowerNow(watts=watts_of(held_now(pieces, ports), ports))


events = APIRouter(prefix="/events", tags=["events"])
_SHARED = (*FRESHNESS, "closing")


def panel_seen(panel: PanelId, pole: PoleNumber, who: WhoAsks, ports: PortsGiven) -> LivePanel:
    """The panel of a circuit's path; raises 404.

    A customer gets the same answer for a panel or a pole that is not there, and for a circuit
    that was never his: not even the times of a panel's polls are told.
    """
    if who.sees_only is None:
        return panel_of(panel, ports)
    live = ports.live.panel(panel)
    versions = live.directory.versions if live else ()
    of_pole = (one for one in versions if one.first_pole == pole)
    if live and any(who.sees(ports.live.customer_of(one)) for one in of_pole):
        return live
    raise HTTPException(HTTPStatus.NOT_FOUND, no_circuit(panel, pole))


PanelSeen = Annotated[LivePanel, Depends(panel_seen)]


@events.get(
    "/panels/{panel}/circuits/{pole}", dependencies=_OWN, responses={**DOCUMENTED, **UNKNOWN}
)
async def circuit_events(
    panel: PanelSeen, pole: PoleNumber, who: WhoAsks, ports: PortsGiven
) -> StreamingResponse:
    """Current, power and alarm of one circuit, while it is one that may be seen."""
    return stream([panel.board.part(partial(_of_circuit, panel, pole, who, ports))], ports)


@events.get("/customers/{customer:name}", dependencies=_OWN, responses={**DOCUMENTED, **UNKNOWN})
async def customer_events(
    customer: CustomerId, who: WhoAsks, ports: PortsGiven
) -> StreamingResponse:
    """Power of each circuit that is a customer's now, by panel."""
    if not who.sees(customer):
        raise HTTPException(HTTPStatus.NOT_FOUND, f"no circuit is {customer!r}'s")
    panels = [panel for _, panel in sorted(ports.live.panels.items())]
    parts = [panel.board.part(partial(_of_customer, panel, customer, ports)) for panel in panels]
    return stream(parts, ports)


def _of_circuit(panel: LivePanel, pole: int, who: Who, ports: Ports) -> list[str]:
    meter = panel.shown.meters.get(pole)
    if not who.sees(ports.live.customer_of(meter.version) if meter else ""):
        return list(_SHARED)
    poles = meter.version.poles if meter else ()
    return [*_SHARED, *(f"{name}{pole}" for name in "wlsa"), *(f"p{number}" for number in poles)]


def _of_customer(panel: LivePanel, customer: str, ports: Ports) -> list[str]:
    theirs = [
        pole
        for pole, meter in panel.shown.meters.items()
        if ports.live.customer_of(meter.version) == customer
    ]
    # Of a panel that has none of the customer's circuits nothing is sent.
    return [*_SHARED, *(f"w{pole}" for pole in theirs)] if theirs else []
