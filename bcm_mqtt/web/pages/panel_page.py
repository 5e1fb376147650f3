"""The page of one panel."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from bcm_mqtt.access.rights import Right
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.live import LivePanel
from bcm_mqtt.web.pages.board import Board, board_of
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import PanelGiven, PortsGiven

router = APIRouter()


@dataclass(frozen=True, slots=True)
class PanelView:
    """A panel's page.

    Attributes:
        site: Name of the site.
        zone: The site's time zone, in which times are typed.
        board: The panel.
        panels: All of the site, for going from one to the next.
        before: The panel before this one, None at the first.
        after: The next panel, None at the last.
        partner: The other panel of a redundant pair, if it is known.
    """

    site: str
    zone: str
    board: Board
    panels: tuple[LivePanel, ...]
    before: LivePanel | None
    after: LivePanel | None
    partner: LivePanel | None


@router.get("/panels/{panel}", dependencies=[needs(Right.SEE_SITE)])
async def panel_page(panel: PanelGiven, ports: PortsGiven) -> HTMLResponse:
    """The page."""
    return page("panel.html", _view(panel, ports), root="../")


@router.get("/panels/{panel}/board", dependencies=[needs(Right.SEE_SITE)])
async def panel_board(panel: PanelGiven, ports: PortsGiven) -> HTMLResponse:
    """The board alone, for a page that is open while circuits change."""
    return page("board.html", _view(panel, ports), root="../")


def _view(panel: LivePanel, ports: PortsGiven) -> PanelView:
    live = ports.live
    panels = tuple(other for _, other in sorted(live.panels.items()))
    at = panels.index(panel)
    return PanelView(
        site=live.name,
        zone=ports.zone.key,
        board=board_of(panel, live),
        panels=panels,
        before=panels[at - 1] if at else None,
        after=panels[at + 1] if at + 1 < len(panels) else None,
        partner=live.panel(panel.directory.panel.redundant_with),
    )
