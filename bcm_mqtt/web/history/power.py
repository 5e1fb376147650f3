"""What circuits draw now, formula circuits among them."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from pydantic import BaseModel, Field

from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.history.archive import Archive
from bcm_mqtt.history.pieces import Piece
from bcm_mqtt.history.query import Span
from bcm_mqtt.web.live import LivePanel
from bcm_mqtt.web.live.formulas import LiveFormula, formulas_of, known_formulas
from bcm_mqtt.web.ports import Ports

_LATELY: Final = timedelta(days=31)


class PowerNow(BaseModel):
    """Power at the last polls."""

    watts: float | None = Field(description="Null where any of it is not known now.")


def lately(ports: Ports) -> Span:
    """The last month, up to a little after now: what holds now is of the time."""
    now = ports.clock()
    return Span(now - _LATELY, now + timedelta(seconds=1), now)


def held_now(pieces: Sequence[Piece], ports: Ports) -> list[Piece]:
    """Those circuits that hold now."""
    now = ports.clock()
    return [piece for piece in pieces if any(one.start <= now < one.end for one in piece.spans)]


def watts_of(pieces: Sequence[Piece], ports: Ports) -> float | None:
    """Of some circuits together; None where any is not known."""
    each = [_watts(piece.panel.id, piece.pole, ports) for piece in pieces]
    known = [watts for watts in each if watts is not None]
    return sum(known) if known and len(known) == len(each) else None


def live_formula(panel: str, name: str, archive: Archive, ports: Ports) -> LiveFormula | None:
    """A formula circuit now; None where there is none now, or it is another's.

    Raises:
        NotThereError: there never was one that may be seen.
    """
    archive.formula(panel, name)
    formulas = formulas_of(ports.live, known_formulas(ports.billing), panel, ports.clock())
    return next((one for one in formulas if one.id == name and archive.sees(one.customer)), None)


def watts_of_circuit(panel: str, pole: CircuitId, archive: Archive, ports: Ports) -> float | None:
    """Of a circuit; None where it is not known, and where the circuit is another's now.

    Raises:
        NotThereError: there never was one that may be seen.
    """
    if isinstance(pole, str):
        formula = live_formula(panel, pole, archive, ports)
        return formula.watts if formula else None
    archive.versions(panel, pole)
    live = live_of(panel, pole, archive.sees, ports)
    return live.reading(pole).watts if live else None


def live_of(panel: str, pole: int, sees: Callable[[str], bool], ports: Ports) -> LivePanel | None:
    """The panel whose present readings may be shown of a circuit: not another customer's."""
    live = ports.live.panel(panel)
    meter = live.shown.meters.get(pole) if live else None
    owner = ports.live.customer_of(meter.version) if meter else ""
    return live if sees(owner) else None


def _watts(panel: str, pole: CircuitId, ports: Ports) -> float | None:
    if isinstance(pole, int):
        live = ports.live.panel(panel)
        return live.reading(pole).watts if live else None
    formulas = formulas_of(ports.live, known_formulas(ports.billing), panel, ports.clock())
    return next((one.watts for one in formulas if one.id == pole), None)
