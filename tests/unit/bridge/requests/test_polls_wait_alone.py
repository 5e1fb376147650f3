"""A poll on request takes as long as its meters are silent; no other request waits for it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from bcm_mqtt.config import owning
from bcm_mqtt.modbus import Poll
from bcm_mqtt.mqtt.client import Message
from bcm_mqtt.mqtt.requests import MOST_WAITING
from unit.bridge.requests.killed import Bridge, window
from unit.builders import SetClock
from unit.site_files import write_site

EDIT = {"panel": "rpp-1a", "pole": 1, "description": "Customer9-A"}


class Busy:
    """A bridge whose meters answer when the test says so."""

    def __init__(self, folder: Path) -> None:
        self.bridge = Bridge(write_site(folder), SetClock())
        self.polls: list[asyncio.Future[Poll]] = []
        self.bridge.requests._gateways = cast("Any", SimpleNamespace(poll_now=self._poll_now))

    def _poll_now(self, _panel: str) -> list[asyncio.Future[Poll]]:
        self.polls.append(asyncio.get_running_loop().create_future())
        return self.polls[-1:]

    def answer(self) -> None:
        self.polls[-1].set_result(
            cast("Poll", SimpleNamespace(answered=True, snapshot=SimpleNamespace(panel="rpp-1a")))
        )

    def ask(self, action: str, transaction: str, **body: object) -> None:
        payload = json.dumps({**body, "transaction": transaction}).encode()
        topic = f"bcm/bridge/dc1/request/{action}"
        message = Message(topic, payload, retain=False, mid=1, qos=1, connection=1)
        self.bridge.requests.queue.take(message)

    def answers(self) -> dict[str, str]:
        """The status of each answer, by its transaction."""
        bodies = [json.loads(payload) for _, payload, *_ in self.bridge.client.sent]
        return {body["transaction"]: body["status"] for body in bodies if "status" in body}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        requests = self.bridge.requests
        tasks = [asyncio.create_task(job) for job in (requests.run(), requests.poll())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def until(found: Callable[[], object]) -> None:
    while not found():  # noqa: ASYNC110 - of several parties, none of which says so
        await asyncio.sleep(0.005)


async def test_an_edit_is_done_while_meters_are_silent(tmp_path: Path) -> None:
    busy = Busy(tmp_path)
    async with busy.running():
        busy.ask("poll", "p1", panel="rpp-1a")
        await until(lambda: busy.polls)
        busy.ask("circuit", "c1", **EDIT)
        busy.ask("reload", "r1")
        await until(lambda: {"c1", "r1"} <= busy.answers().keys())
        assert busy.answers() == {"c1": "ok", "r1": "ok"}
        busy.answer()
        await until(lambda: "p1" in busy.answers())
        assert busy.answers()["p1"] == "ok"


async def test_a_poll_comes_after_what_was_requested_before_it(tmp_path: Path) -> None:
    busy, go_on = Busy(tmp_path), asyncio.Event()

    async def take(_settings: object) -> None:
        await go_on.wait()

    busy.bridge.requests._take = take
    async with busy.running():
        busy.ask("reload", "r1")
        busy.ask("poll", "p1", panel="rpp-1a")
        await asyncio.sleep(0.05)
        assert not busy.polls
        go_on.set()
        await until(lambda: busy.polls)
        assert busy.answers() == {"r1": "ok"}


async def test_the_same_poll_that_comes_twice_is_made_once(tmp_path: Path) -> None:
    busy = Busy(tmp_path)
    body = {"panel": "rpp-1a", **window(busy.bridge.clock(), 3600)}
    async with busy.running():
        for _ in range(2):
            busy.ask("poll", "p1", **body)
        await until(lambda: busy.polls)
        busy.answer()
        await until(lambda: len(busy.bridge.client.sent) == 2)
        assert [json.loads(payload)["status"] for _, payload, *_ in busy.bridge.client.sent] == [
            "ok",
            "ok",
        ]
        assert len(busy.polls) == 1


async def test_more_polls_than_may_wait_are_answered_at_once(tmp_path: Path) -> None:
    busy = Busy(tmp_path)
    async with busy.running():
        busy.ask("poll", "first")
        await until(lambda: busy.polls)
        for number in range(MOST_WAITING + 1):
            busy.ask("poll", f"p{number}")
            await until(busy.bridge.requests._waiting.empty)
        await until(busy.answers)
        assert busy.answers() == {f"p{MOST_WAITING}": "error"}
        assert b"100 polls wait already" in busy.bridge.client.sent[-1][1]


def test_what_a_bridge_notes_has_the_mode_of_new_files(tmp_path: Path) -> None:
    """Whatever the umask is; a file that is there keeps its own."""
    before = os.umask(0o077)
    try:
        for written, mode in (("", 0o600), ('files: {mode: "0640"}\n', 0o640)):
            main = write_site(tmp_path / str(mode))
            main.write_text(main.read_text() + written)
            bridge = Bridge(main, SetClock())
            bridge.ask("circuit", **EDIT)
            settings = bridge.requests._settings.now
            data = settings.bridge.data
            with owning(data, settings.file_mode):
                for name in ("requests.jsonl", "running"):
                    assert (data / name).stat().st_mode & 0o777 == mode, name
            (data / "running").chmod(0o644)
            with owning(data, settings.file_mode):
                assert (data / "running").stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(before)
