"""The page of alarms: grouped by cause, filtered as its address says."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import HTMLResponse

from bcm_mqtt.access.rights import Right
from bcm_mqtt.domain.alarms.groups import (
    AlarmFilter,
    AlarmGroup,
    SiteAlarm,
    Standing,
    grouped,
)
from bcm_mqtt.domain.reading.alarm import MAIN, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.languages import _
from bcm_mqtt.mqtt.payloads import MOST_CHANGES, AlarmReport
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.live import LiveSite
from bcm_mqtt.web.live.alarms import group_title, panel_names, site_alarms, supply_of
from bcm_mqtt.web.pages.alarm_journal import (
    Journal,
    JournalChosen,
    JournalGiven,
    JournalView,
    journal_of,
)
from bcm_mqtt.web.pages.panel_page import board_of
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.pages.site_page import unknown_alarms
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import PortsGiven

router = APIRouter()
UNALLOCATED: Final = "-"
"""Stands for no customer in the page's address."""
_Severity = Literal["", "warning", "critical", "none"]
_State = Literal["", "active", "unacknowledged", "returned", "aside"]
_STANDINGS: Final = {
    "active": Standing.ACTIVE,
    "returned": Standing.RETURNED,
    "aside": Standing.ASIDE,
}
_Text = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm of a group.

    Attributes:
        alarm: Of the site.
        panel_name: Of its panel.
        place: First pole, or `main`.
        description: Of the circuit, or "".
        report: As it is published.
        follows: Whether it is only a consequence.
    """

    alarm: SiteAlarm
    panel_name: str
    place: str
    description: str
    report: AlarmReport
    follows: bool

    @property
    def key(self) -> str:
        """Which it is: `rpp-1a/3/overload`."""
        return f"{self.alarm.panel}/{self.place}/{self.alarm.kind}"


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of alarms.

    Attributes:
        group: Of the domain.
        title: The cause in words.
        rows: Its alarms, then their consequences.
    """

    group: AlarmGroup
    title: str
    rows: tuple[AlarmRow, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the page's address says of which alarms to show; "" is all."""

    panel: str = ""
    severity: str = ""
    kind: str = ""
    customer: str = ""
    state: str = ""

    @property
    def filter(self) -> AlarmFilter:
        """That of the domain."""
        return AlarmFilter(
            panel=self.panel or None,
            severity=Severity(self.severity) if self.severity else None,
            kind=AlarmKind(self.kind) if self.kind else None,
            customer=None if not self.customer else self.customer.removeprefix(UNALLOCATED),
            standing=_STANDINGS.get(self.state),
            unseen=self.state == "unacknowledged",
        )


@dataclass(frozen=True, slots=True)
class AlarmsView:
    """The page.

    Attributes:
        site: Its name.
        chosen: The filter.
        groups: What it leaves, not more than can be acknowledged at once.
        shown: Alarms in them.
        left: Alarms that the filter leaves.
        every: Alarms of the site.
        unknown: Of which panels alarms are not known, in words, or "".
        receivers: Of notifications, by name.
        panels: Ids and names, to choose from.
        customers: To choose from.
        journal: Of past alarms; None where the page has no database.
        kinds: To choose from.
    """

    site: str
    chosen: Chosen
    groups: tuple[GroupRow, ...]
    shown: int
    left: int
    every: int
    unknown: str
    receivers: tuple[str, ...]
    panels: tuple[tuple[str, str], ...]
    customers: tuple[str, ...]
    journal: Journal | None = None
    kinds: tuple[AlarmKind, ...] = tuple(AlarmKind)


def chosen_of(
    panel: _Text = "",
    severity: _Severity = "",
    kind: AlarmKind | Literal[""] = "",
    customer: _Text = "",
    state: _State = "",
) -> Chosen:
    """The filter of an address."""
    return Chosen(panel, severity, kind, customer, state)


ChosenGiven = Annotated[Chosen, Depends(chosen_of)]


@router.get("/alarms", dependencies=[needs(Right.SEE_SITE)])
async def alarms_page(chosen: ChosenGiven, past: JournalGiven, ports: PortsGiven) -> HTMLResponse:
    """The page."""
    journal = await _journal(chosen, past, ports)
    return page("alarms.html", _view(chosen, ports, journal), root="./")


@router.get("/alarms/journal", dependencies=[needs(Right.SEE_SITE)])
async def alarms_journal(
    chosen: ChosenGiven, past: JournalGiven, ports: PortsGiven
) -> HTMLResponse:
    """The journal alone, for a page whose filter changes."""
    journal = await _journal(chosen, past, ports) or Journal(problem=_("there is no database"))
    return page("alarm_journal.html", JournalView(journal), root="./")


async def _journal(chosen: Chosen, past: JournalChosen, ports: Ports) -> Journal | None:
    others = {name: value for name, value in asdict(chosen).items() if value}
    return await journal_of(ports, past, others)


@router.get("/alarms/list", dependencies=[needs(Right.SEE_SITE)])
async def alarms_list(chosen: ChosenGiven, ports: PortsGiven) -> HTMLResponse:
    """The list alone, for a page that is open while alarms change."""
    return page("alarm_list.html", _view(chosen, ports), root="./")


def _view(chosen: Chosen, ports: Ports, journal: Journal | None = None) -> AlarmsView:
    live = ports.live
    alarms = tuple(site_alarms(live))
    left = chosen.filter.of(grouped(alarms, supply_of(live)))
    groups = tuple(_row(group, live) for group in _at_once(left))
    customers = {alarm.customer for alarm in alarms} | {chosen.filter.customer or ""}
    return AlarmsView(
        site=live.name,
        chosen=chosen,
        groups=groups,
        shown=sum(len(group.rows) for group in groups),
        left=sum(len(group.members) for group in left),
        every=len(alarms),
        unknown=unknown_alarms(tuple(board_of(panel, live) for panel in live.panels.values())),
        receivers=ports.notifications.receivers if ports.notifications else (),
        panels=tuple(
            (key, panel.directory.panel.name) for key, panel in sorted(live.panels.items())
        ),
        customers=tuple(sorted(customers - {""})),
        journal=journal,
    )


def _at_once(groups: Iterable[AlarmGroup]) -> Iterator[AlarmGroup]:
    """The first groups, with not more alarms than one request may name."""
    room = MOST_CHANGES
    for group in groups:
        alarms = group.alarms[:room]
        consequences = group.consequences[: room - len(alarms)]
        room -= len(alarms) + len(consequences)
        if alarms or consequences:
            yield AlarmGroup(group.cause, alarms, consequences)


def _row(group: AlarmGroup, live: LiveSite) -> GroupRow:
    rows = (
        *(_alarm(alarm, live, follows=False) for alarm in group.alarms),
        *(_alarm(alarm, live, follows=True) for alarm in group.consequences),
    )
    return GroupRow(group, group_title(group, panel_names(live)), rows)


def _alarm(alarm: SiteAlarm, live: LiveSite, *, follows: bool) -> AlarmRow:
    panel = live.panels[alarm.panel]
    meter = panel.shown.meters.get(alarm.pole)
    return AlarmRow(
        alarm,
        panel_name=panel.directory.panel.name,
        place="main" if alarm.pole == MAIN else str(alarm.pole),
        description=meter.version.description if meter else "",
        report=panel.alarms[alarm.pole, alarm.kind],
        follows=follows,
    )
