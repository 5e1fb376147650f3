"""The bridge's process: lines on one side, the broker on the other."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bcm_mqtt.bridge.announcer import Announcer
from bcm_mqtt.bridge.delivery import Delivery
from bcm_mqtt.bridge.followed_directory import FollowedDirectory
from bcm_mqtt.bridge.health import GatewayHealth
from bcm_mqtt.bridge.live_values import LiveValues
from bcm_mqtt.bridge.outbox import Outbox
from bcm_mqtt.bridge.polling import gateway_lines, panel_pollings, poll_gateway
from bcm_mqtt.bridge.vital_signs import VitalSigns
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.instants import Clock
from bcm_mqtt.modbus import Poll
from bcm_mqtt.mqtt.client import Broker, Message, MqttClient
from bcm_mqtt.mqtt.discovery import OFFLINE, ONLINE
from bcm_mqtt.mqtt.payloads import encode_snapshot
from bcm_mqtt.mqtt.topics import Topics

_LOG = logging.getLogger(__name__)
_ANNOUNCE_WITHIN_S = 2.0
_FAREWELL_S = 2.0
_CANCEL_AGAIN_S = 0.1
_LOOK_AT_HEALTH_S = 1.0


class Bridge:
    """Polls every gateway of a site and publishes."""

    def __init__(
        self, settings: Settings, broker: Broker, clock: Clock, random: Callable[[], float]
    ) -> None:
        """Reads the energy counters; connects only when run.

        Args:
            settings: Gateways, panels, directories.
            broker: To publish to.
            clock: Gives the times of polls.
            random: 0..1, for jitter.

        Raises:
            WorkError: the bridge's data folder cannot be used.
        """
        self._settings = settings
        self._clock = clock
        self._random = random
        self._topics = Topics(settings.mqtt.base_topic, settings.mqtt.discovery_prefix)
        self._state_topic = self._topics.bridge_state(settings.bridge.id)
        self._lines = gateway_lines(settings, random)
        self._health = GatewayHealth(settings, self._lines)
        self._directory = FollowedDirectory(settings, clock)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client = MqttClient(
            broker,
            f"bcm-bridge-{settings.bridge.id}",
            on_connect=self._connected,
            on_message=self._message,
            on_published=self._published,
            keep_session=True,
        )
        outbox = Outbox(settings.bridge.data / "outbox.db", settings.bridge.outbox)
        self._delivery = Delivery(self._client, outbox, clock)
        self._live = (
            LiveValues(settings, self._client, self._topics, self._directory)
            if settings.mqtt.circuit_topics
            else None
        )
        self._announcer = Announcer(settings, self._client, self._topics, self._directory, clock)
        self._client.will(self._state_topic, OFFLINE)
        self.vital_signs = VitalSigns(
            settings,
            clock,
            self._client,
            self._delivery,
            self._announcer,
            self._directory,
            self._health,
            self._lines,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Polls and publishes until `stop` is set, then says good-bye to the broker."""
        self._loop = asyncio.get_running_loop()
        self._client.start()
        tasks = [
            asyncio.create_task(self._poll(gateway), name=f"gateway {gateway}")
            for gateway in self._lines
        ]
        if self._live:
            tasks.append(asyncio.create_task(self._live.count_energy(), name="energy"))
        tasks.append(asyncio.create_task(self._follow_directory(), name="directory"))
        tasks.append(asyncio.create_task(self._delivery.run(), name="delivery"))
        tasks.append(asyncio.create_task(self._watch_health(), name="health"))
        stopped = asyncio.create_task(stop.wait())
        self.vital_signs.start()
        try:
            done, _ = await asyncio.wait([*tasks, stopped], return_when="FIRST_COMPLETED")
            for task in done:
                task.result()  # a task that ended by itself ended in an error: tell it
        finally:
            await ended(*tasks, stopped)
            for line in self._lines.values():
                line.close()
            if self._client.connected:
                await asyncio.to_thread(
                    self._client.publish_and_wait, self._state_topic, OFFLINE, timeout=_FAREWELL_S
                )
            self._client.stop()
            self._delivery.close()
            if self._live:
                with suppress(OSError):  # told every minute
                    self._live.save()

    async def _poll(self, gateway: str) -> None:
        panels = panel_pollings(self._settings.panels, gateway)
        if panels:
            await poll_gateway(
                self._lines[gateway],
                panels,
                self._clock,
                self._polled,
                self._client.drained,
                self._health.overrun,
            )
        else:
            await asyncio.Event().wait()

    def _polled(self, poll: Poll) -> None:
        """Publishes what a poll gave, and nothing else."""
        snapshot = poll.snapshot
        panel = snapshot.panel
        self.vital_signs.polled(snapshot)
        if poll.answered != self._announcer.answering.get(panel):
            self._announcer.answering[panel] = poll.answered
            self._announcer.availability(panel)
            self._publish_info()
            if not poll.answered:
                reasons = "; ".join(sorted(set(snapshot.errors.values())))
                _LOG.warning(
                    "panel %s: no meter answers: %s", panel, reasons, extra={"panel": panel}
                )
            elif snapshot.errors:
                silent = sorted(snapshot.errors)
                _LOG.warning("panel %s: silent unit ids %s", panel, silent, extra={"panel": panel})
        if snapshot.says_anything():
            self._delivery.send(
                self._topics.snapshot(panel), encode_snapshot(snapshot), snapshot.time
            )
        if self._live:
            self._live.read(snapshot)

    async def _follow_directory(self) -> None:
        async for _ in self._directory.changes():
            self._announce()

    async def _watch_health(self) -> None:
        """Publishes the gateways' health when it changed, but not with each poll."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_AT_HEALTH_S)
            if self._health.due(loop.time()):
                self._publish_info()

    def _connected(self) -> None:
        """Runs in the network thread after each connection: state is published anew."""
        self._client.subscribe(self._topics.home_assistant_status)
        self._client.publish(self._state_topic, ONLINE, qos=1, retain=True)
        if self._loop:
            self._loop.call_soon_threadsafe(self._announce)

    def _announce(self) -> None:
        """Publishes everything that is state and not a reading, and all readings anew."""
        self._announcer.everything()
        self._publish_info()
        if self._live:
            self._live.everything_again()

    def _publish_info(self) -> None:
        loop_time = asyncio.get_running_loop().time()
        self._announcer.info(
            self._health.told(self._clock(), loop_time),
            {
                "waiting": self._delivery.waiting,
                "dropped": self._delivery.dropped,
                "disk_fails": self._delivery.disk_fails,
            },
        )

    def _published(self, packet_id: int) -> None:
        self._delivery.published(packet_id)

    def _message(self, message: Message) -> None:
        """Home Assistant started: it has forgotten what was discovered but not retained."""
        born = message.topic == self._topics.home_assistant_status and message.payload == b"online"
        if born and not message.retain and self._loop:
            delay = self._random() * _ANNOUNCE_WITHIN_S  # not all bridges at once
            loop = self._loop
            loop.call_soon_threadsafe(lambda: loop.call_later(delay, self._announce))


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancels tasks until all have ended.

    Once is not enough: up to Python 3.11 `asyncio.wait_for`, which a read waits in, swallows
    a cancellation that meets the reply.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_S)
