"""Requests over MQTT, both sides: each gets one response, which carries its transaction.

Requests and responses are published with QoS 1 and not retained. Bridges and billing answer
by `Requests`, the page asks by `Requester`.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Full, Queue
from secrets import token_hex
from typing import Any

from paho.mqtt.client import topic_matches_sub

from bcm_mqtt.errors import BcmError, InputError, WorkError
from bcm_mqtt.mqtt.client import Message, MqttClient
from bcm_mqtt.mqtt.payloads import Response, encode_response, transaction_of
from bcm_mqtt.mqtt.topics import last_level, response_to

MOST_WAITING = 100
_ANSWERED_WITHIN_S = 15.0
_LOG = logging.getLogger(__name__)


class Requests:
    """The requests to a service, which works them off one after the other."""

    def __init__(
        self,
        client: MqttClient,
        waiting: asyncio.Queue[Message] | Queue[Message],
        *filters: str,
    ) -> None:
        """Responds on the client.

        Args:
            client: To respond with.
            waiting: Takes the requests; an asyncio queue belongs to the event loop's thread.
            filters: Of the topics of requests.
        """
        self._client = client
        self._waiting = waiting
        self.filters = filters
        """To subscribe to."""

    def take(self, message: Message) -> bool:
        """Queues a message if it is a request.

        A retained one was made in the past, and nobody waits for its response now.
        """
        if not any(topic_matches_sub(pattern, message.topic) for pattern in self.filters):
            return False
        if not message.retain:
            try:
                self._waiting.put_nowait(message)
            except (Full, asyncio.QueueFull):
                self._respond(message, f"{self._waiting.maxsize} requests wait already", {})
        return True

    @contextmanager
    def answering(self, request: Message) -> Iterator[dict[str, Any]]:
        """Responds when the context ends: with what it put into the outcome, or why it failed."""
        outcome: dict[str, Any] = {}
        try:
            yield outcome
        except BcmError as error:
            _LOG.warning("request %s: %s", last_level(request.topic), error)
            self._respond(request, str(error), {})
        else:
            self._respond(request, "", outcome)

    def _respond(self, request: Message, error: str, outcome: dict[str, Any]) -> None:
        topic, transaction = response_to(request.topic), transaction_of(request.payload)
        payload = encode_response(transaction, error, outcome)
        if not self._client.fits(topic, payload):
            too_large = f"the answer has {len(payload):,} bytes: more than the broker takes"
            payload = encode_response(transaction, too_large, {})
        self._client.publish(topic, payload, qos=1, retain=False)


class Requester:
    """Requests that wait for their responses; used by the event loop's thread."""

    def __init__(self, client: MqttClient) -> None:
        """Publishes on the client."""
        self._client = client
        self._pending: dict[str, asyncio.Future[str]] = {}

    async def request(self, topic: str, whom: str, encode: Callable[[str], bytes]) -> None:
        """Publishes a request and waits until it is done.

        Args:
            topic: Of the request.
            whom: Is to do it, such as `bridge dc1`.
            encode: Gives the payload for a transaction.

        Raises:
            InputError: the response says why not, and nothing was done.
            WorkError: there is no response.
        """
        if not self._client.connected:
            raise WorkError("the broker is not connected: try again when it is")
        transaction = token_hex(8)
        response = self._pending[transaction] = asyncio.get_running_loop().create_future()
        try:
            self._client.publish(topic, encode(transaction), qos=1, retain=False)
            async with asyncio.timeout(_ANSWERED_WITHIN_S):
                error = await response
        except TimeoutError:
            raise WorkError(f"{whom} does not answer: check whether it was done") from None
        finally:
            del self._pending[transaction]
        if error:
            raise InputError.of(error)

    def answered(self, response: Response) -> None:
        """Ends the wait for a response; that to somebody else is passed over."""
        pending = self._pending.get(response.transaction)
        if pending and not pending.done():
            pending.set_result(response.error)
