"""Instruments: what a row of meters.csv would do, and writing it."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, create_model

from bcm_mqtt.access.audit import Change
from bcm_mqtt.access.rights import Right
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.instrument_edit import InstrumentChange
from bcm_mqtt.domain.site.instrument_field import FIELDS, InstrumentField, InstrumentValue
from bcm_mqtt.domain.time import instant_of
from bcm_mqtt.errors import InputError
from bcm_mqtt.mqtt.payloads import ChangeInstruments, ExchangeMeters
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.api.circuits import DifferenceShown, DraftShown
from bcm_mqtt.web.edits import MonthsGiven, bridge_to_ask, note_directories
from bcm_mqtt.web.meter_edits import MeterDraft, meter_draft
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import CHANGES, PortsGiven

router = APIRouter(prefix="/api/v1/meters", tags=["meters"])
_Pole = Annotated[int, Field(ge=1, le=512)]
_Time = Annotated[str, Field(max_length=40, description="Local date or time.")]


def _text(item: InstrumentField) -> Any:  # noqa: ANN401 - a type that is made here
    return str, Field("", description=item.about, max_length=1_000)


class InstrumentBody(BaseModel):
    """Which poles a change is about, and from when on."""

    model_config = ConfigDict(extra="forbid")

    panel: str
    poles: list[_Pole] = Field(min_length=1, max_length=512)
    valid_from: _Time = ""
    until: _Time = ""
    exchange: bool = Field(default=False, description="Whether the meter is another one.")


InstrumentChangeBody: type[InstrumentBody] = create_model(
    "InstrumentChangeBody",
    __doc__="What is to be known of some poles' instruments; a key that is not given stays.",
    __base__=InstrumentBody,
    **{item.name: _text(item) for item in FIELDS},
)


@router.post("/preview", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def preview(body: InstrumentChangeBody, ports: PortsGiven) -> DraftShown:  # type: ignore[valid-type]
    """What the change would do. Nothing is done."""
    return _shown(await _draft(instrument_change(body, ports), ports))


@router.post("", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def change(
    body: InstrumentChangeBody,  # type: ignore[valid-type]
    ports: PortsGiven,
    months: MonthsGiven,
) -> DraftShown:
    """Writes the rows; the panel shows them when its directory comes back."""
    requested = instrument_change(body, ports)
    made = await _draft(requested, ports)
    if not made.edits:
        return _shown(made)
    bridge = bridge_to_ask([requested.panel], ports)
    for edit in made.edits:
        what = f"meter {edit.panel} {poles_text(edit.after.poles)}"
        before = _words(edit.before, ports) if edit.before else ""
        await ports.audit(Change(ports.clock(), what, before, _words(edit.after, ports)))
    kind = ExchangeMeters if requested.exchange else ChangeInstruments
    await ports.bridge.request(bridge, kind((requested,)))
    note_directories(months, (edit.panel for edit in made.edits))
    return _shown(made)


async def _draft(requested: InstrumentChange, ports: Ports) -> MeterDraft:
    """Calculated outside the event loop: other pages go on."""
    directories = {key: panel.directory for key, panel in ports.live.panels.items()}
    return await asyncio.to_thread(meter_draft, requested, directories, ports.clock(), ports.zone)


def instrument_change(body: InstrumentBody, ports: Ports) -> InstrumentChange:
    """The change of a request; raises InputError at the field that is wrong."""
    given = {name: getattr(body, name) for name in body.model_fields_set}
    values = {item: _value(item, given[item.name]) for item in FIELDS if item.name in given}
    begins = _instant("valid_from", body.valid_from, ports)
    return InstrumentChange(
        body.panel,
        values,
        tuple(body.poles),
        # Of one instant: what was previewed is what the bridge writes.
        valid_from=begins or ports.clock().replace(microsecond=0),
        until=_instant("until", body.until, ports),
        exchange=body.exchange,
    )


def _value(item: InstrumentField, text: str) -> InstrumentValue:
    try:
        return item.value(text.strip())
    except ValueError as error:
        raise InputError.of(str(error), key=f"meter: {item.name}") from None


def _instant(name: str, text: str, ports: Ports) -> datetime | None:
    try:
        return instant_of(text, ports.zone) if text else None
    except ValueError as error:
        raise InputError.of(str(error), key=f"meter: {name}") from None


def _words(row: Instrument, ports: Ports) -> str:
    """A row as the columns of meters.csv have it, but for those that are empty."""
    begins = row.valid_from.astimezone(ports.zone).isoformat()
    said = ", ".join(f"{name} {text}" for name, text in row.texts().items() if text)
    return f"valid_from {begins}, {said}"


def _shown(made: MeterDraft) -> DraftShown:
    differences = [DifferenceShown(**asdict(item)) for item in made.differences]
    return DraftShown(differences=differences, effects=list(made.effects))
