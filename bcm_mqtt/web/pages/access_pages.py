"""The pages where people log in, of one's own account, and of all accounts with the audit log."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from re import fullmatch

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from bcm_mqtt.access.rights import Right, Who
from bcm_mqtt.domain.site.account import Account, ApiToken, AuditEntry, Role
from bcm_mqtt.languages import names
from bcm_mqtt.web.access.roles import ANYBODY, WhoAsks, needs
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import PortsGiven

router = APIRouter()


@dataclass(frozen=True, slots=True)
class LoginView:
    """The page.

    Attributes:
        site: Its name.
        following: The page to go to then, as a path from the site's page.
    """

    site: str
    following: str


@router.get("/login", dependencies=[ANYBODY])
async def login(ports: PortsGiven, next: str = "") -> HTMLResponse:  # noqa: A002 - in the address
    """The page."""
    return page("login.html", LoginView(ports.live.name, path_within(next)), root="./")


def path_within(text: str) -> str:
    """A path of this site's own, from its first page on; "" for anything that might be another."""
    is_path = fullmatch(r"[A-Za-z0-9_.~%-]+(/[A-Za-z0-9_.~%+-]*)*(\?[\w.~%+=&-]*)?", text)
    return text if is_path and ".." not in text else ""


_SHOWN_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class AccountView:
    """One's own account: what it may do, and the names of languages by their tags."""

    site: str
    account: Who
    rights: tuple[Right, ...]
    languages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AccessView:
    """All accounts and tokens, maybe of several sites, and the newest entries of the audit log."""

    site: str
    accounts: tuple[Account, ...]
    tokens: tuple[ApiToken, ...]
    entries: tuple[AuditEntry, ...]
    several: bool = False
    roles: tuple[Role, ...] = tuple(Role)


@router.get("/account", dependencies=[needs(Right.LOG_IN)])
async def account(who: WhoAsks, ports: PortsGiven) -> HTMLResponse:
    """The page of one's own account."""
    rights = tuple(right for right in Right if who.may(right))
    return page("account.html", AccountView(ports.live.name, who, rights, names()), root="./")


@router.get("/access", dependencies=[needs(Right.ADMINISTER)])
async def access(ports: PortsGiven) -> HTMLResponse:
    """The page of all accounts."""
    stored = ports.entrance.accounts

    def view() -> AccessView:
        return AccessView(
            site=ports.live.name,
            accounts=tuple(stored.accounts()),
            tokens=tuple(stored.tokens()),
            entries=tuple(stored.audit(limit=_SHOWN_ENTRIES)),
            several=ports.shares_users,
        )

    return page("access.html", await asyncio.to_thread(view), root="./")
