"""Delivery: snapshots to the broker through the outbox, live ones first.

A snapshot is stored, published, and forgotten when the broker has acknowledged it. What
could not be published waits in the outbox and is sent in order once the broker is back,
a window at a time, so that live snapshots go out between.
"""

import asyncio
import logging
from collections import deque
from datetime import datetime

from bcm_mqtt.bridge.outbox import SYNC_EVERY_S, Outbox
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.mqtt.client import MqttClient

_LOG = logging.getLogger(__name__)
_WINDOW = 500
_SETTLE_EVERY_S = 0.1
_SETTLE_AT = 100
_EXPIRE_EVERY_S = 60.0


class Delivery:
    """Publishes snapshots with QoS 1, each from the outbox; used by the event loop's thread."""

    def __init__(self, client: MqttClient, outbox: Outbox, clock: Clock) -> None:
        """Takes the client whose `on_published` is `published`."""
        self._client = client
        self._outbox = outbox
        self._clock = clock
        self._in_flight: dict[int, int] = {}  # outbox id by packet id
        self._acknowledged: deque[int] = deque()  # packet ids; the network thread appends
        # What the last run left is older than anything live: it is replayed from the start.
        self._replayed = 0
        self._newest_of_backlog = outbox.newest()
        self._disk_fails = False

    @property
    def waiting(self) -> int:
        """Snapshots that the broker does not have yet."""
        return len(self._outbox)

    @property
    def dropped(self) -> int:
        """Snapshots that were dropped because of the outbox's limits."""
        return self._outbox.dropped

    @property
    def disk_fails(self) -> bool:
        """Whether snapshots are published without being safe on disk."""
        return self._disk_fails

    def published(self, packet_id: int) -> None:
        """The broker has a message; called in the network thread for every message."""
        self._acknowledged.append(packet_id)

    def send(self, topic: str, payload: bytes, time: datetime) -> None:
        """Stores and publishes a snapshot."""
        try:
            stored = self._outbox.put(topic, payload, time)
        except OSError as error:
            if not self._disk_fails:
                _LOG.error("outbox: %s: snapshots are published without it", error)
            self._disk_fails = True
            self._client.publish(topic, payload, qos=1, retain=False)
            return
        if self._disk_fails:
            _LOG.info("outbox: works again")
        self._disk_fails = False
        if self._client.connected:
            self._publish(stored, topic, payload)
        else:
            self._newest_of_backlog = stored
        if len(self._acknowledged) >= _SETTLE_AT:
            self._settle()

    async def run(self) -> None:
        """Forgets what was acknowledged, replays the backlog, syncs the disk; for ever."""
        loop = asyncio.get_running_loop()
        next_sync = next_expiry = loop.time()
        while True:
            self._settle()
            self._replay()
            if loop.time() >= next_expiry:
                self._outbox.expire(self._clock())
                next_expiry = loop.time() + _EXPIRE_EVERY_S
            if loop.time() >= next_sync:
                next_sync = loop.time() + SYNC_EVERY_S
                try:
                    await asyncio.to_thread(self._outbox.sync)
                except OSError as error:
                    _LOG.error("outbox: not synced to disk: %s", error)
            await asyncio.sleep(_SETTLE_EVERY_S)

    def close(self) -> None:
        """Forgets what was acknowledged until now; the rest stays for the next run."""
        self._settle()
        self._outbox.close()

    def _publish(self, stored: int, topic: str, payload: bytes) -> None:
        packet_id = self._client.publish(topic, payload, qos=1, retain=False)
        self._in_flight[packet_id] = stored

    def _settle(self) -> None:
        """Runs in the thread that publishes, so every packet id is known by now."""
        done = []
        while self._acknowledged:
            stored = self._in_flight.pop(self._acknowledged.popleft(), None)
            if stored is not None:  # else it was no snapshot
                done.append(stored)
        if done:
            self._outbox.remove(done)

    def _replay(self) -> None:
        room = _WINDOW - len(self._in_flight)
        if self._replayed >= self._newest_of_backlog or not self._client.connected or room <= 0:
            return
        in_flight = set(self._in_flight.values())
        backlog = self._outbox.after(self._replayed, room)
        for stored in backlog:
            # A later one was published when it was live, or is about to be.
            if stored.id <= self._newest_of_backlog and stored.id not in in_flight:
                self._publish(stored.id, stored.topic, stored.payload)
        self._replayed = backlog[-1].id if len(backlog) == room else self._newest_of_backlog
