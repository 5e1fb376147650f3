"""Requests of the set-up page: let in, scan, read a schedule, write the first configuration."""

import asyncio
from base64 import b64decode
from http import HTTPStatus

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from bcm_mqtt.errors import InputError
from bcm_mqtt.exchange.schedule_files import schedule_of
from bcm_mqtt.setup.agents import FoundOutlets
from bcm_mqtt.setup.first_site import MOST_POLES, time_zone_here
from bcm_mqtt.setup.fragment import FoundPanel
from bcm_mqtt.setup.making import make
from bcm_mqtt.setup.scanning import profiles_of, unit_range
from bcm_mqtt.setup.site_scan import AgentPlace, Place
from bcm_mqtt.web.api.schedules import ScheduleShown, schedule_shown
from bcm_mqtt.web.setup.bodies import ScanBody, SetupScheduleBody, SiteBody, TokenBody, ids_of
from bcm_mqtt.web.setup.gate import REFUSED
from bcm_mqtt.web.setup.ports import SetupPortsGiven

router = APIRouter(prefix="/api/v1/setup")


class Begun(BaseModel):
    """A session, and what is known without asking."""

    session: str
    serial_ports: list[str]
    time_zone: str


class PlaceShown(BaseModel):
    """A gateway of the scan."""

    id: str
    address: str
    done: int
    of: int
    units: int
    problem: str
    description: str | None = None
    """Of a PDU; empty until it answers."""


class PanelShown(BaseModel):
    """A full set of meters that the scan found."""

    gateway: str
    profile: str
    first_unit: int
    units: int
    poles: int
    remarks: list[str]


class ScanShown(BaseModel):
    """How far the scan is, and what it found until now."""

    running: bool
    places: list[PlaceShown]
    panels: list[PanelShown]
    remarks: list[str]


class Written(BaseModel):
    """What is there now, and where the page of the site will be."""

    files: list[str]
    address: str
    stays_here: bool


class SetupScheduleShown(ScheduleShown):
    """What a schedule says; `panels` are the ids of the site's, in their order."""

    panels: list[str]


@router.post("/begin")
async def begin(body: TokenBody, ports: SetupPortsGiven) -> Begun:
    """Lets in whoever has the token; it is spent by that."""
    session = ports.token.begin(body.token)
    if session is None:
        raise HTTPException(HTTPStatus.UNAUTHORIZED, REFUSED)
    return Begun(
        session=session, serial_ports=ports.serial_ports(), time_zone=time_zone_here() or ""
    )


@router.post("/scan")
async def scan(body: ScanBody, ports: SetupPortsGiven) -> ScanShown:
    """Starts a scan of the addresses that are given, and of no other."""
    places = body.places(ports.serial_ports())
    agents = body.pdus()
    if not places and not agents:
        message = "expected an address of a gateway or of a PDU"
        raise InputError.of(message, key="gateways")
    units = unit_range(body.units, ids_of(places), "unit ids") if places else range(1, 2)
    ports.scan.start(places, profiles_of(()), units, agents)
    return _shown(ports)


@router.post("/progress")
async def progress(ports: SetupPortsGiven) -> ScanShown:
    """How far it is."""
    return _shown(ports)


@router.post("/stop")
async def stop(ports: SetupPortsGiven) -> ScanShown:
    """Ends it; what was found stays."""
    await ports.scan.stop()
    return _shown(ports)


@router.post("/schedule", response_model_exclude_unset=True)
async def schedule(body: SetupScheduleBody, ports: SetupPortsGiven) -> SetupScheduleShown:
    """What a panel schedule says. Nothing is written."""
    async with ports.making:
        return await asyncio.to_thread(_read, body, ports)


@router.post("/finish")
async def finish(body: SiteBody, ports: SetupPortsGiven) -> Written:
    """Writes the configuration; the services begin, and this page ends."""
    async with ports.making:
        await ports.scan.stop()
        site = body.site(ports.scan, ports.port)
        files = await asyncio.to_thread(make, ports.file, site)
        ports.done()
    address = f"http://127.0.0.1:{ports.port}/"
    return Written(files=list(map(str, files)), address=address, stays_here=ports.stays_here)


def _read(body: SetupScheduleBody, ports: SetupPortsGiven) -> SetupScheduleShown:
    site = body.site.site(ports.scan, ports.port)
    ids = site.ids()
    panels = {key: one.panel for key, one in site.check().panels.items()}
    if body.panel is not None and not 0 <= body.panel < len(ids):
        raise InputError.of("expected one of the panels", key="panel")
    only = "" if body.panel is None else ids[body.panel]
    read = schedule_of(b64decode(body.content), panels, only, body.columns, body.name or "row")
    return SetupScheduleShown(panels=ids, **schedule_shown(read).model_dump(exclude_unset=True))


def _shown(ports: SetupPortsGiven) -> ScanShown:
    panels = ports.scan.panels()
    return ScanShown(
        running=ports.scan.is_running,
        places=[*map(_place, ports.scan.places), *map(_agent, ports.scan.agents)],
        panels=[
            *(_panel(panel) for panel in panels if panel.id),
            *map(_outlets, ports.scan.outlets()),
        ],
        remarks=[remark for panel in panels if not panel.id for remark in panel.remarks],
    )


def _place(place: Place) -> PlaceShown:
    return PlaceShown(
        id=place.id,
        address=str(place.link),
        done=place.done,
        of=place.of,
        units=len(place.units),
        problem=place.problem,
    )


def _agent(place: AgentPlace) -> PlaceShown:
    return PlaceShown(
        id=place.id,
        address=f"SNMP {place.agent}",
        done=int(place.is_done),
        of=1,
        units=place.found.count if place.found else 0,
        problem=place.problem,
        description=place.found.description if place.found else "",
    )


def _outlets(found: FoundOutlets) -> PanelShown:
    return PanelShown(
        gateway=found.gateway,
        profile=found.profile.id,
        first_unit=0,
        units=0,
        poles=min(found.found.count, MOST_POLES),
        remarks=list(found.remarks),
    )


def _panel(panel: FoundPanel) -> PanelShown:
    return PanelShown(
        gateway=panel.gateway,
        profile=panel.profile.id,
        first_unit=panel.units[0],
        units=len(panel.units),
        poles=panel.profile.pole_count,
        remarks=list(panel.remarks),
    )
