"""The page of the whole site: all panels, alarms, health."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bcm_mqtt.access.rights import Right
from bcm_mqtt.domain.alarms.groups import urgency
from bcm_mqtt.domain.reading.alarm import MAIN
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.errors import WorkError
from bcm_mqtt.history.stored import Stored
from bcm_mqtt.languages import _, ngettext
from bcm_mqtt.mqtt.payloads import AlarmReport
from bcm_mqtt.store import StoreState
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.live import BridgeState
from bcm_mqtt.web.live.alarms import site_alarms
from bcm_mqtt.web.pages.panel_page import Board, board_of
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import PortsGiven

router = APIRouter()
_BEHIND_AFTER = timedelta(minutes=2)
"""A recorder stores what comes within seconds."""

_MOST_NAMED = 3
"""Panels in a sentence."""


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm that is not normal.

    Attributes:
        panel: Its id.
        panel_name: Its name.
        pole: First pole, or `main`.
        description: Of the circuit.
        kind: Of the alarm.
        report: The alarm.
    """

    panel: str
    panel_name: str
    pole: str
    description: str
    kind: AlarmKind
    report: AlarmReport


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """What is stored of a panel.

    Attributes:
        panel_name: Its name.
        last: Time of the newest snapshot, None if there is none.
        missing_minutes: Not covered by any reading, yesterday and today.
        good: Whether the recorder keeps up and nothing is missing.
    """

    panel_name: str
    last: datetime | None
    missing_minutes: int
    good: bool


@dataclass(frozen=True, slots=True)
class SiteView:
    """The site's page.

    Attributes:
        site: Its name.
        time: Of the view.
        zone: Its time zone.
        boards: Of all panels.
        alarms: That are not normal.
        bridges: With their gateways.
        broker: Whether it is connected.
        stored: State of the database; None where that is not known.
        recording: By panel.
        not_stored: Why it is not known, or "" where the page has no database.
        unknown: Of which panels alarms are not known, in words, or "".
    """

    site: str
    time: datetime
    zone: str
    boards: tuple[Board, ...]
    alarms: tuple[AlarmRow, ...]
    bridges: tuple[BridgeState, ...]
    broker: bool
    stored: StoreState | None
    recording: tuple[RecordingRow, ...]
    not_stored: str
    unknown: str


@router.get("/", dependencies=[needs(Right.LOG_IN)])
async def site_page(who: WhoAsks, ports: PortsGiven) -> Response:
    """The page; who does not see the site gets on to what there is to see."""
    if not who.may(Right.SEE_SITE):
        there = "home" if ports.tenancy and who.may(Right.SEE_BILLS) else "customers"
        return RedirectResponse(there, HTTPStatus.SEE_OTHER)
    return page("site.html", await _view(ports), root="./")


@router.get("/status", dependencies=[needs(Right.SEE_SITE)])
async def site_status(ports: PortsGiven) -> HTMLResponse:
    """Alarms and health alone, for a page that is open while they change."""
    return page("status.html", await _view(ports), root="./")


async def _view(ports: PortsGiven) -> SiteView:
    stored, not_stored = None, ""
    if ports.stored:
        try:
            stored = await asyncio.to_thread(ports.stored)
        except WorkError as error:
            not_stored = str(error)
    live = ports.live
    boards = tuple(board_of(panel, live) for _, panel in sorted(live.panels.items()))
    return SiteView(
        site=live.name,
        time=ports.clock(),
        zone=ports.zone.key,
        boards=boards,
        alarms=tuple(_alarms(ports)),
        bridges=tuple(bridge for _, bridge in sorted(live.bridges.items())),
        broker=live.broker_connected,
        stored=stored.state if stored else None,
        recording=tuple(_recording(stored, ports)) if stored else (),
        not_stored=not_stored,
        unknown=unknown_alarms(boards),
    )


def unknown_alarms(boards: tuple[Board, ...]) -> str:
    """Of which panels alarms are not known; a panel that does not answer has an alarm for it."""
    unknown = [board.panel.name for board in boards if board.state not in {"live", "offline"}]
    if len(unknown) == len(boards):
        return _("Alarms unknown")
    if not unknown:
        return ""
    named, more = ", ".join(unknown[:_MOST_NAMED]), len(unknown) - _MOST_NAMED
    if more <= 0:
        return _("Alarms unknown of %(panels)s", panels=named)
    return ngettext(
        "Alarms unknown of %(panels)s and %(num)s more",
        "Alarms unknown of %(panels)s and %(num)s more",
        more,
        panels=named,
    )


def _recording(stored: Stored, ports: PortsGiven) -> Iterator[RecordingRow]:
    for key, panel in sorted(ports.live.panels.items()):
        last = stored.state.last.get(key)
        missing = sum((gap.missing for gap in stored.gaps.get(key, ())), timedelta())
        behind = last is None or (
            panel.snapshot is not None and panel.snapshot.time - last > _BEHIND_AFTER
        )
        minutes = missing // timedelta(minutes=1)
        name = panel.directory.panel.name
        yield RecordingRow(name, last, minutes, good=not behind and not minutes)


def _alarms(ports: PortsGiven) -> list[AlarmRow]:
    rows = []
    for live, pole, kind, report in ports.live.alarms():
        meter = live.shown.meters.get(pole)
        rows.append(
            AlarmRow(
                panel=live.directory.panel.id,
                panel_name=live.directory.panel.name,
                pole="main" if pole == MAIN else str(pole),
                description=meter.version.description if meter else "",
                kind=kind,
                report=report,
            )
        )
    order = {
        (alarm.panel, "main" if alarm.pole == MAIN else str(alarm.pole), alarm.kind): place
        for place, alarm in enumerate(sorted(site_alarms(ports.live), key=urgency))
    }
    return sorted(rows, key=lambda row: order[row.panel, row.pole, row.kind])
