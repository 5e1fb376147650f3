"""The session by which requests come: new after each standstill, and nothing of before is done."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bcm_mqtt.bridge.requests import RequestSession
from bcm_mqtt.mqtt.client import Message

EVERY = "bcm/bridge/dc1/request/+"


def message(name: bytes = b"x") -> Message:
    return Message("bcm/bridge/dc1/request/poll", name, retain=False, mid=1, qos=1, connection=1)


class Client:
    """Stands in for the MQTT client."""

    def __init__(self, connected: Callable[[], None], hear: Callable[[Message], None]) -> None:
        self.connected, self.hear = connected, hear
        self.done: list[str] = []

    def start(self) -> None:
        self.done.append("started")

    def stop(self) -> None:
        self.done.append("stopped")

    def subscribe(self, *filters: str) -> None:
        self.done += filters


class Received:
    """A session, its clients, and what came of what they heard."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.clients: list[Client] = []
        self.taken: list[bytes] = []
        self.refused: list[tuple[bytes, str]] = []
        self.filters = (EVERY,)
        made: Any = self._made
        self.session = RequestSession(made, self, lambda: self.now_s)

    def take(self, message: Message) -> bool:
        self.taken.append(message.payload)
        return True

    def refuse(self, message: Message, error: str) -> None:
        self.refused.append((message.payload, error))

    def _made(self, connected: Callable[[], None], hear: Callable[[Message], None]) -> Client:
        self.clients.append(Client(connected, hear))
        return self.clients[-1]


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Received:
    monkeypatch.setattr("bcm_mqtt.bridge.requests.session._LOOKS_EVERY_S", 0.001)
    return Received()


async def test_what_waited_while_the_process_stood_still_is_refused(received: Received) -> None:
    task = asyncio.create_task(received.session.run())
    await asyncio.sleep(0.01)
    [client] = received.clients
    client.connected()
    assert client.done == ["started", EVERY]
    client.hear(message(b"at once"))
    await asyncio.sleep(0.01)
    received.now_s += 1800  # stopped, and what came meanwhile is read first
    client.hear(message(b"old"))
    await asyncio.sleep(0.05)
    client.hear(message(b"of the old session"))
    again = received.clients[1]
    again.connected()
    again.hear(message(b"new"))
    await asyncio.sleep(0.01)
    assert received.taken == [b"at once", b"new"]
    why = "not done: the bridge stood still meanwhile: send it again"
    assert received.refused == [(b"old", why), (b"of the old session", why)]
    assert client.done[-1] == "stopped"
    assert again.done == ["started", EVERY]
    task.cancel()
    await asyncio.wait([task])
    assert again.done[-1] == "stopped"


async def test_a_busy_second_is_no_standstill(received: Received) -> None:
    task = asyncio.create_task(received.session.run())
    await asyncio.sleep(0.01)
    received.now_s += 9
    received.clients[0].hear(message(b"late"))
    await asyncio.sleep(0.01)
    assert received.taken == [b"late"]
    assert len(received.clients) == 1
    task.cancel()
    await asyncio.wait([task])
