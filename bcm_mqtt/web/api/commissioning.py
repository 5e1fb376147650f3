"""Commissioning of a panel: a walk that polls drive, clamp readings, results, the sheet."""

import asyncio
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from bcm_mqtt.access.audit import Change, signature
from bcm_mqtt.access.rights import Right
from bcm_mqtt.billing.reports.sign_off_report import pdf_sign_off
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.commissioning.certificate import certificate
from bcm_mqtt.domain.commissioning.clamp import Clamp
from bcm_mqtt.domain.commissioning.result import (
    Result,
    comparison_words,
    mix_ups,
    newest,
    sentence,
    verdict_words,
)
from bcm_mqtt.domain.commissioning.steps import floor_amps, latest_steps
from bcm_mqtt.domain.commissioning.walk import walk_by_circuit, walk_by_pole
from bcm_mqtt.domain.commissioning.walking import Walking
from bcm_mqtt.errors import InputError
from bcm_mqtt.languages import moment
from bcm_mqtt.store.commissionings import Commissionings
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.live import LivePanel
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import CHANGES, UNKNOWN, PanelGiven, PortsGiven
from bcm_mqtt.web.walk_words import said, said_of_place

router = APIRouter(prefix="/api/v1/commissioning", tags=["commissioning"])
_Amps = Annotated[list[Annotated[float, Field(ge=0, lt=100_000)]], Field(max_length=3)]


class WalkAct(BaseModel):
    """What is done in a walk."""

    model_config = ConfigDict(extra="forbid")

    act: Literal["start", "look", "nothing", "pass", "clamp", "main", "stop"] = Field(
        description="look applies the polls that have come since."
    )
    by: Literal["circuit", "pole"] = "circuit"
    amps: _Amps = Field(default=[], description="Of the clamp meter.")
    clamp: str = Field("", max_length=200, description="Type and serial number of it.")
    clamp_percent: float = Field(2.0, ge=0, le=50, description="Limit of its error.")
    clamp_floor: float = Field(0.5, ge=0, le=100, description="Added to that, in A.")


class ResultShown(BaseModel):
    """What was found at a place of a panel; of each place the newest."""

    place: str
    verdict: str
    change_amps: float | None
    fault: str
    comparison: str
    corrections: dict[str, str] = Field(description="What meters.csv would have, by column.")
    passed: bool
    at: str
    who: str


class WalkShown(BaseModel):
    """A walk as it is now, and what was found at its panel."""

    walking: bool
    who: str
    request: str = Field(description="What is to be done now.")
    measured: list[int] = Field(description="Poles beside which the clamp meter may be read.")
    steps: list[str] = Field(description="Poles that changed just now.")
    said: list[str] = Field(description="What this request found.")
    found: list[str] = Field(description="What is wrong over several poles.")
    results: list[ResultShown]


@router.get(
    "/sheet",
    dependencies=[needs(Right.SEE_SITE)],
    response_class=Response,
    responses={**UNKNOWN, 200: {"content": {"application/pdf": {}}, "description": "The sheet."}},
)
async def sheet(ports: PortsGiven, panel: str = "") -> Response:
    """The sign-off sheet of one panel, or of all, as PDF."""
    lives = [live for key, live in sorted(ports.live.panels.items()) if panel in {"", key}]
    if not lives:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"unknown panel {panel!r}")
    stored, at = _stored(ports), ports.clock()

    def made() -> bytes:
        certificates = [
            certificate(one.directory, stored.of_panel(one.directory.panel.id), at, ports.zone)
            for one in lives
        ]
        return pdf_sign_off(certificates, Issuer(ports.live.name, ports.zone), at)

    content = await asyncio.to_thread(made)
    headers = {"content-disposition": 'inline; filename="sign-off.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)


@router.get("/{panel}", dependencies=[needs(Right.SEE_SITE)], responses=UNKNOWN)
async def walk_now(panel: PanelGiven, ports: PortsGiven) -> WalkShown:
    """What was found, and the walk as it was when somebody last looked."""
    return await _shown(panel, ports, ())


@router.post("/{panel}/walk", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def act(panel: PanelGiven, ports: PortsGiven, body: WalkAct) -> WalkShown:
    """Does it. Results are stored, and are in the audit log."""
    key = panel.directory.panel.id
    stored = _stored(ports)
    if body.act == "stop":
        ports.walks.pop(key, None)
        return await _shown(panel, ports, ())
    if body.act == "start":
        made = (walk_by_pole if body.by == "pole" else walk_by_circuit)(
            panel.directory, ports.clock()
        )
        ports.walks[key] = Walking(made, _clamp(body), signature())
        await ports.audit(Change(ports.clock(), f"commissioning {key}", "", f"by {body.by}"))
        return await _shown(panel, ports, ())
    if key not in ports.walks:
        raise InputError.of(f"panel {key} is not being commissioned: start first")
    found = list(_looked(ports.walks[key], panel, ports))
    await _keep(found, ports, stored)
    if body.act != "look":
        ports.walks[key] = _acted(ports.walks[key], body, ports)
        await _keep(ports.walks[key].found, ports, stored)
        found += ports.walks[key].found
    return await _shown(panel, ports, found)


async def _keep(found: Sequence[Result], ports: Ports, stored: Commissionings) -> None:
    """The audit log first, as everywhere."""
    for one in found:
        what = f"commissioning {one.panel} {one.place}"
        await ports.audit(Change(ports.clock(), what, "", sentence(one)))
    if found:
        await asyncio.to_thread(stored.add, found)


def _looked(walking: Walking, panel: LivePanel, ports: Ports) -> Iterator[Result]:
    """Applies the polls that came since; yields what they found."""
    since = walking.newest.time if walking.newest else None
    for snapshot in tuple(panel.recent):
        if since is None or snapshot.time > since:
            walking = walking.take(snapshot)
            ports.walks[panel.directory.panel.id] = walking
            yield from walking.found


def _acted(walking: Walking, body: WalkAct, ports: Ports) -> Walking:
    """After what somebody does."""
    try:
        match body.act:
            case "nothing":
                return walking.nothing(ports.clock())
            case "pass":
                return walking.passed_over()
            case "clamp":
                return walking.clamp_read(body.amps, ports.clock())
            case _:
                return walking.main_read(body.amps, ports.clock())
    except ValueError as error:
        raise InputError.of(str(error), key="commissioning: amps") from None


def _clamp(body: WalkAct) -> Clamp:
    return Clamp(body.clamp, body.clamp_percent, body.clamp_floor)


def _stored(ports: Ports) -> Commissionings:
    if ports.past is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "there is no database to store results in")
    return ports.past.commissionings


async def _shown(panel: LivePanel, ports: Ports, found: Sequence[Result]) -> WalkShown:
    key = panel.directory.panel.id
    results = newest(await asyncio.to_thread(_stored(ports).of_panel, key))
    walking = ports.walks.get(key)
    floor = floor_amps(panel.directory.panel.current_step)
    ordered = sorted(results.values(), key=lambda one: (one.pole or 1_000, one.place))
    return WalkShown(
        walking=walking is not None,
        who=walking.who if walking else "",
        request=said(walking.walk.request) if walking else "",
        measured=[one.answered or 0 for one in walking.measured] if walking else [],
        steps=[said(str(step)) for step in latest_steps(tuple(panel.recent), floor)],
        said=[said_of_place(sentence(one)) for one in found],
        found=list(map(said, mix_ups(results.values(), panel.directory.panel))),
        results=[_result(one, ports) for one in ordered],
    )


def _result(one: Result, ports: Ports) -> ResultShown:
    return ResultShown(
        place=one.place,
        verdict=said(verdict_words(one)),
        change_amps=None if one.step_ma is None else one.step_ma / 1000,
        fault=said(one.fault),
        comparison=said(comparison_words(one)),
        corrections=one.corrections,
        passed=one.passed,
        at=moment(one.at.astimezone(ports.zone)),
        who=one.who,
    )
