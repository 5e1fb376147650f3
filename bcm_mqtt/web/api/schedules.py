"""Panel schedules that are pasted or dropped: what they say, as changes of circuits to be made."""

import asyncio
from base64 import b64decode
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from bcm_mqtt.access.rights import Right
from bcm_mqtt.domain.site.circuit_field import FIELDS, Value
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.site.schedule import Column, PanelSchedule, ScheduleRow
from bcm_mqtt.exchange.schedule_files import schedule_of
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.api.circuits import CircuitBody, CircuitChangeBody
from bcm_mqtt.web.bodies import LONGEST_BODY
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import CHANGES, PortsGiven, panel_of

router = APIRouter(prefix="/api/v1/circuits", tags=["circuits"])
_ROOM: Final = 20_000
"""Bytes of a request that are not the file's."""
LARGEST_FILE: Final = (LONGEST_BODY - _ROOM) // 4 * 3
"""Bytes: a third more in base64 is what the guard lets through."""
BASE64: Final = r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_MOST_PROBLEMS: Final = 200
_Short = Annotated[str, Field(max_length=200)]


class ScheduleBody(BaseModel):
    """A panel schedule."""

    model_config = ConfigDict(extra="forbid")

    panel: _Short = Field(description="Whose it is; rows of others are passed over.")
    content: str = Field(
        max_length=LARGEST_FILE // 3 * 4,
        pattern=BASE64,
        description="Of the file, base64: XLSX, or CSV with commas, semicolons or tabs.",
    )
    name: _Short = Field("", description="Of the file, for problems.")
    sheet: _Short = Field("", description="Of a workbook.")
    columns: dict[Column, Annotated[str, Field(max_length=1000)]] = Field(
        default_factory=dict,
        description='Which heading says what, where another is meant than was found; "" is none.',
    )


class HeadingShown(BaseModel):
    """A heading, and what it was taken for."""

    heading: str
    column: Column | None


class ScheduleShown(BaseModel):
    """What a schedule says."""

    headings: list[HeadingShown]
    problems: list[str] = Field(description="One for each cell that cannot be read.")
    notes: list[str] = Field(description="In sentences: what was passed over.")
    changes: list[CircuitChangeBody] = Field(  # type: ignore[valid-type]
        description="To be sent to `/api/v1/circuits`: a change for each row that can be read."
    )


def lock_of(request: Request) -> asyncio.Lock:
    """One file is read at a time, whoever sends many."""
    lock: asyncio.Lock = request.app.state.reading_schedules
    return lock


@router.post(
    "/schedule",
    dependencies=[needs(Right.OPERATE)],
    responses=CHANGES,
    response_model_exclude_unset=True,
)
async def schedule(
    body: ScheduleBody, ports: PortsGiven, lock: Annotated[asyncio.Lock, Depends(lock_of)]
) -> ScheduleShown:
    """What a panel schedule says. Nothing is done."""
    panel_of(body.panel, ports)
    async with lock:
        return await asyncio.to_thread(_read, body, ports)


def _read(body: ScheduleBody, ports: Ports) -> ScheduleShown:
    panels = {key: panel.directory.panel for key, panel in ports.live.panels.items()}
    content = b64decode(body.content)
    return schedule_shown(
        schedule_of(content, panels, body.panel, body.columns, body.name or "row", body.sheet)
    )


def schedule_shown(found: PanelSchedule) -> ScheduleShown:
    """A schedule as the page has it."""
    header = found.header
    problems = [str(problem) for problem in found.problems[:_MOST_PROBLEMS]]
    if len(found.problems) > _MOST_PROBLEMS:
        problems.append(f"and {len(found.problems) - _MOST_PROBLEMS} more")
    return ScheduleShown(
        headings=[
            HeadingShown(heading=heading, column=column)
            for heading, column in zip(header.headings, header.columns, strict=True)
            if heading
        ],
        problems=problems,
        notes=found.notes(),
        changes=list(map(_change, found.rows)),
    )


def _change(row: ScheduleRow) -> CircuitBody:
    values: dict[str, Any] = {
        item.name: _plain(row.values[item]) for item in FIELDS if item in row.values
    }
    return CircuitChangeBody(panel=row.panel, pole=row.first_pole, **values)


def _plain(value: Value) -> object:
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, str | int | Connection | None) else float(value)
