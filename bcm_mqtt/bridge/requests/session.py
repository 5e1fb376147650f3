"""The session by which requests come: the broker keeps nothing for it, and nothing old is done."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol

from bcm_mqtt.mqtt.client import Message, MqttClient

_LOG = logging.getLogger(__name__)
STANDSTILL_S = 10.0
"""A pause of the whole process (stopped, or its machine asleep) that is worth a new session."""
_LOOKS_EVERY_S = 1.0
_Client = Callable[[Callable[[], None], Callable[[Message], None]], MqttClient]


class Accepting(Protocol):
    """Takes requests."""

    @property
    def filters(self) -> tuple[str, ...]:
        """Of their topics."""

    def take(self, message: Message) -> bool:
        """Queues one."""

    def refuse(self, message: Message, error: str) -> None:
        """Answers one that is too old."""


class RequestSession:
    """A connection whose session ends with it, and another one begins after each standstill.

    While a process is stopped, what the broker had sent to it waits in its machine; who asked has
    long given up. It is refused, and comes by a connection that is then closed.
    """

    def __init__(
        self,
        client: _Client,
        requests: Accepting,
        seconds: Callable[[], float],
        main: MqttClient | None = None,
    ) -> None:
        """Connects only when run.

        Args:
            client: Makes one of what to do when it is connected, and with a message.
            requests: Is given what arrives, in the event loop's thread.
            seconds: A clock that never jumps.
            main: The connection by which the bridge publishes: requests come where it is.
        """
        self._make = client
        self._requests = requests
        self._seconds, self._main = seconds, main
        self._number = self._stood_still = 0
        self._looked = seconds()
        self._client: MqttClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> None:
        """Receives requests; for ever."""
        self._loop, self._looked = asyncio.get_running_loop(), self._seconds()
        try:
            while True:
                if self._stood_still == self._number or self._is_elsewhere():
                    await self._begin_another()
                await asyncio.sleep(_LOOKS_EVERY_S)
                self._look()
        finally:
            if self._client:
                await asyncio.to_thread(self._client.stop)

    def arrived(self, number: int, message: Message) -> None:
        """Takes a message of a session, or refuses what may have waited for long."""
        self._look()
        if number <= self._stood_still:
            self._requests.refuse(
                message, "not done: the bridge stood still meanwhile: send it again"
            )
        else:
            self._requests.take(message)

    def _look(self) -> None:
        """Notices a standstill before anything that waited during it is done."""
        now = self._seconds()
        paused_s = now - self._looked
        self._looked = now
        if paused_s > STANDSTILL_S and self._stood_still != self._number:
            _LOG.warning("the bridge stood still for %.0f s: it does no request of then", paused_s)
            self._stood_still = self._number

    def _is_elsewhere(self) -> bool:
        """Whether the bridge has gone to another broker since."""
        main, own = self._main, self._client
        if main is None or own is None or not main.connected:
            return False
        return own.course.broker != main.course.broker

    async def _begin_another(self) -> None:
        before = self._client
        if before:
            await asyncio.sleep(_LOOKS_EVERY_S)  # until what waited is read, and answered
            await asyncio.to_thread(before.stop)
        self._number += 1
        self._client = self._make(self._connected, partial(self._message, self._number))
        self._client.start()

    def _connected(self) -> None:
        """Runs in the network thread."""
        if self._client:
            self._client.subscribe(*self._requests.filters)

    def _message(self, number: int, message: Message) -> None:
        """Runs in the network thread."""
        if self._loop:
            self._loop.call_soon_threadsafe(self.arrived, number, message)


def without_memory(
    main: MqttClient,
    bridge: str,
    on_connect: Callable[[], None],
    on_message: Callable[[Message], None],
) -> MqttClient:
    """A connection for requests where the bridge is; none waits there while it is not there."""
    client_id = f"bcm-bridge-{bridge}-requests"
    return MqttClient(main.course.broker, client_id, on_connect=on_connect, on_message=on_message)
