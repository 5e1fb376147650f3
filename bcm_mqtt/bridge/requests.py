"""Requests: what people and programs ask of the bridge over MQTT, done one after the other."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol, TypeAlias

from bcm_mqtt.errors import BcmError
from bcm_mqtt.mqtt.client import Message, MqttClient
from bcm_mqtt.mqtt.payloads import Request, encode_response, transaction_of
from bcm_mqtt.mqtt.topics import Topics

_LOG = logging.getLogger(__name__)
_MOST_WAITING = 100

Outcome: TypeAlias = Mapping[str, int]
"""Counts that say what was done."""


class Acting(Protocol):
    """Does what requests ask for; what it raises of BcmError is the response."""

    def decode(self, action: str, payload: bytes) -> Request:
        """The request of an action's payload."""

    async def act(self, request: Request) -> Outcome:
        """Does it."""


class Requests:
    """The queue of requests; filled by the network's thread, worked off in the event loop."""

    def __init__(self, client: MqttClient, topics: Topics, bridge: str, acting: Acting) -> None:
        """Answers on the client.

        Args:
            client: To respond with.
            topics: Where requests and responses are.
            bridge: Bridge id.
            acting: Does what is asked.
        """
        self._client = client
        self._topics = topics
        self._bridge = bridge
        self._acting = acting
        self._waiting = asyncio.Queue[Message](_MOST_WAITING)

    def filter(self) -> str:
        """To subscribe to."""
        return self._topics.every_request(self._bridge)

    def take(self, message: Message) -> bool:
        """Takes a message if it is a request; to be called in the event loop.

        A retained one is an order of the past, which nobody gives now.
        """
        action = message.topic.rpartition("/")[2]
        if message.topic != self._topics.request(self._bridge, action):
            return False
        if not message.retain:
            try:
                self._waiting.put_nowait(message)
            except asyncio.QueueFull:
                self._respond(action, message.payload, f"{_MOST_WAITING} requests wait already")
        return True

    async def run(self) -> None:
        """Does what is asked; for ever."""
        while True:
            message = await self._waiting.get()
            action = message.topic.rpartition("/")[2]
            try:
                outcome = await self._acting.act(self._acting.decode(action, message.payload))
            except BcmError as error:
                _LOG.warning("request %s: %s", action, error)
                self._respond(action, message.payload, str(error))
            else:
                self._respond(action, message.payload, outcome=outcome)

    def _respond(
        self, action: str, request: bytes, error: str = "", outcome: Outcome | None = None
    ) -> None:
        payload = encode_response(transaction_of(request), error, outcome)
        self._client.publish(
            self._topics.response(self._bridge, action), payload, qos=1, retain=False
        )
