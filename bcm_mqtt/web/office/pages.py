"""The page of all sites, its stream, and the same for programs."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bcm_mqtt.access.rights import Right
from bcm_mqtt.billing.portfolio.month_end import MonthEnd
from bcm_mqtt.domain.reading.alarm import Severity
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.api.panels import DOCUMENTED, stream
from bcm_mqtt.web.office.office import Office, Seen, SeenSites
from bcm_mqtt.web.office.site import SiteNow
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import PortsGiven

pages = APIRouter()
router = APIRouter(tags=["sites"])


def office_of(request: Request) -> Office:
    """The office whose page it is."""
    office: Office = request.app.state.office
    return office


OfficeGiven = Annotated[Office, Depends(office_of)]


@dataclass(frozen=True, slots=True)
class SitesView:
    """The page.

    Attributes:
        site: Name of all sites together.
        seen: The sites that are seen.
    """

    site: str
    seen: Seen


@pages.get("/", dependencies=[needs(Right.LOG_IN)])
async def sites_page(who: WhoAsks, office: OfficeGiven, ports: PortsGiven) -> Response:
    """The page; who does not see sites gets on to what there is to see."""
    if not who.may(Right.SEE_SITE):
        return RedirectResponse("statements", HTTPStatus.SEE_OTHER)
    return page("office/sites.html", SitesView(ports.live.name, office.seen_by(who)), root="./")


@pages.get("/list", dependencies=[needs(Right.SEE_SITE)])
async def sites_list(who: WhoAsks, office: OfficeGiven, ports: PortsGiven) -> HTMLResponse:
    """The sites alone, for a page that is open while they change."""
    return page("office/list.html", SitesView(ports.live.name, office.seen_by(who)), root="./")


@router.get("/events/sites", dependencies=[needs(Right.SEE_SITE)], responses={**DOCUMENTED})
async def sites_events(who: WhoAsks, office: OfficeGiven, ports: PortsGiven) -> StreamingResponse:
    """Power by site and in all; `site/ID` is another number when something else has changed."""
    return stream([SeenSites(office, who)], ports)


class TroubleShown(BaseModel):
    """What is wrong with a site."""

    model_config = ConfigDict(from_attributes=True)

    what: str = Field(description="broker, bridge, gateway, panels, database, recorder or month.")
    text: str
    since: datetime | None = Field(description="When it was right last; null where never.")


class MonthEndShown(BaseModel):
    """The bills of last month."""

    month: str = Field(description="By the site's clocks.")
    issued: int
    held: int | None = Field(description="For review; null where that is not calculated yet.")
    open: int = Field(description="Neither issued nor held.")


class SiteShown(BaseModel):
    """A site as it is now; what is not known is null, never 0."""

    id: str
    name: str
    page: str = Field(description='Address of its own page, or "".')
    kw: float | None = Field(description="Power of now.")
    without: list[str] = Field(description="Names of panels whose power is not in it.")
    last_kw: float | None = Field(description="Power when it was known last.")
    last_at: datetime | None
    alarms: int | None = Field(description="That somebody has to see to.")
    severity: Severity = Field(description="Of the worst of them.")
    broker: bool = Field(description="Whether it is connected.")
    bridges_online: int
    bridges: int
    reading: datetime | None = Field(description="The newest that has come.")
    stored: datetime | None = Field(description="The newest that is stored.")
    measured_percent: float | None = Field(
        description="Of the time of all panels this month; 100 only where all was measured."
    )
    month_end: MonthEndShown | None
    problems: list[TroubleShown]


class SitesShown(BaseModel):
    """The sites that the request may see."""

    kw: float | None = Field(description="Power of now of the sites where it is known.")
    without: list[str] = Field(description="Ids of the sites whose power is not in it.")
    sites: list[SiteShown]


@router.get("/api/v1/sites", dependencies=[needs(Right.SEE_SITE)])
async def all_sites(who: WhoAsks, office: OfficeGiven) -> SitesShown:
    """All sites that the user or token sees, as they are now."""
    seen = office.seen_by(who)
    without = [site.id for site in seen.sites if site.kw is None]
    return SitesShown(kw=seen.kw, without=without, sites=[_shown(site) for site in seen.sites])


def _shown(site: SiteNow) -> SiteShown:
    return SiteShown(
        id=site.id,
        name=site.name,
        page=site.page,
        kw=site.kw,
        without=list(site.power.without),
        last_kw=site.last_kw,
        last_at=site.last_at,
        alarms=site.alarms,
        severity=site.severity,
        broker=site.broker,
        bridges_online=site.bridges,
        bridges=site.all_bridges,
        reading=site.reading,
        stored=site.stored,
        measured_percent=site.quality_percent,
        month_end=_month_end(site.month.month_end) if site.month else None,
        problems=[TroubleShown.model_validate(one) for one in site.troubles],
    )


def _month_end(ended: MonthEnd) -> MonthEndShown:
    return MonthEndShown(
        month=str(ended.month), issued=ended.issued, held=ended.held, open=ended.open
    )
