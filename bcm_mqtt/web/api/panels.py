"""Panels as they are now, and server-sent events: what changes, as it changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, create_model

from bcm_mqtt.access.audit import present
from bcm_mqtt.access.rights import Right
from bcm_mqtt.domain.site.circuit_field import (
    CUSTOMER,
    FIELDS,
    POWER_FACTOR,
    RATING,
    Choice,
    CircuitField,
    Factor,
    Kind,
    PoleList,
    Text,
    Whole,
)
from bcm_mqtt.domain.site.formula.formula import FormulaVersion
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.web.access.gate import while_in
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.access.streams import EventStream
from bcm_mqtt.web.live import Followed, LivePanel
from bcm_mqtt.web.live import events as events_of
from bcm_mqtt.web.live.formulas import formulas_of, site_formulas
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import UNKNOWN, Documented, PanelGiven, PortsGiven

router = APIRouter(prefix="/api/v1/panels", tags=["panels"])


def _type(kind: Kind) -> object:
    """Of the values of a kind in an answer."""
    match kind:
        case Text():
            return str
        case Whole():
            return int | None
        case Factor():
            return float | None
        case Choice():
            return Connection
        case PoleList():
            return list[int]


_SHOWN: Mapping[CircuitField, tuple[object, Any]] = {
    CUSTOMER: (str, Field(description='Its customer; "" if it is unallocated.')),
    RATING: (int | None, Field(description="Of the breaker, A.")),
    POWER_FACTOR: (float, Field()),
}
"""What an answer says about a field where that is not what a form says."""

_FIELDS: Mapping[str, Any] = {
    item.name: _SHOWN.get(item) or (_type(item.kind), Field()) for item in FIELDS
}
_CircuitFields: type[BaseModel] = create_model("_CircuitFields", **_FIELDS)


class CircuitNow(_CircuitFields):  # type: ignore[valid-type, misc]
    """A circuit and its reading; a reading that is missing is null, never 0."""

    valid_from: datetime = Field(description="Since when it is so.")
    amps: float | None = Field(description="Of its highest pole.")
    watts: float | None
    load_percent: float | None = Field(description="Of the rating.")
    severity: str = Field(description="none, warning or critical")
    alarm: str = Field(description="The most urgent state of its alarms.")


class FormulaNow(BaseModel):
    """A formula circuit and what its members come to now."""

    model_config = ConfigDict(from_attributes=True)

    id: str = Field(description="f- and a name.")
    description: str
    customer: str = Field(description='Its customer; "" if it is unallocated.')
    members: str = Field(description="Measured circuits with their signs.")
    watts: float | None = Field(description="null where that of any member is not known.")


class PanelNow(BaseModel):
    """A panel and its last reading."""

    id: str
    name: str
    service: str
    main_rating: int | None
    pole_count: int
    redundant_with: str
    time: datetime | None = Field(description="Of the last reading.")
    stale: bool = Field(description="Whether that is too old to stand for the present.")
    answering: bool | None
    amps: list[float | None] = Field(description="By pole; index 0 is pole 1.")
    phases: dict[str, float | None] = Field(description="A by phase.")
    watts: float | None
    neutral_amps: float | None
    imbalance_percent: float | None
    load_percent: float | None
    circuits: list[CircuitNow]
    formulas: list[FormulaNow] = Field(description="Formula circuits that are listed with it.")


@router.get("", dependencies=[needs(Right.SEE_SITE)])
async def all_panels(ports: PortsGiven) -> list[PanelNow]:
    """All panels that are known."""
    formulas = await site_formulas(ports.billing)
    return [panel_now(panel, ports, formulas) for _, panel in sorted(ports.live.panels.items())]


@router.get("/{panel}", dependencies=[needs(Right.SEE_SITE)], responses=UNKNOWN)
async def one_panel(panel: PanelGiven, ports: PortsGiven) -> PanelNow:
    """One panel."""
    return panel_now(panel, ports, await site_formulas(ports.billing))


def panel_now(live: LivePanel, ports: Ports, formulas: tuple[FormulaVersion, ...] = ()) -> PanelNow:
    """What is known of a panel."""
    panel, load = live.directory.panel, live.load
    return PanelNow(
        id=panel.id,
        name=panel.name,
        service=panel.service.name,
        main_rating=panel.main_rating,
        pole_count=panel.pole_count,
        redundant_with=panel.redundant_with,
        time=live.snapshot.time if live.snapshot else None,
        stale=live.stale,
        answering=live.answering,
        amps=[live.amps(pole) for pole in range(1, panel.pole_count + 1)],
        phases=load.phases,
        watts=load.watts,
        neutral_amps=load.neutral_amps,
        imbalance_percent=load.imbalance_percent,
        load_percent=load.load_percent,
        circuits=[_circuit(live, pole, ports) for pole in live.shown.meters],
        formulas=[
            FormulaNow.model_validate(one)
            for one in formulas_of(ports.live, formulas, panel.id, ports.clock())
        ],
    )


def _circuit(live: LivePanel, pole: int, ports: Ports) -> CircuitNow:
    version, reading = live.shown.meters[pole].version, live.reading(pole)
    fields = {item.name: version.value(item) for item in FIELDS}
    fields[CUSTOMER.name] = ports.live.customer_of(version)
    fields[POWER_FACTOR.name] = version.power_factor_on(live.directory.panel)
    return CircuitNow(
        **fields,
        valid_from=version.valid_from,
        amps=reading.amps,
        watts=reading.watts,
        load_percent=reading.load_percent,
        severity=live.severity(pole).value,
        alarm=live.attention(pole).value,
    )


events = APIRouter(tags=["events"])
_HEADERS = {"x-accel-buffering": "no"}  # nginx would hold them back
DOCUMENTED: Documented = {
    200: {
        "content": {"text/event-stream": {}},
        "description": "Events whose data is JSON: `of` what, and `all` values or the `new` ones.",
    }
}


@events.get(
    "/events/panels/{panel}",
    dependencies=[needs(Right.SEE_SITE)],
    responses={**DOCUMENTED, **UNKNOWN},
)
async def panel_events(panel: PanelGiven, ports: PortsGiven) -> StreamingResponse:
    """Every figure of one panel."""
    return stream([panel.board], ports)


@events.get("/events/site", dependencies=[needs(Right.SEE_SITE)], responses={**DOCUMENTED})
async def site_events(ports: PortsGiven) -> StreamingResponse:
    """The loading of all panels, alarms and health."""
    heats = [panel.heat for _, panel in sorted(ports.live.panels.items())]
    return stream([ports.live.overview, *heats], ports)


def stream(feeds: Sequence[Followed], ports: PortsGiven) -> StreamingResponse:
    """Feeds as an answer that ends with the session."""
    someone = present()
    frames = while_in(events_of(feeds, ports.live.closing), ports.entrance, someone)
    answer = EventStream(frames, media_type="text/event-stream", headers=_HEADERS)
    answer.streams, answer.someone = ports.streams, someone
    return answer
