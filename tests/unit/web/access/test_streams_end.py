"""A stream that stays open all day ends with the session it was asked for with."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bcm_mqtt.access.audit import Present
from bcm_mqtt.access.entrance import Shown
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import Accounts
from bcm_mqtt.web.access.gate import while_in
from unit.web.access.conftest import ENTRY, Guarded

HALF_A_MINUTE = timedelta(seconds=31)


def told(guarded: Guarded, session: str, parcels: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    entrance, shown = guarded.page.ports.entrance, Shown(session, "", "127.0.0.1")
    return while_in(parcels, entrance, Present(entrance.who(shown), shown))


async def parcels(guarded: Guarded) -> AsyncIterator[bytes]:
    """One each half minute, for ever."""
    while True:
        yield b"x"
        guarded.page.clock.now += HALF_A_MINUTE


async def test_it_goes_on_while_the_session_does_and_then_ends(guarded: Guarded) -> None:
    session, got = guarded.session("viewer"), 0
    async for _ in told(guarded, session, parcels(guarded)):
        got += 1
        if got == 5:
            guarded.keeping.accounts.remove_account("viewer", ENTRY)
    assert got == 5


async def test_it_ends_when_the_session_is_too_old_although_it_is_in_use(
    guarded: Guarded,
) -> None:
    session, got = guarded.session("viewer"), 0

    async def hourly() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            guarded.page.clock.now += timedelta(hours=1)

    async for _ in told(guarded, session, hourly()):
        got += 1
    assert got == 7 * 24


async def test_it_goes_on_while_the_database_is_away(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, got = guarded.session("viewer"), 0

    def away(*_: object) -> None:
        raise WorkError("database: connection refused")

    async for _ in told(guarded, session, parcels(guarded)):
        got += 1
        if got == 2:
            monkeypatch.setattr(Accounts, "session", away)
        if got == 300:
            break
    assert got == 300
