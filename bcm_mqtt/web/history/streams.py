"""Newest values of a circuit or a customer, and of nobody else's, as server-sent events."""

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter, HTTPException
from fastapi.responses import StreamingResponse

from bcm_mqtt.access.rights import Right, Who
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.api.streams import DOCUMENTED, stream
from bcm_mqtt.web.history.api import CustomerId, PoleNumber
from bcm_mqtt.web.live import LivePanel
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import UNKNOWN, PanelGiven, PortsGiven

router = APIRouter(prefix="/events", tags=["events"])
_OWN = [needs(Right.SEE_CIRCUITS)]
_SHARED = ("time", "interval", "answering", "closing")


@router.get(
    "/panels/{panel}/circuits/{pole}", dependencies=_OWN, responses={**DOCUMENTED, **UNKNOWN}
)
async def circuit_events(
    panel: PanelGiven, pole: PoleNumber, who: WhoAsks, ports: PortsGiven
) -> StreamingResponse:
    """Current, power and alarm of one circuit, while it is one that may be seen."""
    return stream([panel.board.part(partial(_of_circuit, panel, pole, who, ports))], ports)


@router.get("/customers/{customer}", dependencies=_OWN, responses={**DOCUMENTED, **UNKNOWN})
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
    # Of a panel that has none of the customer's, nothing is told.
    return [*_SHARED, *(f"w{pole}" for pole in theirs)] if theirs else []
