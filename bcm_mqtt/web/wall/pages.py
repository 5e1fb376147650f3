"""The wall's page, its stream and its figures of today."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse

from bcm_mqtt.access.rights import Right
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.api.panels import DOCUMENTED, stream
from bcm_mqtt.web.pages.panel_page import Board, board_of
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import PortsGiven, documented
from bcm_mqtt.web.wall.glance import ALARMS, WORST, GlanceFeed
from bcm_mqtt.web.wall.today import TodayLook, feeders_of

pages = APIRouter()
router = APIRouter(tags=["wall"])

Every = Annotated[int, Query(ge=5, le=3600, description="Seconds for which a panel is shown.")]
Theme = Annotated[Literal["dark", "light"], Query(description="Its colours.")]


@dataclass(frozen=True, slots=True)
class WallView:
    """The wall's page.

    Attributes:
        site: Name of the site.
        zone: Its time zone.
        boards: Of all panels, shown one after the other.
        every: Seconds for which each is shown.
        theme: `dark` or `light`.
        worst: Rows of the worst circuits.
        alarms: Rows of alarms.
    """

    site: str
    zone: str
    boards: tuple[Board, ...]
    every: int
    theme: str
    worst: int = WORST
    alarms: int = ALARMS


class TodayNow(BaseModel):
    """Energy and its cost since midnight by the site's clocks."""

    kwh: float | None = Field(description="As measured; null where nothing is.")
    cost: dict[str, Decimal] = Field(
        description="By currency, at the energy prices: without demand, fees, minimum and taxes."
    )
    unpriced: tuple[str, ...] = Field(
        description='Customers whose energy has no price; "" is unallocated.'
    )
    measured_share: float = Field(description="Of the time of the circuits, 0 to 1.")
    as_of: datetime


@pages.get("/wall", dependencies=[needs(Right.SEE_SITE)])
async def wall_page(ports: PortsGiven, every: Every = 20, theme: Theme = "dark") -> HTMLResponse:
    """The page."""
    live = ports.live
    boards = tuple(board_of(panel, live) for _, panel in sorted(live.panels.items()))
    return page("wall.html", WallView(live.name, ports.zone.key, boards, every, theme), root="./")


@router.get("/events/wall", dependencies=[needs(Right.SEE_SITE)], responses={**DOCUMENTED})
async def wall_events(ports: PortsGiven) -> StreamingResponse:
    """The site at a glance, and the loading of all panels."""
    terms = await asyncio.to_thread(ports.billing.terms) if ports.billing else None
    feeders = feeders_of(terms) if terms else ()
    heats = [panel.heat for _, panel in sorted(ports.live.panels.items())]
    return stream([GlanceFeed(ports.live, feeders), *heats], ports)


@router.get(
    "/api/v1/today",
    dependencies=[needs(Right.SEE_SITE)],
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE),
)
def today(request: Request) -> TodayNow:
    """Energy and its cost since midnight; computed once a minute."""
    look: TodayLook | None = request.app.state.today
    if look is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "there is no database to read from")
    now = look()
    return TodayNow(
        kwh=now.kwh,
        cost=now.cost,
        unpriced=now.unpriced,
        measured_share=now.measured_share,
        as_of=now.as_of,
    )
