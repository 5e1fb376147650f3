"""Requests over MQTT, on the side of who does them: each gets one response.

Requests and responses are published with QoS 1 and not retained. Bridges and billing answer by
`Requests`, the page asks by `Requester` (mqtt.requester).
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from queue import Full, Queue
from typing import Any

from paho.mqtt.client import topic_matches_sub

from bcm_mqtt.domain.time import Clock
from bcm_mqtt.domain.validity import ALWAYS_VALID, Refusal, Validity
from bcm_mqtt.errors import BcmError, InputError
from bcm_mqtt.mqtt.brokers import EveryBroker
from bcm_mqtt.mqtt.client import Message, MqttClient
from bcm_mqtt.mqtt.payloads import PayloadError, encode_response, transaction_of, validity_of
from bcm_mqtt.mqtt.topics import response_to

MOST_WAITING = 100
_LONGEST_ERROR = 1_000
"""Characters: an error names what was requested, which may be of any length, and is remembered."""
_LOG = logging.getLogger(__name__)


class RefusedError(BcmError):
    """A request that is not begun; the text says why."""

    def __init__(self, message: str, refusal: Refusal | None = None) -> None:
        """Keeps the kind of the refusal, for programs."""
        super().__init__(message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came.

    Attributes:
        message: With the request.
        validity: When it may be begun.
        ends_s: Until then, by the clock that never jumps; None: whenever its turn comes.
        refused: Why it is not begun, by the clock when it came.
    """

    message: Message
    validity: Validity = ALWAYS_VALID
    ends_s: float | None = None
    refused: RefusedError | None = None

    @property
    def action(self) -> str:
        """The last level of its topic."""
        return self.message.topic.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request.

    Attributes:
        error: Why it was not done, or "".
        outcome: What was done, by key.
        done: Whether it was; None where that is not known.
        refusal: Of one that was not begun, or "".
        mistake: Whether what was requested is what is wrong: to ask again does not help.
    """

    error: str = ""
    outcome: Mapping[str, Any] = field(default_factory=dict)
    done: bool | None = True
    refusal: str = ""
    mistake: bool = False

    @classmethod
    def of_error(cls, error: BcmError) -> "Answer":
        """Nothing was done, and why."""
        refusal = error.refusal if isinstance(error, RefusedError) else None
        text = str(error)
        if len(text) > _LONGEST_ERROR:
            text = f"{text[:_LONGEST_ERROR]}…"
        mistake = isinstance(error, (InputError, PayloadError))
        return cls(text, done=False, refusal=refusal or "", mistake=mistake)


class Requests:
    """The requests to a service, which works them off one after the other."""

    def __init__(
        self,
        client: MqttClient | EveryBroker,
        waiting: asyncio.Queue[Received] | Queue[Received],
        clock: Clock,
        seconds: Callable[[], float],
        *filters: str,
    ) -> None:
        """Responds on the client.

        Args:
            client: To respond with.
            waiting: Takes the requests; an asyncio queue belongs to the event loop's thread.
            clock: The present, by which deadlines are judged.
            seconds: A clock that never jumps.
            filters: Of the topics of requests.
        """
        self._client = client
        self._waiting = waiting
        self._clock = clock
        self._seconds = seconds
        self.filters = filters
        """To subscribe to."""

    def take(self, message: Message) -> bool:
        """Queues a message if it is a request.

        A retained one was made in the past, and nobody waits for its response now.
        """
        if not any(topic_matches_sub(pattern, message.topic) for pattern in self.filters):
            return False
        if not message.retain:
            received = self._received(message)
            try:
                self._waiting.put_nowait(received)
            except (Full, asyncio.QueueFull):
                self.refuse(message, f"{self._waiting.maxsize} requests wait already")
        return True

    def begin(self, received: Received) -> None:
        """Raises RefusedError where a request may not be begun any more."""
        if received.refused:
            raise received.refused
        if received.ends_s is not None and self._seconds() > received.ends_s:
            sentence = received.validity.sentence(Refusal.EXPIRED, self._clock())
            raise RefusedError(sentence, Refusal.EXPIRED)

    @contextmanager
    def answering(self, received: Received) -> Iterator[dict[str, Any]]:
        """Responds when the context ends: with what it put into the outcome, or why it failed."""
        outcome: dict[str, Any] = {}
        try:
            yield outcome
        except BcmError as error:
            self.respond(received, Answer.of_error(error))
        else:
            self.respond(received, Answer(outcome=outcome))

    def refuse(self, message: Message, error: str) -> None:
        """Answers a request that is not even queued."""
        self.respond(self._received(message), Answer(error, done=False))

    def respond(self, received: Received, answer: Answer, **more: object) -> None:
        """Answers; who gave no deadline is answered as ever.

        Args:
            received: To which.
            answer: What became of it.
            more: Further keys.
        """
        message = received.message
        if answer.error:
            _LOG.warning("request %s: %s", received.action, answer.error)
        if received.validity.deadline is not None:
            more |= {"done": answer.done, "time": self._clock()}
            if answer.refusal:
                more["refusal"] = answer.refusal
            if answer.mistake:
                more["mistake"] = True
        topic, transaction = response_to(message.topic), transaction_of(message.payload)
        payload = encode_response(transaction, answer.error, answer.outcome, more)
        if not self._client.fits(topic, payload):
            too_large = f"the answer has {len(payload):,} bytes: more than the broker takes"
            payload = encode_response(transaction, too_large, {}, more)
        self._client.publish(topic, payload, qos=1, retain=False)

    def _received(self, message: Message) -> Received:
        try:
            validity = validity_of(message.topic.rpartition("/")[2], message.payload)
        except PayloadError as error:
            return Received(message, refused=RefusedError(str(error)))
        now = self._clock()
        if refusal := validity.refusal(now):
            refused = RefusedError(validity.sentence(refusal, now), refusal)
            return Received(message, validity, refused=refused)
        if validity.deadline is None:
            return Received(message, validity)
        remaining_s = (validity.deadline - now) / timedelta(seconds=1)
        return Received(message, validity, self._seconds() + remaining_s)
