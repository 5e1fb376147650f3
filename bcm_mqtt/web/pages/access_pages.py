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
from bcm_mqtt.web.api.resets import ForgottenGiven
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import PortsGiven

router = APIRouter()


@dataclass(frozen=True, slots=True)
class LoginView:
    """The page.

    Attributes:
        site: Its name.
        following: The page to go to then, as a path from the site's page.
        resets: Whether a forgotten password is replaced by mail.
    """

    site: str
    following: str
    resets: bool


@router.get("/login", dependencies=[ANYBODY])
async def login(ports: PortsGiven, next: str = "") -> HTMLResponse:  # noqa: A002 - in the address
    """The page."""
    view = LoginView(ports.live.name, path_within(next), ports.forgotten is not None)
    return page("login.html", view, root="./")


@dataclass(frozen=True, slots=True)
class ForgottenView:
    """The pages of a forgotten password, of a site with a name."""

    site: str


@router.get("/forgotten", dependencies=[ANYBODY])
async def forgotten(ports: PortsGiven, _forgetting: ForgottenGiven) -> HTMLResponse:
    """The page where a link is requested."""
    return page("forgotten.html", ForgottenView(ports.live.name), root="./")


@router.get("/reset", dependencies=[ANYBODY])
async def reset(ports: PortsGiven, _forgetting: ForgottenGiven) -> HTMLResponse:
    """The page that the link leads to; its secret is behind a #, which no server is sent."""
    return page("reset.html", ForgottenView(ports.live.name), root="./")


def path_within(text: str) -> str:
    """A path of this site's own, from its first page on; "" for anything that might be another."""
    is_path = fullmatch(r"[A-Za-z0-9_.~%-]+(/[A-Za-z0-9_.~%+-]*)*(\?[\w.~%+=&-]*)?", text)
    return text if is_path and ".." not in text else ""


_SHOWN_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class AccountView:
    """One's own account: what it may do, the names of languages by their tags, its address."""

    site: str
    account: Who
    rights: tuple[Right, ...]
    languages: Mapping[str, str]
    email: str


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
    stored = await asyncio.to_thread(ports.entrance.account, who.name) if who.account else None
    email = stored.email if stored else ""
    view = AccountView(ports.live.name, who, rights, names(), email)
    return page("account.html", view, root="./")


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
