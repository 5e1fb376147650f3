"""One search over all sites: customers, circuits, panels, accounts and bills by their number."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Annotated, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse

from bcm_mqtt.access.rights import Right, Who
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.errors import BcmError
from bcm_mqtt.languages import _
from bcm_mqtt.store import BillEntry
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.office.joint import books_of
from bcm_mqtt.web.office.office import Office
from bcm_mqtt.web.office.pages import OfficeGiven
from bcm_mqtt.web.office.site import OfficeSite
from bcm_mqtt.web.office.statements import AccountRow
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import PortsGiven

pages = APIRouter()
router = APIRouter(tags=["sites"])
_MOST: Final = 50
"""Hits of a site."""
_LONGEST_NUMBER: Final = 40
_WITHIN: Final = timedelta(seconds=3)

Asked = Annotated[str, Query(max_length=100, description="What to look for, in any case.")]


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that is found.

    Attributes:
        kind: `customer`, `circuit`, `panel`, `bill` or `account`.
        title: What it is called.
        about: More of it, or "".
        href: From the first page of its site, or of the office; "" where there is none.
    """

    kind: str
    title: str
    about: str
    href: str


@dataclass(frozen=True, slots=True)
class SiteHits:
    """What is found at a site.

    Attributes:
        id: Of the site; "" of the office itself.
        name: Of the site.
        page: Address of its page, or "".
        hits: At most so many.
        more: Whether there are others.
        problem: Why bills were not looked for, or "".
    """

    id: str
    name: str
    page: str
    hits: tuple[Hit, ...]
    more: bool = False
    problem: str = ""


async def found(office: Office, who: Who, asked: str, now: datetime) -> list[SiteHits]:
    """What of the sites that somebody sees has a text, in any case; by site, the accounts first."""
    text = asked.strip().casefold()
    if not text:
        return []
    bills = who.may(Right.SEE_BILLS)
    accounts = tuple(_accounts(office, who, text)) if bills else ()
    if bills and (number := _number(text)):
        accounts = (*await _joint_bills(office, who, number), *accounts)
    of_office = SiteHits("", "", "", accounts[:_MOST], more=len(accounts) > _MOST)
    of_sites = await asyncio.gather(
        *(_at(site, text, now, bills=bills) for site in office.sites_of(who))
    )
    return [one for one in (of_office, *of_sites) if one.hits or one.problem]


def _accounts(office: Office, who: Who, text: str) -> Iterator[Hit]:
    for key, account in office.accounts_of(who).items():
        customers = account.customers.values()
        if text in key.casefold() or any(text == customer.casefold() for customer in customers):
            row = AccountRow.of(account)
            yield Hit("account", row.id, row.customers, row.href)


async def _joint_bills(office: Office, who: Who, number: str) -> list[Hit]:
    """Bills of a number over several sites; each site says itself that the ledger is away."""
    sites, hits = {site.id: site for site in office.sites_of(who)}, list[Hit]()
    for account in office.accounts_of(who).values():
        if not account.one_bill:
            continue
        first = sites[next(iter(account.customers))]
        with suppress(BcmError):
            ledger = books_of(account, first)
            if entry := await first.apart.done(partial(ledger.bills.numbered, number), _WITHIN):
                asked = urlencode({"account": account.id, "month": str(entry.month)})
                hits.append(replace(_bill(entry), href=f"statement?{asked}"))
    return hits


def _number(text: str) -> str:
    """That of a bill as it is printed; "" of what is none."""
    is_one = text.isascii() and len(text) <= _LONGEST_NUMBER and any(map(str.isdigit, text))
    return text.upper() if is_one else ""


async def _at(site: OfficeSite, text: str, now: datetime, *, bills: bool) -> SiteHits:
    hits, problem = list(islice(_known(site, text, now), _MOST + 1)), ""
    if bills and (number := _number(text)):
        try:
            entry = await site.apart.done(lambda: site.store.bills.numbered(number), _WITHIN)
        except BcmError as error:
            problem = str(error)
        else:
            hits = [*([_bill(entry)] if entry else []), *hits]
    return SiteHits(
        site.id, site.live.name, site.of.page, tuple(hits[:_MOST]), len(hits) > _MOST, problem
    )


def _bill(entry: BillEntry) -> Hit:
    asked = urlencode({"customer": entry.customer})
    title = _("Bill %(number)s", number=entry.printed)
    href = f"billing/{entry.month}/bill?{asked}"
    return Hit("bill", title, f"{entry.customer}, {entry.month}", href)


def _known(site: OfficeSite, text: str, now: datetime) -> Iterator[Hit]:
    """What is known of a site without asking anybody; circuits as they are now."""
    directories, terms = _directories(site), site.of.settings.terms
    circuits = [(one, version) for one in directories for version in one.at(now).values()]
    ids = {terms.rule.customer_of(version) for _, version in circuits} | {*terms.customers}
    for key in sorted(ids - {""}):
        name = terms.customers[key].name if key in terms.customers else ""
        if text in key.casefold() or text in name.casefold():
            about = "" if name == key else name
            yield Hit("customer", key, about, f"customers/{quote(key, safe='')}")
    for one in directories:
        panel = one.panel
        if text in panel.id.casefold() or text in panel.name.casefold():
            yield Hit("panel", panel.name, panel.id, f"panels/{panel.id}")
    for one, version in circuits:
        if text in version.description.casefold():
            about = f"{one.panel.name} {poles_text(version.poles)}"
            href = f"panels/{one.panel.id}/circuits/{version.first_pole}"
            yield Hit("circuit", version.description, about, href)


def _directories(site: OfficeSite) -> list[Directory]:
    """As the bridges have published them; until then as the office's copies of the files do."""
    known = {**site.of.settings.directories}
    known |= {key: panel.directory for key, panel in site.live.panels.items()}
    return [directory for _, directory in sorted(known.items())]


@dataclass(frozen=True, slots=True)
class SearchView:
    """The page.

    Attributes:
        site: Name of all sites together.
        asked: What was looked for.
        sites: What was found.
        kinds: What each kind is called.
    """

    site: str
    asked: str
    sites: tuple[SiteHits, ...]
    kinds: dict[str, str]


@pages.get("/search", dependencies=[needs(Right.SEE_SITE)])
async def search_page(
    who: WhoAsks, office: OfficeGiven, ports: PortsGiven, q: Asked = ""
) -> HTMLResponse:
    """The page."""
    kinds = {
        "customer": _("Customer"),
        "circuit": _("Circuit"),
        "panel": _("Panel"),
        "account": _("Account"),
        "bill": _("Bill"),
    }
    hits = tuple(await found(office, who, q, ports.clock()))
    return page("office/search.html", SearchView(ports.live.name, q, hits, kinds), root="./")


class HitShown(BaseModel):
    """Something that is found."""

    model_config = ConfigDict(from_attributes=True)

    kind: str = Field(description="customer, circuit, panel, account or bill.")
    title: str
    about: str
    href: str = Field(description="From the first page of its site; of an account, of this one.")


class HitsShown(BaseModel):
    """What is found at a site; accounts are of no site."""

    model_config = ConfigDict(from_attributes=True)

    id: str = Field(description='Of the site; "" of accounts.')
    name: str
    page: str = Field(description='Address of the site\'s own page, or "".')
    hits: list[HitShown]
    more: bool = Field(description="Whether there are others.")
    problem: str = Field(description='Why bills were not looked for, or "".')


@router.get("/api/v1/search", dependencies=[needs(Right.SEE_SITE)])
async def search(
    who: WhoAsks, office: OfficeGiven, ports: PortsGiven, q: Asked = ""
) -> list[HitsShown]:
    """Customers, circuits, panels, accounts and bills by number, of the sites that are seen."""
    hits = await found(office, who, q, ports.clock())
    return [HitsShown.model_validate(one) for one in hits]
