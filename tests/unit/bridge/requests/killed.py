"""A bridge's requests on a disk of which any write can be the last."""

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bcm_mqtt.bridge.alarms import Alarms
from bcm_mqtt.bridge.followed import AppliedSettings, FollowedDirectory
from bcm_mqtt.bridge.requests import BridgeRequests
from bcm_mqtt.config import load
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.mqtt.client import Message
from unit.bridge.noting_client import NotingClient
from unit.builders import SetClock

_REQUEST = "bcm/bridge/dc1/request/"


class KilledError(BaseException):
    """The process ends here."""


class Bridge:
    """The part of a bridge that does requests, begun anew after each kill."""

    def __init__(self, config: Path, clock: SetClock) -> None:
        self.config, self.clock, self.client = config, clock, NotingClient()
        self.reloads = 0
        self.begin()

    def begin(self) -> None:
        """As a process that starts."""
        settings = load(self.config)
        client: Any = self.client
        self.directory = FollowedDirectory(settings, self.clock)
        self.alarms = Alarms(settings, client, self.directory, self.clock)
        parts: Any = SimpleNamespace(
            announcer=SimpleNamespace(directories=lambda: None),
            live=SimpleNamespace(alarms=self.alarms),
        )
        self.requests = BridgeRequests(
            client,
            AppliedSettings(settings),
            self.directory,
            parts.announcer,
            parts.live,
            parts.announcer,
            self._take,
            self.clock,
        )
        self.requests.open()

    async def _take(self, _settings: object) -> None:
        self.reloads += 1

    def ask(self, action: str, transaction: object = "t1", **body: object) -> dict[str, Any]:
        """The answer to a request, or {}; the process may be killed meanwhile."""
        payload = json.dumps({**body, "transaction": transaction}).encode()
        return self.hear(action, payload)

    def hear(self, action: str, payload: bytes, *, retain: bool = False) -> dict[str, Any]:
        self.client.sent.clear()
        message = Message(_REQUEST + action, payload, retain, mid=1, qos=1, connection=1)

        async def answered() -> None:
            self.requests.queue.take(message)
            if not self.requests._waiting.empty():
                await self.requests._answer(self.requests._waiting.get_nowait())

        with suppress(KilledError):
            asyncio.run(answered())
        topic = f"bcm/bridge/dc1/response/{action}"
        said = [payload for name, payload, *_ in self.client.sent if name == topic]
        assert len(said) <= 1
        body: dict[str, Any] = json.loads(said[0]) if said else {}
        return body


def window(now: datetime, seconds: float = 10) -> dict[str, str]:
    """The keys of a request that is made now."""
    deadline = now + timedelta(seconds=seconds)
    return {"valid_from": to_text(now), "deadline": to_text(deadline)}


@contextmanager
def killed_at(number: int, *, before: bool) -> Iterator[list[str]]:
    """Ends the process at a step on the disk, before it is made or after.

    Gives the steps as they were made.
    """
    made: list[str] = []
    real: dict[str, Callable[..., object]] = {
        "fsync": os.fsync,
        "replace": os.replace,
        "open": os.open,
    }

    def step(name: str) -> Callable[..., object]:
        def do(*args: object, **options: object) -> object:
            if len(made) > number or (len(made) == number and before):
                made.append("killed")
                raise KilledError
            made.append(name)
            done = real[name](*args, **options)
            if len(made) > number:
                raise KilledError
            return done

        return do

    with pytest.MonkeyPatch.context() as patch:
        for name in real:
            patch.setattr(f"os.{name}", step(name))
        yield made
