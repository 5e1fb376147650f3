"""The side that stands by: it polls nothing, and has its outbox stored."""

import time
from collections.abc import Callable
from datetime import datetime

from bcm_mqtt.bridge.delivery import Delivery, outbox_of
from bcm_mqtt.bridge.vitals import Vitals
from bcm_mqtt.bridge.wall_clock import WallClock
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.mqtt.client import Message, MqttClient


class Standby:
    """What a run that polled has left in the outbox is sent until recorders have stored it."""

    def __init__(
        self,
        settings: Settings,
        client: MqttClient,
        clock: Clock,
        monotonic: Callable[[], float],
    ) -> None:
        """Opens the outbox.

        Args:
            settings: Of the site.
            client: Whose messages this object is given: `take` and `published`.
            clock: The present.
            monotonic: A clock that never jumps, s.
        """
        self._client = client
        self._wall = WallClock(clock, monotonic, settings.bridge.data, settings.file_mode)
        outbox, topics = outbox_of(settings, clock), settings.mqtt.topics
        self._delivery = Delivery(client, topics, outbox, time.monotonic, self._wall)

    async def run(self) -> None:
        """Sends until it is cancelled."""
        self._delivery.connected()
        await self._delivery.run()

    def connected(self) -> None:
        """The broker is back."""
        self._delivery.connected()

    def take(self, message: Message) -> bool:
        """Whether a message was a recorder's."""
        return self._delivery.take(message)

    def published(self, packet_id: int, reason: int) -> None:
        """The broker has a message; called in the network thread."""
        self._delivery.published(packet_id, reason)

    def close(self) -> None:
        """Closes the outbox, which a `Bridge` opens next."""
        self._delivery.close()
        self._wall.close()

    def vitals(self, now: datetime) -> Vitals:
        """Of the outbox; no gateway and no panel is this side's now."""
        figures = self._delivery.figures
        return Vitals(
            time=now,
            connected=self._client.connected,
            waiting=self._delivery.waiting,
            dropped=figures.dropped,
            disk_fails=figures.disk_fails,
            configuration_problem="",
            directory_problem="",
            gateways={},
            panels={},
            outbox_bytes=figures.size,
            lasts_s=figures.lasts_s,
            runs_short=figures.runs_short,
            is_standby=True,
        )
