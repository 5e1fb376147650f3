"""The pages of a circuit, of a customer, and of all customers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from bcm_mqtt.access.rights import Right
from bcm_mqtt.domain.reading.loading import MISSING, CircuitReading
from bcm_mqtt.domain.site.circuit import CircuitId, CircuitVersion, poles_text
from bcm_mqtt.domain.site.circuit_field import FIELDS, Whole, text_of
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import BEGINNING
from bcm_mqtt.history.pieces import Piece
from bcm_mqtt.languages import _, moment, number, translated
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.history.api import ArchiveGiven, CircuitInPath, CustomerId, PanelId, read
from bcm_mqtt.web.history.formula_view import Other, formula_view
from bcm_mqtt.web.history.power import held_now, lately, live_of, watts_of
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import PortsGiven

router = APIRouter()


@dataclass(frozen=True, slots=True)
class PoleNow:
    """A pole of a circuit; amps are None where there is no reading."""

    number: int
    phase: str
    amps: float | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version of a circuit.

    Attributes:
        texts: Of each field as it is in force; none of a breaker that is removed.
        since: In the site's time, or "" of one that was always so.
        now: Whether it is the one that holds now.
    """

    texts: tuple[str, ...]
    since: str
    now: bool


@dataclass(frozen=True, slots=True)
class CircuitView:
    """A circuit's page.

    Attributes:
        site: Name of the site.
        zone: Its time zone.
        panel: The panel.
        pole: First pole of the circuit.
        version: What it is now, or was last.
        customer: Whose, or "".
        poles: With their newest readings.
        reading: The newest.
        versions: All, the newest first.
        others: Circuits to compare with.
    """

    site: str
    zone: str
    panel: Panel
    pole: int
    version: CircuitVersion
    customer: str
    poles: tuple[PoleNow, ...]
    reading: CircuitReading
    versions: tuple[VersionRow, ...]
    others: tuple[Other, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """Labels of the texts of its versions."""
        return tuple(translated(item.label) for item in FIELDS)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.version.description or _("Circuit %(poles)s", poles=self.numbers)

    @property
    def numbers(self) -> str:
        """`1+3+5`."""
        return poles_text(self.version.poles)


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer of the list.

    Attributes:
        id: As in descriptions.
        circuits: So many are his now.
        ended: So many were in the last month, and are no more.
        panels: Names of those that they are on.
        watts: At the last polls; None where one is missing.
        formulas: Whether some of his are formula circuits.
    """

    id: str
    circuits: int
    ended: int
    panels: tuple[str, ...]
    watts: float | None
    formulas: bool


@dataclass(frozen=True, slots=True)
class CustomersView:
    """The list of customers; `site` and `zone` are the site's."""

    site: str
    zone: str
    customers: tuple[CustomerRow, ...]


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A customer's page."""

    site: str
    zone: str
    customer: CustomerRow


@router.get("/panels/{panel}/circuits/{pole}", dependencies=[needs(Right.SEE_CIRCUITS)])
def circuit_page(
    panel: PanelId, pole: CircuitInPath, archive: ArchiveGiven, ports: PortsGiven
) -> HTMLResponse:
    """The page of a circuit."""
    others = _others(archive.customers(lately(ports)), panel, pole)
    if isinstance(pole, str):
        formula = read(lambda: formula_view(panel, pole, archive, ports, others))
        return page("formula.html", formula, root="../../../")
    geometry, versions = read(lambda: archive.versions(panel, pole))
    now = ports.clock()
    holds = next((one for one in versions if one.valid_from <= now), versions[-1])
    live = live_of(panel, pole, archive.sees, ports)
    customer_of, zone = ports.live.customer_of, ports.zone
    view = CircuitView(
        site=ports.live.name,
        zone=zone.key,
        panel=geometry,
        pole=pole,
        version=holds,
        customer=customer_of(holds),
        poles=tuple(
            PoleNow(number, geometry.phase(number), live.amps(number) if live else None)
            for number in geometry.monitored(holds.poles)
        ),
        reading=live.reading(pole) if live else MISSING,
        versions=tuple(
            VersionRow(
                tuple(_texts(one, geometry, customer_of(one))) if one.in_service else (),
                _shown(one.valid_from, ports),
                one is holds and one.in_service,
            )
            for one in versions
        ),
        others=tuple(others),
    )
    return page("circuit.html", view, root="../../../")


def _texts(version: CircuitVersion, panel: Panel, customer: str) -> Iterator[str]:
    for item, value in version.in_force(panel, customer).items():
        unit = f" {item.kind.unit}" if isinstance(item.kind, Whole) and value else ""
        yield number(value) if isinstance(value, Decimal) else f"{text_of(value)}{unit}"


@router.get("/customers", dependencies=[needs(Right.SEE_CIRCUITS)])
def customers_page(archive: ArchiveGiven, ports: PortsGiven) -> HTMLResponse:
    """All customers that have circuits now or had some in the last month."""
    everybody = archive.customers(lately(ports))
    rows = tuple(_row(customer, pieces, ports) for customer, pieces in everybody.items())
    return page("customers.html", CustomersView(ports.live.name, ports.zone.key, rows), root="./")


@router.get("/customers/{customer:name}", dependencies=[needs(Right.SEE_CIRCUITS)])
def customer_page(customer: CustomerId, archive: ArchiveGiven, ports: PortsGiven) -> HTMLResponse:
    """The page of a customer."""
    pieces = read(lambda: archive.circuits_of(customer, lately(ports)))
    row = _row(customer, pieces, ports)
    return page("customer.html", CustomerView(ports.live.name, ports.zone.key, row), root="../")


def _row(customer: str, pieces: tuple[Piece, ...], ports: Ports) -> CustomerRow:
    held = held_now(pieces, ports)
    return CustomerRow(
        id=customer,
        circuits=len(held),
        ended=len(pieces) - len(held),
        panels=tuple(sorted({piece.panel.name for piece in held})),
        watts=watts_of(held, ports),
        formulas=any(isinstance(piece.pole, str) for piece in held),
    )


def _others(everybody: dict[str, tuple[Piece, ...]], panel: str, pole: CircuitId) -> list[Other]:
    circuits = {
        (piece.panel.id, piece.pole): piece for pieces in everybody.values() for piece in pieces
    }
    by_place = sorted(circuits.items(), key=lambda one: (one[0][0], one[1].spans[-1].version.order))
    return [
        Other(
            f"api/v1/panels/{other}/circuits/{first}/history",
            f"{piece.panel.name} {first} {piece.spans[-1].version.description}".strip(),
        )
        for (other, first), piece in by_place
        if (other, first) != (panel, pole)
    ]


def _shown(at: datetime, ports: Ports) -> str:
    return "" if at <= BEGINNING else moment(at.astimezone(ports.zone))
