"""Users, tokens and the audit log, for administrators."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bcm_mqtt.access import accounts
from bcm_mqtt.access.credentials import LONGEST
from bcm_mqtt.access.rights import Right
from bcm_mqtt.domain.site.account import Role
from bcm_mqtt.domain.time import from_text
from bcm_mqtt.errors import InputError
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import CHANGES, UNKNOWN, PortsGiven

router = APIRouter(prefix="/api/v1", tags=["access"])
_ADMINISTER = [needs(Right.ADMINISTER)]
_MOST_ENTRIES = 1000


def _instant(value: object) -> datetime:
    """Only what is documented: a bare number would be taken for seconds since 1970."""
    if isinstance(value, str):
        return from_text(value)
    message = "expected ISO 8601 with an offset such as 2026-11-20T20:15:00Z"
    raise ValueError(message)


Instant = Annotated[datetime, BeforeValidator(_instant)]


class UserShown(BaseModel):
    """A person who may log in."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    role: Role
    customers: list[str]
    sites: list[str] = Field(description="Seen of those that share users; none is all.")
    email: str
    made: datetime


class NewUser(BaseModel):
    """A person who is to log in."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=256)
    role: Role
    customers: list[str] = Field(default_factory=list, max_length=1000)
    sites: list[str] = Field(default_factory=list, max_length=1000)
    password: str = Field(max_length=LONGEST)


class Named(BaseModel):
    """A user or token."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=256)


class PasswordGiven(Named):
    """A user's new password."""

    password: str = Field(max_length=LONGEST)


class EmailGiven(Named):
    """A user's address for notices and a forgotten password; "" is none."""

    email: str = Field(max_length=256)


class SitesGiven(Named):
    """The sites that a user sees from now on; none is all."""

    sites: list[str] = Field(max_length=1000)


class RoleGiven(Named):
    """What a user may do from now on."""

    role: Role
    customers: list[str] = Field(default_factory=list, max_length=1000)


class TokenShown(BaseModel):
    """A program that may use the API."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    role: Role
    customers: list[str]
    sites: list[str]
    made: datetime
    expires: datetime | None
    last_used: datetime | None


class NewToken(BaseModel):
    """A program that is to use the API."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=256)
    role: Role
    customers: list[str] = Field(default_factory=list, max_length=1000)
    sites: list[str] = Field(default_factory=list, max_length=1000)
    expires: Instant | None = None


class Secret(BaseModel):
    """A new token, which is not shown again."""

    token: str


class EntryShown(BaseModel):
    """What was changed."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    who: str
    address: str
    what: str
    before: str
    after: str


@router.get("/users", dependencies=_ADMINISTER)
async def users(ports: PortsGiven) -> list[UserShown]:
    """All users."""
    stored = await asyncio.to_thread(ports.entrance.accounts.accounts)
    return [UserShown.model_validate(user) for user in stored]


@router.post("/users/add", dependencies=_ADMINISTER, status_code=204, responses=CHANGES)
async def add_user(new: NewUser, ports: PortsGiven) -> None:
    """Adds a user."""
    stored, customers = ports.entrance.accounts, tuple(new.customers)
    if new.role is not Role.ADMIN and not await asyncio.to_thread(stored.has_accounts):
        raise InputError.of("expected an admin as the first user: nobody could add others")
    change = partial(accounts.add_user, stored, ports.clock(), new.name, new.role, customers)
    await _changed(ports, partial(change, new.password, tuple(new.sites)))


@router.post("/users/password", dependencies=_ADMINISTER, status_code=204, responses=CHANGES)
async def give_password(given: PasswordGiven, ports: PortsGiven) -> None:
    """Gives a user another password, and ends the sessions with the old one."""
    change = partial(accounts.change_password, ports.entrance.accounts, ports.clock())
    await _changed(ports, partial(change, given.name, given.password))


@router.post("/users/role", dependencies=_ADMINISTER, status_code=204, responses=CHANGES)
async def change_role(given: RoleGiven, who: WhoAsks, ports: PortsGiven) -> None:
    """Gives a user another role; never oneself, so that one administrator stays."""
    if given.name == who.name:
        raise InputError.of("you cannot change your own role: ask another administrator")
    change = partial(accounts.change_role, ports.entrance.accounts, ports.clock(), given.name)
    await _changed(ports, partial(change, given.role, tuple(given.customers)))


@router.post("/users/sites", dependencies=_ADMINISTER, status_code=204, responses=CHANGES)
async def change_sites(given: SitesGiven, ports: PortsGiven) -> None:
    """Limits a user to some of the sites that share users; their administrators see all."""
    change = partial(accounts.change_sites, ports.entrance.accounts, ports.clock(), given.name)
    await _changed(ports, partial(change, tuple(given.sites)))


@router.post("/users/email", dependencies=_ADMINISTER, status_code=204, responses=CHANGES)
async def change_email(given: EmailGiven, ports: PortsGiven) -> None:
    """Gives a user another address for notices and a forgotten password."""
    change = partial(accounts.change_email, ports.entrance.accounts, ports.clock(), given.name)
    await _changed(ports, partial(change, given.email))


@router.post("/users/remove", dependencies=_ADMINISTER, status_code=204, responses=CHANGES)
async def remove_user(user: Named, who: WhoAsks, ports: PortsGiven) -> None:
    """Removes a user and ends the sessions; never oneself, so that one administrator stays."""
    if user.name == who.name:
        raise InputError.of("you cannot remove yourself: ask another administrator")
    change = partial(accounts.remove_user, ports.entrance.accounts, ports.clock(), user.name)
    await _changed(ports, change)


@router.get("/tokens", dependencies=_ADMINISTER)
async def tokens(ports: PortsGiven) -> list[TokenShown]:
    """All tokens, without their secrets."""
    stored = await asyncio.to_thread(ports.entrance.accounts.tokens)
    return [TokenShown.model_validate(token) for token in stored]


@router.post("/tokens/add", dependencies=_ADMINISTER, responses=CHANGES)
async def add_token(new: NewToken, ports: PortsGiven) -> Secret:
    """Adds a token, which is shown in the answer alone."""
    add = partial(accounts.add_token, ports.entrance.accounts, ports.clock(), new.name, new.role)
    given = tuple(new.customers), new.expires, tuple(new.sites)
    return Secret(token=await asyncio.to_thread(add, *given))


@router.post("/tokens/remove", dependencies=_ADMINISTER, status_code=204, responses=CHANGES)
async def remove_token(token: Named, ports: PortsGiven) -> None:
    """Removes a token."""
    change = partial(accounts.remove_token, ports.entrance.accounts, ports.clock(), token.name)
    await _changed(ports, change)


@router.get("/audit", dependencies=_ADMINISTER, responses=UNKNOWN)
async def audit(ports: PortsGiven, since: Instant | None = None) -> list[EntryShown]:
    """What was changed, the newest first; at most 1000 entries."""
    entries = await asyncio.to_thread(ports.entrance.accounts.audit, since, _MOST_ENTRIES)
    return [EntryShown.model_validate(entry) for entry in entries]


async def _changed(ports: Ports, change: Callable[[], object]) -> None:
    """Changes accounts, and recognises everybody again from then on."""
    await asyncio.to_thread(change)
    ports.entrance.forget_all()
