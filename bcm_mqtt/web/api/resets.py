"""A forgotten password, by those who have not logged in; and the address that its link goes to."""

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from bcm_mqtt.access import accounts
from bcm_mqtt.access.audit import present
from bcm_mqtt.access.credentials import LONGEST
from bcm_mqtt.access.login import TooOftenError
from bcm_mqtt.access.password_resets import ForgottenPasswords
from bcm_mqtt.access.rights import Right
from bcm_mqtt.errors import InputError
from bcm_mqtt.web.access.gate import device_in
from bcm_mqtt.web.access.roles import ANYBODY, WhoAsks, needs
from bcm_mqtt.web.api.sessions import LoginGiven, checked, too_often
from bcm_mqtt.web.refusals import CHANGES, PortsGiven, documented

router = APIRouter(prefix="/api/v1/session", tags=["session"])
_REFUSALS = {**CHANGES, **documented(HTTPStatus.TOO_MANY_REQUESTS)}


class Forgetful(BaseModel):
    """Who has forgotten a password."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=256)


class Reset(BaseModel):
    """A new password, with the secret of the link that was mailed."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(max_length=256)
    password: str = Field(max_length=LONGEST)


class EmailChange(BaseModel):
    """One's own address; it needs the password, because the address can replace it."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=256, description='"" is none.')
    password: str = Field(max_length=LONGEST)


def forgotten_of(ports: PortsGiven) -> ForgottenPasswords:
    """What mails links; raises 404 where that is not configured."""
    if ports.forgotten is None:
        reason = "this page mails no passwords: ask whoever looks after it"
        raise HTTPException(HTTPStatus.NOT_FOUND, reason)
    return ports.forgotten


ForgottenGiven = Annotated[ForgottenPasswords, Depends(forgotten_of)]


@router.post(
    "/forgotten",
    dependencies=[ANYBODY],
    status_code=HTTPStatus.NO_CONTENT,
    responses=_REFUSALS,
)
async def forgotten(given: Forgetful, forgetting: ForgottenGiven) -> None:
    """Mails a link to the user's address; the answer is the same where there is none."""
    try:
        forgetting.request(given.name, present().address)
    except TooOftenError as error:
        raise too_often(error) from None


@router.post(
    "/reset", dependencies=[ANYBODY], status_code=HTTPStatus.NO_CONTENT, responses=_REFUSALS
)
async def reset(given: Reset, forgetting: ForgottenGiven) -> None:
    """Replaces the password and ends all sessions of the user; the link is used up."""
    try:
        await forgetting.reset(given.token, given.password, present().address)
    except TooOftenError as error:
        raise too_often(error) from None


@router.post(
    "/email",
    dependencies=[needs(Right.LOG_IN)],
    status_code=HTTPStatus.NO_CONTENT,
    responses=_REFUSALS,
)
async def change_email(
    given: EmailChange, request: Request, who: WhoAsks, login: LoginGiven, ports: PortsGiven
) -> None:
    """Changes one's own address for notices and a forgotten password."""
    if not who.account:
        raise InputError.of("only a user who has logged in has an address")
    device = device_in(request.headers.get("cookie", ""))
    await checked(login.check(who.name, given.password, present().address, device))
    stored = ports.entrance.accounts
    await asyncio.to_thread(accounts.change_email, stored, ports.clock(), who.name, given.email)
