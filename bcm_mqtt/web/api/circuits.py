"""Circuits: what an edit would do, and the edit."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, create_model

from bcm_mqtt.access.audit import Change
from bcm_mqtt.access.rights import Right
from bcm_mqtt.config.directory import changes_of
from bcm_mqtt.domain.site.circuit import CircuitChange, CircuitVersion
from bcm_mqtt.domain.site.circuit_field import (
    FIELDS,
    POLES,
    Choice,
    CircuitField,
    Factor,
    Kind,
    PoleList,
    Text,
    Value,
    Whole,
)
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.editing.directory_edit import at_one_instant
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.time import instant_of
from bcm_mqtt.errors import InputError
from bcm_mqtt.mqtt.payloads import ChangeCircuits
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.edits import Draft, Months, MonthsGiven, bridge_to_ask, draft, note_directories
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import CHANGES, PortsGiven

router = APIRouter(prefix="/api/v1/circuits", tags=["circuits"])
_MOST_CHANGES = 1000
_Pole = Annotated[int, Field(ge=1, le=512)]
_Time = Annotated[
    str,
    Field(max_length=40, description='Local date or time from which it holds; "" is now.'),
]


def _kind(kind: Kind) -> tuple[object, object, dict[str, Any]]:
    """Of the values of a kind: their type, what stands for none, and their limits."""
    match kind:
        case Text(longest=longest):
            return str, "", {"max_length": longest}
        case Whole(low=low, high=high):
            return int | None, None, {"ge": low, "le": high}
        case Factor():
            return float | None, None, {"gt": 0, "le": 1}
        case Choice():
            return Connection, Connection.LINE_NEUTRAL, {}
        case PoleList():
            return list[_Pole], [], {"max_length": 3}


def _body(item: CircuitField) -> Any:  # noqa: ANN401 - a type that is made here
    of, none, limits = _kind(item.kind)
    return of, Field(none, description=item.about, **limits)


def circuit_fields() -> dict[str, Any]:
    """The fields of a body that says something of a circuit."""
    return {item.name: _body(item) for item in FIELDS}


class CircuitBody(BaseModel):
    """Which circuit a change is about, and from when on."""

    model_config = ConfigDict(extra="forbid")

    panel: str
    pole: _Pole = Field(description="Its first pole.")
    valid_from: _Time = ""


CircuitChangeBody: type[CircuitBody] = create_model(
    "CircuitChangeBody",
    __doc__="What is to be different about one circuit; a key that is not given stays as it is.",
    __base__=CircuitBody,
    **circuit_fields(),
)


class ChangesBody(BaseModel):
    """Changes to be made, all or none."""

    model_config = ConfigDict(extra="forbid")

    changes: list[CircuitChangeBody] = Field(  # type: ignore[valid-type]
        min_length=1, max_length=_MOST_CHANGES
    )


class CsvBody(BaseModel):
    """Rows in the format of circuits.csv, to be applied as changes."""

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
async def preview(body: ChangesBody, ports: PortsGiven) -> DraftShown:
    """What the changes would do. Nothing is done."""
    return _shown(await _draft(lambda _: _changes(body, ports), ports))


@router.post("", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def change(body: ChangesBody, ports: PortsGiven, months: MonthsGiven) -> DraftShown:
    """Makes the changes; the panel shows them when its directory comes back."""
    return await _make(await _draft(lambda _: _changes(body, ports), ports), ports, months)


@router.post("/csv/preview", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def preview_csv(body: CsvBody, ports: PortsGiven) -> DraftShown:
    """What the rows would do. Nothing is done."""
    return _shown(await _draft(lambda directories: _rows(body, directories, ports), ports))


@router.post("/csv", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def change_by_csv(body: CsvBody, ports: PortsGiven, months: MonthsGiven) -> DraftShown:
    """Applies the rows, all or none."""
    rows = await _draft(lambda directories: _rows(body, directories, ports), ports)
    return await _make(rows, ports, months)


_Directories = Mapping[str, Directory]


async def _draft(changes: Callable[[_Directories], list[CircuitChange]], ports: Ports) -> Draft:
    """What changes would do, calculated outside the event loop: other pages go on."""
    directories = {key: panel.directory for key, panel in ports.live.panels.items()}
    return await asyncio.to_thread(lambda: draft(changes(directories), directories, ports))


def _changes(body: ChangesBody, ports: Ports) -> list[CircuitChange]:
    return [_change(one, ports) for one in body.changes]


def _change(body: CircuitBody, ports: Ports) -> CircuitChange:
    given = {name: getattr(body, name) for name in body.model_fields_set}
    if not given.get(POLES.name):
        given.pop(POLES.name, None)  # an empty list leaves them as they are
    values = {item: value_of(given[item.name]) for item in FIELDS if item.name in given}
    begins = _instant(given.get("valid_from", ""), ports)
    return CircuitChange.of(given["panel"], given["pole"], values, begins)


def value_of(given: str | float | list[int] | None) -> Value:
    """A number with decimals is taken as it was written."""
    if isinstance(given, list):
        return tuple(given)
    return Decimal(str(given)) if isinstance(given, float) else given


def _rows(body: CsvBody, directories: _Directories, ports: Ports) -> list[CircuitChange]:
    panels = {key: directory.panel for key, directory in directories.items()}
    return changes_of(
        body.csv.encode(errors="replace"),
        panels,
        ports.zone,
        ports.clock(),
        source="CSV",
        valid_from=_instant(body.valid_from, ports),
    )


def _instant(text: str, ports: Ports) -> datetime | None:
    if not text:
        return None
    try:
        return instant_of(text, ports.zone)
    except ValueError as error:
        raise InputError.of(str(error), key="circuit: valid_from") from None


async def _make(made: Draft, ports: Ports, months: Months | None) -> DraftShown:
    if not made.edits:
        return _shown(made)
    bridge = bridge_to_ask((change.panel for change in made.changes), ports)
    several = len(made.changes) > 1
    changes = at_one_instant(made.changes, ports.clock()) if several else made.changes
    for edit in made.edits:
        what = f"circuit {edit.panel} {edit.after.first_pole}"
        before = _words(edit.before, ports) if edit.before else ""
        await ports.audit(Change(ports.clock(), what, before, _words(edit.after, ports)))
    await ports.bridge.request(bridge, ChangeCircuits(tuple(changes)))
    note_directories(months, (edit.panel for edit in made.edits))
    return _shown(made)


def _words(version: CircuitVersion, ports: Ports) -> str:
    """A version as the columns of circuits.csv have it, but for those that are empty."""
    texts = version.texts(ports.zone)
    return ", ".join(f"{name} {text}" for name, text in texts.items() if text)


def _shown(made: Draft) -> DraftShown:
    differences = [DifferenceShown(**asdict(item)) for item in made.differences]
    return DraftShown(differences=differences, effects=list(made.effects))
