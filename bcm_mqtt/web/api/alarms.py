"""Alarms: those that are not normal, acknowledged and shelved."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from bcm_mqtt.access.audit import Change
from bcm_mqtt.access.rights import Right
from bcm_mqtt.domain.reading.alarm import MAIN
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.mqtt.payloads import LONGEST_SHELF_H, Acknowledge, AlarmSelection, Shelve
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.edits import bridge_to_ask
from bcm_mqtt.web.refusals import CHANGES, PortsGiven, panel_of

router = APIRouter(prefix="/api/v1/alarms", tags=["alarms"])


class AlarmNow(BaseModel):
    """An alarm that is not normal."""

    panel: str
    pole: int | Literal["main"] = Field(description="The circuit's first pole.")
    kind: AlarmKind
    state: str
    severity: str
    loading: float | None = Field(description="Measured when it last changed, in %.")
    limit: float | None
    since: datetime | None
    until: datetime | None = Field(description="When it comes back from the shelf.")


class AlarmsNamed(BaseModel):
    """Which alarms; without a kind all of the place."""

    model_config = ConfigDict(extra="forbid")

    panel: str
    pole: Annotated[int, Field(ge=1, le=512)] | Literal["main"]
    kind: AlarmKind | None = None


class AlarmsToShelve(AlarmsNamed):
    """Which alarms, and for how long."""

    hours: float | None = Field(
        ge=0, le=LONGEST_SHELF_H, description="0 puts back, null puts out of service."
    )


class Done(BaseModel):
    """The bridge has done it."""

    status: Literal["ok"] = "ok"


@router.get("", dependencies=[needs(Right.SEE_SITE)])
async def all_alarms(ports: PortsGiven) -> list[AlarmNow]:
    """All alarms that are not normal."""
    return [
        AlarmNow(
            panel=panel.directory.panel.id,
            pole="main" if pole == MAIN else pole,
            kind=kind,
            **asdict(report),
        )
        for panel, pole, kind, report in ports.live.alarms()
    ]


@router.post("/acknowledge", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def acknowledge(named: AlarmsNamed, ports: PortsGiven) -> Done:
    """Acknowledges them."""
    return await _done(named, ports, Acknowledge(_selection(named)), "acknowledged")


@router.post("/shelve", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def shelve(named: AlarmsToShelve, ports: PortsGiven) -> Done:
    """Puts them aside for some hours, or back."""
    after = "out of service" if named.hours is None else f"shelved for {named.hours} h"
    return await _done(named, ports, Shelve(_selection(named), named.hours), after)


def _selection(named: AlarmsNamed) -> AlarmSelection:
    return AlarmSelection(named.panel, MAIN if named.pole == "main" else named.pole, named.kind)


async def _done(
    named: AlarmsNamed, ports: PortsGiven, request: Acknowledge | Shelve, after: str
) -> Done:
    bridge = bridge_to_ask([panel_of(named.panel, ports).directory.panel.id], ports)
    await ports.audit(Change(ports.clock(), f"alarms of {named.panel} {named.pole}", "", after))
    await ports.bridge.request(bridge, request)
    return Done()
