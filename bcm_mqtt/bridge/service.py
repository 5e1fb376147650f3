"""The bridge's process: lines on one side, the broker on the other."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

from bcm_mqtt.bridge.alone import Alone
from bcm_mqtt.bridge.announcing.announcer import Announcer
from bcm_mqtt.bridge.delivery import Delivery, outbox_of
from bcm_mqtt.bridge.followed import AppliedSettings, FollowedDirectory
from bcm_mqtt.bridge.gateways import Gateways, ended
from bcm_mqtt.bridge.live_values import LiveValues
from bcm_mqtt.bridge.partner import Partner, to_nobody
from bcm_mqtt.bridge.requests import BridgeRequests, RequestSession, without_memory
from bcm_mqtt.bridge.sources.answers import log_answer
from bcm_mqtt.bridge.vitals import VitalSigns
from bcm_mqtt.bridge.wall_clock import WallClock
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.modbus import Poll
from bcm_mqtt.mqtt.brokers.returning import go_back
from bcm_mqtt.mqtt.client import Broker, Message, MqttClient
from bcm_mqtt.mqtt.discovery import OFFLINE, ONLINE

_LOG = logging.getLogger(__name__)
_ANNOUNCE_WITHIN_S = 2.0
_FAREWELL_S = 2.0
_CHECK_HEALTH_EVERY_S = 1.0


class Bridge:
    """Polls every gateway of a site and publishes."""

    def __init__(
        self,
        settings: Settings,
        broker: Broker,
        clock: Clock,
        random: Callable[[], float],
        monotonic: Callable[[], float] = time.monotonic,
        *,
        has_asked: bool = True,
        partner: Partner | None = None,
    ) -> None:
        """Reads what the last run left, as far as the disk gives it; connects only when run.

        Args:
            settings: Gateways, panels, directories.
            broker: To publish to.
            clock: Gives the times of polls.
            random: 0..1, for jitter.
            monotonic: A clock that never jumps, s: polls wait by it.
            has_asked: Whether another bridge of this id was asked for at the broker.
            partner: The other bridge of a pair; None of one that is alone.
        """
        self._settings = AppliedSettings(settings)
        self._clock = clock
        self._random = random
        self._topics = settings.mqtt.topics
        self._state_topic = self._topics.bridge_state(settings.bridge.id)
        self._info_topic = self._topics.bridge_info(settings.bridge.id)
        self._directory = FollowedDirectory(settings, clock)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._began = 0.0
        self._informed_s, self._info_waits = float("-inf"), False
        self._client = self._connection(broker, settings.bridge.id)
        self._returns = bool(broker.others)
        self._wall = wall = WallClock(clock, monotonic, settings.bridge.data, settings.file_mode)
        polled, room = self._polled, self._client.drained
        self._gateways = Gateways(
            *(settings, clock, random, polled, room, wall.stamp, monotonic, partner)
        )
        self._partner, copied = partner, partner.copied if partner else to_nobody
        self._delivery = Delivery(
            *(self._client, self._topics, outbox_of(settings, clock), time.monotonic, wall)
        )
        live, directory = None, self._directory
        if settings.mqtt.circuit_topics:
            live = LiveValues(settings, self._client, directory, clock, wall.set_by, copied)
        self._live = live
        announcer = self._announcer = Announcer(settings, self._client, directory, clock)
        self._alone = Alone(settings.bridge.id, announcer.boot, self._uptime_s, has_asked=has_asked)
        self._requests = BridgeRequests(
            *(self._client, self._settings, directory, announcer, live, self._gateways),
            *(self._take, clock, copied),
        )
        connection = partial(without_memory, self._client, settings.bridge.id)
        self._session = RequestSession(connection, self._requests, time.monotonic, self._client)
        self._client.will(self._state_topic, OFFLINE)
        self.vital_signs = signs = self._signs()
        self.vitals, self.started = signs.now, signs.started

    def _connection(self, broker: Broker, bridge: str) -> MqttClient:
        return MqttClient(
            broker,
            f"bcm-bridge-{bridge}",
            on_connect=self._connected,
            on_message=self._message,
            on_published=self._published,
            # Of several, the one that is left should keep nothing for this bridge.
            keep_session=not broker.others,
        )

    @property
    def reached(self) -> int:
        """Gateways that answer."""
        return self._gateways.reached

    def finish(self) -> None:
        """Has `run` end after the polls that are under way."""
        self._gateways.finish()

    def _signs(self) -> VitalSigns:
        return VitalSigns(
            self._settings,
            self._clock,
            self._client,
            self._delivery,
            self._announcer,
            self._directory,
            self._gateways,
            self._wall,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Polls and publishes until `stop` is set, then says good-bye to the broker."""
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        await asyncio.to_thread(self._requests.open)
        self._client.start(self._loop)
        work = {
            "session": self._session.run(),
            "gateways": self._gateways.run(),
            "delivery": self._delivery.run(),
            "directory": self._follow_directory(),
            "discovery": self._announcer.steps.run(),
            "settings": self._follow_settings(),
            "requests": self._requests.run(),
            "requested polls": self._requests.poll(),
            "health": self._watch_health(),
            "clock": self._wall.run(self._clock_was_set),
            "alone": self._alone.run(),
        }
        if self._returns:
            leave = partial(self._client.publish, self._state_topic, OFFLINE, qos=0, retain=True)
            work["brokers"] = go_back(self._client, leave)
        if self._live:
            work |= {"energy": self._live.count_energy(), "alarms": self._live.alarms.run()}
        tasks = [asyncio.create_task(job, name=name) for name, job in work.items()]
        stopped = asyncio.create_task(stop.wait())
        self.vital_signs.start()
        try:
            done, _ = await asyncio.wait([*tasks, stopped], return_when="FIRST_COMPLETED")
            for task in done:
                task.result()  # a task that ended by itself ended in an error: raise it
        finally:
            await ended(*tasks, stopped)
            self._delivery.close()
            if self._client.connected and not (self._partner and self._partner.goes_on()):
                self._publish_info()  # what a full disk has not taken until now is lost
                farewell = partial(self._client.publish_and_wait, timeout=_FAREWELL_S)
                await asyncio.to_thread(farewell, self._state_topic, OFFLINE)
            self._client.stop()
            self._wall.close()
            if self._live:
                with suppress(OSError):  # logged every minute
                    self._live.save()

    def _polled(self, poll: Poll) -> None:
        """Publishes what a poll gave, and nothing else."""
        snapshot = poll.snapshot
        panel = snapshot.panel
        if panel not in self._directory.panels:  # its gateway has not applied the change yet
            return
        self.vital_signs.polled(snapshot)
        if self._announcer.sources.changes(poll):
            self._announcer.availability(panel)
            self._publish_info_soon()
            log_answer(poll)
        if snapshot.says_anything():
            self._delivery.send(snapshot)
        if self._live:
            self._live.read(snapshot)

    async def _follow_directory(self) -> None:
        async for _ in self._directory.changes():
            self._announce()

    async def _follow_settings(self) -> None:
        async for settings in self._settings.changes():
            if settings:
                await self._take(settings)
            else:
                self._publish_info()  # with the reason why the files were refused

    async def _take(self, settings: Settings) -> None:
        """Applies changed settings; a panel that stays as it is misses no poll."""
        self._directory.take_settings(settings)
        if self._live:
            self._live.take(settings)
        self._announcer.take(settings)
        await self._gateways.take(settings)
        self.vital_signs.take(settings)
        self._announce()
        _LOG.info("%s: applied", settings.file)

    async def _watch_health(self) -> None:
        """Publishes the gateways' health when it changed, but not with each poll."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_CHECK_HEALTH_EVERY_S)
            if self._info_waits or self._gateways.health.due(loop.time()):
                self._publish_info()

    def _clock_was_set(self, step: timedelta) -> None:
        self._gateways.clock_was_set()
        if self._live:
            self._live.alarms.clock_was_set(step)
        self._publish_info()

    def _connected(self) -> None:
        """Runs in the network thread after each connection: state is published again."""
        self._client.subscribe(self._topics.home_assistant_status, *self._delivery.filters)
        self._client.subscribe_live(self._info_topic)
        # Of an earlier release the broker has a session that keeps requests for days.
        self._client.unsubscribe(*self._requests.filters)
        self._client.publish(self._state_topic, ONLINE, qos=1, retain=True)
        if self._loop:
            self._loop.call_soon_threadsafe(self._announce_again)

    def _announce_again(self) -> None:
        """Publishes all that is state: whoever listens has lost it."""
        self._announcer.forget()
        self._delivery.connected()
        self._announce()

    def _announce(self) -> None:
        """Publishes what is new of what is state and not a reading, and all readings again."""
        self._announcer.everything()
        self._publish_info()
        if self._live:
            self._live.everything_again()

    def _uptime_s(self) -> float:
        return asyncio.get_running_loop().time() - self._began

    def _publish_info_soon(self) -> None:
        """At once, but not again with each of many panels: to encode it takes 3 ms of 50."""
        since_s = asyncio.get_running_loop().time() - self._informed_s
        self._info_waits = since_s < _CHECK_HEALTH_EVERY_S
        if not self._info_waits:
            self._publish_info()

    def _publish_info(self) -> None:
        loop_time = self._informed_s = asyncio.get_running_loop().time()
        self._info_waits = False
        self._announcer.info(
            self._gateways.health.reports(self._clock(), loop_time),
            self._delivery.report(),
            self._uptime_s(),
            self._wall.report,
            self._settings.problem,
        )

    def _published(self, packet_id: int, reason: int) -> None:
        self._delivery.published(packet_id, reason)

    def _message(self, message: Message) -> None:
        """Runs in the network thread."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._arrived, message)

    def _arrived(self, message: Message) -> None:
        """A recorder, another bridge, or Home Assistant has started."""
        if message.topic == self._info_topic:
            self._alone.heard(message.payload)
            return
        if self._delivery.take(message) or not self._loop:
            return
        born = message.topic == self._topics.home_assistant_status and message.payload == b"online"
        if born and not message.retain:
            delay = self._random() * _ANNOUNCE_WITHIN_S  # not all bridges at once
            self._loop.call_later(delay, self._home_assistant_began)

    def _home_assistant_began(self) -> None:
        """It has forgotten everything; what is retained it has from the broker."""
        self._announcer.discover_again()
        if self._live and not self._settings.now.mqtt.retain:
            self._live.everything_again()
