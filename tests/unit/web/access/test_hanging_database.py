"""A database that takes requests and answers none: the page goes on for who was there lately."""

import asyncio
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Event

import httpx
import pytest
from starlette.responses import PlainTextResponse

from bcm_mqtt.access.entrance import Entrance, Timeouts
from bcm_mqtt.domain.site.account import Account, Role, Session
from bcm_mqtt.store import Store
from bcm_mqtt.web.access.gate import Gate
from peers.process import wait_until
from unit.builders import NOON, SetClock
from unit.web.access.conftest import ENTRY, HASH


async def test_who_was_there_lately_sees_the_page_while_the_database_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, answers = SetClock(NOON), Event()
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as keeping:
        keeping.database.ensure_schema()
        keeping.accounts.add_account(Account("anna", Role.VIEWER, HASH, NOON), ENTRY)
        entrance = Entrance(keeping.accounts, clock, Timeouts())
        secret, looked_up = entrance.begin("anna", "127.0.0.1"), keeping.accounts.session

        def hangs(sha256: str) -> tuple[Session, Account] | None:
            assert answers.wait(60)
            return looked_up(sha256)

        gate = Gate(PlainTextResponse("panels"), entrance, timedelta(seconds=0.1))
        transport = httpx.ASGITransport(gate, client=("192.0.2.7", 1))
        async with httpx.AsyncClient(transport=transport, base_url="https://localhost") as client:

            async def status(secret: str) -> int:
                headers = {"cookie": f"__Host-bcm_session={secret}"}
                return (await client.get("/", headers=headers)).status_code

            assert await status(secret) == 200
            clock.advance(10)
            monkeypatch.setattr(keeping.accounts, "session", hangs)
            assert [await status(secret) for _ in range(200)] == [200] * 200
            assert await status("of somebody else") == 503
            assert (await client.get("/")).status_code == 401
            answers.set()
            await asyncio.to_thread(wait_until, lambda: not gate._apart.is_stuck, 60)
            assert await status("of somebody else") == 401


async def test_many_at_once_wait_for_each_other_and_nobody_is_refused(tmp_path: Path) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as keeping:
        keeping.database.ensure_schema()
        keeping.accounts.add_account(Account("anna", Role.VIEWER, HASH, NOON), ENTRY)
        entrance = Entrance(keeping.accounts, SetClock(NOON), Timeouts())
        secret = entrance.begin("anna", "127.0.0.1")
        gate = Gate(PlainTextResponse("panels"), entrance, timedelta(seconds=60))
        transport = httpx.ASGITransport(gate, client=("192.0.2.7", 1))
        async with httpx.AsyncClient(transport=transport, base_url="https://localhost") as client:
            headers = {"cookie": f"__Host-bcm_session={secret}"}
            answers = await asyncio.gather(*(client.get("/", headers=headers) for _ in range(300)))
    assert [answer.status_code for answer in answers] == [200] * 300
