"""The pages that change the configuration: one for each kind of what there is, and past changes."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException
from starlette.responses import HTMLResponse

from bcm_mqtt.access.audit import signature
from bcm_mqtt.access.rights import Right
from bcm_mqtt.domain.site.customer_item import ItemKind
from bcm_mqtt.errors import InputError
from bcm_mqtt.profiles import shipped_profiles
from bcm_mqtt.setup.changing import SECTIONS, Configuration, PastChange, ShownSection
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.configuration.rights import RIGHTS, ConfigurationGiven
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import PortsGiven

router = APIRouter()
TABS: Final[Mapping[str, tuple[str, ...]]] = {
    "gateways": ("gateways",),
    "panels": ("panels",),
    "alarms": ("alarms", "alarms-customers", "alarms-circuits"),
    "customers": ("customers",),
    "tariffs": ("billing", "tariffs"),
}
"""Pages and the sections that they show."""
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "framing": ("tcp", "rtu"),
    "transaction_ids": ("strict", "lenient"),
    "parity": ("none", "even", "odd"),
    "feed": ("A", "B"),
    "tax_exempt": ("true", "false"),
    "own_use": ("true", "false"),
    "taxed": ("true", "false"),
    "prorate": ("true", "false"),
    "kind": tuple(kind.value for kind in ItemKind),
}
_CHANGES: Final = "changes"
_IDS: Final = {
    "gateway": "gateways",
    "redundant_with": "panels",
    "tariff": "tariffs",
    "default_tariff": "tariffs",
}
"""Fields that name an entry of a section."""


@dataclass(frozen=True, slots=True)
class ConfigurationView:
    """A page.

    Attributes:
        site: Its name.
        tab: Which page.
        tabs: That whoever looks may open.
        zone: Of the site's clocks.
        sections: That it shows.
        choices: By field, what there is to choose from; others are typed.
        past: Changes that were made, and whether each can be undone; of the page of changes.
        by: Who looks, as changes are signed.
        today: There.
    """

    site: str
    tab: str
    tabs: tuple[str, ...]
    zone: ZoneInfo
    sections: tuple[ShownSection, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    past: tuple[tuple[PastChange, bool], ...] = ()
    by: str = ""
    today: str = ""


def _add_page(tab: str) -> None:
    right = RIGHTS[TABS[tab][0]] if tab in TABS else Right.ADMINISTER

    async def shown(
        who: WhoAsks, ports: PortsGiven, configuration: ConfigurationGiven
    ) -> HTMLResponse:
        tabs = tuple(each for each in TABS if who.may(RIGHTS[TABS[each][0]]))
        if who.may(Right.ADMINISTER):
            tabs += (_CHANGES,)
        try:
            view = await asyncio.to_thread(_view, tab, tabs, ports, configuration)
        except InputError as error:  # of files that are no YAML, which only people mend
            raise HTTPException(HTTPStatus.CONFLICT, str(error)) from None
        return page("configuration.html", view, root="../")

    router.add_api_route(
        f"/configuration/{tab}",
        shown,
        dependencies=[needs(right)],
        response_class=HTMLResponse,
        name=f"configuration_page_{tab}",
    )


for _tab in (*TABS, _CHANGES):
    _add_page(_tab)


def _view(
    tab: str, tabs: tuple[str, ...], ports: Ports, configuration: Configuration
) -> ConfigurationView:
    site, zone = ports.live.name, ports.zone
    if tab == _CHANGES:
        return ConfigurationView(site, tab, tabs, zone, past=tuple(configuration.past()))
    sections = tuple(configuration.shown(SECTIONS[each]) for each in TABS[tab])
    fields = [each for one in sections for each in one.section.fields]
    names = {one.name for each in fields for one in (each, *each.columns)}
    choices = {name: values for name, values in _CHOICES.items() if name in names}
    if "profile" in names:
        choices["profile"] = tuple(sorted(shipped_profiles()))
    for name in names & _IDS.keys():
        named = configuration.shown(SECTIONS[_IDS[name]])
        choices[name] = tuple(entry.id for entry in named.entries)
    today = ports.clock().astimezone(zone).date().isoformat()
    return ConfigurationView(site, tab, tabs, zone, sections, choices, (), signature(), today)
