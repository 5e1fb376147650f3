"""Server-sent events: what changes, as it changes."""

from collections.abc import Sequence

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from bcm_mqtt.access.audit import present
from bcm_mqtt.access.rights import Right
from bcm_mqtt.web.access.gate import while_in
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.live import Feed, FeedPart, events
from bcm_mqtt.web.refusals import UNKNOWN, Documented, PanelGiven, PortsGiven

router = APIRouter(tags=["events"])
_HEADERS = {"x-accel-buffering": "no"}  # nginx would hold them back
DOCUMENTED: Documented = {
    200: {
        "content": {"text/event-stream": {}},
        "description": "Events whose data is JSON: `of` what, and `all` values or the `new` ones.",
    }
}


@router.get(
    "/events/panels/{panel}",
    dependencies=[needs(Right.SEE_SITE)],
    responses={**DOCUMENTED, **UNKNOWN},
)
async def panel_events(panel: PanelGiven, ports: PortsGiven) -> StreamingResponse:
    """Every figure of one panel."""
    return stream([panel.board], ports)


@router.get("/events/site", dependencies=[needs(Right.SEE_SITE)], responses={**DOCUMENTED})
async def site_events(ports: PortsGiven) -> StreamingResponse:
    """The loading of all panels, alarms and health."""
    heats = [panel.heat for _, panel in sorted(ports.live.panels.items())]
    return stream([ports.live.overview, *heats], ports)


def stream(feeds: Sequence[Feed | FeedPart], ports: PortsGiven) -> StreamingResponse:
    """Feeds as an answer that ends with the session."""
    frames = while_in(events(feeds, ports.live.closing), ports.entrance, present())
    return StreamingResponse(frames, media_type="text/event-stream", headers=_HEADERS)
