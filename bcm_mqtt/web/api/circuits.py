"""Circuits: what an edit would do, and the edit."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from bcm_mqtt.access.rights import Right
from bcm_mqtt.config.directory.circuit_cells import texts_of
from bcm_mqtt.config.directory.circuit_import import changes_of
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.circuit_change import LEAVE, LONGEST_TEXT, CircuitChange
from bcm_mqtt.domain.site.connection import Connection
from bcm_mqtt.domain.time.month import instant_of
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.mqtt.payloads import encode_changes
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.edits import Draft, at_one_instant, draft
from bcm_mqtt.web.ports import Change, Ports
from bcm_mqtt.web.refusals import CHANGES, PortsGiven

router = APIRouter(prefix="/api/v1/circuits", tags=["circuits"])
_MOST_CHANGES = 1000
_Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
_Pole = Annotated[int, Field(ge=1, le=512)]
_Time = Annotated[
    str,
    Field(max_length=40, description='Local date or time from which it holds; "" is now.'),
]


class CircuitChangeAsked(BaseModel):
    """What is to be different about one circuit; a key that is not given stays as it is."""

    model_config = ConfigDict(extra="forbid")

    panel: str
    pole: _Pole = Field(description="Its first pole.")
    description: _Text = ""
    customer: _Text = Field("", description='"" takes it from the description.')
    rating: int | None = Field(None, ge=1, le=10_000, description="A; null is unknown.")
    connection: Connection = Field(
        Connection.LINE_NEUTRAL, description="One of more poles takes those below; none ends it."
    )
    power_factor: float | None = Field(None, gt=0, le=1, description="null is the panel's.")
    poles: list[_Pole] = Field(default_factory=list, max_length=3)
    valid_from: _Time = ""


class ChangesAsked(BaseModel):
    """Changes to be made, all or none."""

    model_config = ConfigDict(extra="forbid")

    changes: list[CircuitChangeAsked] = Field(min_length=1, max_length=_MOST_CHANGES)


class CsvAsked(BaseModel):
    """Rows in the format of circuits.csv, to be taken over as changes."""

    model_config = ConfigDict(extra="forbid")

    csv: str = Field(description="With a header; columns that it lacks stay as they are.")
    valid_from: _Time = ""


class DifferenceShown(BaseModel):
    """One field of a circuit that becomes another."""

    panel: str
    poles: str
    field: str
    before: str
    after: str


class DraftShown(BaseModel):
    """What changes would do, or did."""

    differences: list[DifferenceShown]
    effects: list[str] = Field(
        description="In sentences: poles taken or freed, from when on bills change."
    )


@router.post("/preview", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def preview(asked: ChangesAsked, ports: PortsGiven) -> DraftShown:
    """What the changes would do. Nothing is done."""
    return _shown(draft(_changes(asked, ports), ports))


@router.post("", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def change(asked: ChangesAsked, ports: PortsGiven) -> DraftShown:
    """Makes the changes; the panel shows them when its directory comes back."""
    return await _made(_changes(asked, ports), ports)


@router.post("/csv/preview", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def preview_csv(asked: CsvAsked, ports: PortsGiven) -> DraftShown:
    """What the rows would do. Nothing is done."""
    return _shown(draft(_rows(asked, ports), ports))


@router.post("/csv", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def change_by_csv(asked: CsvAsked, ports: PortsGiven) -> DraftShown:
    """Takes the rows over, all or none."""
    return await _made(_rows(asked, ports), ports)


def _changes(asked: ChangesAsked, ports: Ports) -> list[CircuitChange]:
    return [_change(one, ports) for one in asked.changes]


def _change(asked: CircuitChangeAsked, ports: Ports) -> CircuitChange:
    given = asked.model_fields_set
    return CircuitChange(
        panel=asked.panel,
        first_pole=asked.pole,
        description=asked.description if "description" in given else LEAVE,
        customer=asked.customer if "customer" in given else LEAVE,
        rating_amps=asked.rating if "rating" in given else LEAVE,
        connection=asked.connection if "connection" in given else LEAVE,
        power_factor=_decimal(asked.power_factor) if "power_factor" in given else LEAVE,
        poles=tuple(asked.poles) if asked.poles else LEAVE,
        valid_from=_instant(asked.valid_from, ports),
    )


def _decimal(number: float | None) -> Decimal | None:
    """As it was written."""
    return None if number is None else Decimal(str(number))


def _rows(asked: CsvAsked, ports: Ports) -> list[CircuitChange]:
    panels = {key: panel.directory.panel for key, panel in ports.live.panels.items()}
    return changes_of(
        asked.csv.encode(errors="replace"),
        panels,
        ports.zone,
        ports.clock(),
        source="CSV",
        valid_from=_instant(asked.valid_from, ports),
    )


def _instant(text: str, ports: Ports) -> datetime | None:
    if not text:
        return None
    try:
        return instant_of(text, ports.zone)
    except ValueError as error:
        raise InputError.of(str(error), key="circuit: valid_from") from None


async def _made(changes: Sequence[CircuitChange], ports: Ports) -> DraftShown:
    made = draft(changes, ports)
    if not made.edits:
        return _shown(made)
    bridges = {ports.live.bridge_of(change.panel) for change in made.changes}
    if len(bridges) > 1 or (bridge := bridges.pop()) is None:
        raise WorkError("expected circuits of panels that one bridge polls")
    several = len(made.changes) > 1
    asked = at_one_instant(made.changes, ports.clock()) if several else made.changes
    for edit in made.edits:
        before = _words(edit.panel, edit.before, ports) if edit.before else ""
        what = f"circuit {edit.panel} {edit.after.first_pole}"
        after = _words(edit.panel, edit.after, ports)
        await ports.audit(Change(ports.clock(), what, before, after))
    await ports.bridge.ask(bridge, "circuit", lambda key: encode_changes(asked, key))
    return _shown(made)


def _words(panel: str, version: CircuitVersion, ports: Ports) -> str:
    """A version as the columns of circuits.csv have it, but for those that are empty."""
    texts = texts_of(panel, version, ports.zone)
    return ", ".join(f"{name} {text}" for name, text in texts.items() if text and name != "panel")


def _shown(made: Draft) -> DraftShown:
    differences = [DifferenceShown(**asdict(item)) for item in made.differences]
    return DraftShown(differences=differences, effects=list(made.effects))
