"""Messages that arrive over MQTT, applied to the live site; and requests to the bridges."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Protocol

from bcm_mqtt.domain.time import Clock
from bcm_mqtt.mqtt.brokers import EveryBroker, Whereabouts
from bcm_mqtt.mqtt.client import Broker, Message, MqttClient
from bcm_mqtt.mqtt.payloads import (
    Acknowledge,
    PayloadError,
    Request,
    Response,
    Shelve,
    action_of,
    decode_alarm,
    decode_directory,
    decode_info,
    decode_response,
    decode_snapshot,
    encode_request,
)
from bcm_mqtt.mqtt.requester import Requester
from bcm_mqtt.mqtt.topics import Kind, Subject, Topics
from bcm_mqtt.web.live.site import LiveSite

_LOG = logging.getLogger(__name__)
_SHOW_AFTER_S = 0.05
_STATE = set(Kind) - {Kind.SNAPSHOT, Kind.RESPONSE}
"""What is retained, and so may be there where its bridge is no more."""


class BridgeRequests(Protocol):
    """Requests something of a bridge and waits until it is done."""

    async def request(self, bridge: str, request: Request) -> None:
        """Raises InputError with the reason why it was not done, WorkError without a response."""


class MqttSource:
    """Follows the site over MQTT while its context is open."""

    def __init__(
        self, site: LiveSite, broker: Broker, topics: Topics, client_id: str, clock: Clock
    ) -> None:
        """Connects only when started.

        Args:
            site: Takes what arrives.
            broker: To listen at; of several, at each.
            topics: Below which base.
            client_id: Of the connection.
            clock: The present, for deadlines of requests.
        """
        self._site = site
        self._topics = topics
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reported: set[str] = set()
        self._showing = False
        self._client = EveryBroker(
            broker,
            client_id,
            on_connect=self._connected,
            on_message=self._message,
            whereabouts=Whereabouts(topics, _STATE, believes_retained=True),
        )
        self._requesters = {one: Requester(one, clock) for one in self._client.connections}

    def start(self) -> None:
        """Connects; to be called in the event loop."""
        self._loop = asyncio.get_running_loop()
        self._client.start()

    def stop(self) -> None:
        """Disconnects."""
        self._client.stop()

    async def request(self, bridge: str, request: Request) -> None:
        """Requests something of a bridge and waits until it is done.

        Args:
            bridge: Its id.
            request: To be done.

        Raises:
            InputError: the bridge says why not, and nothing was done.
            WorkError: it was not begun in time, or does not answer.
        """
        known = self._site.bridges.get(bridge)
        names = known and known.report and known.report.names
        if isinstance(request, Acknowledge | Shelve) and not names:
            request = replace(request, by="")
        await self._requesters[self._client.at(bridge)].request(
            self._topics.request(bridge, action_of(request)),
            f"bridge {bridge}",
            partial(encode_request, request),
            deadline=bool(known and known.report and known.report.deadlines),
        )

    @property
    def health(self) -> str:
        """In a line: which brokers are connected."""
        return self._client.health

    def watch_connection(self) -> None:
        """Notes whether the broker is connected, and who is away; to be called now and then."""
        self._client.ask_where_moved(*self._topics.everything_live)
        for bridge in self._site.bridges.values():
            if bridge.online and self._is_out_of_reach(bridge.id):
                self._taken(partial(self._site.take_bridge, bridge.id, online=False))
        if self._client.connected != self._site.broker_connected:
            self._taken(lambda: self._site.take_broker(connected=self._client.connected))
        elif self._site.look():
            self._taken(lambda: None)

    def _is_out_of_reach(self, bridge: str) -> bool:
        """Whether its broker is away and another is not: its state comes again with its broker."""
        return self._client.connected and not self._client.at(bridge).connected

    def _connected(self, client: MqttClient) -> None:
        """Runs in the network thread."""
        client.subscribe(*self._topics.everything_live)

    def _message(self, message: Message) -> None:
        """Runs in the network thread: decoding there leaves the loop to the browsers."""
        subject = self._topics.subject_of(message.topic)
        if subject is None or self._loop is None:
            return
        try:
            take = self._taking(subject, message)
        except PayloadError as error:
            if message.topic not in self._reported:
                self._reported.add(message.topic)
                _LOG.warning("%s: %s", message.topic, error)
            return
        self._loop.call_soon_threadsafe(self._taken, take)

    def _taken(self, take: Callable[[], None]) -> None:
        """Applies a message; the browsers are shown the changes of many at once."""
        take()
        if self._loop and not self._showing:
            self._showing = True
            self._loop.call_later(_SHOW_AFTER_S, self._show)

    def _show(self) -> None:
        self._showing = False
        self._site.show()

    def _taking(self, subject: Subject, message: Message) -> Callable[[], None]:
        """What applies a message, in the event loop."""
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
                take = partial(site.take_bridge, owner, report=report, live=not message.retain)
            case Kind.RESPONSE:
                take = partial(self._answered, decode_response(payload))
        return take

    def _answered(self, response: Response) -> None:
        for requester in self._requesters.values():
            requester.answered(response)
