"""Server-sent events: what changes, as it changes."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from bcm_mqtt.web.live import Feed, events
from bcm_mqtt.web.refusals import UNKNOWN, Documented, PanelGiven, PortsGiven

router = APIRouter(tags=["events"])
_HEADERS = {"x-accel-buffering": "no"}  # nginx would hold them back
_DOCUMENTED: Documented = {
    200: {
        "content": {"text/event-stream": {}},
        "description": "Events whose data is JSON: `of` what, and `all` values or the `new` ones.",
    }
}


@router.get("/events/panels/{panel}", responses={**_DOCUMENTED, **UNKNOWN})
async def panel_events(panel: PanelGiven, ports: PortsGiven) -> StreamingResponse:
    """Every figure of one panel."""
    return _stream([panel.board], ports)


@router.get("/events/site", responses={**_DOCUMENTED})
async def site_events(ports: PortsGiven) -> StreamingResponse:
    """The loading of all panels, alarms and health."""
    heats = [panel.heat for _, panel in sorted(ports.live.panels.items())]
    return _stream([ports.live.overview, *heats], ports)


def _stream(feeds: list[Feed], ports: PortsGiven) -> StreamingResponse:
    stream = events(feeds, ports.live.closing)
    return StreamingResponse(stream, media_type="text/event-stream", headers=_HEADERS)
