"""Logging in and out, and one's own password and language."""

import asyncio
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from bcm_mqtt.access import accounts
from bcm_mqtt.access.audit import present
from bcm_mqtt.access.credentials import LONGEST
from bcm_mqtt.access.entrance import Entrance
from bcm_mqtt.access.login import Login, TooOftenError, WrongPasswordError
from bcm_mqtt.access.rights import Right
from bcm_mqtt.domain.site.account import Role
from bcm_mqtt.errors import InputError
from bcm_mqtt.web.access.gate import device_in, set_cookie, set_device
from bcm_mqtt.web.access.proxied import PREFIX
from bcm_mqtt.web.access.roles import ANYBODY, WhoAsks, needs
from bcm_mqtt.web.refusals import CHANGES, PortsGiven, documented

router = APIRouter(prefix="/api/v1/session", tags=["session"])
_Result = TypeVar("_Result")
_WRONG = "the user name or the password is wrong"
_REFUSALS = {**CHANGES, **documented(HTTPStatus.TOO_MANY_REQUESTS)}
_Password = Annotated[str, Field(max_length=LONGEST)]


class Credentials(BaseModel):
    """Who logs in."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=256)
    password: _Password


class Nothing(BaseModel):
    """An empty object: a change is JSON, whatever it says."""

    model_config = ConfigDict(extra="forbid")


class PasswordChange(BaseModel):
    """One's own password."""

    model_config = ConfigDict(extra="forbid")

    old: _Password
    new: _Password


class LanguageChange(BaseModel):
    """One's own language."""

    model_config = ConfigDict(extra="forbid")

    language: str = Field(
        max_length=20, description='Such as `de` or `de-AT`; "" is what the browser asks for.'
    )


class WhoShown(BaseModel):
    """Who sends the request."""

    name: str
    role: Role
    customers: list[str] = Field(description="Whose circuits and bills a customer sees.")
    sites: list[str] = Field(description="Seen of those that share users; none is all.")
    rights: list[Right]


def login_of(request: Request) -> Login:
    """What checks passwords."""
    login: Login = request.app.state.login
    return login


LoginGiven = Annotated[Login, Depends(login_of)]


@router.get("", dependencies=[needs(Right.LOG_IN)])
async def who_am_i(who: WhoAsks) -> WhoShown:
    """Who sends the request, and what they may do."""
    rights = [right for right in Right if who.may(right)]
    customers, sites = sorted(who.customers), sorted(who.sites)
    return WhoShown(name=who.name, role=who.role, customers=customers, sites=sites, rights=rights)


@router.post(
    "/begin",
    dependencies=[ANYBODY],
    status_code=HTTPStatus.NO_CONTENT,
    responses=_REFUSALS,
)
async def log_in(
    given: Credentials, request: Request, login: LoginGiven, ports: PortsGiven
) -> Response:
    """Begins a session, whose cookie the answer sets."""
    device = device_in(request.headers.get("cookie", ""))
    secret, known = await checked(
        login.session(given.name, given.password, present().address, device)
    )
    return _with_cookie(request, secret, ports.entrance, known)


@router.post(
    "/end", dependencies=[needs(Right.LOG_IN)], status_code=HTTPStatus.NO_CONTENT, responses=CHANGES
)
async def log_out(_: Nothing, request: Request, who: WhoAsks, ports: PortsGiven) -> Response:
    """Ends the session."""
    shown = present().shown
    if who.account:
        await asyncio.to_thread(ports.entrance.end, shown.session, who, shown.address)
    return _with_cookie(request, "", ports.entrance)


@router.post(
    "/password",
    dependencies=[needs(Right.LOG_IN)],
    status_code=HTTPStatus.NO_CONTENT,
    responses=_REFUSALS,
)
async def change_password(
    given: PasswordChange, request: Request, who: WhoAsks, login: LoginGiven, ports: PortsGiven
) -> Response:
    """Changes one's own password; every other browser is logged out by that."""
    if not who.account:
        raise InputError.of("only a user who has logged in has a password")
    device = device_in(request.headers.get("cookie", ""))
    await checked(login.check(who.name, given.old, present().address, device))

    def change() -> tuple[str, str]:
        accounts.change_password(
            ports.entrance.accounts, ports.clock(), who.name, given.new, key="password: new"
        )
        ports.entrance.forget_all()
        return ports.entrance.begin(who.name, present().address), login.device(who.name)

    secret, known = await asyncio.to_thread(change)
    return _with_cookie(request, secret, ports.entrance, known)


@router.post(
    "/language",
    dependencies=[needs(Right.LOG_IN)],
    status_code=HTTPStatus.NO_CONTENT,
    responses=CHANGES,
)
async def change_language(given: LanguageChange, who: WhoAsks, ports: PortsGiven) -> None:
    """Changes the language in which one reads the page, wherever one logs in."""
    if not who.account:
        raise InputError.of("only a user who has logged in has a language: set the browser's")
    stored = ports.entrance.accounts
    await asyncio.to_thread(
        accounts.change_language, stored, ports.clock(), who.name, given.language
    )
    ports.entrance.forget_all()


async def checked(checking: Coroutine[object, object, _Result]) -> _Result:
    """What a login says; raises 401 and 429."""
    try:
        return await checking
    except WrongPasswordError:
        raise HTTPException(HTTPStatus.UNAUTHORIZED, _WRONG) from None
    except TooOftenError as error:
        raise too_often(error) from None


def too_often(error: TooOftenError) -> HTTPException:
    """The 429 of what was tried too often, with how long to wait."""
    wait = {"retry-after": str(error.seconds)}
    return HTTPException(HTTPStatus.TOO_MANY_REQUESTS, str(error), wait)


def _with_cookie(request: Request, secret: str, entrance: Entrance, device: str = "") -> Response:
    secure, prefix = request.url.scheme == "https", request.scope["state"][PREFIX]
    value = set_cookie(secret, entrance.timeouts.longest, secure=secure, prefix=prefix)
    answer = Response(status_code=HTTPStatus.NO_CONTENT, headers={"set-cookie": value})
    if device:
        answer.headers.append("set-cookie", set_device(device, secure=secure, prefix=prefix))
    return answer
