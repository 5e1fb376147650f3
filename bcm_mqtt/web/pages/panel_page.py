"""The page of one panel, and its board: what stands in each place of its two columns."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from bcm_mqtt.access.rights import Right
from bcm_mqtt.config.directory import COLUMNS
from bcm_mqtt.domain.reading.loading import CircuitReading
from bcm_mqtt.domain.site.circuit import CircuitVersion, poles_text
from bcm_mqtt.domain.site.circuit_field import (
    IN_FORMS,
    text_of,
)
from bcm_mqtt.domain.site.formula.formula import members_text
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.languages import moment
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.live import LivePanel, LiveSite
from bcm_mqtt.web.live.formulas import LiveFormula, coming_formulas, formulas_of, site_formulas
from bcm_mqtt.web.pages.circuit_form import FormField, form_field
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import PanelGiven, PortsGiven


@dataclass(frozen=True, slots=True)
class Pole:
    """One pole of a place; amps are None where there is no reading."""

    number: int
    phase: str
    amps: float | None
    monitored: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A breaker, or a space where none is.

    Attributes:
        poles: One to three.
        version: The circuit; None of a space.
        customer: Whose it is, or "".
        reading: Of the circuit.
        severity: How bad it is.
        alarm: The most urgent state of its alarms.
    """

    poles: tuple[Pole, ...]
    version: CircuitVersion | None
    customer: str
    reading: CircuitReading
    severity: str
    alarm: str

    @property
    def first(self) -> int:
        """The pole that identifies it."""
        return self.poles[0].number

    @property
    def numbers(self) -> str:
        """`1+3+5`."""
        return poles_text(tuple(pole.number for pole in self.poles))

    @property
    def fields(self) -> str:
        """JSON: what the form begins with, by field; of a space that of a new circuit."""
        version = self.version or CircuitVersion((self.first,))
        return json.dumps({item.name: text_of(version.value(item)) for item in IN_FORMS})


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the printed schedule: what begins in it on each side, None where a breaker goes on.

    Attributes:
        numbers: Of its poles, left and right.
        phase: Of the row.
        left: What begins on the left.
        right: What begins on the right.
    """

    numbers: tuple[int, int]
    phase: str
    left: Place | None
    right: Place | None


@dataclass(frozen=True, slots=True)
class Board:
    """A panel's two columns.

    Attributes:
        live: The panel.
        left: Odd poles, from top to bottom.
        right: Even poles.
        rows: Of the printed schedule.
        form: Lines of the form that edits a circuit.
        customers: Of its circuits.
    """

    live: LivePanel
    left: tuple[Place, ...]
    right: tuple[Place, ...]
    rows: tuple[Row, ...]
    form: tuple[FormField, ...]
    customers: tuple[str, ...]

    @property
    def columns(self) -> str:
        """The header of a table that changes circuits."""
        return ",".join(COLUMNS)

    @property
    def panel(self) -> Panel:
        """Its geometry."""
        return self.live.directory.panel

    @property
    def state(self) -> str:
        """Whether its figures are of now."""
        if self.live.absence:
            return "away"
        if self.live.snapshot is None:
            return "waiting"
        if self.live.answering is False:
            return "offline"
        return "stale" if self.live.stale else "live"


def board_of(live: LivePanel, site: LiveSite) -> Board:
    """The board of a panel as it is now."""
    panel = live.directory.panel
    left, right = tuple(_side(live, site, 1)), tuple(_side(live, site, 2))
    begins = {place.first: place for place in (*left, *right)}
    rows = tuple(
        Row((pole, pole + 1), panel.phase(pole), begins.get(pole), begins.get(pole + 1))
        for pole in range(1, panel.pole_count + 1, 2)
    )
    customers = {place.customer for place in (*left, *right)} - {""}
    form = tuple(form_field(item, panel) for item in IN_FORMS)
    return Board(live, left, right, rows, form, tuple(sorted(customers)))


def _side(live: LivePanel, site: LiveSite, first: int) -> Iterator[Place]:
    panel, shown = live.directory.panel, live.shown
    pole = first
    while pole <= panel.pole_count:
        meter = shown.meters.get(pole)
        version = meter.version if meter else None
        numbers = version.poles if version else (pole,)
        yield Place(
            poles=tuple(_pole(live, number) for number in numbers),
            version=version,
            customer=site.customer_of(version) if version else "",
            reading=live.reading(pole),
            severity=live.severity(pole).value if version else "none",
            alarm=live.attention(pole).value if version else "normal",
        )
        pole = numbers[-1] + 2


def _pole(live: LivePanel, number: int) -> Pole:
    panel = live.directory.panel
    return Pole(number, panel.phase(number), live.amps(number), bool(panel.monitored((number,))))


router = APIRouter()


@dataclass(frozen=True, slots=True)
class ComingFormula:
    """A formula circuit that is to begin, in the texts of formulas.csv."""

    id: str
    description: str
    customer: str
    members: str
    since: str


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
        formulas: Formula circuits that are listed with it.
        coming: Those of them that are to begin.
        edits_formulas: Whether the page has the files in which formulas are changed.
    """

    site: str
    zone: str
    board: Board
    panels: tuple[LivePanel, ...]
    before: LivePanel | None
    after: LivePanel | None
    partner: LivePanel | None
    formulas: tuple[LiveFormula, ...]
    coming: tuple[ComingFormula, ...]
    edits_formulas: bool


@router.get("/panels/{panel}", dependencies=[needs(Right.SEE_SITE)])
async def panel_page(panel: PanelGiven, ports: PortsGiven) -> HTMLResponse:
    """The page."""
    return page("panel.html", await _view(panel, ports), root="../")


@router.get("/panels/{panel}/board", dependencies=[needs(Right.SEE_SITE)])
async def panel_board(panel: PanelGiven, ports: PortsGiven) -> HTMLResponse:
    """The board alone, for a page that is open while circuits change."""
    return page("board.html", await _view(panel, ports), root="../")


async def _view(panel: LivePanel, ports: PortsGiven) -> PanelView:
    live, now = ports.live, ports.clock()
    formulas = await site_formulas(ports.billing)
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
        formulas=tuple(formulas_of(live, formulas, panel.directory.panel.id, now)),
        coming=tuple(
            ComingFormula(
                one.id,
                one.description,
                live.customer_of(one.circuit),
                members_text(one.members),
                moment(one.valid_from.astimezone(ports.zone)),
            )
            for one in coming_formulas(formulas, panel.directory.panel.id, now)
        ),
        edits_formulas=ports.configuration is not None and ports.billing is not None,
    )
