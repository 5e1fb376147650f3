"""Alarms: those that are not normal, acknowledged and shelved."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from bcm_mqtt.access.audit import Change, signature
from bcm_mqtt.access.rights import Right
from bcm_mqtt.domain.reading.alarm import MAIN
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.errors import BcmError, InputError, WorkError
from bcm_mqtt.mqtt.payloads import (
    LONGEST_SHELF_H,
    MOST_CHANGES,
    Acknowledge,
    AlarmSelection,
    Shelve,
)
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.edits import bridge_to_ask
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import CHANGES, PortsGiven, panel_of

router = APIRouter(prefix="/api/v1/alarms", tags=["alarms"])

_Hours = Annotated[
    Annotated[float, Field(ge=0, le=LONGEST_SHELF_H)] | None,
    Field(description="0 puts back, null puts out of service."),
]


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
    changed: datetime | None = Field(description="When people last saw it change.")
    by: str = Field(description="Who changed it then; empty where a reading or the time did.")


class AlarmsNamed(BaseModel):
    """Which alarms; without a kind all of the place."""

    model_config = ConfigDict(extra="forbid")

    panel: str
    pole: Annotated[int, Field(ge=1, le=512)] | Literal["main"]
    kind: AlarmKind | None = None


class AlarmsToShelve(AlarmsNamed):
    """Which alarms, and for how long."""

    hours: _Hours


class SeveralNamed(BaseModel):
    """Alarms of any panels, all of those that a person has chosen."""

    model_config = ConfigDict(extra="forbid")

    alarms: list[AlarmsNamed] = Field(min_length=1, max_length=MOST_CHANGES)


class SeveralToShelve(SeveralNamed):
    """Which alarms, and for how long."""

    hours: _Hours


class ReceiverNamed(BaseModel):
    """A receiver of notifications."""

    model_config = ConfigDict(extra="forbid")

    receiver: str = Field(min_length=1, max_length=200)


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


@router.post("/notifications/test", dependencies=[needs(Right.ADMINISTER)], responses=CHANGES)
async def test_notification(receiver: ReceiverNamed, ports: PortsGiven) -> Done:
    """Sends a test to a receiver of notifications."""
    if ports.notifications is None:
        raise InputError.of("there are no notifications: expected receivers in the configuration")
    change = Change(ports.clock(), f"receiver {receiver.receiver}", "", "sent a test")
    await ports.audit(change)
    await ports.notifications.test(receiver.receiver)
    return Done()


@router.post("/acknowledge", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def acknowledge(named: AlarmsNamed, ports: PortsGiven) -> Done:
    """Acknowledges them."""
    return await _done([named], ports, _acknowledging, "acknowledged")


@router.post("/shelve", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def shelve(named: AlarmsToShelve, ports: PortsGiven) -> Done:
    """Puts them aside for some hours, or back."""
    return await _shelved([named], ports, named.hours)


@router.post("/several/acknowledge", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def acknowledge_several(named: SeveralNamed, ports: PortsGiven) -> Done:
    """Acknowledges alarms of any panels; all that one bridge polls, or none of them."""
    return await _done(named.alarms, ports, _acknowledging, "acknowledged")


@router.post("/several/shelve", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def shelve_several(named: SeveralToShelve, ports: PortsGiven) -> Done:
    """Puts alarms of any panels aside, or back; all that one bridge polls, or none of them."""
    return await _shelved(named.alarms, ports, named.hours)


def _acknowledging(chosen: tuple[AlarmSelection, ...]) -> Acknowledge:
    return Acknowledge(chosen, signature())


async def _shelved(alarms: Sequence[AlarmsNamed], ports: Ports, hours: float | None) -> Done:
    after = "out of service" if hours is None else f"shelved for {hours} h"
    return await _done(alarms, ports, lambda chosen: Shelve(chosen, hours, signature()), after)


def _selection(named: AlarmsNamed) -> AlarmSelection:
    return AlarmSelection(named.panel, MAIN if named.pole == "main" else named.pole, named.kind)


async def _done(
    alarms: Sequence[AlarmsNamed],
    ports: Ports,
    request: Callable[[tuple[AlarmSelection, ...]], Acknowledge | Shelve],
    after: str,
) -> Done:
    """Requests it of each bridge that polls some of them, all of which are there to be asked."""
    by_bridge: dict[str, list[AlarmSelection]] = {}
    for named in alarms:
        bridge = bridge_to_ask([panel_of(named.panel, ports).directory.panel.id], ports)
        by_bridge.setdefault(bridge, []).append(_selection(named))
    first = alarms[0]
    what = f"alarms of {first.panel} {first.pole}" if len(alarms) == 1 else f"{len(alarms)} alarms"
    which = "" if len(alarms) == 1 else f" {_listed(alarms)}"
    await ports.audit(Change(ports.clock(), what, "", after + which))
    done = 0
    for bridge, selections in by_bridge.items():
        try:
            await ports.bridge.request(bridge, request(tuple(selections)))
        except BcmError as error:
            if not done:
                raise
            raise WorkError(
                f"done of {done} alarms; not of {len(alarms) - done}: {error}"
            ) from error
        done += len(selections)
    return Done()


def _listed(alarms: Iterable[AlarmsNamed]) -> str:
    """For the audit log: `rpp-1a 1 overload, 3 overload; rpp-1b main no_data`."""
    by_panel: dict[str, list[str]] = {}
    for named in alarms:
        by_panel.setdefault(named.panel, []).append(f"{named.pole} {named.kind or 'all'}")
    return "; ".join(f"{panel} {', '.join(places)}" for panel, places in by_panel.items())
