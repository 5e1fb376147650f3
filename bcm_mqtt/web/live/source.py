"""What arrives over MQTT, taken over into the live site; and requests to the bridges."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from secrets import token_hex
from typing import Protocol

from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.mqtt.client import Broker, Message, MqttClient
from bcm_mqtt.mqtt.payloads import (
    PayloadError,
    decode_alarm,
    decode_directory,
    decode_info,
    decode_response,
    decode_snapshot,
)
from bcm_mqtt.mqtt.topics import Kind, Subject, Topics
from bcm_mqtt.web.live.site import LiveSite

_LOG = logging.getLogger(__name__)
_ANSWER_WITHIN_S = 15.0
_TELL_AFTER_S = 0.05


class Asking(Protocol):
    """Asks a bridge for something and waits until it has done it."""

    async def ask(self, bridge: str, action: str, encode: Callable[[str], bytes]) -> None:
        """Raises InputError with what the bridge says against it, WorkError if it is silent."""


class MqttSource:
    """Follows the site over MQTT while its context is open."""

    def __init__(self, site: LiveSite, broker: Broker, topics: Topics, client_id: str) -> None:
        """Connects only when started.

        Args:
            site: Takes what arrives.
            broker: To listen at.
            topics: Below which base.
            client_id: Of the connection.
        """
        self._site = site
        self._topics = topics
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked: dict[str, asyncio.Future[str]] = {}
        self._complained: set[str] = set()
        self._telling = False
        self._client = MqttClient(
            broker, client_id, on_connect=self._connected, on_message=self._message
        )

    def start(self) -> None:
        """Connects; to be called in the event loop."""
        self._loop = asyncio.get_running_loop()
        self._client.start()

    def stop(self) -> None:
        """Disconnects."""
        self._client.stop()

    async def ask(self, bridge: str, action: str, encode: Callable[[str], bytes]) -> None:
        """Asks a bridge for something and waits until it has done it.

        Args:
            bridge: Its id.
            action: Of the request.
            encode: Gives the payload for a transaction.

        Raises:
            InputError: the bridge says why not, and nothing was done.
            WorkError: it does not answer.
        """
        if not self._client.connected:
            raise WorkError("the broker is not connected: try again when it is")
        transaction = token_hex(8)
        answer = asyncio.get_running_loop().create_future()
        self._asked[transaction] = answer
        try:
            topic = self._topics.request(bridge, action)
            self._client.publish(topic, encode(transaction), qos=1, retain=False)
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                error = await answer
        except TimeoutError:
            raise WorkError(f"bridge {bridge} does not answer: whether it was done shows") from None
        finally:
            del self._asked[transaction]
        if error:
            raise InputError.of(error)

    def watch_connection(self) -> None:
        """Takes over whether the broker is there; to be called now and then."""
        if self._client.connected != self._site.broker_connected:
            self._taken(lambda: self._site.take_broker(connected=self._client.connected))

    def _connected(self) -> None:
        """Runs in the network thread."""
        self._client.subscribe(*self._topics.everything_live)

    def _message(self, message: Message) -> None:
        """Runs in the network thread: decoding there leaves the loop to the browsers."""
        subject = self._topics.subject_of(message.topic)
        if subject is None or self._loop is None:
            return
        try:
            take = self._taking(subject, message)
        except PayloadError as error:
            if message.topic not in self._complained:
                self._complained.add(message.topic)
                _LOG.warning("%s: %s", message.topic, error)
            return
        self._loop.call_soon_threadsafe(self._taken, take)

    def _taken(self, take: Callable[[], None]) -> None:
        """Takes a message over; the browsers are told once after many."""
        take()
        if self._loop and not self._telling:
            self._telling = True
            self._loop.call_later(_TELL_AFTER_S, self._tell)

    def _tell(self) -> None:
        self._telling = False
        self._site.tell()

    def _taking(self, subject: Subject, message: Message) -> Callable[[], None]:
        """What takes a message over, in the event loop."""
        site, owner, payload = self._site, subject.owner, message.payload
        take: Callable[[], None]
        match subject.kind:
            case Kind.SNAPSHOT:
                take = partial(site.take_snapshot, decode_snapshot(payload, owner))
            case Kind.DIRECTORY:
                directory = decode_directory(payload, owner) if payload else None
                take = partial(site.take_directory, owner, directory)
            case Kind.AVAILABILITY:
                take = partial(site.take_answering, owner, answering=payload == b"online")
            case Kind.ALARM:
                alarm = decode_alarm(payload, owner) if payload else None
                take = partial(site.take_alarm, owner, subject.pole, subject.alarm, alarm)
            case Kind.BRIDGE_STATE:
                take = partial(site.take_bridge, owner, online=payload == b"online")
            case Kind.BRIDGE_INFO:
                report = decode_info(payload) if payload else None
                take = partial(site.take_bridge, owner, report=report)
            case Kind.RESPONSE:
                response = decode_response(payload)
                take = partial(self._answered, response.transaction, response.error)
        return take

    def _answered(self, transaction: str, error: str) -> None:
        answer = self._asked.get(transaction)
        if answer and not answer.done():
            answer.set_result(error)
