"""The page that commissions a panel."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from bcm_mqtt.access.rights import Right
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import PanelGiven, PortsGiven

router = APIRouter()


@dataclass(frozen=True, slots=True)
class CommissionView:
    """The page.

    Attributes:
        site: Name of the site.
        zone: The site's time zone.
        panel: Id of the panel.
        name: What people call it.
    """

    site: str
    zone: str
    panel: str
    name: str


@router.get("/panels/{panel}/commission", dependencies=[needs(Right.SEE_SITE)])
async def commission_page(panel: PanelGiven, ports: PortsGiven) -> HTMLResponse:
    """The page."""
    of = panel.directory.panel
    view = CommissionView(ports.live.name, ports.zone.key, of.id, of.name)
    return page("commission.html", view, root="../../")
